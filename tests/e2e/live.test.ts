// A wallet that is watched, on the real runtime: what all who watch are told is what the wallet says, in its order and
// without a gap; and who may not listen any more is told nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, createChatCustomer, expectStatus, type Json, RECENTLY } from "./support/api.ts";
import { DEPLOYED, type FreshServer, freshServer, newKey } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";
import { allConnected, allKnow, Watcher, walletOf } from "./support/watcher.ts";

const APP = "https://app.example.com";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
});

after(() => server.end());

async function newToken(customer: string): Promise<Json> {
  const asked = { scopes: ["read"], allowed_origins: [APP], ttl_seconds: 600 };
  return expectStatus(await client.post(`/v1/customers/${customer}/tokens`, asked), 201);
}

describe("a wallet that is watched", () => {
  test("tells 300 watchers every entry once and in order, while four callers spend", async () => {
    const { id } = await createChatCustomer(client, "100");
    const { token } = await newToken(id);
    const watchers = Array.from({ length: 300 }, () => new Watcher(server, id, { token }));
    await allConnected(watchers);
    const first = Math.max(...watchers.map(({ seq }) => seq));
    const spend = async (caller: number) => {
      for (let call = 0; call < 10; call++) {
        const ask = { id: `w_${caller}_${call}`, customer_id: id, asset: "USD", amount: "0.5" };
        const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
        expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, { amount: "0.25" }), 200);
      }
    };
    await Promise.all([0, 1, 2, 3].map(spend));
    await allKnow(client, id, watchers);
    const { seq } = await walletOf(client, id);
    const all = Array.from({ length: seq - first }, (_, place) => first + 1 + place);
    for (const watcher of watchers) assert.deepEqual(watcher.seen, all);
    for (const { socket } of watchers) socket.close();
    await eventually(() => watchers.every(({ closed }) => closed !== undefined), "all have left");
    // Nobody is left, and the wallet goes on.
    expectStatus(await client.post("/v1/authorize", { id: "last", customer_id: id, asset: "USD", amount: "1" }), 200);
  });

  test("tells nobody what usage cost the platform", async () => {
    const { id } = await createChatCustomer(client, "10");
    const watcher = new Watcher(server, id, { token: (await newToken(id)).token });
    await allConnected([watcher]);
    const event = {
      id: "hidden",
      event_type: "chat",
      occurred_at: RECENTLY,
      costs: [{ id: "c1", vendor_external_id: "hidden_vendor", amount: "0.0317" }],
    };
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
    await allKnow(client, id, [watcher]);
    for (const word of ["hidden_vendor", "0.0317", "costs", '"record"']) assert.ok(!watcher.text.includes(word), word);
    watcher.socket.close();
  });

  test("closes the socket of a token that is revoked, and of no other", async () => {
    const { id } = await createChatCustomer(client, "10");
    const [first, second] = [await newToken(id), await newToken(id)];
    const watchers = [first, second].map(({ token }) => new Watcher(server, id, { token }));
    await allConnected(watchers);
    expectStatus(await client.send("DELETE", `/v1/customers/${id}/tokens/${first.id}`), 204);
    await eventually(() => watchers[0]?.closed === 4401, "the first is closed");
    expectStatus(await client.post("/v1/authorize", { id: "a1", customer_id: id, asset: "USD", amount: "1" }), 200);
    await allKnow(client, id, watchers.slice(1));
    watchers[1]?.socket.close();
  });

  test("opens no socket for who may not read it", async () => {
    const [mine, other] = [await createChatCustomer(client, "10"), await createChatCustomer(client, "10")];
    for (const token of ["ct_test_00", (await newToken(other.id)).token]) {
      const watcher = new Watcher(server, mine.id, { token });
      await eventually(() => watcher.closed !== undefined, "it is refused");
      assert.equal(watcher.text, "");
    }
  });
});
