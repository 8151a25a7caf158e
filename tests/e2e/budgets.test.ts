// Budgets, overdraft and restricted credit on the real runtime: also in a race, after a restart, and by another's sums.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Api, createChatCustomer, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { assertWalletIsFold, decimal, foldRecords, pico } from "./support/moves.ts";

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start();
});

after(() => lasting?.end());

const put = (path: string, body: object) => lasting.client.send("PUT", path, body);
const walletOf = (customer: string) => `/v1/customers/${customer}/wallet`;

async function setBudget(customer: string, code: string, terms: object): Promise<Json> {
  const body = { asset: "USD", window: "lifetime", ...terms };
  return expectStatus(await put(`${walletOf(customer)}/budgets/${code}`, body), 200);
}

async function budget(customer: string, code: string, query = ""): Promise<Json> {
  return expectStatus(await lasting.client.get(`${walletOf(customer)}/budgets/${code}${query}`), 200);
}

const authorize = (customer: string, amount: string, more: object = {}): Promise<Reply> =>
  lasting.client.post("/v1/authorize", {
    ...{ id: uniqueId("ask"), customer_id: customer, asset: "USD", amount, expires_in: 3600 },
    ...more,
  });

const authorizeUsage = (customer: string, events: object[], more: object = {}): Promise<Reply> =>
  lasting.client.post("/v1/authorize", { id: uniqueId("ask"), customer_id: customer, events, ...more });

const capture = (hold: string, body: object = {}) => lasting.client.post(`/v1/holds/${hold}/capture`, body);

/** 1,000,000 output tokens cost 10 USD, and no input costs nothing. */
const chat = (usd: number, data: object = {}, more: object = {}) => ({
  ...{ event_type: "chat", data: { input_tokens: 0, output_tokens: usd * 100_000, ...data } },
  ...more,
});

async function usd(customer: string): Promise<Json> {
  return expectStatus(await lasting.client.get(`${walletOf(customer)}/default:USD`), 200);
}

/** What the rows count, added up here: held by open holds and spent, for a budget that never turns. */
function counted(records: string[], id: number): { held: bigint; spent: bigint } {
  const held = new Map<number, bigint>();
  let spent = 0n;
  for (const { fact, counts = [] } of records.map((record): Json => JSON.parse(record))) {
    const own = counts.filter((count: Json) => count.budget === id);
    const sum = own.reduce((all: bigint, count: Json) => all + pico(count.amount), 0n);
    const before = held.get(fact.hold) ?? 0n;
    if (["hold_authorized", "hold_extended"].includes(fact.type)) held.set(fact.hold, before + sum);
    else {
      spent += sum;
      if (fact.type === "hold_captured") held.set(fact.hold, before < sum ? 0n : before - sum);
    }
    const ends =
      ["hold_released", "hold_expired"].includes(fact.type) || (fact.type === "hold_captured" && fact.closes);
    if (ends) held.delete(fact.hold);
  }
  return { held: [...held.values()].reduce((all, one) => all + one, 0n), spent };
}

/** The journal says what the wallet and its budget say, to somebody else who can add. */
async function assertAddsUp(customer: string, code?: string): Promise<void> {
  const rows = readJournal(lasting.persist, customer);
  assert.equal(brokenLink(recordsOf(rows)), undefined);
  const records = rows.map((row) => row.entry);
  const wallet = expectStatus(await lasting.client.get(walletOf(customer)), 200);
  assertWalletIsFold(wallet, foldRecords(records));
  if (code === undefined) return;
  const set = records.map((record): Json => JSON.parse(record).fact).findLast((fact) => fact.code === code);
  const { held, spent } = counted(records, set.budget);
  const told = await budget(customer, code);
  assert.deepEqual([told.held, told.spent], [decimal(held), decimal(spent)]);
}

