// Mixed work on a few wallets at once, with a record of everything that was sent and answered, so that a test can say
// afterwards what must be in the journals, what must not, and what may.

import assert from "node:assert/strict";
import { type Api, type ChatCustomer, expectStatus, type Json, RECENTLY, type Reply, uniqueId } from "./api.ts";
import { type Row, readJournal } from "./chain.ts";
import { pico } from "./moves.ts";

/** One request that changes a wallet. */
export interface Operation {
  customer: string;
  path: string;
  body: Json;
  /** The journal's ids of what the request does: one, or one for each event of a batch. */
  rows: string[];
  /** What it adds to the balance in units of 10^-12, when it happens. */
  effect: bigint;
  /** The answer, if one came. Without it the outcome is unknown to the caller. */
  reply?: Reply;
}

/** It was answered, and the answer says that it happened. */
export function isAccepted({ reply }: Operation): boolean {
  return reply !== undefined && reply.status < 300 && reply.body?.decision !== "denied";
}

/** It was answered, and the answer says that nothing happened. A 5xx says neither. */
export function isRefused({ reply }: Operation): boolean {
  return reply !== undefined && !isAccepted({ reply } as Operation) && reply.status < 500;
}

interface OpenHold {
  id: string;
  seq: number;
}

const ASSET = "USD";
const EVENTS_PER_BATCH = 5;
const PREFER = { headers: { prefer: "return=representation" } };

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export class Load {
  readonly log: Operation[] = [];
  readonly #customers: ChatCustomer[];
  readonly #holds = new Map<string, OpenHold[]>();
  readonly #number: (below: number) => number;
  #inFlight = 0;
  #answered = 0;
  #stopped = false;

  constructor(customers: ChatCustomer[], seed = 1) {
    this.#customers = customers;
    this.#number = numbers(seed);
  }

  /** Requests that are sent and not answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that were answered, whatever the answer. */
  get answered(): number {
    return this.#answered;
  }

  /** Lets every client finish what it has sent and send nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** So many clients, each sending one request after the other until the load is stopped or the server is gone. */
  async run(client: Api, clients: number): Promise<void> {
    this.#stopped = false;
    await Promise.all(Array.from({ length: clients }, () => this.#client(client)));
  }

  async #client(client: Api): Promise<void> {
    while (!this.#stopped) {
      const operation = this.#next();
      this.log.push(operation);
      this.#inFlight += 1;
      try {
        operation.reply = await send(client, operation);
        this.#answered += 1;
        this.#learn(operation);
      } catch {
        // The connection broke: the outcome is unknown.
        this.#stopped = true;
      } finally {
        this.#inFlight -= 1;
      }
    }
  }

  #learn({ customer, path, body, reply }: Operation): void {
    const holds = this.#holds.get(customer) ?? [];
    this.#holds.set(customer, holds);
    if (path === "/v1/authorize" && reply?.body?.decision === "approved") {
      holds.push(openHold(reply.body.hold.id));
    } else if (body.final === false && reply?.status === 200) {
      holds.push(openHold(reply.body.hold.id));
    }
  }

  #next(): Operation {
    const { id: customer } = this.#customers[this.#number(this.#customers.length)] as ChatCustomer;
    const holds = this.#holds.get(customer) ?? [];
    const kind = this.#number(10);
    // A hold that somebody is working on is nobody else's, so no capture can be refused.
    const hold = kind < 4 ? holds.shift() : undefined;
    if (hold) return kind < 1 ? this.#capturePart(customer, hold) : this.#captureAll(customer, hold);
    if (kind < 6) return this.#authorize(customer);
    if (kind < 8) return this.#recordBatch(customer);
    return this.#adjust(customer);
  }

  #units(below: number): string {
    return `0.${String(1 + this.#number(below)).padStart(12, "0")}`;
  }

  #authorize(customer: string): Operation {
    const id = uniqueId("auth");
    const body = { id, customer_id: customer, asset: ASSET, amount: this.#units(1e11), expires_in: 86_400 };
    return { customer, path: "/v1/authorize", body, rows: [`authorize:${id}`], effect: 0n };
  }

  #capturePart(customer: string, { id: hold, seq }: OpenHold): Operation {
    const id = uniqueId("part");
    const amount = this.#units(1e10);
    const row = `hold:${seq}:capture:${id}`;
    const path = `/v1/holds/${hold}/capture`;
    return { customer, path, body: { id, amount, final: false }, rows: [row], effect: -pico(amount) };
  }

  #captureAll(customer: string, { id: hold, seq }: OpenHold): Operation {
    const amount = this.#units(1e11);
    const path = `/v1/holds/${hold}/capture`;
    return { customer, path, body: { amount }, rows: [`hold:${seq}:end`], effect: -pico(amount) };
  }

  #recordBatch(customer: string): Operation {
    let effect = 0n;
    const events = Array.from({ length: EVENTS_PER_BATCH }, () => {
      const [input, output] = [this.#number(1000), this.#number(1000)];
      // 2.50 and 10.00 USD per million tokens.
      effect -= BigInt(input) * pico("0.0000025") + BigInt(output) * pico("0.00001");
      const data = { input_tokens: input, output_tokens: output };
      return { id: uniqueId("event"), event_type: "chat", occurred_at: RECENTLY, data };
    });
    const rows = events.map(({ id }) => `event:${id}`);
    return { customer, path: "/v1/events", body: { customer_id: customer, events }, rows, effect };
  }

  #adjust(customer: string): Operation {
    const id = uniqueId("tx");
    const credit = this.#number(3) > 0;
    const amount = `${credit ? "" : "-"}${this.#units(1e11)}`;
    const body = { transaction_id: id, asset: ASSET, amount, reason: "other" };
    const path = `/v1/customers/${customer}/wallet/adjustments`;
    return { customer, path, body, rows: [`tx:${id}`], effect: pico(amount) };
  }
}

