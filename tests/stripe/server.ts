// The fake Stripe: a server of node:http, and the same things in process for tests.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type Stripe from "stripe";
import { Books, type Endpoint, Ids, type Surroundings } from "./books.ts";
import { Clock, type Seconds } from "./clock.ts";
import { control } from "./control.ts";
import { Delivery } from "./delivery.ts";
import { addEvent, thin, thinId } from "./events.ts";
import { type Fault, Faults, type Planned } from "./faults.ts";
import type { Form } from "./form.ts";
import * as http from "./http.ts";
import { Idempotency } from "./idempotency.ts";
import type { Json } from "./json.ts";
import type { Truth, Which } from "./ledger.ts";
import { page } from "./lists.ts";
import { mischief, type Trick } from "./mischief.ts";
import { pages } from "./pages.ts";
import { Problem, unauthorized } from "./problem.ts";
import { ROUTES, type Route } from "./routes.ts";
import { addEndpoint, type NewEndpoint, rollSecret } from "./state/account.ts";

/** The account that every key opens, unless it is said otherwise. */
export const ACCOUNT = "acct_fake";

export interface Options {
  port?: number;
  host?: string;
  /** Keys that open another account than `acct_fake`. */
  keys?: Record<string, string>;
  /** Endpoints of the default account's test side. */
  webhooks?: NewEndpoint[];
  clock?: Clock;
}

export interface Side {
  account?: string;
  livemode?: boolean;
}

/** A call that came, and how it was answered; 0 when it was not. */
export interface Asked {
  method: string;
  path: string;
  form: Form;
  key: string;
  idempotencyKey: string | null;
  version: string | null;
  status: number;
}

export class FakeStripe {
  readonly clock: Clock;
  readonly faults = new Faults();
  readonly delivery: Delivery;
  readonly asked: Asked[] = [];
  /** Keys that were taken back: each call with one is a 401. */
  readonly revoked = new Set<string>();
  /** Whether events go out before the answer to the call that caused them. Both happen. */
  deliversFirst = false;
  private all = new Map<string, Books>();
  private idempotency = new Idempotency();
  private around: Surroundings;
  private keys: Record<string, string>;
  private server: Server;
  private background: Promise<void> = Promise.resolve();

