// A snapshot changes what it costs to wake a wallet and never what the wallet is. Whatever happens to it, the journal
// has everything.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { walletFile } from "../../scripts/persist.ts";
import { type ChatCustomer, createChatCustomer, expectStatus, type Json, RECENTLY, uniqueId } from "./support/api.ts";
import { brokenLink, link, readJournal, readWalletFile, recordsOf, walletName } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { assertWalletIsFold, foldRecords } from "./support/moves.ts";

interface Part {
  part: number;
  seal: string;
  body: string;
}

/** Rows after which a wallet takes a snapshot; one more for each open hold. */
const EVERY = 256;
/** The most bytes that one part of a snapshot has. */
const PART_BYTES_MAX = 512 * 1024;

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start();
});

after(() => lasting?.end());

function snapshotOf({ id }: ChatCustomer): Part[] {
  const sql = "SELECT part, seal, body FROM snapshot ORDER BY part";
  return readWalletFile(lasting.persist, id, (database) => database.prepare(sql).all()) as unknown as Part[];
}

const bodyOf = (parts: Part[]): string => parts.map((part) => part.body).join("");
/** The wallet of a snapshot, behind the line that says its format. */
const walletOf = (body: string): Json => JSON.parse(body.slice(body.indexOf("\n") + 1));
const seqOf = (parts: Part[]): number => walletOf(bodyOf(parts)).seq;

/** The seal of a snapshot is the link from the journal's row that it follows. */
function assertSealed(customer: ChatCustomer): void {
  const parts = snapshotOf(customer);
  const row = readJournal(lasting.persist, customer.id)[seqOf(parts) - 1];
  for (const { seal } of parts) assert.equal(seal, link(row?.hash ?? "", bodyOf(parts)));
}

/** Puts other rows in the place of the snapshot. The wallet must not be in memory. */
function replaceSnapshot({ id }: ChatCustomer, parts: Part[]): void {
  const database = new DatabaseSync(walletFile(lasting.persist, walletName(id)), { timeout: 5000 });
  database.exec("DELETE FROM snapshot");
  const insert = database.prepare("INSERT INTO snapshot (part, seal, body) VALUES (?, ?, ?)");
  for (const { part, seal, body } of parts) insert.run(part, seal, body);
  database.close();
}

const batch = (customer: ChatCustomer, count: number) => ({
  customer_id: customer.id,
  events: Array.from({ length: count }, (_, place) => ({
    id: uniqueId("event"),
    event_type: "chat",
    occurred_at: RECENTLY,
    data: { input_tokens: place, output_tokens: 1 },
  })),
});

async function record(customer: ChatCustomer, count: number): Promise<void> {
  expectStatus(await lasting.client.post("/v1/events", batch(customer, count)), 204);
}

async function authorize(customer: ChatCustomer, amount: string, more: object = {}): Promise<string> {
  const body = { id: uniqueId("auth"), customer_id: customer.id, asset: "USD", amount, expires_in: 86_400, ...more };
  const reply = expectStatus(await lasting.client.post("/v1/authorize", body), 200);
  assert.equal(reply.decision, "approved");
  return reply.hold.id;
}

/** Everything that can be read of a wallet, byte for byte. */
async function everythingRead(customer: ChatCustomer, holds: string[]): Promise<string[]> {
  const wallet = `/v1/customers/${customer.id}/wallet`;
  const paths = [
    wallet,
    `${wallet}/default:USD`,
    `${wallet}/default:USD/grants?limit=100`,
    `${wallet}/holds?limit=100`,
    `/v1/customers/${customer.id}`,
    ...holds.map((hold) => `/v1/holds/${hold}`),
  ];
  const texts: string[] = [];
  for (const path of paths) {
    const reply = await lasting.client.get(path);
    expectStatus(reply, 200);
    texts.push(reply.text);
  }
  for (let cursor = ""; ; ) {
    const reply = await lasting.client.get(`${wallet}/entries?limit=100${cursor}`);
    const { next } = expectStatus(reply, 200);
    texts.push(reply.text);
    if (next === null) return texts;
    cursor = `&cursor=${next}`;
  }
}

async function assertSound(customer: ChatCustomer) {
  const rows = readJournal(lasting.persist, customer.id);
  assert.equal(brokenLink(recordsOf(rows)), undefined);
  const wallet = expectStatus(await lasting.client.get(`/v1/customers/${customer.id}/wallet`), 200);
  assertWalletIsFold(wallet, foldRecords(rows.map((row) => row.entry)));
}

