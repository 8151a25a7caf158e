// The core panics on request, in a build that only tests use. Whoever called gets a quick 500, and everybody else the
// right answer: the core starts afresh, and each wallet is folded from its journal again.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { walletFile } from "../../scripts/persist.ts";
import { root } from "../../scripts/project.ts";
import { alarmOf, hurryAlarm } from "./support/alarm.ts";
import {
  type ChatCustomer,
  createChatCustomer,
  expectStatus,
  indexedEvent,
  type Json,
  LOCAL_KEY,
  RECENTLY,
  type Reply,
  uniqueId,
} from "./support/api.ts";
import { brokenLink, link, readJournal, recordsOf, walletName } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { audit, getWallet, isRefused, Load, readJournals, resend } from "./support/load.ts";
import { assertWalletIsFold, decimal, foldRecords, pico } from "./support/moves.ts";
import { eventually, PATIENCE_MS } from "./support/patience.ts";

// Under load the call has to wait for its turn, too.

const BEFORE = "fault:panic-before-write";
const AFTER = "fault:panic-after-write";
const EDGE = "fault:edge-panic";
const ASYNC = "fault:async-panic";
const FAULT = /fault:(panic|edge|async)/;

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start({ build: "faults" });
});

after(() => lasting?.end());

/** A call that panics on its way; the words are anywhere in its body. */
async function panic(path: string, body: object): Promise<Reply> {
  // The caller does not wait for what never comes.
  const reply = await lasting.client.post(path, body, { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.equal(expectStatus(reply, 500).code, "internal_error");
  assert.equal(reply.headers.get("content-type"), "application/problem+json");
  assert.equal(reply.body.retryable, true);
  assert.match(reply.body.request_id, /^req_\w+$/);
  assert.equal(reply.body.request_id, reply.headers.get("request-id"));
  assert.match(reply.body.detail, /send the same call again/, "the detail says what to do");
  assert.doesNotMatch(reply.text, /panic|wasm|unreachable|\.rs|\.js/, "nothing of the inside is shown");
  await assertLogged(reply.body.request_id, body);
  return reply;
}

/** Who runs the deployment is told what the caller is not, in a line of JSON that has nothing of the request in it. */
async function assertLogged(requestId: string, body: object) {
  const lines = () => lasting.server.logs.filter((line) => line.includes(requestId));
  await eventually(() => lines().length > 0, "it is logged");
  const words = Object.values(body).filter((value) => typeof value === "string" && value.length > 8);
  for (const line of lines()) {
    const { during, cause, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { log: "failed", request_id: requestId });
    assert.match(during, /^(edge|call)$/);
    assert.match(cause, /(Runtime|Range)Error/, "what was thrown");
    for (const word of [LOCAL_KEY, ...words]) assert.ok(!line.includes(word), line);
  }
}

const adjustment = (words: string) => ({
  transaction_id: `${words} ${uniqueId("tx")}`,
  asset: "USD",
  amount: "0.25",
  reason: "other",
});
const adjustments = ({ id }: ChatCustomer) => `/v1/customers/${id}/wallet/adjustments`;

async function assertSound(customer: ChatCustomer) {
  const rows = readJournal(lasting.persist, customer.id);
  assert.equal(brokenLink(recordsOf(rows)), undefined);
  const { body } = await getWallet(lasting.client, customer.id);
  assertWalletIsFold(body, foldRecords(rows.map((row) => row.entry)));
}

describe("A panic", () => {
  let victim: ChatCustomer;
  let neighbour: ChatCustomer;

  before(async () => {
    victim = await createChatCustomer(lasting.client, "1");
    neighbour = await createChatCustomer(lasting.client, "2");
    // Something that only the journal can bring back: a hold, a price, a grant.
    for (const customer of [victim, neighbour]) {
      const body = { id: uniqueId("auth"), customer_id: customer.id, asset: "USD", amount: "0.125" };
      expectStatus(await lasting.client.post("/v1/authorize", body), 200);
    }
  });

  for (const [where, words] of [
    ["in the wallet, before it writes", BEFORE],
    ["at the edge, before the wallet is asked", EDGE],
    ["in an async handler, when the directory has answered it", ASYNC],
  ] as const) {
    it(`${where}, is a quick 500; nothing happened, and both wallets are what they were`, async () => {
      const wallets = [await getWallet(lasting.client, victim.id), await getWallet(lasting.client, neighbour.id)];
      const rows = readJournal(lasting.persist, victim.id);
      await panic(adjustments(victim), adjustment(words));
      assert.equal((await getWallet(lasting.client, victim.id)).text, wallets[0]?.text);
      assert.equal((await getWallet(lasting.client, neighbour.id)).text, wallets[1]?.text);
      assert.deepEqual(readJournal(lasting.persist, victim.id), rows);
    });
  }

  it("throws every wallet's memory away: each is folded from its journal again, the neighbours', too", async () => {
    const both = [victim, neighbour];
    const balances = () =>
      Promise.all(both.map(async ({ id }) => (await getWallet(lasting.client, id)).body.accounts[0].balance));
    const before = await balances();
    // A row that only a fold from the journal can see, written to the files behind the server's back.
    for (const customer of both) addCredit(customer, "10");
    assert.deepEqual(await balances(), before, "what is in memory answers");
    await panic(adjustments(victim), adjustment(BEFORE));
    const expected = before.map((balance) => decimal(pico(balance) + pico("10")));
    assert.deepEqual(await balances(), expected, "what is in the journal answers");
    for (const customer of both) await assertSound(customer);
  });

  /** Appends a credit to a wallet's file, as the engine would have written it. */
  function addCredit(customer: ChatCustomer, amount: string) {
    const last = readJournal(lasting.persist, customer.id).at(-1) ?? assert.fail();
    const [seq, at] = [last.seq + 1, last.at];
    const before = JSON.parse(last.entry).changes[0];
    const op = `tx:${uniqueId("behind")}`;
    const terms = { purpose: "paid", priority: 50, effective_at: at };
    const balance = decimal(pico(before.balance) + pico(amount));
    const entry = JSON.stringify({
      v: 1,
      seq,
      at,
      op,
      request: "",
      fact: { type: "credited", grant: seq, amount, repaid: "0", source: "adjustment", reason: "other" },
      changes: [
        { account: before.account, moves: [{ open: { grant: seq, amount, terms } }], balance, held: before.held },
      ],
    });
    const database = new DatabaseSync(walletFile(lasting.persist, walletName(customer.id)), { timeout: 5000 });
    const insert = "INSERT INTO journal (seq, op, at, entry, hash) VALUES (?, ?, ?, ?, ?)";
    database.prepare(insert).run(seq, op, at, entry, link(last.hash, entry));
    database.close();
  }

  it("after the wallet has written, is a quick 500; what was written stays, and sending it again replays it", async () => {
    const before = (await getWallet(lasting.client, victim.id)).body.accounts[0];
    const body = adjustment(AFTER);
    await panic(adjustments(victim), body);
    const rows = readJournal(lasting.persist, victim.id);
    assert.equal(rows.at(-1)?.op, `tx:${body.transaction_id}`);
    const [now] = (await getWallet(lasting.client, victim.id)).body.accounts;
    assert.equal(now.balance, decimal(pico(before.balance) + pico("0.25")));
    assert.equal(now.held, before.held, "the hold is there, too");

    // The same call panics again, and writes nothing a second time.
    await panic(adjustments(victim), body);
    assert.equal(readJournal(lasting.persist, victim.id).length, rows.length);

    // A build without the fault, as after a deployment, answers what the caller missed.
    await lasting.changeBuild("release");
    const again = await lasting.client.post(adjustments(victim), body);
    assert.equal(expectStatus(again, 201).id, body.transaction_id);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(readJournal(lasting.persist, victim.id).length, rows.length);
    await lasting.changeBuild("faults");
    await assertSound(victim);
  });

  it("after a batch was written, is the same: all of it stays, and the index learns of it by the alarm", async () => {
    const data = { input_tokens: 10, output_tokens: 10 };
    const events = [AFTER, "a", "b"].map((words) => {
      const id = `${words} ${uniqueId("event")}`;
      return { id, event_type: "chat", occurred_at: RECENTLY, data };
    });
    const before = readJournal(lasting.persist, victim.id).length;
    await panic("/v1/events", { customer_id: victim.id, events });
    const rows = readJournal(lasting.persist, victim.id);
    assert.deepEqual(
      rows.slice(before).map((row) => row.op),
      events.map(({ id }) => `event:${id}`),
    );
    const alarm = alarmOf(lasting.persist, victim.id) ?? assert.fail("no alarm sees to what the panic left undone");
    assert.ok(alarm <= Date.now() + 60_000);
    await assertSound(victim);
    await lasting.stop();
    hurryAlarm(lasting.persist, victim.id);
    await lasting.start();
    const found = await indexedEvent(lasting.client, events[2]?.id ?? "");
    assert.equal(found.status, 200, "the event is found without naming its customer");
  });

  it("in an authorization whose hold was written, still lets the hold expire in time", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    const body = { id: `${AFTER} ${uniqueId("auth")}`, customer_id: customer.id, asset: "USD", amount: "1" };
    await panic("/v1/authorize", { ...body, expires_in: 3600 });
    const [account] = (await getWallet(lasting.client, customer.id)).body.accounts;
    assert.equal(account.available, "0", "the hold that nobody was told of is there");
    await lasting.advance(3_600_000);
    const other = { id: uniqueId("auth"), customer_id: customer.id, asset: "USD", amount: "1" };
    assert.equal(expectStatus(await lasting.client.post("/v1/authorize", other), 200).decision, "approved");
    await assertSound(customer);
  });
});

describe("20 panics in a row while others work", () => {
  it("never give anybody a wrong answer, and everything that was acknowledged is there", async () => {
    const neighbours = [await createChatCustomer(lasting.client, "50"), await createChatCustomer(lasting.client, "50")];
    const victim = await createChatCustomer(lasting.client, "1");
    const start = readJournals(lasting.persist, neighbours);
    const setUp = new Map([...start].map(([customer, rows]) => [customer, rows.length]));
    const load = new Load(neighbours, 7);
    const running = load.run(lasting.client, 12);
    const answers = async (count: number) => {
      while (load.answered < count) await sleep(1);
    };

    for (let turn = 0; turn < 20; turn += 1) {
      await answers(10 * turn);
      const words = [BEFORE, AFTER, EDGE, ASYNC][turn % 4] ?? BEFORE;
      await panic(adjustments(victim), adjustment(words));
      const [account] = (await getWallet(lasting.client, victim.id)).body.accounts;
      // Every fourth panic came after the write of its 0.25.
      assert.equal(account.balance, decimal(pico("1") + BigInt(Math.floor((turn + 3) / 4)) * pico("0.25")));
    }
    load.stop();
    await running;

    // Right answers, or an honest 500 or 503; nothing else.
    for (const { path, reply } of load.log) {
      assert.ok(reply, `${path} was answered`);
      assert.ok([200, 201, 500, 503].includes(reply.status), `${path}: ${reply.status} ${reply.text}`);
      if (reply.status === 200 && path === "/v1/authorize") assert.equal(reply.body.decision, "approved");
    }
    assert.ok(load.log.length >= 190, "the neighbours were really at work");
    const journals = readJournals(lasting.persist, neighbours);
    const { outcomes } = audit(load.log, journals, setUp);
    assert.equal(outcomes.refused, 0);
    console.table([outcomes]);
    assertAnswersAreTheJournals(load, journals);

    // Everything can be sent again, and then all of it has happened once.
    await resend(lasting.client, load.log, journals);
    const later = readJournals(lasting.persist, neighbours);
    const done = audit(load.log, later, setUp);
    assert.equal(done.outcomes.accepted, load.log.filter((operation) => !isRefused(operation)).length);
    for (const customer of neighbours) {
      const balance = (await getWallet(lasting.client, customer.id)).body.accounts[0].balance;
      assert.equal(balance, decimal(pico("50") + (done.effects.get(customer.id) ?? 0n)));
      await assertSound(customer);
    }
    await assertSound(victim);
  });

  /** The balances that a caller was told are those of its own row. */
  function assertAnswersAreTheJournals(load: Load, journals: ReturnType<typeof readJournals>) {
    let compared = 0;
    for (const { customer, rows, reply } of load.log) {
      const said: Json = reply?.body?.balances?.[0];
      if (!said || reply?.status !== 200) continue;
      const row = journals.get(customer)?.find((one) => one.op === rows.at(-1));
      const change = JSON.parse(row?.entry ?? "{}").changes[0];
      assert.deepEqual([said.balance, said.held], [change.balance, change.held]);
      compared += 1;
    }
    assert.ok(compared > 0);
  }
});

describe("The release build", () => {
  it("does not contain the faults", () => {
    for (const file of ["index.js", "scrip_bg.wasm"]) {
      const built = readFileSync(join(root, "build/worker", file), "latin1");
      assert.doesNotMatch(built, FAULT, `build/worker/${file}`);
    }
    // The same search finds them where they are.
    assert.match(readFileSync(join(root, "build/worker-faults/scrip_bg.wasm"), "latin1"), FAULT);
  });

  it("takes the words for what they are", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    await lasting.changeBuild("release");
    for (const words of [BEFORE, AFTER, EDGE, ASYNC]) {
      const reply = await lasting.client.post(adjustments(customer), adjustment(words));
      expectStatus(reply, 201);
    }
    await assertSound(customer);
  });
});
