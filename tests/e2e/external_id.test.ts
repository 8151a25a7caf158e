// Customers are renamed. The id of a customer derives from the first external id, so that nobody has to look it up; what
// follows is how a name moves on without ever leading to somebody else's money.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import { type Api, api, CHAT_PRICES, credit, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { DEPLOYED, journal, newKey } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { deliver, paymentSucceeded } from "./support/payment.ts";

let lasting: LastingServer;
let client: Api;

before(async () => {
  lasting = await LastingServer.start(DEPLOYED);
  client = api(lasting.server, newKey(lasting, "default", "test"));
  expectStatus(await client.post("/v1/products", { code: "chat", name: "Chat", prices: CHAT_PRICES }), 201);
});

after(() => lasting.end());

const subscriptions = [{ products: [{ code: "chat" }] }];

/** A customer who goes by this name, with so much credit. */
async function customer(external_id: string | undefined, usd: string, by = client): Promise<string> {
  const reply = await by.post("/v1/customers", { name: external_id ?? "Nameless", external_id, subscriptions });
  const { id } = expectStatus(reply, 201);
  await credit(by, id, usd);
  return id;
}

const rename = (id: string, external_id: string, by = client) =>
  by.send("PATCH", `/v1/customers/${id}`, { external_id });

const authorize = (external: string, by = client, id = uniqueId("a")) =>
  by.post("/v1/authorize", { id, customer_external_id: external, asset: "USD", amount: "1" });

/** Whose wallet answers to a name: its balance tells, because no two are the same. Null when nobody's does. */
async function balanceOf(external: string, by = client): Promise<string | null> {
  const reply = await authorize(external, by);
  if (reply.status === 404) {
    assert.equal(reply.body.code, "wallet_not_found");
    return null;
  }
  const { hold, balances } = expectStatus(reply, 200);
  expectStatus(await by.post(`/v1/holds/${hold.id}/release`), 200);
  return balances[0].balance;
}

/** The first wallet's answer never reaches a caller. */
function expectFound(reply: Reply, status: number): Json {
  assert.notEqual(reply.status, 421);
  return expectStatus(reply, status);
}