describe("A wallet with more than 600 entries", () => {
  let customer: ChatCustomer;
  let stranger: ChatCustomer;
  let holds: string[];
  let early: Part[];
  let latest: Part[];
  let read: string[];

  before(async () => {
    const { client } = lasting;
    customer = await createChatCustomer(client, "100");
    stranger = await createChatCustomer(client, "1000");
    await record(stranger, 2 * EVERY);
    holds = [];
    for (let turn = 0; turn < 6; turn += 1) {
      for (let each = 0; each < 4; each += 1) holds.push(await authorize(customer, `0.${turn}0000000${each}1`));
      await record(customer, 100);
      if (turn === 2) early = snapshotOf(customer);
    }
    const [captured, partly, released] = holds;
    expectStatus(await client.post(`/v1/holds/${captured}/capture`, { amount: "0.05" }), 200);
    const part = { id: "part", amount: "0.00000001", final: false };
    expectStatus(await client.post(`/v1/holds/${partly}/capture`, part), 200);
    expectStatus(await client.post(`/v1/holds/${released}/release`), 200);
    latest = snapshotOf(customer);
    read = await everythingRead(customer, holds);
  });

  async function assertUnchanged() {
    assert.deepEqual(await everythingRead(customer, holds), read);
    await assertSound(customer);
  }

  it("has taken snapshots on the way, and an older one gave way to the latest", () => {
    assert.ok(readJournal(lasting.persist, customer.id).length > 600);
    assert.ok(seqOf(early) >= EVERY);
    assert.ok(seqOf(latest) >= seqOf(early) + EVERY);
    assert.ok(seqOf(latest) < readJournal(lasting.persist, customer.id).length, "there is a tail behind it");
  });

  it("is the same, byte for byte, after a restart and after an eviction", async () => {
    await lasting.restart();
    await assertUnchanged();
    await lasting.evict(walletName(customer.id));
    await assertUnchanged();
  });

  const changedDigit = (body: string) => {
    const at = body.indexOf('"free":"') + '"free":"'.length;
    return `${body.slice(0, at)}${(Number(body[at]) + 1) % 10}${body.slice(at + 1)}`;
  };
  const with_ = (change: (body: string) => string) => (parts: Part[]) => [
    { part: 0, seal: parts[0]?.seal ?? "", body: change(bodyOf(parts)) },
  ];
  const damages: [name: string, damage: (parts: Part[]) => Part[]][] = [
    ["is cut off in the middle", with_((body) => body.slice(0, body.length / 2))],
    ["has another digit in a balance", with_(changedDigit)],
    ["says another seq", with_((body) => body.replace(/"seq":\d+/, '"seq":300'))],
    ["says a seq that the journal does not have yet", with_((body) => body.replace(/"seq":\d+/, '"seq":99999'))],
    ["is no JSON", with_(() => "snapshot")],
    ["is empty", with_(() => "")],
    ["is an empty object", with_(() => "{}")],
    ["is another type of JSON", with_(() => "[null]")],
    ["has another seal", (parts) => parts.map((part) => ({ ...part, seal: link(part.seal, "") }))],
    ["is the untouched one of another wallet", () => snapshotOf(stranger)],
    ["is an older one of its own", () => early],
    ["is split into other parts", (parts) => split(parts)],
    ["has lost a part", (parts) => split(parts).slice(0, 1)],
    ["has its parts in the wrong order", (parts) => split(parts).map((part) => ({ ...part, part: 1 - part.part }))],
  ];

  function split(parts: Part[]): Part[] {
    const [body, seal] = [bodyOf(parts), parts[0]?.seal ?? ""];
    const middle = body.length / 2;
    return [body.slice(0, middle), body.slice(middle)].map((half, part) => ({ part, seal, body: half }));
  }

  it("is the same when its snapshot was deleted while the server was stopped", async () => {
    await lasting.stop();
    replaceSnapshot(customer, []);
    await lasting.start();
    await assertUnchanged();
    assertSealed(customer);
  });

  for (const [name, damage] of damages) {
    it(`is the same when its snapshot ${name}, and the first call leaves a sound one behind`, async () => {
      const damaged = damage(latest);
      assert.notDeepEqual(damaged, latest);
      await lasting.evict(walletName(customer.id));
      replaceSnapshot(customer, damaged);
      await assertUnchanged();
      assertSealed(customer);
    });
  }

  it("goes on from a damaged snapshot, and the next one is whole again", async () => {
    await lasting.stop();
    replaceSnapshot(customer, with_(changedDigit)(latest));
    await lasting.start();
    await record(customer, EVERY + 1);
    assert.equal(seqOf(snapshotOf(customer)), readJournal(lasting.persist, customer.id).length);
    assertSealed(customer);
    await assertSound(customer);
    await lasting.restart();
    await assertSound(customer);
  });
});

describe("A snapshot is really what a waking wallet starts from", () => {
  it("one that was forged together with its seal is believed, so the tests above test something", async () => {
    const customer = await createChatCustomer(lasting.client, "100");
    await record(customer, EVERY);
    await lasting.stop();
    const body = bodyOf(snapshotOf(customer)).replace(/"free":"[\d.]+"/, '"free":"12345"');
    const row = readJournal(lasting.persist, customer.id)[walletOf(body).seq - 1];
    replaceSnapshot(customer, [{ part: 0, seal: link(row?.hash ?? "", body), body }]);
    await lasting.start();
    const wallet = expectStatus(await lasting.client.get(`/v1/customers/${customer.id}/wallet`), 200);
    assert.equal(wallet.accounts[0].balance, "12345");
  });
});

describe("A wallet whose snapshot is larger than one part", () => {
  it("keeps it in several, cut between characters, and is the same after a restart and without one of them", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const subject = "🎁".repeat(1000);
    const holds: string[] = [];
    for (let turn = 0; turn < EVERY; turn += 16) {
      const some = Array.from({ length: 16 }, () => authorize(customer, "0.000000000001", { subject }));
      holds.push(...(await Promise.all(some)));
    }
    // A wallet with many open holds waits longer for its snapshot.
    await record(customer, EVERY);
    const parts = snapshotOf(customer);
    assert.ok(parts.length >= 2);
    assert.deepEqual(
      parts.map((part) => part.part),
      parts.map((_, place) => place),
    );
    for (const { body } of parts) assert.ok(Buffer.byteLength(body) <= PART_BYTES_MAX);
    const some: Json = holds.slice(0, 3);
    const read = await everythingRead(customer, some);
    await lasting.restart();
    assert.deepEqual(await everythingRead(customer, some), read);
    await lasting.stop();
    replaceSnapshot(customer, parts.slice(1));
    await lasting.start();
    assert.deepEqual(await everythingRead(customer, some), read);
    await assertSound(customer);
  });
});
