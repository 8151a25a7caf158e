// The wire: everything that waits. It moves text between HTTP, the directory, the wallets' objects and the Rust core,
// and decides nothing. The core is called synchronously, so a trap in it is an exception right here: the call answers
// 500 at once, the core starts afresh, and every wallet of the isolate is folded from its rows again.

import { DurableObject } from "cloudflare:workers";
import {
  AwakeWallet,
  Edge,
  initSync,
  refuse_wrong_wallet,
  __wbg_reset_state as restartCore,
  tell_subscriptions_sql,
  tell_usage_sql,
  told_sql,
} from "scrip-wasm";
import wasm from "./scrip_bg.wasm";
import { callTogether } from "./together.ts";

const BODY_BYTES_MAX = 1_048_576;
const DELIVERY_MS_MAX = 10_000;
/** See `MOVED` in call.rs. */
const MOVED = "421 ";
const KEY_CACHE_MS = 60_000;
const KEY_CACHE_ENTRIES_MAX = 1_000;
// The directory may follow the journals by so much; waiting a little ships the events of many calls at once.
const SHIP_AFTER_MS = 250;
const SHIP_WITHIN_MS = 60_000;
const ALARM_RETRY_MS = 30_000;

initSync({ module: wasm });

// Counts the starts of the core. What an earlier core made must not be used with a later one.
let coreStarts = 0;

/** Calls the core. After a trap its memory cannot be trusted, so it starts afresh before anybody else calls it. */
function inCore<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      restartCore();
      coreStarts += 1;
    }
    throw error;
  }
}

// The edge.

let edge: { core: Edge; start: number } | undefined;

function edgeCore(env: Env): Edge {
  if (edge?.start !== coreStarts) {
    const config = {
      environment: env.ENVIRONMENT ?? "",
      stripe_webhook_secrets: env.STRIPE_WEBHOOK_SECRETS ?? "",
      topup_url: env.TOPUP_URL ?? "",
    };
    edge = { core: inCore(() => new Edge(JSON.stringify(config))), start: coreStarts };
  }
  return edge.core;
}

// What the directory said about an API key. A revoked key is refused everywhere within 60 seconds.
const knownKeys = new Map<string, { answer: string; until: number }>();

function knownKey(key: string | null, now: number): string | undefined {
  const known = key === null ? undefined : knownKeys.get(key);
  return known !== undefined && known.until > now ? known.answer : undefined;
}

function rememberKey(key: string, answer: string, now: number) {
  // An unknown key is asked for each time, so that a new key works at once.
  if (answer.includes('"rows":[]')) return;
  if (knownKeys.size >= KEY_CACHE_ENTRIES_MAX) knownKeys.clear();
  knownKeys.set(key, { answer, until: now + KEY_CACHE_MS });
}

interface Statement {
  sql: string;
  values: (string | null)[];
}

type Question =
  | { directory: { statements: Statement[]; about_key?: boolean } }
  | { wallet: { name: string; call: string } }
  | { ship: { name: string } }
  | { deliver: { deliveries: Delivery[] } };

interface Delivery {
  url: string;
  headers: [string, string][];
  body: string;
}

// Calls that make a secret. Fresh randomness costs as much as a decision, so no other call pays for it.
const MAKES_SECRET =
  /^\/v1\/(keys(\/.*)?|accounts|customers(\/[^/]*\/subscriptions)?|top-ups|billing-portal\/sessions|webhooks)$/;

