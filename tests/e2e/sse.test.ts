// Raw streams of vendors over a wallet, without a framework and with Hono: passed on as they are, and charged.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Hono } from "hono";
import { type ScripVariables, scrip } from "../../npm/src/hono.ts";
import {
  deniedResponse,
  type Format,
  MeteredCall,
  type MeterOptions,
  meterResponse,
  Scrip,
  ScripDenied,
} from "../../npm/src/sse.ts";
import { type Api, api, createChatCustomer, expectStatus, LOCAL_KEY, uniqueId } from "./support/api.ts";
import { Bell } from "./support/bell.ts";
import { type FreshServer, freshServer, journal } from "./support/fresh.ts";
import { cost, DOLLAR, dice, listening, POLICIES, pico } from "./support/streams.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(async () => {
  await server.end();
});

async function payer(credit: string, more: Partial<MeterOptions> = {}) {
  const { id } = await createChatCustomer(client, credit);
  const deferred: Promise<void>[] = [];
  const options: MeterOptions = {
    client: new Scrip({ key: LOCAL_KEY, baseUrl: server.url }),
    customer: { customer_id: id },
    eventType: "chat",
    countTokens: () => 1,
    defer: (work) => deferred.push(work),
    ...more,
  };
  return { id, options, deferred };
}

const request = (provider: Format) => ({ id: uniqueId("call"), provider, model: "mock", inputTokens: 10 });

async function shown(customer: string): Promise<{ available: string; held: string; holds: number }> {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
  const { items } = expectStatus(await client.get(`/v1/customers/${customer}/wallet/holds`), 200);
  return { available: accounts[0].available, held: accounts[0].held, holds: items.length };
}

const data = (piece: object) => `data: ${JSON.stringify(piece)}\n\n`;
const named = (piece: { type: string; [field: string]: unknown }) => `event: ${piece.type}\n${data(piece)}`;

/** A stream of so many words in a vendor's form; `ends` is false where the connection breaks before its end. */
function blocks(format: Format, words: number, ends = true): string[] {
  const list = Array.from({ length: words });
  if (format === "openai") {
    const chunk = (delta: object) =>
      data({ id: "c1", object: "chat.completion.chunk", choices: [{ index: 0, delta }] });
    const usage = { prompt_tokens: 10, completion_tokens: words, total_tokens: 10 + words };
    const end = [data({ id: "c1", choices: [], usage }), "data: [DONE]\n\n"];
    return [chunk({ role: "assistant" }), ...list.map(() => chunk({ content: "word " })), ...(ends ? end : [])];
  }
  const delta = { type: "text_delta", text: "word " };
  return [
    named({
      type: "message_start",
      message: { usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 1 } },
    }),
    named({ type: "content_block_start", index: 0 }),
    ...list.map(() => named({ type: "content_block_delta", index: 0, delta })),
    ...(ends
      ? [
          named({ type: "content_block_stop", index: 0 }),
          named({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: words } }),
          named({ type: "message_stop" }),
        ]
      : []),
  ];
}

/** A vendor that answers so. `torn` breaks its blocks at odd places, as networks do; each waits for `before`. */
function vendor(
  list: string[],
  torn = false,
  before: (place: number) => Promise<void> = async () => {},
): { reply: Response; sent(): number; cancelled(): boolean } {
  const encoder = new TextEncoder();
  const pieces = torn ? (list.join("").match(/[\s\S]{1,7}/g) ?? []) : list;
  let [sent, isCancelled] = [0, false];
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = pieces[sent];
        sent += 1;
        await before(sent - 1);
        if (piece === undefined) controller.close();
        else controller.enqueue(encoder.encode(piece));
      },
      cancel() {
        isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const reply = new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  return { reply, sent: () => sent, cancelled: () => isCancelled };
}

