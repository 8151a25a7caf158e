// The AI SDK over a wallet: what is charged is what was used, however a stream ends, and no hold stays open.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { keepRecovering } from "../../npm/src/agents.ts";
import { type Call, type MiddlewareOptions, metered, Scrip, ScripDenied, ScripProblem } from "../../npm/src/ai.ts";
import { type Api, api, createChatCustomer, expectStatus, LOCAL_KEY, uniqueId } from "./support/api.ts";
import { Bell } from "./support/bell.ts";
import { type FreshServer, freshServer, journal } from "./support/fresh.ts";
import { type Answer, type Mock, mockModel } from "./support/mock_model.ts";
import { eventually } from "./support/patience.ts";
import { cost, DOLLAR, dice, listening, POLICIES, pico } from "./support/streams.ts";

let server: FreshServer;
let client: Api;
let wallet: Scrip;

before(async () => {
  server = await freshServer();
  client = api(server);
  wallet = new Scrip({ key: LOCAL_KEY, baseUrl: server.url });
});

after(async () => {
  await server.end();
});

async function shown(customer: string): Promise<{ available: bigint; held: bigint; holds: number }> {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
  const { items } = expectStatus(await client.get(`/v1/customers/${customer}/wallet/holds?limit=100`), 200);
  return { available: pico(accounts[0].available), held: pico(accounts[0].held), holds: items.length };
}

function dollars(amount: bigint): string {
  return `${amount / DOLLAR}.${(amount % DOLLAR).toString().padStart(12, "0")}`;
}

interface Setting {
  customer: string;
  mock: Mock;
  model: ReturnType<typeof wrapLanguageModel>;
  /** Work that goes on after an answer. */
  deferred: Promise<void>[];
}

/** A customer with so much money, and a model that he pays for. A prompt is thought to have ten tokens. */
async function setting(credit: bigint, answer: Answer | (() => Answer), options: Partial<MiddlewareOptions> = {}) {
  const { id: customer } = await createChatCustomer(client, dollars(credit));
  const deferred: Promise<void>[] = [];
  const mock = mockModel(answer);
  const middleware = metered({
    client: wallet,
    customer: { customer_id: customer },
    eventType: "chat",
    countPrompt: () => 10,
    countTokens: () => 1,
    defer: (work) => deferred.push(work),
    ...options,
  });
  return { customer, mock, deferred, model: wrapLanguageModel({ model: mock.model, middleware }) } satisfies Setting;
}

async function read(stream: ReturnType<typeof streamText>) {
  let words = 0;
  let end: { finishReason?: string; rawFinishReason?: string | undefined } = {};
  let error: unknown;
  for await (const part of stream.fullStream) {
    if (part.type === "text-delta") words += 1;
    if (part.type === "finish-step") end = part;
    if (part.type === "error") error = part.error;
  }
  return { words, end, error };
}

const ask = (model: Setting["model"], more: object = {}) =>
  streamText({ model, prompt: "Say words.", maxRetries: 0, onError: () => {}, ...more });