describe("a customer who is renamed", () => {
  test("is found by the new name and not by the old one, by every call", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const id = await customer(old, "10");
    expectStatus(await rename(id, now), 204);
    const shown = expectStatus(await client.get(`/v1/customers/${id}`), 200);
    assert.equal(shown.external_id, now);

    const event = (n: number) => ({
      id: `${now} ${n}`,
      event_type: "chat",
      occurred_at: new Date().toISOString(),
      data: { input_tokens: 400_000 },
    });
    const record = (external: string, n: number) =>
      client.post("/v1/events", { customer_external_id: external, events: [event(n)] });
    expectFound(await record(now, 1), 204);
    expectFound(await record(old, 2), 404);
    const read = (external: string) =>
      client.get(`/v1/events/${encodeURIComponent(`${now} 1`)}?customer_external_id=${external}`);
    assert.equal(expectFound(await read(now), 200).fees[0].amount, "1");
    expectFound(await read(old), 404);
    assert.equal(await balanceOf(now), "9");
    assert.equal(await balanceOf(old), null);
    const listed = async (external: string) =>
      expectStatus(await client.get(`/v1/customers?external_id=${external}`), 200);
    const page = await listed(now);
    assert.deepEqual([page.id, page.name, page.items[0].id, page.total_count], [id, old, id, 1]);
    assert.deepEqual((await listed(old)).items, []);

    // Also once the wallet has been woken again, from its rows.
    await lasting.evict(`acc_default/test/${id}`);
    assert.deepEqual([await balanceOf(now), await balanceOf(old)], ["9", null]);
    const [row] = journal(lasting.persist, id).filter((one) => one.op.startsWith("external_id:"));
    assert.deepEqual(JSON.parse(row?.entry ?? "").fact, { type: "external_id_changed", external_id: now, revision: 1 });
  });

  test("leaves the old name to another one, who has a wallet of its own", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const first = await customer(old, "10");
    expectStatus(await rename(first, now), 204);
    const body = { name: old, external_id: old, subscriptions };
    const created = await client.post("/v1/customers", body);
    const second = expectStatus(created, 201).id;
    assert.notEqual(second, first);
    assert.equal(created.headers.get("idempotent-replayed"), null);
    await credit(client, second, "20");
    assert.deepEqual([await balanceOf(old), await balanceOf(now)], ["20", "10"]);
    // The same again is the second customer again.
    const again = await client.post("/v1/customers", body);
    assert.deepEqual([again.text, again.headers.get("idempotent-replayed")], [created.text, "true"]);
    expectStatus(await client.post("/v1/customers", { ...body, name: "Other" }), 409);

    // And on it goes: the second one moves away, the third one is the first one.
    expectStatus(await rename(second, uniqueId("away")), 204);
    assert.equal(await balanceOf(old), null);
    expectStatus(await rename(first, old), 204);
    assert.deepEqual([await balanceOf(old), await balanceOf(now)], ["10", null]);
  });

  test("can take a name that another one had at first", async () => {
    const [a, b, c] = [uniqueId("a"), uniqueId("b"), uniqueId("c")];
    const first = await customer(a, "10");
    const second = await customer(b, "20");
    expectStatus(await rename(first, c), 204);
    expectStatus(await rename(second, a), 204);
    assert.deepEqual([await balanceOf(a), await balanceOf(b), await balanceOf(c)], ["20", null, "10"]);
    // They swap, by way of a third name.
    const d = uniqueId("d");
    expectStatus(await rename(second, d), 204);
    expectStatus(await rename(first, a), 204);
    expectStatus(await rename(second, c), 204);
    assert.deepEqual([await balanceOf(a), await balanceOf(c), await balanceOf(d)], ["10", "20", null]);
  });

  test("may have had no name before", async () => {
    const id = await customer(undefined, "10");
    const name = uniqueId("late");
    assert.equal(await balanceOf(name), null);
    expectStatus(await rename(id, name), 204);
    assert.equal(await balanceOf(name), "10");
    expectStatus(await client.post("/v1/customers", { name: "Other", external_id: name }), 409);
  });

  test("cannot take the name of somebody else, and then nothing has changed", async () => {
    const [a, b] = [uniqueId("a"), uniqueId("b")];
    const first = await customer(a, "10");
    const second = await customer(b, "20");
    const rows = [journal(lasting.persist, first).length, journal(lasting.persist, second).length];
    const body = { name: "New", email: "new@x.example", external_id: b };
    const reply = await client.send("PATCH", `/v1/customers/${first}`, body);
    assert.equal(expectStatus(reply, 409).code, "already_exists");
    assert.match(reply.body.detail, new RegExp(second));
    const { name, email, external_id } = expectStatus(await client.get(`/v1/customers/${first}`), 200);
    assert.deepEqual([name, email, external_id], [a, null, a]);
    assert.deepEqual([journal(lasting.persist, first).length, journal(lasting.persist, second).length], rows);
    assert.deepEqual([await balanceOf(a), await balanceOf(b)], ["10", "20"]);
  });

  test("is told the rest as well, and what is left out stays", async () => {
    const body = { name: "Acme", email: "ada@acme.example", metadata: { plan: "gold" }, external_id: uniqueId("c") };
    const { id, ...created } = expectStatus(await client.post("/v1/customers", body), 201);
    const change = async (more: object) => {
      expectStatus(await client.send("PATCH", `/v1/customers/${id}`, more), 204);
      const shown = expectStatus(await client.get(`/v1/customers/${id}`), 200);
      return [shown.name, shown.email, shown.metadata, shown.external_id];
    };
    const rest = created.external_id;
    assert.deepEqual(await change({}), ["Acme", "ada@acme.example", { plan: "gold" }, rest]);
    assert.deepEqual(await change({ name: "Bolt" }), ["Bolt", "ada@acme.example", { plan: "gold" }, rest]);
    assert.deepEqual(await change({ email: "b@x.example", name: null }), [
      "Bolt",
      "b@x.example",
      { plan: "gold" },
      rest,
    ]);
    assert.deepEqual(await change({ metadata: {} }), ["Bolt", "b@x.example", {}, rest]);
    assert.deepEqual(await change({ external_id: rest }), ["Bolt", "b@x.example", {}, rest]);
    assert.equal(journal(lasting.persist, id).length, 1, "the name that it has is no news to the wallet");
    const nobody = "cust_00000000000000000000000000";
    expectStatus(await client.send("PATCH", `/v1/customers/${nobody}`, { name: "X" }), 404);
  });
});

