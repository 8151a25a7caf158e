// One call of a model against a wallet: authorized for the most that it can cost, extended while it runs, and settled once,
// however it ends. The AI SDK and raw streams are both built on this.

import {
  type Approved,
  type Call,
  type Customer,
  captureCall,
  type Denied,
  type Scrip,
  ScripProblem,
  type UsageEvent,
} from "./client.ts";

/**
 * What becomes of a call whose usage never arrives, because its caller went away or its money ran out.
 *
 * - `drain`: the vendor's stream is read to its end, and what it says is charged. Exact; more tokens are paid for.
 * - `estimate`: the vendor is told to stop, and what was counted is charged, marked `usage_source: "estimate"`.
 * - `capture_hold`: the vendor is told to stop, and all that is held is charged.
 */
export type Policy = "drain" | "estimate" | "capture_hold";

export interface MeterOptions {
  client: Scrip;
  customer: Customer;
  /** The `event_type` that prices are matched by. */
  eventType: string;
  /** The run, the agent or the request that the call belongs to. */
  subject?: string;
  /** Fields of one's own for every event, such as an `api_key`. */
  data?: Record<string, unknown>;
  policy?: Policy;
  /** Most tokens of an answer where the call does not say; also how many more are held at a time. */
  slice?: number;
  /** Tokens of a text, for estimates. Four letters are one token where nothing better is known. */
  countTokens?: (text: string) => number;
  /** What estimates are multiplied by. */
  factor?: number;
  /** How many more tokens a drained stream may have than were held before it is told to stop as well. */
  drainTokens?: number;
  /**
   * For how many seconds a vendor may say nothing, or a reader ask for nothing, before a stream is settled as one that was left;
   * 240 where nothing is said. Not everybody who leaves says so: a stream that the AI SDK has split is not told.
   */
  silenceSeconds?: number;
  /** Calls back after a time, unless it is called off; tests need no time. */
  timer?: (then: () => void, milliseconds: number) => () => void;
  /** `deny`: no call without a hold. `allow`: where Scrip cannot be reached, calls go on, and their usage is queued. */
  onUnreachable?: "deny" | "allow";
  /** Takes calls that could not be sent, for `client.send` later. They have ids, so they may be sent twice. */
  queue?: (call: Call) => void | Promise<void>;
  /** Keeps a Worker alive after its answer: `(work) => ctx.waitUntil(work)`. */
  defer?: (work: Promise<void>) => void;
  /** Of what could neither be sent nor queued. */
  onError?: (error: unknown) => void;
  /** The time of an event that is recorded without a hold. */
  now?: () => Date;
}

/** What one call asks. */
export interface Request {
  /** The same for a retry of the same request: it comes from the request, since a reply to a retry has another one. */
  id: string;
  provider: string;
  model: string;
  /** Tokens of the prompt, at least roughly. */
  inputTokens: number;
  /** The most that the answer may have. */
  maxOutputTokens?: number;
}

/** The wallet said no. */
export class ScripDenied extends Error {
  override name = "ScripDenied";
  readonly denial: Denied;
  readonly code: string;
  readonly isRetryable = false;

  constructor(denial: Denied) {
    super(denial.detail);
    this.denial = denial;
    this.code = denial.code;
  }
}

const SLICE = 1_024;
/** Long enough for a model that thinks before its first word, and less than a hold lasts, so that it is settled while held. */
const SILENCE_SECONDS = 240;
/** How long a hold lasts from its last extension. A capture that comes later still posts. */
const HOLD_SECONDS = 300;
/** An extension is asked for when so much of what is held is used, so that the stream need not wait for it. */
const NEARLY = 0.8;

export class MeteredCall {
  readonly policy: Policy;
  /** What the vendor may be asked for: clamped to what is affordable. */
  readonly maxOutputTokens: number | undefined;
  readonly #options: MeterOptions;
  readonly #request: Request;
  readonly #hold: string | undefined;
  #held: number;
  #counted = 0;
  #extensions = 0;
  #extending: Promise<void> | undefined;
  #isDenied = false;
  #settled: Promise<void> | undefined;

