// A wallet that is watched, on the real runtime: what all who watch are told is what the wallet says, in its order and
// without a gap; and who may not listen any more is told nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, createChatCustomer, expectStatus, type Json, RECENTLY } from "./support/api.ts";
import { DEPLOYED, type FreshServer, freshServer, newKey } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";

const APP = "https://app.example.com";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
});

after(() => server.end());

/** What a page knows by listening alone. */
class Watcher {
  seq = 0;
  balance = "";
  held = "";
  seen: number[] = [];
  text = "";
  closed: number | undefined;
  readonly socket: WebSocket;

  constructor(customer: string, token: string) {
    const url = `${server.url.replace("http", "ws")}/v1/customers/${customer}/wallet/live`;
    this.socket = new WebSocket(url, ["scrip.v1", token]);
    this.socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    this.socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
  }

  #hear(text: string) {
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

async function newToken(customer: string): Promise<Json> {
  const asked = { scopes: ["read"], allowed_origins: [APP], ttl_seconds: 600 };
  return expectStatus(await client.post(`/v1/customers/${customer}/tokens`, asked), 201);
}

const walletOf = async (customer: string) =>
  expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200) as Json;

/** Until all of them know what the wallet says. */
async function allKnow(customer: string, watchers: Watcher[]) {
  const wallet = await walletOf(customer);
  const [account] = wallet.accounts;
  await eventually(() => watchers.every(({ seq }) => seq === wallet.seq), "everybody has heard of the last entry");
  for (const watcher of watchers) {
    assert.deepEqual([watcher.balance, watcher.held], [account.balance, account.held]);
  }
}

describe("a wallet that is watched", () => {
  test("tells 300 watchers every entry once and in order, while four callers spend", async () => {
    const { id } = await createChatCustomer(client, "100");
    const { token } = await newToken(id);
    const watchers = Array.from({ length: 300 }, () => new Watcher(id, token));
    await eventually(() => watchers.every(({ seq }) => seq > 0), "all are connected");
    const first = Math.max(...watchers.map(({ seq }) => seq));
    const spend = async (caller: number) => {
      for (let call = 0; call < 10; call++) {
        const ask = { id: `w_${caller}_${call}`, customer_id: id, asset: "USD", amount: "0.5" };
        const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
        expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, { amount: "0.25" }), 200);
      }
    };
    await Promise.all([0, 1, 2, 3].map(spend));
    await allKnow(id, watchers);
    const { seq } = await walletOf(id);
    const all = Array.from({ length: seq - first }, (_, place) => first + 1 + place);
    for (const watcher of watchers) assert.deepEqual(watcher.seen, all);
    for (const { socket } of watchers) socket.close();
    await eventually(() => watchers.every(({ closed }) => closed !== undefined), "all have left");
    // Nobody is left, and the wallet goes on.
    expectStatus(await client.post("/v1/authorize", { id: "last", customer_id: id, asset: "USD", amount: "1" }), 200);
  });

  test("tells nobody what usage cost the platform", async () => {
    const { id } = await createChatCustomer(client, "10");
    const watcher = new Watcher(id, (await newToken(id)).token);
    await eventually(() => watcher.seq > 0, "it is connected");
    const event = {
      id: "hidden",
      event_type: "chat",
      occurred_at: RECENTLY,
      costs: [{ id: "c1", vendor_external_id: "hidden_vendor", amount: "0.0317" }],
    };
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
    await allKnow(id, [watcher]);
    for (const word of ["hidden_vendor", "0.0317", "costs", '"record"']) assert.ok(!watcher.text.includes(word), word);
    watcher.socket.close();
  });

  test("closes the socket of a token that is revoked, and of no other", async () => {
    const { id } = await createChatCustomer(client, "10");
    const [first, second] = [await newToken(id), await newToken(id)];
    const watchers = [new Watcher(id, first.token), new Watcher(id, second.token)];
    await eventually(() => watchers.every(({ seq }) => seq > 0), "both are connected");
    expectStatus(await client.send("DELETE", `/v1/customers/${id}/tokens/${first.id}`), 204);
    await eventually(() => watchers[0]?.closed === 4401, "the first is closed");
    expectStatus(await client.post("/v1/authorize", { id: "a1", customer_id: id, asset: "USD", amount: "1" }), 200);
    await allKnow(id, watchers.slice(1));
    watchers[1]?.socket.close();
  });

  test("opens no socket for who may not read it", async () => {
    const [mine, other] = [await createChatCustomer(client, "10"), await createChatCustomer(client, "10")];
    for (const token of ["ct_test_00", (await newToken(other.id)).token]) {
      const watcher = new Watcher(mine.id, token);
      await eventually(() => watcher.closed !== undefined, "it is refused");
      assert.equal(watcher.text, "");
    }
  });
});