function openHold(id: string): OpenHold {
  return { id, seq: Number(id.slice(-12)) };
}

/** Sends an operation, for the first time or again. */
export function send(client: Api, { path, body }: Operation): Promise<Reply> {
  return client.post(path, body, PREFER);
}

/** How often each outcome was seen. */
export interface Outcomes {
  accepted: number;
  refused: number;
  /** Accepted, but not in the journal. There must be none. */
  lost: number;
  /** Not answered, but in the journal as a whole. */
  unanswered_done: number;
  /** Not answered, and not in the journal at all. */
  unanswered_absent: number;
}

/**
 * Compares what was sent and answered with what the journals have: accepted operations are there, refused ones are not,
 * unanswered ones are there as a whole or not at all, and nothing else is there. Also answers what the operations that
 * are there add to each customer's balance.
 */
export function audit(log: Operation[], journals: Map<string, Row[]>, setUp: Map<string, number>) {
  const outcomes: Outcomes = { accepted: 0, refused: 0, lost: 0, unanswered_done: 0, unanswered_absent: 0 };
  const effects = new Map<string, bigint>();
  const expected = new Map<string, number>();
  const stored = operationsOf(journals);
  const lost: string[] = [];
  for (const operation of log) {
    const { customer, rows, effect } = operation;
    const present = rows.filter((row) => stored.get(customer)?.has(row)).length;
    const what = `${operation.path} ${rows.join(" ")}`;
    assert.ok(present === 0 || present === rows.length, `half done: ${present} of ${what}`);
    if (isRefused(operation)) {
      outcomes.refused += 1;
      assert.equal(present, 0, `a refusal left something: ${what}`);
    } else if (isAccepted(operation)) {
      outcomes.accepted += 1;
      if (present === 0) lost.push(what);
    } else if (present > 0) {
      outcomes.unanswered_done += 1;
    } else {
      outcomes.unanswered_absent += 1;
    }
    if (present > 0) {
      effects.set(customer, (effects.get(customer) ?? 0n) + effect);
      expected.set(customer, (expected.get(customer) ?? 0) + present);
    }
  }
  outcomes.lost = lost.length;
  assert.deepEqual(lost, [], "every acknowledged operation is present");
  for (const [customer, rows] of journals) {
    const known = (setUp.get(customer) ?? 0) + (expected.get(customer) ?? 0);
    assert.equal(rows.length, known, "the journal has nothing that nobody asked for");
  }
  return { outcomes, effects };
}

/** The operations of each journal: an id is unique within its wallet only. */
function operationsOf(journals: Map<string, Row[]>): Map<string, Set<string>> {
  return new Map([...journals].map(([customer, rows]) => [customer, new Set(rows.map((row) => row.op))]));
}

/** Every customer's journal. */
export function readJournals(persist: string, customers: ChatCustomer[]): Map<string, Row[]> {
  return new Map(customers.map(({ id }) => [id, readJournal(persist, id)]));
}

/**
 * Sends every operation again, several at a time, and asserts that what is in the journal is replayed: the same bytes
 * where there was an answer before. What is not there happens now; its answer is noted.
 */
export async function resend(client: Api, log: Operation[], journals: Map<string, Row[]>): Promise<void> {
  const stored = operationsOf(journals);
  const queue = log.filter((operation) => !isRefused(operation)).values();
  const worker = async () => {
    for (const operation of queue) {
      const again = await send(client, operation);
      const [row] = operation.rows;
      const what = `${operation.path} ${row}`;
      const replayed = again.headers.get("idempotent-replayed") === "true";
      assert.equal(
        replayed,
        stored.get(operation.customer)?.has(row ?? ""),
        `${what} is replayed exactly if it is there`,
      );
      if (operation.reply && isAccepted(operation)) {
        assert.equal(again.status, operation.reply.status, what);
        assert.equal(again.text, operation.reply.text, what);
      } else {
        assert.ok(again.status < 300, `${what}: ${again.text}`);
        operation.reply = again;
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** A wallet's reply. */
export async function getWallet(client: Api, customer: string): Promise<Reply> {
  const reply = await client.get(`/v1/customers/${customer}/wallet`);
  expectStatus(reply, 200);
  return reply;
}
