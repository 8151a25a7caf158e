// The journal is the wallet, and anybody can check it: the chain with a SHA-256, the balances with additions. Nothing in
// this file calls the code that wrote the rows; see support/chain.ts and support/moves.ts.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { directoryFile, walletFile } from "../../scripts/persist.ts";
import { type ChatCustomer, createChatCustomer, expectStatus, type Json, RECENTLY, uniqueId } from "./support/api.ts";
import {
  brokenLink,
  type EntryItem,
  fetchEntries,
  GENESIS,
  link,
  type Row,
  readJournal,
  recordsOf,
  walletName,
} from "./support/chain.ts";
import { rows as query } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { getWallet } from "./support/load.ts";
import { assertWalletIsFold, decimal, foldRecords, pico } from "./support/moves.ts";
import { checkoutCompleted, deliver, paymentSucceeded } from "./support/payment.ts";

/** Everything that can happen to a wallet. */
const TYPES = [
  "credited",
  "debited",
  "grant_expired",
  "hold_authorized",
  "hold_captured",
  "hold_expired",
  "hold_extended",
  "hold_released",
  "subscribed",
  "tax_excluded",
  "usage_recorded",
  "wallet_opened",
];

const HOUR_MS = 3_600_000;

let lasting: LastingServer;
let customer: ChatCustomer;
let rows: Row[];

const wallet = () => `/v1/customers/${customer.id}/wallet`;

async function adjust(amount: string, more: object = {}, asset = "USD"): Promise<void> {
  const body = { transaction_id: uniqueId("tx"), asset, amount, reason: "gift", ...more };
  expectStatus(await lasting.client.post(`${wallet()}/adjustments`, body), 201);
}

async function authorize(amount: string, more: object = {}): Promise<string> {
  const body = { id: uniqueId("auth"), customer_id: customer.id, asset: "USD", amount, ...more };
  const reply = expectStatus(await lasting.client.post("/v1/authorize", body), 200);
  assert.equal(reply.decision, "approved", JSON.stringify(reply));
  return `/v1/holds/${reply.hold.id}`;
}

async function post(path: string, body?: object): Promise<Json> {
  return expectStatus(await lasting.client.post(path, body), 200);
}

/** A life with every kind of entry, debt and two assets in it. */
before(async () => {
  lasting = await LastingServer.start();
  const { client } = lasting;
  customer = await createChatCustomer(client, "1");
  expectStatus(await client.post("/v1/assets", { code: "GPU", name: "GPU hours", precision: 3 }), 201);
  await adjust("2.5", {}, "GPU");
  await adjust("0.000000000001", { description: 'quotes " and \\ and 🎁 and ünïcode', metadata: { key: "välue" } });
  const soon = new Date(lasting.now() + HOUR_MS).toISOString();
  await adjust("0.5", { expires_at: soon }, "GPU");
  await adjust("4", { effective_at: "2099-01-01T00:00:00Z" });

  const part = await authorize("0.5", { subject: "run 7" });
  await post(`${part}/capture`, { id: "one", amount: "0.123456789012", final: false });
  await post(`${part}/extend`, { id: "more", asset: "USD", amount: "0.1", expires_in: 600 });
  await post(`${part}/capture`, { amount: "0.2" });
  await post(`${await authorize("0.25")}/release`, { reason: "cancelled" });
  const expiring = await authorize("0.05", { expires_in: 3600 });
  const late = await authorize("0.05", { expires_in: 3600 });

  const event = (input: number, output: number) => ({
    id: uniqueId("event"),
    event_type: "chat",
    occurred_at: RECENTLY.replace("Z", ".123456Z"),
    data: { input_tokens: input, output_tokens: output, model: "gpt-x" },
  });
  const events = [event(374, 4096), event(1, 0), event(0, 1), { ...event(1, 1), event_type: "unpriced" }];
  expectStatus(await client.post("/v1/events", { customer_id: customer.id, events }), 204);
  const charge = { transaction_id: uniqueId("tx"), asset: "GPU", amount: "0.125", subject: "node 3" };
  expectStatus(await client.post(`${wallet()}/charges`, charge), 201);

  // Into debt, and out of it again by a payment whose tax becomes known later.
  await adjust("-3", { reason: "other" });
  const payments = [paymentSucceeded(customer.id, "1", 1190), checkoutCompleted(customer.id, "1", 1190, 190)];
  for (const payment of payments) {
    assert.equal(expectStatus(await deliver(lasting.server, payment), 200).outcome, "credited");
  }
  await authorize("1.5", { expires_in: 86_400 });

  await lasting.advance(HOUR_MS);
  await post(`${late}/capture`, { amount: "0.04" });
  assert.equal(expectStatus(await lasting.client.get(expiring), 200).status, "expired");
  rows = readJournal(lasting.persist, customer.id);
});

