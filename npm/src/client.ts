// A small client. The calls that a product makes for each of its requests have methods: every one of them carries an id, or ends a
// hold, which happens once, so it is sent again when nobody answered, and nothing happens twice. Every other call of the API is made
// by its name; what it takes and answers is typed from the API's own description.

import type { Arguments, BodyOf, ReplyOf, Route, ServerCode, UsageEvent, VendorUsage } from "./routes.ts";

export type { BodyOf, ReplyOf, Route, UsageEvent, VendorUsage };

/** Every code that a problem can have: those of the server, and two of the way there. */
export type ProblemCode =
  | ServerCode
  /** Nobody answered. */
  | "unreachable"
  /** Somebody else than the server answered, such as a proxy. */
  | "unknown";

export interface Money {
  asset: string;
  amount: string;
}

/** What went wrong with a call, as the server says it. */
export class ScripProblem extends Error {
  override name = "ScripProblem";
  /** 0 where nobody answered. */
  readonly status: number;
  /** A server that is newer than this package may have others. */
  readonly code: ProblemCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Everything that was wrong, by field. */
  readonly errors: Record<string, string[]>;
  /** The whole problem. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body.detail === "string" ? body.detail : `Scrip answered ${status}.`);
    this.status = status;
    this.code = typeof body.code === "string" ? (body.code as ProblemCode) : "unknown";
    this.retryable = body.retryable === true || isPassing(status);
    this.errors = (body.errors ?? {}) as Record<string, string[]>;
    this.body = body;
  }

  /** Nobody answered, or the server could not: what was asked is not decided. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** Whose wallet it is. */
export type Customer = { customer_id: string } | { customer_external_id: string };

export type Ask = { events: UsageEvent[] } | { asset: string; amount: string };

type Terms = Pick<BodyOf<"POST /v1/authorize">, "expires_in" | "on_insufficient" | "subject">;

export type Authorize = Customer & Ask & Terms & { id: string };

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

  /**
   * Any call of the API, by its name: `call("GET /v1/customers/{id}/wallet", { path: { id } })`.
   *
   * It is sent again when nobody answered, if that changes nothing or the same: a GET, a PUT, or any call with an `idempotencyKey`.
   */
  async call<R extends Route>(route: R, ...[asked]: Arguments<R>): Promise<ReplyOf<R>> {
    const { path, query, body, idempotencyKey } = (asked ?? {}) as Loose;
    const [method = "", template = ""] = route.split(" ");
    const place = template.replaceAll(/\{(\w+)\}/g, (_, name) => {
      const value = path?.[name];
      // An empty one would be the path of another call.
      if (value === undefined || value === "") throw new TypeError(`${route} needs path.${name}`);
      return encodeURIComponent(value);
    });
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined && value !== null) search.append(name, `${value}`);
    }
    const tail = `${search}` === "" ? "" : `?${search}`;
    const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    const isSafe = idempotencyKey !== undefined || method === "GET" || method === "PUT";
    const found = await this.#sent({ method, path: place + tail, body, headers }, isSafe);
    return found as ReplyOf<R>;
  }

  /** A call of the methods above, also one that was kept for later. */
  async send(call: Call): Promise<unknown> {
    return (await this.#sent({ method: "POST", headers: {}, ...call }, true)) ?? {};
  }

  async #sent(request: Request, isSafe: boolean): Promise<unknown> {
    const { retries = RETRIES, wait = pause } = this.#options;
    for (let tries = 0; ; tries += 1) {
      const found = await this.#once(request);
      if (!(found instanceof ScripProblem)) return found;
      // What was refused before anybody looked at it can be sent again whatever it is.
      const passes = found.status === 429 || (isSafe && (found.status === 0 || isPassing(found.status)));
      if (!passes || tries >= retries) throw found;
      const asked = Number(found.body.retry_after) * 1_000 || FIRST_WAIT * 4 ** tries;
      await wait(Math.min(asked, LONGEST_WAIT));
    }
  }

  async #once({ method, path, body, headers }: Request): Promise<unknown> {
    const { key, baseUrl = "https://scrip", fetcher = { fetch: (...args) => fetch(...args) } } = this.#options;
    const typed: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    try {
      const response = await fetcher.fetch(baseUrl + path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...typed, ...headers },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.text();
      if (response.ok) return text === "" ? undefined : JSON.parse(text);
      const told = parsed(text);
      const after = response.headers.get("retry-after");
      return new ScripProblem(response.status, after === null ? told : { ...told, retry_after: after });
    } catch (error) {
      return new ScripProblem(0, { code: "unreachable", detail: `Scrip cannot be reached: ${error}` });
    }
  }
}

/** A request before it is one. */
interface Request {
  method: string;
  path: string;
  body?: unknown;
  headers: Record<string, string>;
}

/** What a call was asked with, whichever it is: its types are checked where it is written. */
interface Loose {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  idempotencyKey?: string;
}

/** The call of a capture, for whoever may have to keep it. */
export function captureCall(hold: string, settle: Record<string, unknown>): Call {
  return { path: `/v1/holds/${encodeURIComponent(hold)}/capture`, body: settle };
}

/** What the next try may not meet. */
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