describe("operations across a renaming", () => {
  test("are replayed by the new name with the bytes of the first answer", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const id = await customer(old, "10");
    const first = await authorize(old, client, "across");
    expectStatus(first, 200);
    expectStatus(await rename(id, now), 204);
    expectStatus(await rename(id, now), 204);
    const again = await authorize(now, client, "across");
    assert.deepEqual([again.text, again.headers.get("idempotent-replayed")], [first.text, "true"]);
    expectStatus(await authorize(old, client, "across"), 404);
    assert.equal(journal(lasting.persist, id).filter((one) => one.op.startsWith("external_id:")).length, 1);
    expectStatus(await client.post(`/v1/holds/${first.body.hold.id}/capture`), 200);
  });

  test("of Stripe fill the wallet that has the name", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const first = await customer(old, "10");
    expectStatus(await rename(first, now), 204);
    const second = await customer(old, "20");
    const pay = (external: string, cents: number) => {
      const event = paymentSucceeded("", uniqueId("payment"), cents);
      event.data.object.metadata = { scrip_customer_external_id: external };
      return deliver(lasting.server, event);
    };
    assert.equal(expectStatus(await pay(old, 500), 200).outcome, "credited");
    assert.equal(expectStatus(await pay(now, 700), 200).outcome, "credited");
    assert.deepEqual([await balanceOf(old), await balanceOf(now)], ["25", "17"]);
    expectStatus(await rename(second, uniqueId("away")), 204);
    assert.equal(expectStatus(await pay(old, 500), 200).reason, "unknown_customer");
  });

  test("of many callers at once end in one wallet each, and none is lost", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const first = await customer(old, "10");
    const event = (n: number) => ({
      id: `${old} ${n}`,
      event_type: "chat",
      occurred_at: new Date().toISOString(),
      data: { input_tokens: 4_000 },
    });
    const record = (external: string, n: number) =>
      client.post("/v1/events", { customer_external_id: external, events: [event(n)] });
    let renamed: Promise<Reply> | undefined;
    const sent = Array.from({ length: 60 }, async (_, n) => {
      if (n === 20) renamed = rename(first, now);
      const reply = await record(old, n);
      // Who comes too late under the old name sends the same event under the new one.
      if (reply.status !== 404) return expectFound(reply, 204);
      await renamed;
      return expectFound(await record(now, n), 204);
    });
    await Promise.all(sent);
    expectStatus((await renamed) as Reply, 204);
    // 60 events of 0.01 each.
    assert.equal(await balanceOf(now), "9.4");
    assert.equal(journal(lasting.persist, first).filter((one) => one.op.startsWith("event:")).length, 60);
    assert.equal(await balanceOf(old), null);
  });

  test("who want one name at once: one has it", async () => {
    const name = uniqueId("wanted");
    const ids = await Promise.all(["1", "2", "3", "4"].map((usd) => customer(uniqueId("c"), usd)));
    const creation = client.post("/v1/customers", { name: "New", external_id: name });
    const replies = await Promise.all([...ids.map((id) => rename(id, name)), creation]);
    const won = replies.filter((reply) => reply.status < 300);
    assert.equal(won.length, 1, replies.map((reply) => reply.text).join("\n"));
    for (const reply of replies.filter((one) => !won.includes(one))) expectStatus(reply, 409);
    const { items } = expectStatus(await client.get(`/v1/customers?external_id=${name}`), 200);
    assert.equal(items.length, 1);
    // Those who did not get it still go by their own names.
    for (const [place, reply] of replies.slice(0, 4).entries()) {
      const own = expectStatus(await client.get(`/v1/customers/${ids[place]}`), 200).external_id;
      assert.equal(own === name, reply.status === 204);
      assert.equal(await balanceOf(own), String(place + 1));
    }
  });

  test("renamed twice at once goes by the name that the directory says, and by no other", async () => {
    const first = uniqueId("first");
    const id = await customer(first, "10");
    for (let round = 0; round < 5; round++) {
      const names = Array.from({ length: 4 }, () => uniqueId("race"));
      names.push(first);
      for (const reply of await Promise.all(names.map((name) => rename(id, name)))) expectStatus(reply, 204);
      const { external_id } = expectStatus(await client.get(`/v1/customers/${id}`), 200);
      for (const name of names) assert.equal(await balanceOf(name), name === external_id ? "10" : null, name);
    }
  });

  test("created at once under a name that is free since a renaming are one customer", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    expectStatus(await rename(await customer(old, "10"), now), 204);
    const body = { name: "New", external_id: old, subscriptions };
    const replies = await Promise.all(Array.from({ length: 6 }, () => client.post("/v1/customers", body)));
    assert.equal(new Set(replies.map((reply) => expectStatus(reply, 201).id)).size, 1);
    assert.equal(expectStatus(await authorize(old), 200).decision, "denied", "it has a wallet, and nothing in it");
  });
});