  private constructor(options: MeterOptions, request: Request, hold: string | undefined, held: number, most?: number) {
    this.policy = options.policy ?? "drain";
    this.#options = options;
    this.#request = request;
    this.#hold = hold;
    this.#held = held;
    this.maxOutputTokens = most;
  }

  /** Asks the wallet. Throws a `ScripDenied` where it says no, and a `ScripProblem` where it cannot be asked. */
  static async begin(options: MeterOptions, request: Request): Promise<MeteredCall> {
    const { maxOutputTokens: most, inputTokens } = request;
    const slice = options.slice ?? SLICE;
    // In slices where they are asked for, or where nobody knows how long the answer may become.
    const held = options.slice === undefined ? (most ?? slice) : Math.min(most ?? slice, slice);
    let reply: Approved | Denied;
    try {
      reply = await options.client.authorize({
        ...options.customer,
        id: request.id,
        ...(options.subject !== undefined && { subject: options.subject }),
        on_insufficient: "cap",
        events: [event(options, request, tokens(inputTokens, held))],
      });
    } catch (error) {
      const isOut = error instanceof ScripProblem && error.isUnreachable;
      if (!isOut || options.onUnreachable !== "allow") throw error;
      return new MeteredCall(options, request, undefined, Number.POSITIVE_INFINITY, most);
    }
    if (reply.decision === "denied") throw new ScripDenied(reply);
    const affordable = outputCap(reply);
    if (affordable === undefined) return new MeteredCall(options, request, reply.hold.id, held, most);
    if (affordable < 1) {
      // There is not even one token to come, so nothing is asked of the vendor.
      await options.client.release(reply.hold.id, "nothing affordable");
      const detail = "What is left does not pay for the prompt and one token of an answer.";
      throw new ScripDenied({ decision: "denied", code: "insufficient_funds", detail, retryable: true });
    }
    return new MeteredCall(options, request, reply.hold.id, affordable, Math.min(affordable, most ?? affordable));
  }

  /** Tokens counted so far. */
  get counted(): number {
    return this.#counted;
  }

  /** Whether what comes next is paid for. Where it is not, the stream ends before it. */
  async admits(text: string): Promise<boolean> {
    const count = this.#options.countTokens?.(text) ?? Math.ceil(text.length / 4);
    if (this.#counted + count > this.#held * NEARLY && !this.#isDenied) this.#extending ??= this.#extend(count);
    if (this.#counted + count > this.#held) {
      await this.#extending;
      if (this.#counted + count > this.#held) return false;
    }
    this.#counted += count;
    return true;
  }

  async #extend(count: number): Promise<void> {
    const hold = this.#hold;
    if (hold === undefined) return;
    const more = Math.max(this.#options.slice ?? SLICE, count);
    this.#extensions += 1;
    const id = `${this.#request.id}.${this.#extensions}`;
    try {
      const usage = tokens(0, more);
      const events = [event(this.#options, this.#request, usage)];
      const reply = await this.#options.client.extend(hold, { id, events, expires_in: HOLD_SECONDS });
      if (reply.decision === "approved") this.#held += more;
      else this.#isDenied = true;
    } catch (error) {
      // Nobody can be asked, or the hold has ended: by choice the call goes on, and its usage is charged all the same.
      if (this.#options.onUnreachable === "allow") this.#held = Number.POSITIVE_INFINITY;
      else {
        this.#isDenied = true;
        this.#options.onError?.(error);
      }
    }
    this.#extending = undefined;
  }

  /** How much further a stream is read that nobody listens to any more. */
  drains(): boolean {
    return this.#counted <= this.#held + (this.#options.drainTokens ?? 8 * SLICE);
  }

  /** Counts without asking: what is drained is not delivered. */
  count(text: string): void {
    this.#counted += this.#options.countTokens?.(text) ?? Math.ceil(text.length / 4);
  }

  /** The vendor said what was used. */
  finish(raw: unknown): Promise<void> {
    return this.#settle(async () => {
      try {
        await this.#charge(raw, {});
      } catch (error) {
        // A finish that says nothing, or nothing possible: what was counted is better than nothing, and is marked.
        if (!(error instanceof ScripProblem) || error.status !== 422) throw error;
        await this.#estimate();
      }
    });
  }

  /** Nobody will say what was used any more. */
  abandon(): Promise<void> {
    return this.#settle(async () => {
      if (this.policy !== "capture_hold" || this.#hold === undefined) return this.#estimate();
      await this.#send(captureCall(this.#hold, {}));
    });
  }

  /** The vendor refused before it did anything. */
  release(): Promise<void> {
    return this.#settle(async () => {
      const hold = this.#hold;
      if (hold !== undefined) await this.#send({ path: `/v1/holds/${hold}/release`, body: {} });
    });
  }

