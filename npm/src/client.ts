// A small client of the calls that a product makes for each of its requests. Every one of them carries an id, or ends a
// hold, which happens once: so it is sent again when nobody answered, and nothing happens twice.

export interface Money {
  asset: string;
  amount: string;
}

/** What went wrong with a call, as the server says it. */
export class ScripProblem extends Error {
  override name = "ScripProblem";
  /** 0 where nobody answered. */
  readonly status: number;
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Everything that was wrong, by field. */
  readonly errors: Record<string, string[]>;
  /** The whole problem. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body.detail === "string" ? body.detail : `Scrip answered ${status}.`);
    this.status = status;
    this.code = typeof body.code === "string" ? body.code : "unknown";
    this.retryable = body.retryable === true || isPassing(status);
    this.errors = (body.errors ?? {}) as Record<string, string[]>;
    this.body = body;
  }

  /** Nobody answered, or the server could not: what was asked is not decided. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** Usage of a vendor in place of an event's data. */
export interface VendorUsage {
  provider: string;
  model: string;
  raw: unknown;
}

export interface UsageEvent {
  id?: string;
  event_type: string;
  occurred_at?: string;
  subject?: string;
  description?: string;
  data?: Record<string, unknown>;
  usage?: VendorUsage;
  costs?: Record<string, unknown>[];
}

/** Whose wallet it is. */
export type Customer = { customer_id: string } | { customer_external_id: string };

export type Ask = { events: UsageEvent[] } | { asset: string; amount: string };

export type Authorize = Customer &
  Ask & {
    id: string;
    /** Seconds. */
    expires_in?: number;
    on_insufficient?: "deny" | "cap";
    subject?: string;
  };

export interface Hold {
  id: string;
  status: string;
  amounts: Money[];
  expires_at: string;
}

export interface Approved {
  decision: "approved";
  hold: Hold;
  fees: Record<string, unknown>[];
  capped?: boolean;
  caps?: { event: number; price_id: string; volume_field?: string; requested: string; affordable: string }[];
}

export interface Denied {
  decision: "denied";
  code: string;
  detail: string;
  retryable: boolean;
  required?: Money[];
  available?: Money[];
  shortfall?: Money[];
  topup_url?: string | null;
}

export interface Settled {
  hold: { id: string; status: string; expires_at?: string; late?: boolean };
  captured: Money[];
  released: Money[];
  fees: Record<string, unknown>[];
  estimated?: number[];
  unpriced?: number[];
}

export interface Extended extends Settled {
  decision: "approved";
}

/** A call as it is sent: what is kept of one that could not be, to be sent later. */
export interface Call {
  path: string;
  body: Record<string, unknown>;
}

export interface ClientOptions {
  /** A key of the side that is meant. */
  key: string;
  /** Where the server is; not needed with a service binding. */
  baseUrl?: string;
  /** A service binding such as `env.SCRIP`, or anything that fetches. */
  fetcher?: { fetch(input: string, init?: RequestInit): Promise<Response> };
  /** How often a call is sent again. */
  retries?: number;
  /** Waits between two tries; tests need no time. */
  wait?: (milliseconds: number) => Promise<void>;
}

const RETRIES = 2;
const FIRST_WAIT = 100;
/** Nobody waits longer for a server that asks for more. */
const LONGEST_WAIT = 5_000;

export class Scrip {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Holds the most that a piece of work can cost, or says no. */
  authorize(ask: Authorize): Promise<Approved | Denied> {
    return this.send({ path: "/v1/authorize", body: ask }) as Promise<Approved | Denied>;
  }

  /** More time, more money, or both. That there is not enough is an answer here as well. */
  async extend(hold: string, ask: Partial<Ask> & { id: string; expires_in?: number }): Promise<Extended | Denied> {
    try {
      const settled = await this.send({ path: `/v1/holds/${encodeURIComponent(hold)}/extend`, body: ask });
      return { ...(settled as Settled), decision: "approved" };
    } catch (error) {
      if (!(error instanceof ScripProblem) || error.status !== 402) throw error;
      return { ...error.body, decision: "denied" } as unknown as Denied;
    }
  }

  /** Charges what was used; with nothing said, all that is held. */
  capture(
    hold: string,
    settle: { id?: string; final?: boolean } & (Ask | { asset?: string; amount?: string } | object) = {},
  ): Promise<Settled> {
    return this.send(captureCall(hold, settle as Record<string, unknown>)) as Promise<Settled>;
  }

  /** Gives everything back. */
  release(hold: string, reason?: string): Promise<Settled> {
    const body = reason === undefined ? {} : { reason };
    return this.send({ path: `/v1/holds/${encodeURIComponent(hold)}/release`, body }) as Promise<Settled>;
  }

  /** Usage that happened. Each event has an id and a time. */
  async events(recorded: Customer & { events: UsageEvent[] }): Promise<void> {
    await this.send({ path: "/v1/events", body: recorded });
  }

  /** Any call, also one that was kept for later. */
  async send(call: Call): Promise<unknown> {
    const { retries = RETRIES, wait = pause } = this.#options;
    for (let tries = 0; ; tries += 1) {
      const found = await this.#once(call);
      if (!(found instanceof ScripProblem)) return found;
      const passes = found.status === 0 || isPassing(found.status);
      if (!passes || tries >= retries) throw found;
      const asked = Number(found.body.retry_after) * 1_000 || FIRST_WAIT * 4 ** tries;
      await wait(Math.min(asked, LONGEST_WAIT));
    }
  }

  async #once({ path, body }: Call): Promise<unknown> {
    const { key, baseUrl = "https://scrip", fetcher = { fetch: (...args) => fetch(...args) } } = this.#options;
    try {
      const response = await fetcher.fetch(baseUrl + path, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (response.ok) return text === "" ? {} : JSON.parse(text);
      const told = parsed(text);
      const after = response.headers.get("retry-after");
      return new ScripProblem(response.status, after === null ? told : { ...told, retry_after: after });
    } catch (error) {
      return new ScripProblem(0, { code: "unreachable", detail: `Scrip cannot be reached: ${error}` });
    }
  }
}

/** The call of a capture, for whoever may have to keep it. */
export function captureCall(hold: string, settle: Record<string, unknown>): Call {
  return { path: `/v1/holds/${encodeURIComponent(hold)}/capture`, body: settle };
}

/** What the next try may not meet: every call is safe to send again, so only these are. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body = JSON.parse(text);
    return body !== null && typeof body === "object" ? body : {};
  } catch {
    return {};
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