/** 256 random bits in hexadecimal. */
function randomDigits(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Something outside this isolate did not answer. */
class Unavailable extends Error {}

async function askDirectory(env: Env, statements: Statement[]): Promise<string> {
  try {
    const prepared = statements.map(({ sql, values }) => env.DIRECTORY.prepare(sql).bind(...values));
    const results = await env.DIRECTORY.batch(prepared);
    return JSON.stringify(results.map(({ results }) => ({ rows: results })));
  } catch (error) {
    throw new Unavailable("The directory did not answer.", { cause: error });
  }
}

async function askWallet(
  env: Env,
  context: ExecutionContext,
  name: string,
  call: string,
  body: string,
): Promise<string> {
  // Names and calls are a line each. The core writes no other, and a forged one must not pass for a second line.
  if (name.includes("\n") || call.includes("\n")) throw new Error("A wallet's name or call has a line break.");
  const send = (calls: string[]) => env.WALLETS.get(env.WALLETS.idFromName(name)).calls(name, calls);
  try {
    return await callTogether(name, `${call}\n${body}`, send, (promise) => context.waitUntil(promise));
  } catch (error) {
    throw new Unavailable("The wallet did not answer.", { cause: error });
  }
}

/** Sends a webhook. A redirect is not followed: it would lead where nobody has looked whether it may lead. */
async function deliver({ url, headers, body }: Delivery): Promise<{ status?: number; error?: string; at: number }> {
  try {
    const signal = AbortSignal.timeout(DELIVERY_MS_MAX);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.body?.cancel();
    return { status: response.status, at: Date.now() };
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return { error: late ? "timeout" : "unreachable", at: Date.now() };
  }
}

/** Has the directory told of all that a wallet has recorded, so that what is read next includes it. */
async function askToShip(env: Env, name: string): Promise<string> {
  try {
    await env.WALLETS.get(env.WALLETS.idFromName(name)).ship(name);
    return "";
  } catch (error) {
    throw new Unavailable("The wallet could not tell of its usage.", { cause: error });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Body {
  text: string;
  /** Why there is no text. */
  unread: "" | "too_large" | "not_text";
}

async function readBody(request: Request): Promise<Body> {
  // Asking whether there is a body would make a stream of it, which costs as much as reading it.
  if (request.method === "GET" || request.method === "HEAD") return { text: "", unread: "" };
  if (Number(request.headers.get("content-length")) > BODY_BYTES_MAX) return { text: "", unread: "too_large" };
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > BODY_BYTES_MAX) return { text: "", unread: "too_large" };
  try {
    return { text: utf8.decode(bytes), unread: "" };
  } catch {
    return { text: "", unread: "not_text" };
  }
}

async function handle(request: Request, env: Env, context: ExecutionContext, requestId: string): Promise<Response> {
  const now = Date.now();
  const { text, unread } = await readBody(request);
  const { headers, url } = request;
  const pathStart = url.indexOf("/", url.indexOf("//") + 2);
  const queryStart = url.indexOf("?", pathStart);
  const path = queryStart < 0 ? url.slice(pathStart) : url.slice(pathStart, queryStart);
  const bearer = headers.get("authorization");
  const apiKey = bearer === null ? headers.get("x-credyt-api-key") : bearer.replace(/^bearer +/i, "");
  const account = headers.get("x-credyt-account");
  // What is known of a key depends on the account that it wants to act for.
  const caller = account === null || apiKey === null ? apiKey : `${apiKey}\n${account}`;
  const changesKeys = request.method !== "GET" && url.startsWith("/v1/keys", pathStart);
  // A line each, in the order of `Incoming` in edge.rs; an absent header is an empty line.
  const head = [
    request.method,
    path,
    queryStart < 0 ? "" : url.slice(queryStart),
    url.slice(0, pathStart),
    apiKey,
    knownKey(caller, now),
    account,
    headers.get("idempotency-key"),
    headers.get("prefer"),
    headers.get("content-type"),
    headers.get("stripe-signature"),
    requestId,
    now,
    unread,
    request.method === "POST" && MAKES_SECRET.test(path) ? randomDigits() : "",
  ].join("\n");
  const answers: string[] = [];
  for (;;) {
    const asked = answers.length === 0 ? "" : JSON.stringify(answers);
    const core = edgeCore(env);
    const step = inCore(() => core.handle(head, text, asked));
    const rest = step.slice(1);
    switch (step[0]) {
      case "R":
        // Where a key ends early, this isolate at least knows it at once.
        if (changesKeys) knownKeys.clear();
        return respond(request, rest, requestId);
      case "F": {
        const end = rest.indexOf("\n");
        const reply = await askWallet(env, context, rest.slice(0, end), rest.slice(end + 1), text);
        if (!reply.startsWith(MOVED)) return respond(request, reply, requestId);
        // The customer goes by another external id now; the core asks the directory who goes by this one.
        answers.push(reply);
        break;
      }
      default: {
        const question: Question = JSON.parse(rest);
        if ("wallet" in question) {
          answers.push(await askWallet(env, context, question.wallet.name, question.wallet.call, text));
        } else if ("deliver" in question) {
          answers.push(JSON.stringify(await Promise.all(question.deliver.deliveries.map(deliver))));
        } else if ("ship" in question) {
          answers.push(await askToShip(env, question.ship.name));
        } else {
          const answer = await askDirectory(env, question.directory.statements);
          if (question.directory.about_key && caller !== null) rememberKey(caller, answer, now);
          answers.push(answer);
        }
      }
    }
  }
}

// A page is for one pair of eyes: it is kept nowhere, framed by nobody, and tells nobody where it was.
const PAGE_HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex",
};

function respond(request: Request, reply: string, requestId: string): Response {
  const end = reply.indexOf("\n");
  const [code, age, allow, ...rest] = reply.slice(0, end).split(" ");
  const status = Number(code);
  if (age === "page" || age === "redirect") {
    const body = reply.slice(end + 1);
    const own = { ...PAGE_HEADERS, "request-id": requestId };
    if (age === "redirect") return new Response(null, { status, headers: { ...own, location: body } });
    const policy = [allow, ...rest].join(" ");
    const kind = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
    return new Response(body, { status, headers: { ...own, ...kind } });
  }
  const headers: Record<string, string> = { "request-id": requestId };
  if (age === "replayed") headers["idempotent-replayed"] = "true";
  if (allow !== undefined) headers.allow = allow.replaceAll(",", ", ");
  if (status === 204) return new Response(null, { status, headers });
  headers["content-type"] = status >= 400 ? "application/problem+json" : "application/json";
  // Only the answer to a GET could be cached, and a balance must not be.
  if (request.method === "GET") headers["cache-control"] = "no-store";
  return new Response(request.method === "HEAD" ? null : reply.slice(end + 1), { status, headers });
}

/** The reply when the core cannot write one: it stopped, or something outside did not answer. */
function failure(status: 500 | 503, detail: string, requestId: string): string {
  const code = status === 500 ? "internal_error" : "unavailable";
  const problem = {
    type: `urn:scrip:problem:${code}`,
    title: code.replace("_", " "),
    status,
    code,
    detail,
    retryable: true,
    request_id: requestId,
  };
  return `${status} fresh\n${JSON.stringify(problem)}`;
}

const OPEN_OUTCOME = "Whether the operation happened is open: send the same call again, with the same id.";

// Ids of requests: random once per isolate, then counted. Fresh randomness for each would cost as much as a decision.
let isolateId = "";
let requests = 0;

function nextRequestId(): string {
  isolateId ||= crypto.randomUUID().replaceAll("-", "").slice(0, 24);
  requests += 1;
  return `req_${isolateId}${requests.toString(16).padStart(8, "0")}`;
}

/** A static file. A deployment serves these before they get here; the local server's socket leads straight to us. */
function isAsset(url: string): boolean {
  return url.startsWith("/assets/", url.indexOf("/", url.indexOf("//") + 2));
}

export default {
  async fetch(request, env, context): Promise<Response> {
    if (isAsset(request.url)) return env.ASSETS.fetch(request);
    const requestId = nextRequestId();
    try {
      return await handle(request, env, context, requestId);
    } catch (error) {
      const unavailable = error instanceof Unavailable;
      console.error(requestId, error, unavailable ? error.cause : "");
      const reply = unavailable
        ? failure(503, `${error.message} ${OPEN_OUTCOME}`, requestId)
        : failure(500, `The server stopped at this call. ${OPEN_OUTCOME}`, requestId);
      return respond(request, reply, requestId);
    }
  },
} satisfies ExportedHandler<Env>;

// The wallet's object.

/** What the core may do with the object's storage; see `Host` in store.rs. */
class ObjectStorage {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #append = "";

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  prepare(append: string) {
    this.#append = append;
  }

  append(seq: number, op: string, at: number, entry: string, hash: string): number {
    return this.#sql.exec(this.#append, seq, op, at, entry, hash).rowsWritten;
  }

  query(sql: string, values: string[]): unknown[][] {
    return [...this.#sql.exec(sql, ...values).raw()];
  }

  atomically(statements: [string, ...string[]][]) {
    this.#storage.transactionSync(() => {
      for (const [sql, ...values] of statements) this.#sql.exec(sql, ...values);
    });
  }
}

