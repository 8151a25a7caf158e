// A right that ends while a socket is open: nothing is told to who has lost it, whichever way it was lost, and everybody else
// goes on listening. The clock is moved; nobody waits a minute.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Api, api, createChatCustomer, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { walletName } from "./support/chain.ts";
import { DEPLOYED, newKey } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";
import { allConnected, allKnow, Watcher, walletOf } from "./support/watcher.ts";

const WAKEFUL = { "main.js": readFileSync(join(import.meta.dirname, "support/wakeful.js"), "utf8") };
/** Within this time a right that has ended is heard of, as the documents say. */
const PROMISED_MS = 60_000;

let lasting: LastingServer;
let client: Api;

before(async () => {
  lasting = await LastingServer.start({ ...DEPLOYED, modules: WAKEFUL });
  client = api(lasting.server, newKey(lasting, "default", "test"));
});

after(() => lasting?.end());

/** What the server's clock, its wallets and their directory do. */
const happens = async (word: string, value: string | number) => {
  const reply = await fetch(`${lasting.server.url}/test/${word}/${encodeURIComponent(value)}`);
  assert.equal(reply.status, 204);
};

async function newToken(customer: string, ttl_seconds = 3600): Promise<Json> {
  return expectStatus(await client.post(`/v1/customers/${customer}/tokens`, { scopes: ["read"], ttl_seconds }), 201);
}

async function spend(customer: string): Promise<void> {
  const ask = { id: uniqueId("w"), customer_id: customer, asset: "USD", amount: "0.01" };
  expectStatus(await client.post("/v1/authorize", ask), 200);
}

/** A customer with one who listens by what will end, and one who goes on. */
async function watched(
  open: (customer: string) => Promise<{ right: { key: string } | { token: string }; id: string }>,
) {
  const { id: customer } = await createChatCustomer(client, "100");
  const { right, id } = await open(customer);
  const first = new Watcher(lasting.server, customer, right);
  const second = new Watcher(lasting.server, customer, { token: (await newToken(customer)).token });
  await allConnected([first, second]);
  await spend(customer);
  await allKnow(client, customer, [first, second]);
  return { customer, id, first, second };
}

const byKey = async () => {
  const made = expectStatus(await client.post("/v1/keys", { name: uniqueId("watches") }), 201);
  return { right: { key: made.key }, id: made.id };
};

const byToken = async (customer: string) => {
  const made = await newToken(customer);
  return { right: { token: made.token }, id: made.id };
};

/** The one has lost his right, so what happens now is told to the other alone. */
async function onlyTheOtherHears({ customer, first, second }: { customer: string; first: Watcher; second: Watcher }) {
  const heard = first.text;
  await spend(customer);
  await allKnow(client, customer, [second]);
  await eventually(() => first.closed !== undefined, "the first is closed");
  assert.equal(first.closed, 4401);
  assert.equal(first.text, heard, "and was told nothing");
  await spend(customer);
  await allKnow(client, customer, [second]);
  second.socket.close();
}

describe("whoever listens to a wallet", () => {
  test("by a key hears nothing a minute after that was revoked", async () => {
    const hall = await watched(byKey);
    expectStatus(await client.send("DELETE", `/v1/keys/${hall.id}`), 204);
    await happens("pass", PROMISED_MS);
    await onlyTheOtherHears(hall);
  });

  test("by a key that was rotated hears until its overlap is over, and nothing a minute later", async () => {
    const hall = await watched(byKey);
    expectStatus(await client.post(`/v1/keys/${hall.id}/rotate`, { overlap_seconds: 300 }), 201);
    await happens("pass", 299_000);
    await spend(hall.customer);
    await allKnow(client, hall.customer, [hall.first, hall.second]);
    await happens("pass", PROMISED_MS + 1_000);
    await onlyTheOtherHears(hall);
  });

  test("by a token that was refreshed hears nothing a minute later", async () => {
    const hall = await watched(byToken);
    expectStatus(await client.post(`/v1/customers/${hall.customer}/tokens/${hall.id}/refresh`), 201);
    await happens("pass", PROMISED_MS);
    await onlyTheOtherHears(hall);
  });

  test("by a token whose time is over is closed by the alarm, though nothing happens", async () => {
    const { id: customer } = await createChatCustomer(client, "100");
    const { token } = await newToken(customer, 3600);
    const watcher = new Watcher(lasting.server, customer, { token });
    await allConnected([watcher]);
    const heard = watcher.text;
    await happens("pass", 60_000);
    await happens("ring", walletName(customer));
    assert.equal(watcher.closed, undefined, "not earlier");
    await happens("pass", 3_540_000);
    await happens("ring", walletName(customer));
    await eventually(() => watcher.closed === 4401, "it is closed");
    assert.equal(watcher.text, heard);
  });

  test("hears nothing while the directory is silent, and everything afterwards", async () => {
    const { customer, first, second } = await watched(byToken);
    await happens("pass", PROMISED_MS);
    await happens("silent", "yes");
    const heard = first.text;
    for (let call = 0; call < 3; call += 1) await spend(customer);
    await eventually(
      () => lasting.server.logs.some((line) => line.includes("watchers") && line.includes("silent")),
      "it is logged",
    );
    assert.equal(first.text, heard);
    await happens("silent", "no");
    await spend(customer);
    const { seq } = await walletOf(client, customer);
    assert.equal(first.text, heard, "it is not asked at every call");
    await happens("pass", 30_000);
    await happens("ring", walletName(customer));
    await eventually(() => first.seq === seq && second.seq === seq, "the alarm has told them");
    await allKnow(client, customer, [first, second]);
    assert.deepEqual([first.closed, second.closed], [undefined, undefined]);
    for (const { socket } of [first, second]) socket.close();
  });
});
