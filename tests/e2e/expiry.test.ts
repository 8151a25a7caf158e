// Holds and credit end by comparison with the time, at the moment somebody asks. The alarm only writes down what has
// ended already: with it nobody has to ask, and without it nothing is different. Time passes by the server's clock alone.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { directoryFile, openDirectory } from "../../scripts/persist.ts";
import { hurryAlarm, loseAlarm } from "./support/alarm.ts";
import { type ChatCustomer, createChatCustomer, expectStatus, type Json, RECENTLY, uniqueId } from "./support/api.ts";
import { brokenLink, type Row, readJournal, recordsOf } from "./support/chain.ts";
import { rows } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { getWallet } from "./support/load.ts";
import { assertWalletIsFold, foldRecords } from "./support/moves.ts";
import { eventually } from "./support/patience.ts";

/** Longer than any test takes between making something and letting the time pass. */
const LATER = 3600;
const LATER_MS = LATER * 1000;
const RETRY_MS = 30_000;

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start();
});

after(() => lasting?.end());

const journalOf = (customer: ChatCustomer): Row[] => readJournal(lasting.persist, customer.id);
const typesOf = (journal: Row[]): string[] => journal.map((row) => JSON.parse(row.entry).fact.type);

async function authorize(customer: ChatCustomer, amount: string, seconds: number): Promise<Json> {
  const body = { id: uniqueId("auth"), customer_id: customer.id, asset: "USD", amount, expires_in: seconds };
  const reply = expectStatus(await lasting.client.post("/v1/authorize", body), 200);
  assert.equal(reply.decision, "approved");
  return reply.hold;
}

async function accountOf(customer: ChatCustomer): Promise<Json> {
  const [account] = (await getWallet(lasting.client, customer.id)).body.accounts;
  return { balance: account.balance, held: account.held, available: account.available };
}

/** Looks at the wallet's file until it has so many rows; nobody calls the wallet meanwhile. */
async function rowsWithoutACall(customer: ChatCustomer, count: number): Promise<Row[]> {
  await eventually(
    () => journalOf(customer).length >= count,
    () => `the file has ${typesOf(journalOf(customer))} and no more`,
  );
  return journalOf(customer);
}

/** The chain holds, and the server says what the rows say. */
async function assertSound(customer: ChatCustomer) {
  const journal = journalOf(customer);
  assert.equal(brokenLink(recordsOf(journal)), undefined);
  const { body } = await getWallet(lasting.client, customer.id);
  assertWalletIsFold(body, foldRecords(journal.map((row) => row.entry)));
}

