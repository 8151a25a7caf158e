// A language model that says words at the pace of its reader, with usage as OpenAI tells it, and fails on demand.

import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { MockLanguageModelV4 } from "ai/test";

export interface Answer {
  /** Tokens of the answer; each is one word. */
  words: number;
  /** Tokens of the prompt, as the vendor counts them. */
  prompt?: number;
  cached?: number;
  /** After so many words the stream ends with an error, stops without any end, or says nothing more and stays open. */
  fails?: { after: number; how: "error" | "throw" | "silence" | "hang" };
  /** What the end says, if not the truth. */
  usage?: unknown;
}

export interface Mock {
  model: MockLanguageModelV4;
  /** Words that were asked of it so far, in all calls. */
  said(): number;
  /** The most that each call allowed. */
  limits(): (number | undefined)[];
}

/** The usage of an answer of so many words. */
export function usageOf(words: number, { prompt = 10, cached = 0 }: Answer) {
  return {
    inputTokens: { total: prompt, noCache: prompt - cached, cacheRead: cached, cacheWrite: 0 },
    outputTokens: { total: words, text: words, reasoning: 0 },
    raw: {
      prompt_tokens: prompt,
      completion_tokens: words,
      total_tokens: prompt + words,
      prompt_tokens_details: { cached_tokens: cached },
    },
  };
}

export function mockModel(answer: Answer | (() => Answer)): Mock {
  let said = 0;
  const limits: (number | undefined)[] = [];
  const stream = ({ maxOutputTokens, abortSignal }: LanguageModelV4CallOptions) => {
    const own = typeof answer === "function" ? answer() : answer;
    const { fails, words: most } = own;
    const words = Math.min(most, maxOutputTokens ?? most);
    limits.push(maxOutputTokens);
    let count = 0;
    const parts = new ReadableStream<LanguageModelV4StreamPart>(
      {
        start(controller) {
          controller.enqueue({ type: "stream-start", warnings: [] });
          controller.enqueue({ type: "text-start", id: "t" });
        },
        pull(controller) {
          if (abortSignal?.aborted) return controller.error(abortSignal.reason);
          if (fails?.after === count) {
            if (fails.how === "hang") return new Promise<void>(() => {});
            if (fails.how === "throw") return controller.error(new Error("the vendor has gone away"));
            if (fails.how === "error") controller.enqueue({ type: "error", error: "overloaded" });
            return controller.close();
          }
          if (count < words) {
            count += 1;
            said += 1;
            return controller.enqueue({ type: "text-delta", id: "t", delta: "word " });
          }
          controller.enqueue({ type: "text-end", id: "t" });
          const finishReason = { unified: words < most ? ("length" as const) : ("stop" as const), raw: "stop" };
          const usage = (own.usage ?? usageOf(words, own)) as ReturnType<typeof usageOf>;
          controller.enqueue({ type: "finish", finishReason, usage });
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return Promise.resolve({ stream: parts });
  };
  const model = new MockLanguageModelV4({
    provider: "openai.chat",
    modelId: "mock",
    doStream: stream,
    doGenerate: async ({ maxOutputTokens }) => {
      const own = typeof answer === "function" ? answer() : answer;
      limits.push(maxOutputTokens);
      if (own.fails?.how === "hang") await new Promise(() => {});
      if (own.fails) throw new Error("the vendor has gone away");
      const words = Math.min(own.words, maxOutputTokens ?? own.words);
      said += words;
      return {
        content: [{ type: "text", text: "word ".repeat(words) }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: usageOf(words, own),
        warnings: [],
      };
    },
  });
  return { model, said: () => said, limits: () => limits };
}