describe("A budget", () => {
  it("of 0.45 admits three of five calls of 0.15 that arrive at once", async () => {
    const { id } = await createChatCustomer(lasting.client, "100");
    await setBudget(id, "key", { limit: "0.45", match: { subject: "key_1" } });
    const ask = () => authorize(id, "0.15", { subject: "key_1" });
    const replies = await Promise.all([ask(), ask(), ask(), ask(), ask()]);
    const bodies: Json[] = replies.map((reply) => expectStatus(reply, 200));
    const denied = bodies.filter((body) => body.decision === "denied");
    assert.equal(bodies.filter((body) => body.decision === "approved").length, 3);
    assert.equal(denied.length, 2);
    for (const body of denied) {
      assert.deepEqual([body.code, body.retryable], ["budget_exceeded", true]);
      assert.match(body.detail, /\bkey\b/);
      const full = { spent: "0", held: "0.45", required: "0.15", window_ends_at: null };
      assert.deepEqual(body.budgets, [{ code: "key", level: "subject", asset: "USD", limit: "0.45", ...full }]);
      assert.deepEqual(body.required, [{ asset: "USD", amount: "0.15" }]);
      assert.deepEqual(body.available, [{ asset: "USD", amount: "99.55" }]);
      assert.deepEqual(body.shortfall, [{ asset: "USD", amount: "0" }], "the money is there");
      assert.equal(body.topup_url, null, "no top-up helps");
    }
    assert.equal((await usd(id)).held, "0.45");
    await assertAddsUp(id, "key");
  });

  it("is never exceeded by 100 authorizations at once, whatever is captured between them", async () => {
    const { id } = await createChatCustomer(lasting.client, "1000");
    await setBudget(id, "all", { limit: "1" });
    const replies = await Promise.all(Array.from({ length: 100 }, () => authorize(id, "0.0301")));
    const approved = replies.map((reply) => expectStatus(reply, 200)).filter((body) => body.decision === "approved");
    assert.equal(approved.length, 33, "33 × 0.0301 fit into 1");
    assert.equal((await budget(id, "all")).held, "0.9933");

    // Half of them is captured for less, the rest released, and others ask meanwhile.
    const settle = approved.map(({ hold }, place) =>
      place % 2 === 0 ? capture(hold.id, { amount: "0.02" }) : lasting.client.post(`/v1/holds/${hold.id}/release`),
    );
    const more = Array.from({ length: 100 }, () => authorize(id, "0.0301"));
    const [settled, asked] = await Promise.all([Promise.all(settle), Promise.all(more)]);
    for (const reply of settled) expectStatus(reply, 200);
    for (const reply of asked) expectStatus(reply, 200);
    const { spent, held, left } = await budget(id, "all");
    assert.equal(spent, "0.34", "17 × 0.02");
    assert.ok(pico(spent) + pico(held) <= pico("1"));
    assert.equal(pico(left), pico("1") - pico(spent) - pico(held));
    await assertAddsUp(id, "all");
  });

  it("with each gives every API key a limit of its own, and lists them", async () => {
    const { id } = await createChatCustomer(lasting.client, "1000");
    const about = { event_type: "chat", data: { model: "large" } };
    const set = await setBudget(id, "keys", { limit: "10", window: "day", match: about, each: "api_key" });
    assert.deepEqual(set.match, about);
    const ask = (key: string, amount: number, model = "large") =>
      authorizeUsage(id, [chat(amount, { api_key: key, model })]);
    assert.equal(expectStatus(await ask("a", 10), 200).decision, "approved");
    const denied = expectStatus(await ask("a", 1), 200);
    assert.equal(denied.decision, "denied");
    const [{ window_ends_at, ...over }] = denied.budgets;
    const full = { spent: "0", held: "10", required: "1" };
    assert.deepEqual(over, { code: "keys", level: "api_key", value: "a", asset: "USD", limit: "10", ...full });
    assert.match(window_ends_at, /T00:00:00(\.0+)?Z$/);
    assert.equal(expectStatus(await ask("b", 4), 200).decision, "approved");
    assert.equal(expectStatus(await ask("a", 50, "small"), 200).decision, "approved", "it is about large models");
    assert.equal(expectStatus(await authorizeUsage(id, [chat(50, { model: "large" })]), 200).decision, "approved");

    const { value_count, values, ...told } = await budget(id, "keys", "?limit=1");
    assert.equal(value_count, 2);
    assert.deepEqual(values.items, [{ value: "a", spent: "0", held: "10", left: "0" }]);
    const next = await budget(id, "keys", `?limit=1&cursor=${values.next}`);
    assert.deepEqual(next.values, { items: [{ value: "b", spent: "0", held: "4", left: "6" }], limit: 1, next: null });
    assert.equal(told.window_ends_at, window_ends_at);

    // Values that begin alike for 255 characters are one.
    const long = "ä".repeat(255);
    assert.equal(expectStatus(await ask(`${long}1`, 10), 200).decision, "approved");
    assert.equal(expectStatus(await ask(`${long}2`, 1), 200).budgets[0].value, long);
  });

  it("caps what is asked to what it allows, and the volume with it", async () => {
    const { id } = await createChatCustomer(lasting.client, "100");
    await setBudget(id, "run", { limit: "3", match: { subject: "run_7" } });
    const cap = { on_insufficient: "cap", subject: "run_7" };
    const body = expectStatus(await authorizeUsage(id, [chat(5)], cap), 200);
    assert.equal(body.capped, true);
    assert.deepEqual(body.hold.amounts, [{ asset: "USD", amount: "3" }]);
    assert.equal(body.caps[0].affordable, "300000");
    assert.equal(expectStatus(await authorizeUsage(id, [chat(5)], cap), 200).code, "budget_exceeded");
  });

  it("fails an extension with 402, and counts facts whatever it allows", async () => {
    const { id } = await createChatCustomer(lasting.client, "100");
    await setBudget(id, "all", { limit: "3" });
    const { hold } = expectStatus(await authorize(id, "2"), 200);
    const extension = { id: "more", asset: "USD", amount: "2" };
    const failed = expectStatus(await lasting.client.post(`/v1/holds/${hold.id}/extend`, extension), 402);
    assert.equal(failed.code, "budget_exceeded");
    const [over] = failed.budgets;
    assert.deepEqual([over.code, over.held, over.required], ["all", "2", "2"]);
    expectStatus(await capture(hold.id, { amount: "7" }), 200);
    assert.equal((await budget(id, "all")).spent, "7");
    await assertAddsUp(id, "all");
  });

  it("survives a restart, and snapshots, with what it has counted", async () => {
    const { id } = await createChatCustomer(lasting.client, "1000");
    await setBudget(id, "all", { limit: "100" });
    await setBudget(id, "runs", { limit: "1", each: "subject" });
    const asks = Array.from({ length: 300 }, (_, place) => authorize(id, "0.1", { subject: `run_${place % 40}` }));
    const holds = (await Promise.all(asks)).map((reply) => expectStatus(reply, 200).hold.id);
    for (const hold of holds.slice(0, 50)) expectStatus(await capture(hold, { amount: "0.05" }), 200);
    const read = async () => [
      await budget(id, "all"),
      await budget(id, "runs", "?limit=100"),
      (await lasting.client.get(walletOf(id))).text,
    ];
    const before = await read();
    assert.deepEqual([before[0].spent, before[0].held], ["2.5", "25"]);
    assert.equal(before[1].value_count, 40);
    await lasting.stop();
    await lasting.start();
    assert.deepEqual(await read(), before);
    await assertAddsUp(id, "all");
  });

  it("is replayed under its id, and its removal under the header's", async () => {
    const { id } = await createChatCustomer(lasting.client, "10");
    const path = `${walletOf(id)}/budgets/key`;
    const terms = { id: "set 1", asset: "USD", limit: "1", window: "lifetime" };
    const first = await put(path, terms);
    expectStatus(await put(path, { ...terms, id: "set 2", limit: "2" }), 200);
    const again = await put(path, terms);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal((await budget(id, "key")).limit, "2", "a replay sets nothing");
    expectStatus(await put(path, { ...terms, limit: "3" }), 422);
    const headers = { "idempotency-key": "gone" };
    const remove = () => lasting.client.send("DELETE", path, undefined, { headers });
    expectStatus(await remove(), 204);
    assert.equal((await remove()).status, 204);
    assert.equal(expectStatus(await lasting.client.send("DELETE", path), 404).code, "budget_not_found");
  });
});