for (const format of ["openai", "anthropic"] as const) {
  describe(`a stream of ${format}`, () => {
    for (const torn of [false, true]) {
      test(`is passed on to the byte and charged by its usage${torn ? ", however it is torn" : ""}`, async () => {
        const { id, options } = await payer("1");
        const call = await MeteredCall.begin(options, request(format));
        const sent = blocks(format, 40);
        const reply = await meterResponse(vendor(sent, torn).reply, call, format);
        assert.equal(await reply.text(), sent.join(""));
        // 10 of the prompt at 0.0000025, 40 of the answer at 0.00001.
        assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
      });
    }

    test("ends normally where the money ends, and is billed to the token", async () => {
      const { id, options, deferred } = await payer("0.001025", { slice: 20, policy: "estimate" });
      const call = await MeteredCall.begin(options, request(format));
      const upstream = vendor(blocks(format, 300));
      const reply = await meterResponse(upstream.reply, call, format);
      const text = await reply.text();
      await Promise.all(deferred);
      assert.equal(text.match(/word /g)?.length, 100);
      assert.match(text, /"scrip":"insufficient_funds"/);
      assert.ok(text.endsWith(format === "openai" ? "data: [DONE]\n\n" : named({ type: "message_stop" })), text);
      if (format === "anthropic") assert.match(text, /content_block_stop.*\n\nevent: message_delta/);
      assert.deepEqual(await shown(id), { available: "0", held: "0", holds: 0 });
      assert.ok(upstream.cancelled(), "the vendor is told to stop");
      assert.ok(upstream.sent() < 110, `${upstream.sent()} blocks`);
    });

    test("that its reader leaves is read to its end", async () => {
      const { id, options, deferred } = await payer("1", { policy: "drain" });
      const call = await MeteredCall.begin(options, request(format));
      const reply = await meterResponse(vendor(blocks(format, 40)).reply, call, format);
      const reader = reply.body?.getReader();
      for (let read = 0; read < 5; read += 1) await reader?.read();
      await reader?.cancel();
      await Promise.all(deferred);
      assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
    });

    test("that its reader leaves while a piece is on its way loses nothing of that piece", async () => {
      const { id, options, deferred } = await payer("1", { policy: "drain" });
      const call = await MeteredCall.begin(options, request(format));
      const list = blocks(format, 40);
      // The piece that says the usage is awaited by the reader who leaves; only then it comes.
      const usage = list.findIndex((block) => block.includes(format === "openai" ? "completion_tokens" : "end_turn"));
      const gate = Promise.withResolvers<void>();
      const asked = Promise.withResolvers<void>();
      const upstream = vendor(list, false, async (place) => {
        if (place !== usage) return;
        asked.resolve();
        await gate.promise;
      });
      const reply = await meterResponse(upstream.reply, call, format);
      const reader = reply.body?.getReader();
      for (let read = 0; read < usage; read += 1) await reader?.read();
      const last = reader?.read();
      await asked.promise;
      const left = reader?.cancel();
      gate.resolve();
      await Promise.all([last, left, ...deferred]);
      assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
      assert.doesNotMatch(journal(server.persist, id).at(-1)?.entry ?? "", /usage_source/, "it is no estimate");
    });

    test("whose vendor says nothing more is settled after a while, and he is told to stop", async () => {
      const bell = new Bell();
      const { id, options } = await payer("1", { policy: "drain", timer: bell.timer });
      const call = await MeteredCall.begin(options, request(format));
      const list = blocks(format, 40);
      const fifteenth = list.findIndex((block) => block.includes("word ")) + 15;
      const asked = Promise.withResolvers<void>();
      const upstream = vendor(list, false, async (place) => {
        if (place !== fifteenth) return;
        asked.resolve();
        await new Promise(() => {});
      });
      const reply = await meterResponse(upstream.reply, call, format);
      const text = assert.rejects(reply.text(), /said nothing for too long/);
      await asked.promise;
      await bell.until(text);
      await text;
      assert.deepEqual(await shown(id), { available: "0.999825", held: "0", holds: 0 });
      assert.ok(upstream.cancelled());
    });

    test("whose reader leaves without a word is settled after a while", async () => {
      const bell = new Bell();
      const { id, options, deferred } = await payer("1", { policy: "drain", timer: bell.timer });
      const call = await MeteredCall.begin(options, request(format));
      const reply = await meterResponse(vendor(blocks(format, 40)).reply, call, format);
      const reader = reply.body?.getReader();
      for (let read = 0; read < 5; read += 1) await reader?.read();
      bell.ring();
      await Promise.all(deferred);
      assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
      await assert.rejects(async () => reader?.read(), /not read for too long/);
    });

    test("that breaks before it says its usage is charged by what was delivered", async () => {
      const { id, options } = await payer("1");
      const call = await MeteredCall.begin(options, request(format));
      const reply = await meterResponse(vendor(blocks(format, 15, false)).reply, call, format);
      await reply.text();
      assert.deepEqual(await shown(id), { available: "0.999825", held: "0", holds: 0 });
    });
  });
}

const ENDS = ["finish", "cancel", "break", "throw", "error"] as const;