describe("With the alarm", () => {
  it("a hold's end is written although nobody calls, and the money is available again", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const hold = await authorize(customer, "0.75", LATER);
    const before = journalOf(customer).length;
    const expiry = Date.parse(hold.expires_at);
    await lasting.advance(LATER_MS);
    const journal = await rowsWithoutACall(customer, before + 1);
    assert.equal(typesOf(journal).at(-1), "hold_expired");
    const at = (journal.at(-1)?.at ?? 0) / 1000;
    assert.ok(at >= expiry && at <= lasting.now(), "the row has the time at which it was written");
    assert.deepEqual(await accountOf(customer), { balance: "1", held: "0", available: "1" });
    const ended = expectStatus(await lasting.client.get(`/v1/holds/${hold.id}`), 200);
    assert.equal(ended.status, "expired");
    assert.equal(ended.ended_at, ended.expires_at, "it ended when it expired, not when that was written down");
    await assertSound(customer);
    assert.equal(lasting.alarmOf(customer.id), undefined, "nothing is left to wait for");
  });

  it("credit that expires is written off in the same way", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const gift = {
      transaction_id: uniqueId("gift"),
      asset: "USD",
      amount: "0.5",
      reason: "gift",
      expires_at: new Date(lasting.now() + LATER_MS).toISOString(),
    };
    expectStatus(await lasting.client.post(`/v1/customers/${customer.id}/wallet/adjustments`, gift), 201);
    assert.deepEqual(await accountOf(customer), { balance: "1.5", held: "0", available: "1.5" });
    const before = journalOf(customer).length;
    await lasting.advance(LATER_MS);
    const journal = await rowsWithoutACall(customer, before + 1);
    assert.equal(typesOf(journal).at(-1), "grant_expired");
    assert.deepEqual(await accountOf(customer), { balance: "1", held: "0", available: "1" });
    await assertSound(customer);
  });

  it("many holds end at once, and the alarm is set again for those that end later", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const later = await authorize(customer, "0.05", 3 * LATER);
    for (let turn = 0; turn < 20; turn += 1) await authorize(customer, "0.01", LATER);
    const before = journalOf(customer).length;
    await lasting.advance(LATER_MS);
    await rowsWithoutACall(customer, before + 20);
    await eventually(
      () => lasting.alarmOf(customer.id) === Date.parse(later.expires_at),
      "the alarm is set for the later one",
    );
    await lasting.advance(2 * LATER_MS);
    const journal = await rowsWithoutACall(customer, before + 21);
    assert.deepEqual(new Set(typesOf(journal.slice(before))), new Set(["hold_expired"]));
    assert.equal(journal.at(-1)?.op, `hold:${Number(later.id.slice(-12))}:end`, "the later one ends last");
    assert.deepEqual(await accountOf(customer), { balance: "1", held: "0", available: "1" });
    await assertSound(customer);
  });

  it("an extended hold does not end at its old time", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const hold = await authorize(customer, "0.75", LATER);
    const extension = { id: uniqueId("more"), expires_in: 3 * LATER };
    const extended = expectStatus(await lasting.client.post(`/v1/holds/${hold.id}/extend`, extension), 200);
    await lasting.advance(LATER_MS);
    assert.deepEqual(await accountOf(customer), { balance: "1", held: "0.75", available: "0.25" });
    await eventually(
      () => lasting.alarmOf(customer.id) === Date.parse(extended.hold.expires_at),
      "the alarm is set for the new time",
    );
    const captured = expectStatus(await lasting.client.post(`/v1/holds/${hold.id}/capture`, { amount: "0.5" }), 200);
    assert.equal(captured.hold.late, undefined, "the capture is in time");
    await assertSound(customer);
  });

  it("a hold that was settled in time does not expire as well", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const captured = await authorize(customer, "0.25", LATER);
    const released = await authorize(customer, "0.25", LATER);
    expectStatus(await lasting.client.post(`/v1/holds/${captured.id}/capture`), 200);
    expectStatus(await lasting.client.post(`/v1/holds/${released.id}/release`), 200);
    const journal = journalOf(customer);
    const witness = await createChatCustomer(lasting.client, "1");
    await authorize(witness, "0.25", LATER);
    const rows = journalOf(witness).length;
    await lasting.advance(LATER_MS);
    await rowsWithoutACall(witness, rows + 1);
    assert.deepEqual(journalOf(customer), journal);
    assert.deepEqual(await accountOf(customer), { balance: "0.75", held: "0", available: "0.75" });
  });
});

describe("After a SIGKILL before its time", () => {
  it("the alarm is still there, and writes when its time has come", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const hold = await authorize(customer, "0.75", LATER);
    const before = journalOf(customer).length;
    const isSet = () => lasting.alarmOf(customer.id) === Date.parse(hold.expires_at);
    // The first alarm tells the directory of what was before.
    await lasting.advance(LATER_MS / 2);
    await eventually(isSet, "the alarm is set for the hold's end");
    await lasting.kill();
    assert.ok(isSet());
    lasting.pass(LATER_MS);
    assert.equal(journalOf(customer).length, before, "a dead server writes nothing");
    await lasting.start();
    const journal = await rowsWithoutACall(customer, before + 1);
    assert.equal(typesOf(journal).at(-1), "hold_expired");
    await assertSound(customer);
  });
});

