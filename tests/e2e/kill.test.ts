// The server is killed with SIGKILL in the middle of its work and started again on the same folder. What it had
// acknowledged is there; what it had not is there as a whole or not at all.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type ChatCustomer, createChatCustomer } from "./support/api.ts";
import { brokenLink, type Row, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { audit, getWallet, Load, readJournals, resend } from "./support/load.ts";
import { assertWalletIsFold, decimal, foldRecords, pico } from "./support/moves.ts";

const CLIENTS = 320;
// The last wallet is poor, so that some of its authorizations are denied.
const CREDITS = ["100", "100", "100", "0.02"];

/** Each round is killed after so many answers. */
const ROUNDS = [200, 600, 1000];

describe("SIGKILL under load", () => {
  let lasting: LastingServer;
  let load: Load;
  let previous: Map<string, Row[]>;
  const customers: ChatCustomer[] = [];
  const setUp = new Map<string, number>();
  const figures: Record<string, number>[] = [];

  before(async () => {
    lasting = await LastingServer.start();
    for (const credit of CREDITS) customers.push(await createChatCustomer(lasting.client, credit));
    previous = readJournals(lasting.persist, customers);
    for (const [customer, rows] of previous) setUp.set(customer, rows.length);
  });

  after(async () => {
    await lasting?.end();
    console.table(figures);
  });

  for (const [place, answers] of ROUNDS.entries()) {
    it(`round ${place + 1}: killed after ${answers} answers, nothing acknowledged is lost and nothing is half done`, async () => {
      load = new Load(customers, place + 1);
      const running = load.run(lasting.client, CLIENTS);
      while (load.answered < answers) await sleep(1);
      const inFlight = load.inFlight;
      await lasting.kill();
      await running;
      assert.ok(inFlight >= 200, `several hundred requests were in flight, not ${inFlight}`);

      // The files as the dead server left them.
      const journals = readJournals(lasting.persist, customers);
      const { outcomes } = audit(load.log, journals, rowsBefore(previous));
      figures.push({ round: place + 1, in_flight: inFlight, ...outcomes });
      assertWellFormed(journals);

      // The server says the same as the files.
      await lasting.start();
      await assertServerAgrees(journals);

      // Whatever happened is replayed, and whatever did not can be sent again.
      await resend(lasting.client, load.log, journals);
      const later = readJournals(lasting.persist, customers);
      const done = audit(load.log, later, rowsBefore(previous));
      assert.equal(done.outcomes.accepted + done.outcomes.refused, load.log.length, "everything is answered now");
      assertWellFormed(later);
      assertBalancesAddUp(previous, later, done.effects);
      await assertServerAgrees(later);
      previous = later;
    });
  }

  it("killed again and again without load, the journals stay as they are", async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      await lasting.kill();
      assertUnchanged(readJournals(lasting.persist, customers));
      await lasting.start();
      await assertServerAgrees(previous);
    }
    assertUnchanged(readJournals(lasting.persist, customers));
  });

  it("saw every outcome that a kill can have", () => {
    const sum = (name: string) => figures.reduce((total, one) => total + (one[name] ?? 0), 0);
    assert.equal(sum("lost"), 0);
    assert.ok(sum("accepted") > 1000, "many operations were acknowledged");
    assert.ok(sum("refused") > 0, "some were refused");
    assert.ok(sum("unanswered_absent") > 0, "some were cut off before they happened");
  });

  const rowsBefore = (journals: Map<string, Row[]>) =>
    new Map([...journals].map(([customer, rows]) => [customer, rows.length]));

  function assertUnchanged(journals: Map<string, Row[]>) {
    assert.ok(isDeepStrictEqual(journals, previous), "the journals are what they were");
  }

  /** No row of an earlier round has changed, each chain holds, and each entry says what its moves say. */
  function assertWellFormed(journals: Map<string, Row[]>) {
    for (const [customer, rows] of journals) {
      const before = previous.get(customer) ?? [];
      assert.ok(isDeepStrictEqual(rows.slice(0, before.length), before), "history is not rewritten");
      assert.equal(brokenLink(recordsOf(rows)), undefined);
      foldRecords(rows.map((row) => row.entry));
    }
  }

  async function assertServerAgrees(journals: Map<string, Row[]>) {
    for (const [customer, rows] of journals) {
      const { body } = await getWallet(lasting.client, customer);
      assertWalletIsFold(body, foldRecords(rows.map((row) => row.entry)));
    }
  }

  /** The balance changed by exactly what was asked for, computed from the requests alone. */
  function assertBalancesAddUp(earlier: Map<string, Row[]>, later: Map<string, Row[]>, effects: Map<string, bigint>) {
    const balance = (rows: Row[] = []) =>
      pico(foldRecords(rows.map((row) => row.entry)).balance("default:USD").balance);
    for (const [customer, rows] of later) {
      const expected = balance(earlier.get(customer)) + (effects.get(customer) ?? 0n);
      assert.equal(decimal(balance(rows)), decimal(expected));
    }
  }
});