describe("a stream", () => {
  test("is held for the most that it can cost, and charged by what the vendor says", async () => {
    const { customer, model, mock } = await setting(DOLLAR, { words: 40, prompt: 12, cached: 4 });
    const { words, end } = await read(ask(model, { maxOutputTokens: 100 }));
    assert.equal(words, 40);
    assert.equal(end.finishReason, "stop");
    assert.deepEqual(mock.limits(), [100]);
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(12, 40), held: 0n, holds: 0 });
  });

  test("asks for no more than is affordable", async () => {
    const { customer, model, mock } = await setting(cost(10, 25), { words: 1_000 });
    const { words, end } = await read(ask(model, { maxOutputTokens: 100 }));
    assert.equal(words, 25);
    assert.equal(end.finishReason, "length");
    assert.deepEqual(mock.limits(), [25]);
    assert.deepEqual(await shown(customer), { available: 0n, held: 0n, holds: 0 });
  });

  test("is not begun where not even one token is affordable", async () => {
    for (const credit of [cost(10, 0), cost(3, 0)]) {
      const { customer, model, mock } = await setting(credit, { words: 5 });
      const { error } = await read(ask(model));
      assert.ok(error instanceof ScripDenied, String(error));
      assert.equal(error.code, "insufficient_funds");
      assert.equal(mock.said(), 0);
      assert.deepEqual(await shown(customer), { available: credit, held: 0n, holds: 0 });
    }
  });

  for (const policy of ["estimate", "drain", "capture_hold"] as const) {
    test(`that runs out of money in the middle is cut within one slice and billed to the token: ${policy}`, async () => {
      const credit = cost(10, 107);
      const { customer, model, mock, deferred } = await setting(credit, { words: 300 }, { slice: 20, policy });
      const { words, end } = await read(ask(model));
      await Promise.all(deferred);
      // Five slices of twenty are held, and the sixth is not there.
      assert.equal(words, 100);
      assert.deepEqual([end.finishReason, end.rawFinishReason], ["other", "insufficient_funds"]);
      const { available, held, holds } = await shown(customer);
      assert.deepEqual({ held, holds }, { held: 0n, holds: 0 });
      // What was drained was used as well, and the next call is denied.
      const charged = policy === "drain" ? cost(10, 300) : cost(10, 100);
      assert.equal(available, credit - charged);
      assert.equal(mock.said(), policy === "drain" ? 300 : 101);
    });
  }

  test("that is drained stops where nobody would believe it any more", async () => {
    const credit = cost(10, 20);
    const options = { slice: 20, policy: "drain", drainTokens: 50 } as const;
    const { customer, model, mock, deferred } = await setting(credit, { words: 100_000 }, options);
    await read(ask(model));
    await Promise.all(deferred);
    assert.ok(mock.said() <= 72, `${mock.said()} words`);
    assert.equal((await shown(customer)).holds, 0);
  });

  test("without usage is charged by what was counted, times the factor, and marked", async () => {
    const none = { inputTokens: {}, outputTokens: {} };
    const { customer, model } = await setting(DOLLAR, { words: 40, usage: none }, { factor: 1.5 });
    await read(ask(model));
    assert.equal((await shown(customer)).available, DOLLAR - cost(10, 60));
    const { items } = expectStatus(await client.get(`/v1/customers/${customer}/wallet/entries?limit=1`), 200);
    assert.match(items[0].record, /"usage_source":"estimate"/);
  });

  for (const policy of ["estimate", "drain", "capture_hold"] as const) {
    test(`whose vendor says nothing more is settled after a while: ${policy}`, async () => {
      const bell = new Bell();
      const answer = { words: 1_000, fails: { after: 30, how: "hang" } } as const;
      const { customer, model, deferred } = await setting(DOLLAR, answer, { policy, timer: bell.timer, slice: 40 });
      const heard = Promise.withResolvers<void>();
      let words = 0;
      const reading = async () => {
        for await (const part of ask(model).fullStream) {
          if (part.type !== "text-delta") continue;
          words += 1;
          if (words === 30) heard.resolve();
        }
      };
      const told = assert.rejects(reading, /said nothing for too long|not read for too long/);
      await heard.promise;
      await bell.until(told);
      await told;
      await Promise.all(deferred);
      const charged = policy === "capture_hold" ? cost(10, 40) : cost(10, 30);
      assert.deepEqual(await shown(customer), { available: DOLLAR - charged, held: 0n, holds: 0 });
    });

    test(`whose reader leaves without a word is settled after a while: ${policy}`, async () => {
      const bell = new Bell();
      const options = { policy, timer: bell.timer, slice: 40 };
      const { customer, model, mock, deferred } = await setting(DOLLAR, { words: 60 }, options);
      const { stream } = await model.doStream({ prompt: [] });
      const reader = stream.getReader();
      for (let words = 0; words < 5; ) {
        const { value } = await reader.read();
        if (value?.type === "text-delta") words += 1;
      }
      bell.ring();
      await Promise.all(deferred);
      const charged = { estimate: cost(10, 5), drain: cost(10, 60), capture_hold: cost(10, 40) }[policy];
      assert.deepEqual(await shown(customer), { available: DOLLAR - charged, held: 0n, holds: 0 });
      assert.equal(mock.said(), policy === "drain" ? 60 : 5);
      // Whoever comes back is told, instead of taking a part for all.
      await assert.rejects(reader.read(), /not read for too long/);
    });
  }

  test("that goes on without its caller is read to its end", async () => {
    const { customer, model, mock, deferred } = await setting(DOLLAR, { words: 60 }, { policy: "drain" });
    const abort = new AbortController();
    const stream = ask(model, { abortSignal: abort.signal });
    for await (const part of stream.fullStream) if (part.type === "text-delta" && mock.said() >= 5) abort.abort();
    await Promise.all(deferred);
    assert.equal(mock.said(), 60);
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(10, 60), held: 0n, holds: 0 });
  });
});