after(() => lasting?.end());

describe("The entries of a wallet", () => {
  it("tell everything that can happen to one", () => {
    const types = new Set(rows.map((row) => JSON.parse(row.entry).fact.type));
    assert.deepEqual([...types].sort(), TYPES);
  });

  it("are the same over HTTP and in the file, whatever the size of the pages", async () => {
    for (const limit of [1, 7, 100]) {
      const items = await fetchEntries(lasting.client, customer.id, limit);
      const same = (item: EntryItem) => ({
        seq: item.seq,
        op: item.operation_id,
        at: Date.parse(item.at) * 1000,
        entry: item.record,
        hash: item.hash,
      });
      assert.deepEqual(
        items.map(same),
        rows.map((row) => ({ ...row })),
      );
    }
  });

  it("say in words what their records say", async () => {
    for (const item of await fetchEntries(lasting.client, customer.id)) {
      const entry = JSON.parse(item.record);
      assert.equal(item.seq, entry.seq);
      assert.equal(item.type, entry.fact.type);
      assert.equal(item.operation_id, entry.op);
      assert.equal(item.format, entry.v);
      const balances = (entry.changes ?? []).map(({ account, balance, held }: Json) => ({
        account,
        asset: account.split(":")[1],
        balance,
        held,
        available: decimal(pico(balance) - pico(held)),
      }));
      assert.deepEqual(item.balances, balances);
    }
  });
});

describe("The chain", () => {
  it("holds from 64 zeros to the last row", () => {
    assert.equal(brokenLink(recordsOf(rows)), undefined);
    assert.equal(rows[0]?.hash, link(GENESIS, rows[0]?.entry ?? ""));
    for (const row of rows) assert.match(row.hash, /^[0-9a-f]{64}$/);
  });

  it("breaks at the row where any one byte of a record was changed", () => {
    let bytes = 0;
    for (const [place, row] of rows.entries()) {
      const previous = rows[place - 1]?.hash ?? GENESIS;
      const record = Buffer.from(row.entry);
      for (let at = 0; at < record.length; at += 1) {
        const tampered = Buffer.from(record);
        tampered[at] = (tampered[at] ?? 0) ^ 1;
        assert.notEqual(link(previous, tampered.toString("latin1")), row.hash);
        bytes += 1;
      }
      const digit = row.entry.replace(/"seq":(\d+)/, (_, seq) => `"seq":${Number(seq) + 1}`);
      const tampered = recordsOf(rows).with(place, { record: digit, hash: row.hash });
      assert.equal(brokenLink(tampered), place);
      // Who corrects the hash of that row as well has to correct all that follow.
      const corrected = recordsOf(rows).with(place, { record: digit, hash: link(previous, digit) });
      const next = place + 1 < rows.length ? place + 1 : undefined;
      assert.equal(brokenLink(corrected), next);
    }
    assert.ok(bytes > 5000, "there was something to change");
  });

  it("breaks where a row is missing, doubled or in another's place", () => {
    const records = recordsOf(rows);
    for (let place = 0; place + 1 < records.length; place += 1) {
      assert.equal(brokenLink(records.toSpliced(place, 1)), place, "missing");
      const row = records[place] ?? assert.fail();
      const next = records[place + 1] ?? assert.fail();
      assert.equal(brokenLink(records.toSpliced(place, 0, row)), place + 1, "doubled");
      assert.equal(brokenLink(records.with(place, next).with(place + 1, row)), place, "swapped");
    }
  });

  it("is the wallet's own: two wallets with the same life have different hashes", async () => {
    const [one, other] = [await createChatCustomer(lasting.client), await createChatCustomer(lasting.client)];
    const hash = ({ id }: ChatCustomer) => readJournal(lasting.persist, id)[0]?.hash;
    assert.notEqual(hash(one), hash(other));
  });
});

