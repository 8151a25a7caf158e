// What the portal does with an engine, apart from a browser: with one that folds numbers instead of wallets.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine, Folded } from "../../www/portal/engine.ts";
import { Fold } from "../../www/portal/fold.ts";
import type { Account } from "../../www/portal/types.ts";

const START = Date.parse("2026-11-30T12:00:00Z");

const account = (available: string): Account => ({
  ...{ id: "default:USD", name: "default", asset: "USD", overdraft: "0", restricted: [], held: "0" },
  ...{ available, balance: available },
});

/** Its state is `seq:sum:ends`, and a move adds one; from `ends` on there is nothing any more. */
function adds(told: { at: Date[] }): Engine {
  return {
    foldMoves(state, moves, at) {
      told.at.push(at);
      let [seq = 0, sum = 0, ends = 0] = state.split(":").map(Number);
      let differs: number | null = null;
      for (const move of moves as { seq: number; says?: number }[]) {
        if (move.seq <= seq) continue;
        if (move.seq > seq + 1) throw new Error("a gap");
        seq = move.seq;
        sum += 1;
        if (move.says !== undefined && move.says !== sum) differs ??= seq;
      }
      const isOver = ends > 0 && at.getTime() >= ends;
      const next = ends > 0 && !isOver ? new Date(ends).toISOString() : null;
      const shown = account(isOver ? "0" : String(sum));
      return { state: [seq, sum, ends].join(":"), accounts: [shown], holds: [], seq, differs_at: differs, next };
    },
  };
}

function folding() {
  const told = { at: [] as Date[], shown: [] as string[], lost: 0, now: START };
  const show = ({ accounts }: Folded) => told.shown.push(accounts[0]?.available ?? "");
  const fold = new Fold(
    () => new Date(told.now),
    show,
    () => {
      told.lost += 1;
    },
  );
  return { told, fold, source: async () => adds(told) };
}

test("it begins where the server says, and agrees entry by entry; what is known already is passed over", async () => {
  const { told, fold, source } = folding();
  const begun = fold.begin("5:7", source);
  // What comes while the engine is loaded waits for it.
  fold.go([{ seq: 5 }, { seq: 6 }]);
  await begun;
  fold.go([{ seq: 7 }, { seq: 8 }]);
  fold.go([{ seq: 7 }, { seq: 8 }]);
  assert.deepEqual(fold.told, { seq: 8, agreed: 3, differed: 0 });
  assert.deepEqual(told.shown, ["7", "8", "10", "10"]);
  fold.compare(8, [account("10")]);
  // Of another entry nothing can be said.
  fold.compare(9, [account("999")]);
  assert.deepEqual(fold.told, { seq: 8, agreed: 3, differed: 0 });
  assert.equal(told.lost, 0);
});

test("a gap makes it begin anew, and is nobody's mistake", async () => {
  const { told, fold, source } = folding();
  await fold.begin("5:7", source);
  fold.go([{ seq: 7 }]);
  assert.equal(told.lost, 1);
  assert.equal(fold.active, false);
  fold.go([{ seq: 6 }]);
  assert.deepEqual(told.shown, ["7"], "nothing is folded from here on");
  await fold.begin("7:9", source);
  fold.go([{ seq: 8 }]);
  assert.deepEqual(fold.told, { seq: 8, agreed: 1, differed: 0 });
});

test("where no message can be folded it does not begin anew for ever; one that can be sets that back", async () => {
  const { told, fold, source } = folding();
  const gap = async (seq: number) => {
    await fold.begin(`${seq}:7`, source);
    fold.go([{ seq: seq + 2 }]);
  };
  await gap(5);
  await gap(6);
  await fold.begin("7:9", source);
  fold.go([{ seq: 8 }]);
  for (const seq of [8, 9, 10]) await gap(seq);
  assert.deepEqual([told.lost, fold.told?.differed], [5, 0]);
  await fold.begin("11:7", source);
  assert.equal(fold.active, false, "the server is believed");
});

test("a difference makes it begin anew, and after three of them the server is believed", async () => {
  const { told, fold, source } = folding();
  await fold.begin("5:7", source);
  fold.go([{ seq: 6, says: 700 } as { seq: number }]);
  assert.deepEqual(told.shown, ["7"], "a figure that is in doubt is not shown");
  await fold.begin("6:8", source);
  fold.compare(6, [account("700")]);
  await fold.begin("6:8", source);
  fold.compare(6, []);
  fold.compare(6, [account("8")]);
  assert.equal(fold.told?.differed, 2);
  fold.compare(6, [account("701")]);
  assert.deepEqual([fold.told?.differed, told.lost], [3, 3]);
  await fold.begin("6:8", source);
  assert.equal(fold.active, false);
});

test("what ends does so at its moment; an answer from before it is no difference", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { told, fold, source } = folding();
  await fold.begin(`5:7:${START + 60_000}`, source);
  assert.deepEqual(told.shown, ["7"]);
  told.now = START + 60_001;
  context.mock.timers.tick(60_001);
  assert.deepEqual(told.shown, ["7", "0"]);
  fold.compare(5, [account("7")]);
  fold.compare(5, [account("0")]);
  assert.equal(fold.told?.differed, 0);
  fold.stop();
  context.mock.timers.tick(600_000);
  assert.equal(told.lost, 0);
});

test("without an engine nothing is folded, and nothing is said", async () => {
  const { told, fold, source } = folding();
  const none: [string | null | undefined, string | (() => Promise<Engine>)][] = [
    ["5:7", "none"],
    [null, source],
    [undefined, source],
    ["5:7", async () => ({})],
    ["5:7", () => Promise.reject(new Error("forbidden"))],
    ["5:7", async () => ({ foldMoves: () => assert.fail("a state of another version") })],
  ];
  for (const [state, from] of none) {
    await fold.begin(state, from);
    fold.go([{ seq: 6 }]);
    assert.equal(fold.active, false);
  }
  assert.deepEqual([told.shown, told.lost, fold.told], [[], 0, undefined]);
});