  constructor({ clock = new Clock(), keys = {} }: Options) {
    this.clock = clock;
    this.keys = keys;
    this.delivery = new Delivery(clock);
    this.around = {
      clock,
      ids: new Ids(),
      url: () => this.url,
      happened: (books, what) => {
        const event = addEvent(books, what);
        this.delivery.add(
          books,
          event,
          this.books({ livemode: books.livemode }, books.isConnected ? ACCOUNT : books.account),
        );
      },
    };
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error) => {
        // A mistake of the fake, which no fault of a plan may look like.
        console.error(error);
        response.writeHead(500).end(`The fake Stripe has a mistake: ${error}`);
      });
    });
  }

  async listen({ port = 0, host = "127.0.0.1", webhooks = [] }: Options): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, resolve);
    });
    for (const webhook of webhooks) this.addWebhook(webhook);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.faults.clear();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.settled();
  }

  /** The books of one side; the test side of the default account unless it is said otherwise. */
  books({ account, livemode = false }: Side = {}, otherwise: string = ACCOUNT, isConnected = false): Books {
    const id = account ?? otherwise;
    const key = `${id} ${livemode}`;
    const known = this.all.get(key);
    if (known !== undefined) return known;
    const books = new Books(this.around, id, livemode, isConnected);
    this.all.set(key, books);
    return books;
  }

  /** Every side of every account that anybody has asked for. */
  everyBooks(): Books[] {
    return [this.books(), this.books({ livemode: true }), ...this.all.values()];
  }

  addWebhook(given: NewEndpoint, side: Side = {}): Endpoint {
    return addEndpoint(this.books(side), given);
  }

  /** A new secret for an endpoint; the old one signs as well for so many hours, at most a day. */
  rollSecret(endpoint: Endpoint, hours = 24, secret?: string, side: Side = {}): string {
    return rollSecret(this.books(side), endpoint, hours, secret);
  }

  fail(planned: Planned): void {
    this.faults.add(planned);
  }

  /** From now on events are sent by these tricks; with no seed, plainly again. */
  misbehave(seed: number | null, tricks?: readonly Trick[], nextSecret?: string): void {
    this.delivery.mischief = seed === null ? null : mischief(seed, tricks, nextSecret);
  }

  truth(which: Which = {}, side: Side = {}): Truth {
    const truth = this.books(side).ledger.truth();
    return Object.keys(which).length === 0 ? truth : truth.of(which);
  }

  events(type?: string, side: Side = {}): Stripe.Event[] {
    return this.books(side)
      .events.all()
      .filter((event) => type === undefined || event.type === type);
  }

  /** Does something with the books as if by hand in the dashboard, or as the payer, and sends what follows. */
  async act<T>(action: (books: Books) => T, side: Side = {}): Promise<T> {
    try {
      return action(this.books(side));
    } finally {
      await this.follow();
    }
  }

  /** Sends an event that was written elsewhere to an endpoint, signed as any other. */
  send(endpoint: Endpoint, event: Json, side: Side = {}): Promise<void> {
    return this.delivery.sendOther(this.books(side), endpoint, event);
  }

  /** Moves the clock; renewals, expiries and retries happen on the way, each at its own time. */
  async advance(seconds: Seconds): Promise<void> {
    const end = this.clock.now() + seconds;
    const next = () => (this.delivery.isHeld ? undefined : this.delivery.nextDue());
    for (let due = next(); due !== undefined && due <= end; due = next()) {
      this.clock.advance(Math.max(0, due - this.clock.now()));
      await this.delivery.run();
    }
    this.clock.advance(Math.max(0, end - this.clock.now()));
    await this.follow();
  }

  /** Sends all that waits, also what is late or tried again, and moves the clock for it. */
  async deliverAll(): Promise<void> {
    await this.delivery.run();
    for (let next = this.delivery.nextDue(); next !== undefined; next = this.delivery.nextDue()) {
      this.clock.advance(Math.max(0, next - this.clock.now()));
      await this.delivery.run();
    }
  }

  /** Waits until everything that follows from the calls so far was sent. */
  async settled(): Promise<void> {
    await this.background;
    if (!this.delivery.isHeld) await this.delivery.run();
  }

  private async follow(): Promise<void> {
    this.clock.runDue();
    if (!this.delivery.isHeld) await this.delivery.run();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await http.readBody(request).catch(() => null);
    if (body === null) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    const path = new URL(request.url ?? "/", "http://fake").pathname;
    if (path.startsWith("/_fake/")) return control(this, request, response, body);
    if (!path.startsWith("/v1/") && !path.startsWith("/v2/")) return pages(this, request, response, body);
    return this.call(request, response, body);
  }

  private async call(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const question = http.questionOf(request, body, this.around.ids.next("req"));
    const asked: Asked = {
      ...question,
      key: "",
      version: (request.headers["stripe-version"] as string) ?? null,
      status: 0,
    };
    this.asked.push(asked);
    try {
      asked.key = http.keyOf(request);
      const books = this.booksOf(request, asked.key);
      const fault = this.faults.take(question.method, question.path);
      await this.reply(books, question, asked, fault, response);
    } catch (error) {
      const problem = http.problemOf(error);
      asked.status = problem.status;
      http.write(response, problem, question);
    }
  }

  private booksOf(request: IncomingMessage, key: string): Books {
    const [, mode] = /^[sr]k_(test|live)_\w{2,}$/.exec(key) ?? [];
    if (mode === undefined || this.revoked.has(key)) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
    const livemode = mode === "live";
    const connected = request.headers["stripe-account"] ?? request.headers["stripe-context"];
    const own = this.keys[key] ?? ACCOUNT;
    if (typeof connected !== "string" || connected === own) return this.books({ livemode }, own);
    return this.books({ livemode }, connected, true);
  }

  private async reply(
    books: Books,
    question: http.Question,
    asked: Asked,
    fault: Fault | undefined,
    response: ServerResponse,
  ): Promise<void> {
    if (fault?.kind === "cut") {
      response.destroy();
      return;
    }
    if (fault?.kind === "rate_limit") throw http.tooMany(fault);
    const key =
      question.idempotencyKey === null ? null : `${books.account}/${books.livemode} ${question.idempotencyKey}`;
    const before =
      key === null ? null : this.idempotency.begin(key, http.fingerprint(question), question.id, this.clock.now());
    if (before !== null) {
      const again = { "idempotent-replayed": "true", "original-request": before.request };
      const { answer } = before;
      this.finish({ ...answer, headers: { ...answer.headers, ...again } }, question, asked, fault, response);
      return;
    }
    const { isKept, ...answer } = http.answer(books, question, this.routes, fault);
    // A slow call is under way until it is released, so that its key is in use.
    if (fault?.kind === "slow") await (fault.seconds === undefined ? this.faults.hold() : sleep(fault.seconds * 1000));
    if (key !== null) {
      if (isKept) this.idempotency.keep(key, answer);
      else this.idempotency.forget(key);
    }
    if (this.deliversFirst) await this.follow();
    this.finish(answer, question, asked, fault, response);
    this.background = this.background.then(() => this.follow());
  }

  private finish(
    answer: { status: number; headers: Record<string, string>; body: string },
    question: http.Question,
    asked: Asked,
    fault: Fault | undefined,
    response: ServerResponse,
  ): void {
    if (fault?.kind === "reply_lost") {
      response.destroy();
      return;
    }
    asked.status = answer.status;
    if (fault?.kind === "reply_cut") http.writeHalf(response, answer);
    else http.write(response, answer, question);
  }

  /** The calls that need to know what was delivered, and then all the others. */
  private routes: readonly Route[] = [
    {
      method: "GET",
      path: "/v1/events",
      answer: ({ books, given, path }) => {
        given.only(["limit", "starting_after", "ending_before", "created", "type", "types", "delivery_success"]);
        const [types, success] = [given.texts("types"), given.boolean("delivery_success")];
        const type = given.text("type");
        const isMeant = (event: Stripe.Event) =>
          (types.length === 0 || types.includes(event.type)) &&
          (type === undefined || matches(type, event.type)) &&
          (success === undefined || this.delivery.isDelivered(event) === success) &&
          this.clock.now() - event.created <= EVENTS_KEPT;
        return page(given, books.events.all(), path, isMeant);
      },
    },
    {
      method: "GET",
      path: "/v2/core/events/*",
      answer: ({ books }, id) => {
        const event = books.events.all().find((one) => thinId(one) === id);
        if (event === undefined)
          throw new Problem(404, {
            type: "invalid_request_error",
            code: "not_found",
            message: `No such event: '${id}'`,
          });
        return thinRead(event);
      },
    },
    ...ROUTES,
  ];
}

/** Thirty days. */
const EVENTS_KEPT: Seconds = 30 * 86_400;

const matches = (pattern: string, type: string) =>
  pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;

const thinRead = (event: Stripe.Event): Json => ({ ...thin(event, false), changes: null, data: {} });

const masked = (key: string) =>
  key.length < 12 ? "*".repeat(key.length) : `${key.slice(0, 8)}${"*".repeat(key.length - 12)}${key.slice(-4)}`;

/** Starts a fake on a free port, or on the one named. */
export async function startFakeStripe(options: Options = {}): Promise<FakeStripe> {
  const fake = new FakeStripe(options);
  await fake.listen(options);
  return fake;
}