describe("Overdraft", () => {
  it("is used by authorizations, owed by captures, and told in the denied reply", async () => {
    const { id } = await createChatCustomer(lasting.client, "5");
    const path = `${walletOf(id)}/overdraft`;
    expectStatus(await put(path, { asset: "USD", limit: "10" }), 200);
    const { hold, balances } = expectStatus(await authorize(id, "12"), 200);
    assert.deepEqual(hold.amounts, [{ asset: "USD", amount: "12" }]);
    const [after] = balances;
    assert.deepEqual([after.balance, after.held, after.available], ["5", "12", "-7"]);
    const denied = expectStatus(await authorize(id, "4"), 200);
    assert.deepEqual(denied.available, [{ asset: "USD", amount: "3" }]);
    assert.deepEqual(denied.shortfall, [{ asset: "USD", amount: "1" }]);
    const [{ limit, used }] = expectStatus(await lasting.client.get(path), 200).items;
    assert.deepEqual([limit, used], ["10", "7"]);

    const settled = expectStatus(await capture(hold.id, { amount: "9" }), 200);
    assert.deepEqual(settled.captured, [{ asset: "USD", amount: "9" }]);
    assert.deepEqual(settled.released, [{ asset: "USD", amount: "3" }]);
    const { balance, held, available, overdraft } = await usd(id);
    assert.deepEqual([balance, held, available, overdraft], ["-4", "0", "-4", "10"]);
    const shown = expectStatus(await lasting.client.get(`/v1/holds/${hold.id}`), 200).amounts;
    assert.deepEqual(shown, [{ asset: "USD", authorized: "12", captured: "9", amount: "0" }]);
    await assertAddsUp(id);
  });

  it("is never exceeded by 100 authorizations at once", async () => {
    const { id } = await createChatCustomer(lasting.client, "1");
    expectStatus(await put(`${walletOf(id)}/overdraft`, { asset: "USD", limit: "2" }), 200);
    const replies = await Promise.all(Array.from({ length: 100 }, () => authorize(id, "0.0301")));
    const approved = replies.filter((reply) => expectStatus(reply, 200).decision === "approved");
    assert.equal(approved.length, 99, "99 × 0.0301 fit into 3");
    assert.equal((await usd(id)).available, decimal(pico("1") - 99n * pico("0.0301")));
    for (const reply of approved) expectStatus(await capture(reply.body.hold.id), 200);
    assert.equal((await usd(id)).balance, decimal(pico("1") - 99n * pico("0.0301")));
    await assertAddsUp(id);
  });
});

