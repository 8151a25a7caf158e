// A model that repeats its prompt until it may not say more: once for the AI SDK, once as a vendor's own stream.

import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";

const MOST_WORDS = 200;

/** A word of three letters and its space are a token, so that everything can be counted by hand. */
function words(prompt: string, most: number): string[] {
  const said = prompt.split(/\s+/).filter((word) => word !== "");
  return Array.from({ length: Math.min(most, MOST_WORDS) }, (_, place) => `${said[place % said.length] ?? "hm"} `);
}

export function parrot(): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "parrot",
    modelId: "parrot",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("a parrot only streams")),
    async doStream({ prompt, maxOutputTokens = MOST_WORDS }) {
      const heard = prompt.flatMap((message) => (message.role === "user" ? message.content : []));
      const text = heard.map((part) => (part.type === "text" ? part.text : "")).join(" ");
      const said = words(text, maxOutputTokens);
      const usage = {
        inputTokens: {
          total: Math.ceil(text.length / 4),
          noCache: undefined,
          cacheRead: undefined,
          cacheWrite: undefined,
        },
        outputTokens: { total: said.length, text: undefined, reasoning: undefined },
      };
      const parts: LanguageModelV4StreamPart[] = [
        { type: "stream-start", warnings: [] },
        { type: "text-start", id: "1" },
        ...said.map((delta) => ({ type: "text-delta", id: "1", delta }) as const),
        { type: "text-end", id: "1" },
        { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
      ];
      return { stream: oneByOne(parts) };
    },
  };
}

interface Asked {
  messages: { role: string; content: string }[];
  max_tokens: number | undefined;
  stream: true;
  stream_options: { include_usage: true };
}

/** What `fetch("https://…/v1/chat/completions", …)` would answer. */
export async function parrotVendor({ messages, max_tokens = MOST_WORDS }: Asked): Promise<Response> {
  const prompt = messages.map(({ content }) => content).join(" ");
  const said = words(prompt, max_tokens);
  const chunk = (piece: object) => `data: ${JSON.stringify({ id: "chatcmpl-1", ...piece })}\n\n`;
  const [input, output] = [Math.ceil(prompt.length / 4), said.length];
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const pieces = [
    ...said.map((content) => chunk({ choices: [{ index: 0, delta: { content } }] })),
    chunk({ choices: [], usage }),
    "data: [DONE]\n\n",
  ];
  const encoder = new TextEncoder();
  const body = oneByOne(pieces.map((piece) => encoder.encode(piece)));
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function oneByOne<T>(items: T[]): ReadableStream<T> {
  let place = 0;
  return new ReadableStream<T>(
    {
      pull(controller) {
        const item = items[place];
        place += 1;
        if (item === undefined) controller.close();
        else controller.enqueue(item);
      },
    },
    { highWaterMark: 0 },
  );
}