describe("a call without a stream", () => {
  test("is charged by what the vendor says", async () => {
    const { customer, model } = await setting(DOLLAR, { words: 40, prompt: 12 });
    await generateText({ model, prompt: "Say words.", maxOutputTokens: 100 });
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(12, 40), held: 0n, holds: 0 });
  });

  test("that the vendor refuses gives its hold back, and may be tried again", async () => {
    let fails = 2;
    const answer = (): Answer => {
      fails -= 1;
      return fails >= 0 ? { words: 40, fails: { after: 0, how: "throw" } } : { words: 40 };
    };
    const { customer, model } = await setting(DOLLAR, answer, { requestId: () => "again" });
    const call = () => generateText({ model, prompt: "Say words.", maxRetries: 0 });
    await assert.rejects(call);
    await assert.rejects(call);
    assert.deepEqual(await shown(customer), { available: DOLLAR, held: 0n, holds: 0 });
    await call();
    assert.equal((await shown(customer)).available, DOLLAR - cost(10, 40));
  });
});

describe("a call without a stream whose caller leaves", () => {
  for (const policy of POLICIES) {
    test(`while the vendor says nothing is settled, at once or after a while: ${policy}`, async () => {
      const bell = new Bell();
      const answer = { words: 40, fails: { after: 0, how: "hang" } } as const;
      const { customer, model, mock, deferred } = await setting(DOLLAR, answer, { policy, timer: bell.timer });
      const abort = new AbortController();
      const options = { model, prompt: "Say words.", maxRetries: 0, maxOutputTokens: 100, abortSignal: abort.signal };
      const left = assert.rejects(generateText(options));
      await eventually(() => mock.limits().length === 1, "the vendor is asked");
      abort.abort();
      await left;
      await bell.until(Promise.all(deferred));
      const charged = policy === "capture_hold" ? cost(10, 100) : cost(10, 0);
      assert.deepEqual(await shown(customer), { available: DOLLAR - charged, held: 0n, holds: 0 });
    });
  }
});

describe("ids", () => {
  test("a request that is sent again is charged once; another step of it is a call of its own", async () => {
    const { customer, model } = await setting(DOLLAR, { words: 40 });
    const providerOptions = { scrip: { id: uniqueId("request") } };
    for (const prompt of ["one", "one", "two"]) await read(ask(model, { prompt, providerOptions }));
    assert.equal((await shown(customer)).available, DOLLAR - 2n * cost(10, 40));
  });
});