describe("Without the alarm, a hold of 0.75 out of 1 that has expired", () => {
  interface Case {
    customer: ChatCustomer;
    hold: Json;
    /** The rows before anybody called. */
    journal: Row[];
  }

  const cases: Case[] = [];
  let gifted: ChatCustomer;

  before(async () => {
    const customers = await Promise.all(Array.from({ length: 10 }, () => createChatCustomer(lasting.client, "1")));
    gifted = await createChatCustomer(lasting.client, "1");
    const gift = {
      transaction_id: uniqueId("gift"),
      asset: "USD",
      amount: "5",
      reason: "gift",
      expires_at: new Date(lasting.now() + LATER_MS).toISOString(),
    };
    expectStatus(await lasting.client.post(`/v1/customers/${gifted.id}/wallet/adjustments`, gift), 201);
    const holds = await Promise.all(customers.map((customer) => authorize(customer, "0.75", LATER)));
    const witness = await createChatCustomer(lasting.client, "1");
    await authorize(witness, "0.25", LATER);
    await lasting.kill();
    for (const [place, customer] of customers.entries()) {
      cases.push({ customer, hold: holds[place], journal: journalOf(customer) });
      assert.equal(typesOf(journalOf(customer)).at(-1), "hold_authorized", "the server was dead before the hold's end");
      loseAlarm(lasting.persist, customer.id);
    }
    loseAlarm(lasting.persist, gifted.id);
    const rows = journalOf(witness).length;
    lasting.pass(LATER_MS);
    await lasting.start();
    // Any alarm that is there after all has come, as this one has.
    await rowsWithoutACall(witness, rows + 1);
  });

  /** A wallet that nobody has called since its hold ended: each test's first call is the first at all. */
  function untouched(): Case {
    const one = cases.pop() ?? assert.fail("every wallet is used up");
    assert.deepEqual(journalOf(one.customer), one.journal, "no alarm ran");
    return one;
  }

  const added = ({ customer, journal }: Case): string[] => typesOf(journalOf(customer).slice(journal.length));

  it("counts as available when the wallet is read", async () => {
    const { customer } = untouched();
    assert.deepEqual(await accountOf(customer), { balance: "1", held: "0", available: "1" });
  });

  it("is shown as expired, and among the open holds no more", async () => {
    const one = untouched();
    const hold = expectStatus(await lasting.client.get(`/v1/holds/${one.hold.id}`), 200);
    assert.equal(hold.status, "expired");
    assert.equal(hold.ended_at, hold.expires_at, "it ended when it expired, though that is not written down yet");
    assert.deepEqual(hold.amounts, [{ asset: "USD", authorized: "0.75", captured: "0", amount: "0" }]);
    const other = untouched();
    const open = expectStatus(await lasting.client.get(`/v1/customers/${other.customer.id}/wallet/holds`), 200);
    assert.deepEqual(open.items, []);
  });

  it("a read sets the lost alarm again, so that its end is written soon", async () => {
    const { customer, journal } = untouched();
    await getWallet(lasting.client, customer.id);
    const later = await rowsWithoutACall(customer, journal.length + 1);
    assert.deepEqual(typesOf(later.slice(journal.length)), ["hold_expired"]);
    await assertSound(customer);
  });

  it("does not stand in the way of an authorization of the whole balance; its end is written with that", async () => {
    const one = untouched();
    await authorize(one.customer, "1", 60);
    assert.deepEqual(added(one), ["hold_expired", "hold_authorized"]);
    assert.deepEqual(await accountOf(one.customer), { balance: "1", held: "1", available: "0" });
    await assertSound(one.customer);
  });

  it("is captured late, once; its end is written with that, and nothing ends it again", async () => {
    const one = untouched();
    const path = `/v1/holds/${one.hold.id}`;
    const late = await lasting.client.post(`${path}/capture`, { amount: "0.5" });
    assert.deepEqual(expectStatus(late, 200).hold, { id: one.hold.id, status: "captured", late: true });
    assert.deepEqual(late.body.captured, [{ asset: "USD", amount: "0.5" }]);
    assert.deepEqual(late.body.released, [], "there was nothing left to release");
    assert.deepEqual(added(one), ["hold_expired", "hold_captured"]);

    const other = await lasting.client.post(`${path}/capture`, { amount: "0.25" });
    assert.equal(expectStatus(other, 409).code, "hold_already_ended");
    assert.equal(expectStatus(await lasting.client.post(`${path}/release`), 409).code, "hold_already_ended");
    const extension = { id: uniqueId("more"), expires_in: 60 };
    assert.equal(expectStatus(await lasting.client.post(`${path}/extend`, extension), 409).code, "hold_already_ended");

    const again = await lasting.client.post(`${path}/capture`, { amount: "0.5" });
    assert.equal(again.text, late.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");

    const hold = expectStatus(await lasting.client.get(path), 200);
    assert.equal(hold.status, "captured");
    assert.equal(hold.late, true);
    assert.deepEqual(await accountOf(one.customer), { balance: "0.5", held: "0", available: "0.5" });
    await assertSound(one.customer);
  });

  it("is captured late past what is available: a fact always posts, and the rest is a debt", async () => {
    const one = untouched();
    const capture = { amount: "1.000000000001" };
    const late = expectStatus(await lasting.client.post(`/v1/holds/${one.hold.id}/capture`, capture), 200);
    assert.equal(late.hold.late, true);
    assert.deepEqual(await accountOf(one.customer), {
      balance: "-0.000000000001",
      held: "0",
      available: "-0.000000000001",
    });
    await assertSound(one.customer);
  });

  it("cannot be released or extended: 409, and the refusals write nothing", async () => {
    const [one, other] = [untouched(), untouched()];
    const release = await lasting.client.post(`/v1/holds/${one.hold.id}/release`);
    assert.equal(expectStatus(release, 409).code, "hold_already_ended");
    const extension = { id: uniqueId("more"), expires_in: 60 };
    const extend = await lasting.client.post(`/v1/holds/${other.hold.id}/extend`, extension);
    assert.equal(expectStatus(extend, 409).code, "hold_already_ended");
    for (const each of [one, other]) {
      await rowsWithoutACall(each.customer, each.journal.length + 1);
      assert.deepEqual(added(each), ["hold_expired"], "the alarm wrote its end, and nothing else is there");
      await assertSound(each.customer);
    }
  });

  it("is not there for usage, either: an event draws on all of the balance", async () => {
    const one = untouched();
    const event = {
      id: uniqueId("event"),
      event_type: "chat",
      occurred_at: RECENTLY,
      data: { input_tokens: 0, output_tokens: 100_000 },
    };
    expectStatus(await lasting.client.post("/v1/events", { customer_id: one.customer.id, events: [event] }), 204);
    assert.deepEqual(added(one), ["hold_expired", "usage_recorded"]);
    assert.deepEqual(await accountOf(one.customer), { balance: "0", held: "0", available: "0" });
    await assertSound(one.customer);
  });

  it("expired credit is not spendable, either", async () => {
    const body = { id: uniqueId("auth"), customer_id: gifted.id, asset: "USD", amount: "1.000000000001" };
    const reply = expectStatus(await lasting.client.post("/v1/authorize", body), 200);
    assert.equal(reply.decision, "denied");
    assert.deepEqual(reply.available, [{ asset: "USD", amount: "1" }]);
    assert.deepEqual(await accountOf(gifted), { balance: "1", held: "0", available: "1" });
    await authorize(gifted, "1", 60);
    assert.deepEqual(typesOf(journalOf(gifted)).slice(-2), ["grant_expired", "hold_authorized"]);
    await assertSound(gifted);
  });
});

describe("An alarm that fails, because the directory lost its table of usage", () => {
  let customer: ChatCustomer;
  let event: string;

  const directory = (sql: string) => {
    const database = openDirectory(lasting.persist);
    database.exec(sql);
    database.close();
  };

  before(async () => {
    customer = await createChatCustomer(lasting.client, "1");
    event = uniqueId("event");
    directory("ALTER TABLE usage RENAME TO lost_usage");
  });

  it("still writes what has ended, and is set again each time", async () => {
    const data = { input_tokens: 0, output_tokens: 1 };
    const events = [{ id: event, event_type: "chat", occurred_at: RECENTLY, data }];
    expectStatus(await lasting.client.post("/v1/events", { customer_id: customer.id, events }), 204);
    const isLogged = () => lasting.server.logs.some((line) => line.includes('"during":"shipment"'));
    await eventually(isLogged, "the failure is logged");
    for (let turn = 0; turn < 2; turn += 1) {
      await authorize(customer, "0.25", LATER);
      const before = journalOf(customer).length;
      await lasting.advance(LATER_MS);
      const journal = await rowsWithoutACall(customer, before + 1);
      assert.equal(typesOf(journal).at(-1), "hold_expired");
      await eventually(() => {
        const alarm = lasting.alarmOf(customer.id);
        return alarm !== undefined && alarm > lasting.now() && alarm <= lasting.now() + RETRY_MS;
      }, "it is set for the next try");
    }
  });

  it("is not needed to find the event where the customer is named", async () => {
    const found = await lasting.client.get(`/v1/events/${event}?customer_id=${customer.id}`);
    assert.equal(expectStatus(found, 200).id, event);
  });

  it("catches up by itself once the table is back, even after a SIGKILL", async () => {
    await lasting.kill();
    directory("ALTER TABLE lost_usage RENAME TO usage");
    const told = () => rows(directoryFile(lasting.persist), "SELECT event_id, customer_id FROM usage");
    const isTold = () => told().some((row) => row.event_id === event && row.customer_id === customer.id);
    assert.ok(!isTold());
    hurryAlarm(lasting.persist, customer.id);
    await lasting.start();
    await eventually(isTold, "nobody calls, and the directory is told of the event");
    assert.equal(expectStatus(await lasting.client.get(`/v1/events/${event}`), 200).id, event);
    await assertSound(customer);
  });
});