  /** What a vendor says next, or an error where he says nothing for too long. */
  async patient<T>(next: Promise<T>): Promise<T> {
    const silence = Promise.withResolvers<never>();
    const callOff = this.#timer(() => silence.reject(new Error("The vendor has said nothing for too long.")));
    try {
      return await Promise.race([next, silence.promise]);
    } finally {
      callOff();
    }
  }

  /** Happens where nobody asks for more for too long; whoever asks calls it off. */
  idle(then: () => void): () => void {
    return this.#timer(then);
  }

  #timer(then: () => void): () => void {
    const { timer = setTimer, silenceSeconds = SILENCE_SECONDS } = this.#options;
    return timer(then, silenceSeconds * 1_000);
  }

  /** Lets work go on after the answer. */
  defer(work: Promise<void>): void {
    const safe = work.catch((error) => this.#options.onError?.(error));
    this.#options.defer?.(safe);
  }

  /** The first ending counts: the others are the same one, seen from elsewhere. */
  #settle(how: () => Promise<void>): Promise<void> {
    this.#settled ??= (async () => {
      // An extension that is under way must not come after the end.
      await this.#extending;
      try {
        await how();
      } catch (error) {
        if (this.#options.onError === undefined) throw error;
        this.#options.onError(error);
      }
    })();
    return this.#settled;
  }

  #estimate(): Promise<void> {
    const factor = this.#options.factor ?? 1;
    const output = Math.ceil(this.#counted * factor);
    return this.#charge(tokens(this.#request.inputTokens, output), { usage_source: "estimate" });
  }

  async #charge(raw: unknown, more: Record<string, unknown>): Promise<void> {
    const own = event(this.#options, this.#request, raw);
    if (Object.keys(more).length > 0) own.data = { ...own.data, ...more };
    if (this.#hold !== undefined) {
      await this.#send(captureCall(this.#hold, { events: [own] }));
      return;
    }
    const at = this.#options.now?.() ?? new Date();
    const happened = { ...own, id: this.#request.id, occurred_at: at.toISOString() };
    await this.#send({ path: "/v1/events", body: { ...this.#options.customer, events: [happened] } });
  }

  /** What cannot be sent is queued, so that it is charged later and not lost. */
  async #send(call: Call): Promise<void> {
    try {
      await this.#options.client.send(call);
    } catch (error) {
      const isOut = error instanceof ScripProblem && error.isUnreachable;
      if (!isOut || this.#options.queue === undefined) throw error;
      await this.#options.queue(call);
    }
  }
}

function setTimer(then: () => void, milliseconds: number): () => void {
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
}

/** Counts in the form of the AI SDK, which is as good as any where nobody has counted yet. */
function tokens(input: number, output: number): unknown {
  return { inputTokens: { total: input }, outputTokens: { total: output } };
}

function event(options: MeterOptions, { provider, model }: Request, raw: unknown): UsageEvent {
  return {
    event_type: options.eventType,
    ...(options.data && { data: options.data }),
    ...(options.subject !== undefined && { subject: options.subject }),
    usage: { provider, model, raw },
  };
}

/** How much of an answer is affordable, where the wallet says so; 0 where the prompt is not. */
function outputCap({ caps = [] }: Approved): number | undefined {
  if (caps.length === 0) return undefined;
  const limits = caps.map(({ volume_field, affordable }) =>
    volume_field?.includes("output") ? Math.floor(Number(affordable)) : 0,
  );
  return Math.min(...limits);
}