describe("where Scrip cannot be reached", () => {
  const nowhere = { fetch: () => Promise.reject(new Error("no route to host")) };
  const lost = new Scrip({ key: LOCAL_KEY, fetcher: nowhere, wait: () => Promise.resolve() });

  test("no call is made", async () => {
    const { model, mock } = await setting(DOLLAR, { words: 40 }, { client: lost });
    const { error } = await read(ask(model));
    assert.ok(error instanceof ScripProblem && error.isUnreachable, String(error));
    assert.equal(mock.said(), 0);
  });

  test("by choice calls go on, and their usage is queued and charged once", async () => {
    const queued: Call[] = [];
    const options = { client: lost, onUnreachable: "allow", queue: (call: Call) => void queued.push(call) } as const;
    const { customer, model } = await setting(DOLLAR, { words: 40, prompt: 12 }, options);
    assert.equal((await read(ask(model))).words, 40);
    assert.equal(queued.length, 1);
    for (const call of [...queued, ...queued]) await wallet.send(call);
    assert.equal((await shown(customer)).available, DOLLAR - cost(12, 40));
  });

  /** A client whose server goes away as soon as the vendor begins. */
  function broken() {
    const queued: Call[] = [];
    let isOut = false;
    const flaky = {
      fetch: (input: string, init?: RequestInit) => (isOut ? nowhere.fetch() : fetch(input, init)),
    };
    const answer = (words: number) => () => {
      isOut = true;
      return { words };
    };
    const client = new Scrip({ key: LOCAL_KEY, baseUrl: server.url, fetcher: flaky, wait: () => Promise.resolve() });
    return { queued, answer, options: { client, queue: (call: Call) => void queued.push(call) } };
  }

  test("a stream that cannot be extended ends as where the money ends, within what is held", async () => {
    const { queued, answer, options } = broken();
    const more = { ...options, slice: 20, policy: "estimate", onError: () => {} } as const;
    const { customer, model, deferred } = await setting(DOLLAR, answer(300), more);
    const { words, end } = await read(ask(model));
    await Promise.all(deferred);
    assert.equal(words, 20, "not a word more than is held");
    assert.deepEqual([end.finishReason, end.rawFinishReason], ["other", "insufficient_funds"]);
    for (const call of [...queued, ...queued]) await wallet.send(call);
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(10, 20), held: 0n, holds: 0 });
  });

  test("by choice such a stream goes on to its end, and its capture is queued and charged once", async () => {
    const { queued, answer, options } = broken();
    const { customer, model } = await setting(DOLLAR, answer(300), { ...options, slice: 20, onUnreachable: "allow" });
    const { words, end } = await read(ask(model));
    assert.deepEqual([words, end.finishReason], [300, "stop"]);
    assert.deepEqual(
      queued.map(({ path }) => path.split("/").at(-1)),
      ["capture"],
    );
    for (const call of [...queued, ...queued]) await wallet.send(call);
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(10, 300), held: 0n, holds: 0 });
  });

  test("what has been held is captured later from the queue", async () => {
    const { queued, answer, options } = broken();
    const { customer, model } = await setting(DOLLAR, answer(40), options);
    await read(ask(model));
    assert.equal((await shown(customer)).holds, 1);
    for (const call of [...queued, ...queued]) await wallet.send(call);
    assert.deepEqual(await shown(customer), { available: DOLLAR - cost(10, 40), held: 0n, holds: 0 });
  });
});

describe("the client", () => {
  test("sends again what nobody answered, and nothing else", async () => {
    const statuses: number[] = [];
    const waits: number[] = [];
    const answer = (status: number, headers = {}) => new Response(`{"code":"c${status}"}`, { status, headers });
    const scripted = (...replies: Response[]) =>
      new Scrip({
        key: "k",
        fetcher: {
          fetch: async () => {
            const reply = replies.shift() ?? answer(200);
            statuses.push(reply.status);
            return reply;
          },
        },
        wait: async (milliseconds) => void waits.push(milliseconds),
      });
    await scripted(answer(503), answer(429, { "retry-after": "2" })).release("h");
    assert.deepEqual(
      [statuses, waits],
      [
        [503, 429, 200],
        [100, 2_000],
      ],
    );
    for (const status of [400, 401, 402, 404, 409, 422]) {
      const problem = await scripted(answer(status))
        .capture("h")
        .catch((error) => error);
      assert.ok(problem instanceof ScripProblem);
      assert.deepEqual([problem.status, problem.code], [status, `c${status}`]);
    }
    assert.equal(statuses.length, 3 + 6);
    await assert.rejects(scripted(answer(500), answer(500), answer(500)).capture("h"), { status: 500 });
  });
});

test("an interrupted chat goes on while its root request has something left to spend", async () => {
  const spend = async (subject: string) => {
    const middleware = metered({ ...options, eventType: "chat", subject, countPrompt: () => 10, countTokens: () => 1 });
    const { model } = mockModel({ words: 40 });
    await read(ask(wrapLanguageModel({ model, middleware }), { maxOutputTokens: 40 }));
  };
  const { id: customer } = await createChatCustomer(client, "1");
  const options = { client: wallet, customer: { customer_id: customer } };
  const budget = { name: "Each request", asset: "USD", limit: "0.001", window: "lifetime", each: "subject" };
  const path = `/v1/customers/${customer}/wallet/budgets/roots`;
  const { status } = await client.send("PUT", path, budget);
  assert.ok(status === 200 || status === 201, String(status));
  const may = keepRecovering({ ...options, asset: "USD", amount: "0.0002" });
  await spend("root_1");
  assert.equal(await may({ recoveryRootRequestId: "root_1" }), true, "0.000425 of 0.001");
  await spend("root_1");
  assert.equal(await may({ recoveryRootRequestId: "root_1" }), false, "0.00085 of 0.001");
  assert.equal(await may({ recoveryRootRequestId: "root_2" }), true, "another one");
  assert.equal((await shown(customer)).holds, 0);
  const nobody = { fetch: () => Promise.reject(new Error("no route to host")) };
  const lost = new Scrip({ key: LOCAL_KEY, fetcher: nobody, wait: () => Promise.resolve() });
  for (const onUnreachable of ["deny", "allow"] as const) {
    const asked = keepRecovering({ ...options, client: lost, asset: "USD", amount: "0.0002", onUnreachable });
    assert.equal(await asked({ recoveryRootRequestId: "root_1" }), onUnreachable === "allow");
  }
});

