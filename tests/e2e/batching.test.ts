// Calls to one wallet travel together: how they are grouped, and that nobody pays for a stranger in the same message.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it, mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../../bench/load.ts";
import { callBatched } from "../../src/worker/entry/batching.ts";
import { createChatCustomer, expectStatus, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { PATIENCE_MS } from "./support/patience.ts";

/** A wallet that answers when it is told to, and remembers which calls came together. */
function slowWallet() {
  const wallet = uniqueId("wallet");
  const messages: string[][] = [];
  const answers: (() => void)[] = [];
  const send = (calls: string[]) => {
    messages.push(calls);
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    answers.push(() =>
      calls.includes("lost") ? reject(new Error("lost")) : resolve(calls.map((call) => `reply to ${call}`)),
    );
    return promise;
  };
  const kept: Promise<unknown>[] = [];
  const call = (text: string) => callBatched(wallet, text, send, (promise) => kept.push(promise));
  const answer = async () => {
    answers.shift()?.();
    await sleep(0);
  };
  return { messages, kept, call, answer };
}

describe("Calls to one wallet", () => {
  it("go at once when they meet no other, and together when one is under way", async () => {
    const wallet = slowWallet();
    const replies = ["a", "b", "c", "d"].map(wallet.call);
    assert.deepEqual(wallet.messages, [["a"]]);
    await wallet.answer();
    assert.deepEqual(wallet.messages, [["a"], ["b", "c", "d"]]);
    replies.push(wallet.call("e"));
    await wallet.answer();
    await wallet.answer();
    assert.deepEqual(
      await Promise.all(replies),
      ["a", "b", "c", "d", "e"].map((call) => `reply to ${call}`),
    );
    assert.deepEqual(wallet.messages.at(-1), ["e"]);
    const alone = wallet.call("f");
    assert.deepEqual(wallet.messages.at(-1), ["f"], "nobody is left waiting");
    await wallet.answer();
    assert.equal(await alone, "reply to f");
    assert.ok(wallet.kept.length >= 6, "each request stays open for the others");
  });

  for (const [what, size, carried] of [
    ["64 calls", 10, 64],
    ["a million characters", 400_000, 2],
  ] as const) {
    it(`travel at most ${what} at a time`, async () => {
      const wallet = slowWallet();
      const calls = Array.from({ length: 100 }, (_, place) => String(place).padEnd(size, "."));
      const replies = calls.map(wallet.call);
      await wallet.answer();
      assert.equal(wallet.messages[1]?.length, carried);
      while (wallet.messages.flat().length < calls.length) await wallet.answer();
      await wallet.answer();
      assert.deepEqual(
        await Promise.all(replies),
        calls.map((call) => `reply to ${call}`),
      );
      assert.deepEqual(wallet.messages.flat(), calls, "in their order, each once");
    });
  }

  it("all learn that their message failed, and those behind it still go", async () => {
    const wallet = slowWallet();
    const first = wallet.call("first");
    const together = Promise.allSettled([wallet.call("lost"), wallet.call("beside")]);
    await wallet.answer();
    const behind = wallet.call("behind");
    await wallet.answer();
    const outcomes = await together;
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    await wallet.answer();
    assert.deepEqual(await Promise.all([first, behind]), ["reply to first", "reply to behind"]);
  });

  it("go alone when the one that was to take them along is gone", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const wallet = slowWallet();
      // It never comes back.
      void wallet.call("gone");
      const waiting = wallet.call("waiting");
      mock.timers.tick(5_000);
      await new Promise(setImmediate);
      assert.deepEqual(wallet.messages, [["gone"], ["waiting"]]);
      mock.timers.reset();
      await wallet.answer();
      await wallet.answer();
      assert.equal(await waiting, "reply to waiting");
    } finally {
      mock.timers.reset();
    }
  });
});

describe("On the real runtime", () => {
  let lasting: LastingServer;

  before(async () => {
    lasting = await LastingServer.start();
  });

  after(() => lasting?.end());

  // The runtime mixed requests up only after its compiler had optimized the code, some 20,000 calls in.
  it("50,000 calls to one wallet by 32 connections each get their own reply", async () => {
    const customer = await createChatCustomer(lasting.client, "1");
    // Denied, so that the wallet stays small; the reply says what was asked for.
    const next = (connection: number, reply: string | undefined) => {
      const amount = String(1000 + connection);
      if (reply !== undefined) assert.ok(reply.includes(`"required":[{"asset":"USD","amount":"${amount}"}]`), reply);
      const body = { id: "denied", customer_id: customer.id, asset: "USD", amount };
      return { path: "/v1/authorize", body: JSON.stringify(body) };
    };
    let done = 0;
    while (done < 50_000) {
      const more = (await load(lasting.server.port, 32, 1_000, next)).done;
      assert.ok(more > 0, `${done} calls, and no more`);
      done += more;
    }
  });

  it("callers who hang up in the middle take nobody with them", async () => {
    const customer = await createChatCustomer(lasting.client, "1000");
    const rude = () => {
      const socket = connect({ port: lasting.server.port, host: "127.0.0.1", noDelay: true });
      const body = JSON.stringify({ id: uniqueId("rude"), customer_id: customer.id, asset: "USD", amount: "0.01" });
      const head = `POST /v1/authorize HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_local\r\n`;
      socket.on("error", () => {});
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () =>
        setTimeout(() => socket.destroy(), Math.random() * 5),
      );
    };
    for (let round = 0; round < 30; round++) {
      const polite = Array.from({ length: 20 }, () => {
        rude();
        const body = { id: uniqueId("polite"), customer_id: customer.id, asset: "USD", amount: "0.01" };
        return lasting.client.post("/v1/authorize", body, { signal: AbortSignal.timeout(PATIENCE_MS) });
      });
      for (const reply of await Promise.all(polite)) assert.equal(expectStatus(reply, 200).decision, "approved");
    }
    assert.equal(brokenLink(recordsOf(readJournal(lasting.persist, customer.id))), undefined);
  });
});
