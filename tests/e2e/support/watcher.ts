// Who watches a wallet: one that knows what one socket has told, and one that stays, whatever becomes of its sockets.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, api, expectStatus, type Json } from "./api.ts";
import { eventually } from "./patience.ts";

/** What a socket is opened with: a customer's token among the protocols, or a server's key in a header. */
export type Right = { token: string } | { key: string };

export function openSocket(server: { url: string }, customer: string, right: Right): WebSocket {
  const url = `${server.url.replace("http", "ws")}/v1/customers/${customer}/wallet/live`;
  if ("token" in right) return new WebSocket(url, ["scrip.v1", right.token]);
  // Node sets headers where a browser cannot, and its types are those of browsers.
  const options = { headers: { authorization: `Bearer ${right.key}` } };
  return new WebSocket(url, options as unknown as string[]);
}

/** What a page knows by listening to one socket alone. */
export class Watcher {
  seq = 0;
  balance = "";
  held = "";
  seen: number[] = [];
  text = "";
  pongs = 0;
  closed: number | undefined;
  readonly socket: WebSocket;

  constructor(server: { url: string }, customer: string, right: Right) {
    this.socket = openSocket(server, customer, right);
    this.socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    this.socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
  }

  #hear(text: string) {
    if (text === "pong") {
      this.pongs += 1;
      return;
    }
    this.text += text;
    const message = JSON.parse(text) as Json;
    if (message.type === "snapshot") {
      this.seq = message.seq;
      this.#show(message.wallet.accounts[0]);
      return;
    }
    assert.equal(message.type, "entries");
    assert.ok(message.after <= this.seq, "nothing was missed");
    for (const item of message.items.filter((one: Json) => one.seq > this.seq)) {
      assert.equal(item.seq, this.seq + 1);
      this.seq = item.seq;
      this.seen.push(item.seq);
      if (item.balances[0]) this.#show(item.balances[0]);
    }
  }

  #show(account: Json) {
    this.balance = account.balance;
    this.held = account.held;
  }
}

export const walletOf = async (client: Api, customer: string): Promise<Json> =>
  expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);

export const allConnected = (watchers: Watcher[]) =>
  eventually(() => watchers.every(({ seq }) => seq > 0), "all are connected");

/** Until all of them know what the wallet says. */
export async function allKnow(client: Api, customer: string, watchers: Watcher[]): Promise<void> {
  const wallet = await walletOf(client, customer);
  const [account] = wallet.accounts;
  await eventually(() => watchers.every(({ seq }) => seq === wallet.seq), "everybody has heard of the last entry");
  for (const watcher of watchers) {
    assert.deepEqual([watcher.balance, watcher.held], [account.balance, account.held]);
  }
}

/**
 * A page that stays: it opens another socket when one is closed, and asks for what it has missed. What it was told never goes
 * back, whatever happens to the server.
 */
export class StayingPage {
  seq = 0;
  /** Each entry since the first that it was told of, once. */
  items: Json[] = [];
  /** How often it was connected, and how often it had to ask for what it had missed. */
  connected = 0;
  refetched = 0;
  #socket: WebSocket | undefined;
  #heard: Promise<void> = Promise.resolve();
  #isOver = false;
  readonly #server: { url: string };
  readonly #client: Api;
  readonly #customer: string;
  readonly #token: string;

  constructor(server: { url: string }, customer: string, token: string) {
    this.#server = server;
    this.#client = api(server, token);
    this.#customer = customer;
    this.#token = token;
    this.#open();
  }

  #open(): void {
    const socket = openSocket(this.#server, this.#customer, { token: this.#token });
    this.#socket = socket;
    // One after the other: what was missed is put before what comes next.
    socket.addEventListener("message", ({ data }) => {
      this.#heard = this.#heard.then(() => this.#hear(JSON.parse(String(data))));
    });
    socket.addEventListener("close", async () => {
      await this.#heard;
      await sleep(20);
      if (!this.#isOver) this.#open();
    });
  }

  async #hear(message: Json): Promise<void> {
    if (message.type === "snapshot") {
      this.connected += 1;
      assert.ok(message.seq >= this.seq, "what it was told of has stayed");
      if (this.seq === 0) this.seq = message.seq;
      else await this.#fetch(message.seq);
      return;
    }
    if (message.type === "refetch" || message.after > this.seq) {
      await this.#fetch(message.seq);
      return;
    }
    for (const item of message.items) this.#take(item);
  }

  /** Items that are known are passed over, as the documents say. */
  #take(item: Json): void {
    if (item.seq <= this.seq) return;
    assert.equal(item.seq, this.seq + 1, "none is missing");
    this.seq = item.seq;
    this.items.push(item);
  }

  async #fetch(upto: number): Promise<void> {
    if (upto <= this.seq) return;
    this.refetched += 1;
    const found: Json[] = [];
    for (let cursor = ""; ; ) {
      const path = `/v1/customers/${this.#customer}/wallet/entries?limit=50${cursor}`;
      const reply = await this.#client.get(path).catch(() => undefined);
      // The server has gone again: the next socket asks for more.
      if (reply?.status !== 200) return;
      found.unshift(...reply.body.items.toReversed());
      if (reply.body.next === null || (found[0]?.seq ?? 0) <= this.seq + 1) break;
      cursor = `&cursor=${reply.body.next}`;
    }
    for (const item of found) this.#take(item);
  }

  end(): void {
    this.#isOver = true;
    this.#socket?.close();
  }
}
