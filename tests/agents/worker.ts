// A chat of Cloudflare's Agents SDK that is paid for by a wallet; its customer is the agent's name. The model needs no network:
// what the user says is how it behaves.

import { AIChatAgent } from "@cloudflare/ai-chat";
import { getAgentByName } from "agents";
import { convertToModelMessages, streamText, wrapLanguageModel } from "ai";
import { keepRecovering, RootRequests } from "../../npm/src/agents.ts";
import { metered, Scrip } from "../../npm/src/ai.ts";
import { mockModel } from "../e2e/support/mock_model.ts";

interface Env {
  Chat: DurableObjectNamespace<Chat>;
  SCRIP_URL: string;
  SCRIP_KEY: string;
}

/** The most that a try costs: 10 tokens of a prompt and 30 of an answer, by the prices of the test. */
const WORDS = 30;
const TRY = "0.000325";

export class Chat extends AIChatAgent<Env> {
  readonly #roots = new RootRequests(this.ctx.storage.kv);
  readonly #client = new Scrip({ key: this.env.SCRIP_KEY, baseUrl: this.env.SCRIP_URL });
  override chatStreamStallTimeoutMs = 1_000;
  override chatRecovery = {
    shouldKeepRecovering: (context: { recoveryRootRequestId: string }) =>
      keepRecovering({ ...this.#payer, roots: this.#roots, asset: "USD", amount: TRY })(context),
    onExhausted: ({ reason }: { reason: string }) => this.#note("ended", reason),
  };

  get #payer() {
    return { client: this.#client, customer: { customer_id: this.name } };
  }

  #note(what: string, text: string) {
    const noted = (this.ctx.storage.kv.get(what) as string[] | undefined) ?? [];
    this.ctx.storage.kv.put(what, [...noted, text]);
  }

  override async onChatMessage(_: unknown, options: { requestId: string; abortSignal?: AbortSignal }) {
    const subject = this.#roots.of(options.requestId, this.messages);
    this.#note("tries", subject);
    const said = JSON.stringify(this.messages.findLast(({ role }) => role === "user")?.parts);
    const { model } = mockModel({
      words: WORDS,
      ...(said.includes("hang") && { fails: { after: WORDS, how: "hang" } }),
    });
    const middleware = metered({
      ...this.#payer,
      eventType: "chat",
      subject,
      policy: "estimate",
      // The SDK leaves a stream that has stalled without a word to it.
      silenceSeconds: 3,
      countPrompt: () => 10,
      countTokens: () => 1,
      defer: (work) => this.ctx.waitUntil(work),
    });
    const result = streamText({
      model: wrapLanguageModel({ model, middleware }),
      messages: await convertToModelMessages(this.messages),
      maxOutputTokens: WORDS,
      maxRetries: 0,
      ...(options.abortSignal && { abortSignal: options.abortSignal }),
    });
    return result.toUIMessageStreamResponse();
  }

  async say(text: string) {
    const message = { id: crypto.randomUUID(), role: "user" as const, parts: [{ type: "text" as const, text }] };
    await this.saveMessages((before) => [...before, message]);
  }

  told() {
    const of = (what: string) => (this.ctx.storage.kv.get(what) as string[] | undefined) ?? [];
    return { tries: of("tries"), ended: of("ended"), messages: this.messages };
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, word = "", customer = ""] = new URL(request.url).pathname.split("/");
    const agent = await getAgentByName(env.Chat, customer);
    if (word === "say") await agent.say(await request.text());
    return Response.json(await agent.told());
  },
};