describe("Restricted credit", () => {
  const grant = async (client: Api, customer: string, amount: string, restricted_to: object) => {
    const body = { transaction_id: uniqueId("credit"), asset: "USD", amount, reason: "gift", restricted_to };
    return expectStatus(await client.post(`${walletOf(customer)}/adjustments`, body), 201);
  };

  it("is shown beside what is available, and pays only for its usage", async () => {
    const { id } = await createChatCustomer(lasting.client, "5");
    const only = { event_types: ["chat"], products: ["chat"] };
    assert.deepEqual((await grant(lasting.client, id, "10", only)).restricted_to, only);
    const account = await usd(id);
    assert.deepEqual([account.balance, account.available], ["15", "5"]);
    assert.deepEqual(account.restricted, [{ amount: "10", restricted_to: only }]);
    const grants = expectStatus(await lasting.client.get(`${walletOf(id)}/default:USD/grants`), 200).items;
    assert.deepEqual(grants.map((one: Json) => one.restricted_to).sort(), [only, undefined]);

    const plain = expectStatus(await authorize(id, "6"), 200);
    assert.deepEqual(plain.available, [{ asset: "USD", amount: "5" }]);
    const usage = expectStatus(await authorizeUsage(id, [chat(16)]), 200);
    assert.deepEqual(usage.available, [{ asset: "USD", amount: "15" }]);
    assert.deepEqual(usage.shortfall, [{ asset: "USD", amount: "1" }]);
    const approved = expectStatus(await authorizeUsage(id, [chat(7)]), 200);
    const [after] = approved.balances;
    assert.deepEqual([after.balance, after.held, after.restricted, after.available], ["15", "7", "3", "5"]);
    expectStatus(await capture(approved.hold.id, { events: [chat(7)] }), 200);

    const charge = { transaction_id: uniqueId("charge"), asset: "USD", amount: "6" };
    expectStatus(await lasting.client.post(`${walletOf(id)}/charges`, charge), 201);
    const { balance, available, restricted } = await usd(id);
    assert.deepEqual([balance, available, restricted[0].amount], ["2", "-1", "3"]);
    await assertAddsUp(id);
  });
});