describe("The balances", () => {
  it("of every entry are what its moves make of the entry before, by an independent fold", () => {
    const fold = foldRecords(rows.map((row) => row.entry));
    assert.equal(fold.seq, rows.length);
    assert.equal(fold.holds.size, 1, "one hold is left open");
    assert.equal(fold.balance("default:USD").held, "1.5");
    // The charge of 0.125 drew on the credit that expired soonest; the rest of that is gone.
    assert.equal(fold.balance("default:GPU").balance, "2.5");
  });

  it("are what the server says: the wallet, its accounts, its grants and its holds", async () => {
    const fold = foldRecords(rows.map((row) => row.entry));
    const { body } = await getWallet(lasting.client, customer.id);
    assertWalletIsFold(body, fold);
    for (const [name, { grants, debt }] of fold.accounts) {
      const account = expectStatus(await lasting.client.get(`${wallet()}/${name}`), 200);
      const { balance, held, available } = account;
      assert.deepEqual({ balance, held, restricted: "0", available }, fold.balance(name));
      const page = expectStatus(await lasting.client.get(`${wallet()}/${name}/grants?limit=100`), 200);
      const said = page.items.map((grant: Json) => [Number(grant.id.slice(-12)), grant.available, grant.held]);
      const expected = [...grants].map(([id, grant]) => [id, decimal(grant.free), decimal(grant.reserved)]);
      assert.deepEqual(said.sort(byFirst), expected.sort(byFirst));
      assert.equal(debt, 0n);
    }
    const holds = expectStatus(await lasting.client.get(`${wallet()}/holds`), 200).items;
    const said = holds.map((hold: Json) => [Number(hold.id.slice(-12)), hold.amounts[0].amount]);
    const expected = [...fold.holds].map(([id, held]) => [id, decimal(held.get("default:USD") ?? 0n)]);
    assert.deepEqual(said, expected);
  });

  it("fail the fold when a record's amount is changed, even if somebody mends the chain", () => {
    const records = rows.map((row) => row.entry);
    let changed = 0;
    for (const [place, record] of records.entries()) {
      for (const { index } of record.matchAll(/"(?:amount|balance|held)":"\d/g)) {
        const [fact] = record.split('"changes"');
        // Of the changes only: what the fact says is what was asked, and no balance follows from it.
        if (index < (fact?.length ?? 0)) continue;
        const at = record.indexOf(':"', index) + 2;
        const digit = (Number(record[at]) + 1) % 10;
        const forged = `${record.slice(0, at)}${digit}${record.slice(at + 1)}`;
        assert.throws(() => foldRecords(records.with(place, forged)), `${place}: ${forged}`);
        changed += 1;
      }
    }
    assert.ok(changed > 50);
  });

  const byFirst = ([one]: Json[], [other]: Json[]) => one - other;
});

describe("The numbers", () => {
  it("of every record are whole, or decimal strings; none is a float", () => {
    for (const { entry } of rows) {
      const bare = entry.replace(/"(?:[^"\\]|\\.)*"/g, '""');
      for (const [number] of bare.matchAll(/[-+.\deE]+(?=[,\]}])/g)) {
        if (["true", "false", "null"].some((word) => word.endsWith(number))) continue;
        assert.match(number, /^-?\d+$/, entry);
        assert.ok(Number.isSafeInteger(Number(number)), entry);
      }
    }
  });

  it("are never REAL in any column of any table, neither the wallet's nor the directory's", () => {
    const files = [walletFile(lasting.persist, walletName(customer.id)), directoryFile(lasting.persist)];
    let columns = 0;
    for (const file of files) {
      assert.ok(existsSync(file));
      const tables =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf*' AND sql LIKE '%STRICT%'";
      for (const { name: table } of query(file, tables)) {
        for (const { name: column } of query(file, `SELECT name FROM pragma_table_info('${table}')`)) {
          const types = query(file, `SELECT DISTINCT typeof("${column}") AS type FROM "${table}"`);
          for (const { type } of types)
            assert.ok(["text", "integer", "null"].includes(String(type)), `${table}.${column}`);
          columns += types.length;
        }
      }
    }
    assert.ok(columns > 20);
    const [types] = query(
      files[0] ?? "",
      `SELECT group_concat(DISTINCT typeof(seq) || typeof(op) || typeof(at) || typeof(entry) || typeof(hash)) AS types FROM journal`,
    );
    assert.equal(types?.types, "integertextintegertexttext");
  });
});