const ENDS = ["finish", "abort", "cancel", "error", "throw", "silence"] as const;
const SLICE = 16;

/** Reads a stream as a page does that may leave in the middle; how many words it was given. */
async function readUntil(model: Setting["model"], leaves: "abort" | "cancel" | undefined, at: number): Promise<number> {
  const abort = new AbortController();
  const { stream } = await model.doStream({ prompt: [], abortSignal: abort.signal });
  const reader = stream.getReader();
  let read = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.type === "text-delta") read += 1;
      if (leaves === "abort" && read > at) abort.abort();
      if (leaves === "cancel" && read > at) {
        await reader.cancel();
        break;
      }
    }
  } catch {
    // The reader learns of it, and the wallet has to as well.
  }
  return read;
}

test("500 streams with aborts and errors leave no hold open, and what is captured is what was used", async () => {
  const roll = dice(Number(process.env.SEED ?? 7));
  const { id: customer } = await createChatCustomer(client, "1000");
  let [expected, estimates] = [0n, 0];
  const seen: Record<string, number> = {};
  const one = async () => {
    const [words, prompt] = [1 + roll(60), 5 + roll(10)];
    const at = roll(words);
    const kind = ENDS[roll(ENDS.length)] ?? "finish";
    const policy = POLICIES[roll(POLICIES.length)] ?? "drain";
    seen[`${policy} ${kind}`] = (seen[`${policy} ${kind}`] ?? 0) + 1;
    const leaves = kind === "abort" || kind === "cancel" ? kind : undefined;
    const how = kind === "error" || kind === "throw" || kind === "silence" ? kind : undefined;
    const mock = mockModel({ words, prompt, ...(how && { fails: { after: at, how } }) });
    const deferred: Promise<void>[] = [];
    const { told, client } = listening(server);
    const middleware = metered({
      client,
      customer: { customer_id: customer },
      eventType: "chat",
      slice: SLICE,
      policy,
      countPrompt: () => prompt,
      countTokens: () => 1,
      defer: (work) => deferred.push(work),
    });
    const read = await readUntil(wrapLanguageModel({ model: mock.model, middleware }), leaves, at);
    await Promise.all(deferred);
    const { captured } = told;
    expected += captured;
    // What the vendor says, where he said it. Where he did not, each policy has a law of its own.
    if (kind === "finish" || (leaves && policy === "drain")) {
      assert.equal(captured, cost(prompt, words), `${policy} ${kind}: exact`);
    } else if (policy === "capture_hold") {
      assert.equal(captured, told.held, `${kind}: all that was held`);
      assert.ok(captured >= cost(prompt, read), `${kind}: no less than was delivered`);
      assert.ok(captured <= cost(prompt, read + 2 * SLICE), `${kind}: no more than two slices beyond it`);
    } else {
      assert.equal(captured, cost(prompt, read), `${policy} ${kind}: what was delivered`);
      estimates += 1;
    }
  };
  for (let batch = 0; batch < 25; batch += 1) await Promise.all(Array.from({ length: 20 }, one));
  const counts = Object.values(seen);
  assert.ok(counts.length === 18 && counts.every((count) => count > 10), JSON.stringify(seen));
  assert.deepEqual(await shown(customer), { available: 1_000n * DOLLAR - expected, held: 0n, holds: 0 });
  const marked = journal(server.persist, customer).filter(({ entry }) => entry.includes('"usage_source":"estimate"'));
  assert.equal(marked.length, estimates, "what was estimated is marked, and nothing else");
});