for (const format of ["openai", "anthropic"] as const) {
  test(`100 streams of ${format} that end in five ways leave no hold open, and what is captured is what was used`, async () => {
    const roll = dice(Number(process.env.SEED ?? 11));
    const { id, options } = await payer("100");
    let expected = 0n;
    const seen: Record<string, number> = {};
    const one = async () => {
      const words = 2 + roll(60);
      const at = 1 + roll(words - 1);
      const kind = ENDS[roll(ENDS.length)] ?? "finish";
      const policy = POLICIES[roll(POLICIES.length)] ?? "drain";
      seen[`${policy} ${kind}`] = (seen[`${policy} ${kind}`] ?? 0) + 1;
      const { told, client } = listening(server);
      const deferred: Promise<void>[] = [];
      const defer = (work: Promise<void>) => void deferred.push(work);
      const call = await MeteredCall.begin({ ...options, client, policy, slice: 16, defer }, request(format));
      const list = blocks(format, words, kind === "finish" || kind === "cancel");
      const fails = list.findIndex((block) => block.includes("word ")) + at;
      if (kind === "error") list.splice(fails, list.length, data({ error: { message: "overloaded" } }));
      const upstream = vendor(list, false, async (place) => {
        if (kind === "throw" && place === fails) throw new Error("the vendor has gone away");
      });
      const reply = await meterResponse(upstream.reply, call, format);
      const read = await readWords(reply, kind === "cancel" ? at : Number.POSITIVE_INFINITY);
      await Promise.all(deferred);
      expected += told.captured;
      if (kind === "finish" || (kind === "cancel" && policy === "drain")) {
        assert.equal(told.captured, cost(10, words), `${policy} ${kind}: exact`);
      } else if (policy === "capture_hold") {
        assert.equal(told.captured, told.held, `${kind}: all that was held`);
        assert.ok(told.captured >= cost(10, read), `${kind}: no less than was delivered`);
      } else {
        assert.equal(told.captured, cost(10, read), `${policy} ${kind}: what was delivered`);
      }
    };
    for (let batch = 0; batch < 10; batch += 1) await Promise.all(Array.from({ length: 10 }, one));
    assert.equal(Object.keys(seen).length, 15, JSON.stringify(seen));
    const left = await shown(id);
    assert.deepEqual([pico(left.available), left.held, left.holds], [100n * DOLLAR - expected, "0", 0]);
  });
}

/** Reads as a page does that leaves after so many words; how many it was given. */
async function readWords(reply: Response, most: number): Promise<number> {
  const reader = reply.body?.getReader();
  const decoder = new TextDecoder();
  let words = 0;
  try {
    while (words < most) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return words;
      words += decoder.decode(value).includes("word ") ? 1 : 0;
    }
    await reader?.cancel();
  } catch {
    // The reader learns of it, and the wallet has to as well.
  }
  return words;
}

test("a stream of Responses is charged by its last event", async () => {
  const { id, options } = await payer("1");
  const call = await MeteredCall.begin(options, request("openai"));
  const usage = { input_tokens: 10, output_tokens: 2, total_tokens: 12 };
  const sent = [
    named({ type: "response.output_text.delta", delta: "word " }),
    named({ type: "response.output_text.delta", delta: "word " }),
    named({ type: "response.completed", response: { service_tier: "flex", usage } }),
  ];
  await (await meterResponse(vendor(sent).reply, call, "openai")).text();
  assert.equal((await shown(id)).available, "0.999955");
});

test("a reply without a stream is charged, and one that failed gives the hold back", async () => {
  const { id, options } = await payer("1");
  const usage = { prompt_tokens: 10, completion_tokens: 40, total_tokens: 50 };
  const whole = await meterResponse(
    Response.json({ usage }),
    await MeteredCall.begin(options, request("openai")),
    "openai",
  );
  assert.deepEqual(await whole.json(), { usage });
  assert.equal((await shown(id)).available, "0.999575");
  const call = await MeteredCall.begin(options, request("openai"));
  const failed = await meterResponse(Response.json({ error: {} }, { status: 529 }), call, "openai");
  assert.equal(failed.status, 529);
  assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
});

test("a denial is answered with 402 and what is missing", async () => {
  const { options } = await payer("0.000001");
  const error = await MeteredCall.begin(options, request("openai")).catch((error) => error);
  const reply = deniedResponse(error);
  assert.equal(reply.status, 402);
  assert.match(await reply.text(), /"code":"insufficient_funds"/);
  assert.throws(() => deniedResponse(new Error("another")), /another/);
});

describe("with Hono", () => {
  const app = (options: MeterOptions) =>
    new Hono<ScripVariables>().use(scrip(() => options)).post("/chat", async (c) => {
      const call = await c.get("scrip").begin(request("openai"));
      return meterResponse(vendor(blocks("openai", 40)).reply, call, "openai");
    });

  test("a call is metered", async () => {
    const { id, options } = await payer("1");
    const reply = await app(options).request("/chat", { method: "POST" });
    assert.equal(await reply.text(), blocks("openai", 40).join(""));
    assert.deepEqual(await shown(id), { available: "0.999575", held: "0", holds: 0 });
  });

  test("a denial is 402, and other errors are those of the app", async () => {
    const { options } = await payer("0.000001");
    const denied = await app(options).request("/chat", { method: "POST" });
    assert.equal(denied.status, 402);
    assert.match(await denied.text(), /"code":"insufficient_funds"/);
    const broken = new Hono().use(scrip(() => options)).get("/", () => {
      throw new Error("of the app itself");
    });
    broken.onError((error, c) => c.text(error instanceof ScripDenied ? "denied" : error.message, 500));
    const reply = await broken.request("/");
    assert.deepEqual([reply.status, await reply.text()], [500, "of the app itself"]);
  });
});