/** One wallet: a thin class around the core, which keeps the promises about alarms and traps. */
export class WalletObject extends DurableObject<Env> {
  #awake: { core: AwakeWallet; start: number } | undefined;
  #name: string | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #shipSoon = false;
  #shipping: Promise<void> | undefined;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    // Setting an alarm replaces the one that is set, so what is set has to be known first.
    state.blockConcurrencyWhile(async () => {
      const alarmAt = await state.storage.getAlarm();
      // One that is long due may have been lost. It must not keep others from being set.
      if (alarmAt !== null && alarmAt > Date.now()) this.#alarmAt = alarmAt;
    });
  }

  /**
   * Answers calls that mean the wallet of this name, in their order. Nothing waits in here, so calls cannot interleave,
   * and what they write is committed together.
   */
  calls(name: string, calls: string[]): string[] {
    return calls.map((call) => this.#call(name, call));
  }

  /** Tells the directory of all usage that this wallet has recorded. */
  async ship(name: string): Promise<void> {
    if (!this.#isNamed(name)) throw new Error("Another wallet was asked to ship.");
    try {
      // A wallet that was never opened has nothing to tell, and no tables to look at.
      if (this.#core().name() !== "") await this.#ship();
    } catch (error) {
      this.#sleep();
      throw error;
    }
  }

  #isNamed(name: string): boolean {
    if (this.#name !== name) {
      if (!this.env.WALLETS.idFromName(name).equals(this.ctx.id)) return false;
      this.#name = name;
    }
    return true;
  }

  /** One string in, one string out: the call and the request's body, a line each. */
  #call(name: string, text: string): string {
    if (!this.#isNamed(name)) {
      const call = text.slice(0, text.indexOf("\n"));
      return inCore(() => refuse_wrong_wallet(call));
    }
    try {
      const core = this.#core();
      const reply = inCore(() => core.call(text, Date.now()));
      if (core.has_failed()) this.#sleep();
      else this.#afterwards(core);
      return reply;
    } catch (error) {
      this.#sleep();
      const requestId = /"request_id":"(\w+)"/.exec(text)?.[1] ?? "";
      console.error(requestId, error);
      return failure(500, `The wallet stopped at this call. ${OPEN_OUTCOME}`, requestId);
    }
  }

  #core(): AwakeWallet {
    if (this.#awake?.start !== coreStarts) {
      const host = new ObjectStorage(this.ctx.storage);
      this.#awake = { core: inCore(() => new AwakeWallet(host)), start: coreStarts };
    }
    return this.#awake.core;
  }

  /** Forgets what is in memory; the next call folds the wallet from its rows, and the alarm sees to what is due then. */
  #sleep() {
    this.#awake = undefined;
    this.#armBy(Date.now() + ALARM_RETRY_MS);
  }

  #afterwards(core: AwakeWallet) {
    this.#armBy(core.next_expiry());
    if (core.take_recorded()) {
      // The directory follows within moments; the alarm sees to it should this object die before.
      this.#armBy(Date.now() + SHIP_WITHIN_MS);
      if (this.#shipSoon) return;
      this.#shipSoon = true;
      setTimeout(() => {
        this.#shipSoon = false;
        this.ctx.waitUntil(this.#ship().catch((error) => console.error("shipping usage", error)));
      }, SHIP_AFTER_MS);
    }
  }

  /** Only ever earlier: the alarm that is set covers everything that is due later. */
  #armBy(at: number) {
    if (at >= this.#alarmAt) return;
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at).catch((error) => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      console.error("setting the alarm", error);
    });
  }

  /**
   * Does what nobody asked for: writes down what has expired, ships what the directory lacks. It catches everything and
   * arms itself again, because an alarm that keeps throwing is dropped for good.
   */
  override async alarm() {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    try {
      const core = this.#core();
      // Nothing is due in a wallet that was never opened, and it has no tables to look at.
      if (core.name() === "") return;
      inCore(() => core.settle(Date.now()));
      this.#armBy(core.next_expiry());
      // The first thing that wakes an object may be its alarm, and only a call says the name.
      this.#name ??= core.name();
      await this.#ship();
    } catch (error) {
      console.error("alarm", error);
      this.#sleep();
    }
  }

  /** Tells the directory of the wallet's usage. Who asks meanwhile waits for the same outcome. */
  #ship(): Promise<void> {
    this.#shipping ??= this.#shipAll().finally(() => {
      this.#shipping = undefined;
    });
    return this.#shipping;
  }

  /**
   * In the order of the journal, so that one number says how far the directory knows it. Should this end between the
   * directory's write and the number's, the same rows are told again, and the directory has them already.
   */
  async #shipAll() {
    if (this.#name === undefined) return;
    const [account, mode, customer] = this.#name.split("/");
    for (;;) {
      const core = this.#core();
      const shipment = inCore(() => core.shipment());
      if (shipment === "") return;
      const [upto = "", rows = "[]", subscriptions = ""] = shipment.split("\n");
      const statements: D1PreparedStatement[] = [];
      const tell = (sql: string, ...told: string[]) =>
        statements.push(this.env.DIRECTORY.prepare(sql).bind(account, mode, customer, ...told));
      if (rows !== "[]") tell(tell_usage_sql(), rows);
      if (subscriptions !== "") {
        const [forget = "", remember = ""] = tell_subscriptions_sql().split("\n");
        tell(forget);
        tell(remember, subscriptions);
      }
      if (statements.length > 0) await this.env.DIRECTORY.batch(statements);
      this.ctx.storage.sql.exec(told_sql(), upto);
    }
  }
}
