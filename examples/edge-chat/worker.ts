// An AI app at the edge whose customers have prepaid: every call of a model is held before it is made, and settled by what
// the vendor says that it used. It runs without a network, by a model that only repeats what it is told.

import { streamText, wrapLanguageModel } from "ai";
import { metered } from "scrip-wallet/ai";
import { Scrip } from "scrip-wallet/client";
import { deniedResponse, MeteredCall, type MeterOptions, meterResponse } from "scrip-wallet/sse";
import { parrot, parrotVendor } from "./parrot.ts";

export interface Env {
  /** The Worker of Scrip, in the same account. */
  SCRIP?: { fetch(input: string, init?: RequestInit): Promise<Response> };
  /** Or where it is. */
  SCRIP_URL?: string;
  SCRIP_KEY: string;
}

interface Execution {
  waitUntil(work: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, env: Env, execution: Execution): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST") return new Response("POST /chat or /raw\n", { status: 405 });
    const { prompt } = (await request.json()) as { prompt: string };
    const meter = meterOf(request, env, execution);
    try {
      if (pathname === "/chat") return await chat(prompt, request, meter);
      if (pathname === "/raw") return await raw(prompt, request, meter);
      return new Response("not found\n", { status: 404 });
    } catch (error) {
      return deniedResponse(error);
    }
  },
};

function meterOf(request: Request, env: Env, execution: Execution): MeterOptions {
  return {
    client: new Scrip({
      key: env.SCRIP_KEY,
      ...(env.SCRIP_URL !== undefined && { baseUrl: env.SCRIP_URL }),
      ...(env.SCRIP !== undefined && { fetcher: env.SCRIP }),
    }),
    // A real app takes this from its own login, and never from what a browser says.
    customer: { customer_external_id: request.headers.get("x-customer") ?? "acme" },
    eventType: "chat",
    // Small, so that an answer that runs out of money ends soon; a real app takes what a second of its model costs.
    slice: 20,
    policy: "estimate",
    defer: (work) => execution.waitUntil(work),
  };
}

/** With the AI SDK: one middleware round the model, and nothing else changes. */
async function chat(prompt: string, request: Request, meter: MeterOptions): Promise<Response> {
  const model = wrapLanguageModel({ model: parrot(), middleware: metered(meter) });
  const id = request.headers.get("x-request-id");
  let failure: unknown;
  const answer = streamText({
    model,
    prompt,
    abortSignal: request.signal,
    // The same for a request that is sent again, so that it is charged once.
    ...(id !== null && { providerOptions: { scrip: { id } } }),
    onError: ({ error }) => {
      failure = error;
    },
  });
  const reader = answer.textStream.getReader();
  const first = await reader.read();
  // Before the first word there is still time for another answer than a stream.
  if (first.done && failure !== undefined) throw failure;
  const encoder = new TextEncoder();
  const text = new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.value !== undefined) controller.enqueue(encoder.encode(first.value));
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => reader.cancel(),
  });
  return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** Without any framework: the vendor's own stream is passed on. */
async function raw(prompt: string, request: Request, meter: MeterOptions): Promise<Response> {
  const call = await MeteredCall.begin(meter, {
    id: request.headers.get("x-request-id") ?? crypto.randomUUID(),
    provider: "openai",
    model: "parrot",
    inputTokens: Math.ceil(prompt.length / 4),
    maxOutputTokens: 200,
  });
  const reply = await parrotVendor({
    messages: [{ role: "user", content: prompt }],
    max_tokens: call.maxOutputTokens,
    stream: true,
    // Otherwise the stream says nothing of its usage.
    stream_options: { include_usage: true },
  });
  return meterResponse(reply, call, "openai");
}