describe("a renaming that is interrupted after the directory was written", () => {
  /** As if the Worker had ended between the directory and the wallet. */
  function renameInDirectoryOnly(id: string, name: string): void {
    const directory = openDirectory(lasting.persist);
    const sql = "UPDATE customer SET external_id = ?, external_id_revision = external_id_revision + 1 WHERE id = ?";
    directory.prepare(sql).run(name, id);
    directory.close();
  }

  test("never leads to the wrong wallet: whoever takes the old name first tells the wallet that had it", async () => {
    for (const take of ["create", "rename"] as const) {
      const [old, now] = [uniqueId("old"), uniqueId("now")];
      const first = await customer(old, "10");
      renameInDirectoryOnly(first, now);
      assert.equal(await balanceOf(now), "10");
      if (take === "create") {
        await customer(old, "20");
      } else {
        expectStatus(await rename(await customer(uniqueId("c"), "20"), old), 204);
      }
      assert.deepEqual([await balanceOf(old), await balanceOf(now)], ["20", "10"], take);
    }
  });

  test("is finished by sending it again", async () => {
    const [old, now] = [uniqueId("old"), uniqueId("now")];
    const id = await customer(old, "10");
    renameInDirectoryOnly(id, now);
    expectStatus(await rename(id, now), 204);
    assert.deepEqual([await balanceOf(old), await balanceOf(now)], [null, "10"]);
  });
});

describe("names on several sides", () => {
  test("move on one side only", async () => {
    const sides = [
      ["names", "live"],
      ["names", "test"],
      ["others", "live"],
    ] as const;
    const [old, now] = ["shared", "moved"];
    const all = [];
    for (const [place, [account, mode]] of sides.entries()) {
      const by = api(lasting.server, newKey(lasting, account, mode));
      expectStatus(await by.post("/v1/products", { code: "chat", name: "Chat", prices: CHAT_PRICES }), 201);
      all.push({ by, id: await customer(old, String(place + 1), by) });
    }
    const [one, two, three] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
    expectStatus(await rename(three.id, "theirs", one.by), 404);
    expectStatus(await rename(one.id, now, one.by), 204);
    assert.deepEqual([await balanceOf(old, one.by), await balanceOf(now, one.by)], [null, "1"]);
    assert.deepEqual([await balanceOf(old, two.by), await balanceOf(now, two.by)], ["2", null]);
    assert.deepEqual([await balanceOf(old, three.by), await balanceOf(now, three.by)], ["3", null]);
    // The live and the test side of an account derive different ids from a name.
    assert.notEqual(one.id, two.id);
    await customer(old, "7", one.by);
    assert.deepEqual([await balanceOf(old, one.by), await balanceOf(old, two.by)], ["7", "2"]);
  });
});
