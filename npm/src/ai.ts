// The Vercel AI SDK: a middleware round any language model, so that every call of it is paid for before it is made.
//
//   const model = wrapLanguageModel({ model: openai("gpt-5"), middleware: metered({ client, customer, eventType: "chat" }) });

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Middleware,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { MeteredCall, type MeterOptions, type Request } from "./meter.ts";

export { type Call, Scrip, ScripProblem } from "./client.ts";
export { type MeterOptions, type Policy, ScripDenied } from "./meter.ts";

export interface MiddlewareOptions extends MeterOptions {
  /**
   * The id of a request, the same when it is tried again; otherwise `providerOptions.scrip.id`, or one made up. Steps of
   * one request differ by their prompts, and are told apart by them.
   */
  requestId?: (params: LanguageModelV4CallOptions) => string | undefined;
  /** Tokens of a prompt, where four letters for each are too rough. */
  countPrompt?: (prompt: LanguageModelV4CallOptions["prompt"]) => number;
}

export function metered(options: MiddlewareOptions): LanguageModelV4Middleware {
  const ids = new Ids();
  const begin = async (params: LanguageModelV4CallOptions, model: LanguageModelV4) => {
    const asked = request(options, ids, params, model);
    // A call that goes on after its caller has left must not hear of that.
    const upstream = new AbortController();
    const call = await MeteredCall.begin(options, asked);
    const { abortSignal, maxOutputTokens: _, ...rest } = params;
    const most = call.maxOutputTokens;
    const own = { ...rest, abortSignal: upstream.signal, ...(most !== undefined && { maxOutputTokens: most }) };
    return { call, upstream, own, abortSignal, id: asked.id };
  };
  return {
    specificationVersion: "v4",

    async wrapGenerate({ params, model }) {
      const { call, upstream, own, abortSignal, id } = await begin(params, model);
      const stop = aborted(abortSignal);
      const work = Promise.resolve(model.doGenerate(own));
      try {
        const result = await Promise.race([work, stop.happens]);
        await call.finish(result.usage);
        return result;
      } catch (error) {
        if (stop.isAborted()) await leave(call, upstream, work);
        else {
          // Nothing came, so nothing is owed; the SDK may try again, under another id.
          await call.release();
          ids.failed(id);
        }
        throw error;
      } finally {
        stop.end();
      }
    },

    async wrapStream({ params, model }) {
      const { call, upstream, own, abortSignal, id } = await begin(params, model);
      try {
        const { stream, ...rest } = await model.doStream(own);
        return { ...rest, stream: meteredStream(stream, call, upstream, abortSignal) };
      } catch (error) {
        await call.release();
        ids.failed(id);
        throw error;
      }
    },
  };
}

/** The caller has left a call that has no stream: it is waited for, or stopped at the price of all that is held. */
async function leave(call: MeteredCall, upstream: AbortController, work: Promise<{ usage: unknown }>): Promise<void> {
  // Not for ever: whoever has left will not say that it takes too long.
  const drained = call.patient(work).then(
    ({ usage }) => call.finish(usage),
    () => call.abandon(),
  );
  if (call.policy === "drain") call.defer(drained);
  else {
    upstream.abort();
    await call.abandon();
  }
}

/** The parts of a stream that have letters in them, and the parts that such a part opens and closes. */
const ENDS: Record<string, "text-end" | "reasoning-end" | "tool-input-end"> = {
  "text-start": "text-end",
  "reasoning-start": "reasoning-end",
  "tool-input-start": "tool-input-end",
};

export function meteredStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  call: MeteredCall,
  upstream: AbortController,
  abortSignal?: AbortSignal,
): ReadableStream<LanguageModelV4StreamPart> {
  const parts = new Parts(stream.getReader());
  const open = new Map<string, LanguageModelV4StreamPart>();
  let isOver = false;
  let isUnread = false;
  /** Until somebody asks for the next part. */
  const rest = () =>
    call.idle(() => {
      isUnread = true;
      void abandon();
    });
  let callOff = () => {};
  /** Nobody listens any more: what is left is read to its end, or stopped. */
  const abandon = () => {
    if (isOver) return;
    isOver = true;
    callOff();
    const work = call.policy === "drain" ? drain(parts, call, upstream) : stopped(parts, call, upstream);
    call.defer(work);
    return work;
  };
  abortSignal?.addEventListener("abort", () => void abandon(), { once: true });
  const end = (controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>) => {
    for (const part of open.values()) controller.enqueue(part);
    const finishReason = { unified: "other" as const, raw: "insufficient_funds" };
    controller.enqueue({ type: "finish", finishReason, usage: counted(call) });
    controller.close();
  };
  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      async start() {
        callOff = rest();
        if (abortSignal?.aborted) await abandon();
      },
      async pull(controller) {
        callOff();
        if (isUnread) return controller.error(new Error("The stream was not read for too long."));
        if (isOver) return abortSignal?.aborted ? controller.error(abortSignal.reason) : controller.close();
        try {
          const { done, value } = await call.patient(parts.next());
          // Whoever reads on has this part as well.
          if (isOver) return abortSignal?.aborted ? controller.error(abortSignal.reason) : undefined;
          parts.take();
          if (done || value.type === "error") {
            // Neither a finish nor an abort: what was used is unknown, and not zero.
            isOver = true;
            if (value) controller.enqueue(value);
            await stopped(parts, call, upstream);
            return controller.close();
          }
          if (value.type === "finish") {
            isOver = true;
            await call.finish(value.usage);
            controller.enqueue(value);
            return controller.close();
          }
          track(open, value);
          if ("delta" in value && !(await call.admits(value.delta))) {
            const work = abandon();
            end(controller);
            // The caller learns at once that it is over; without `defer` nothing else would keep this alive.
            await work;
            return;
          }
          callOff = rest();
          controller.enqueue(value);
        } catch (error) {
          if (!isOver) {
            isOver = true;
            await stopped(parts, call, upstream);
          }
          controller.error(error);
        }
      },
      async cancel() {
        await abandon();
      },
    },
    // Nothing is read ahead: what was counted is what somebody has read.
    { highWaterMark: 0 },
  );
}

function track(open: Map<string, LanguageModelV4StreamPart>, part: LanguageModelV4StreamPart): void {
  const type = ENDS[part.type];
  if (!("id" in part) || typeof part.id !== "string") return;
  if (type !== undefined) open.set(part.id, { type, id: part.id });
  else if (part.type.endsWith("-end")) open.delete(part.id);
}

type Reader = ReadableStreamDefaultReader<LanguageModelV4StreamPart>;

/** The parts of a stream, one at a time. A part that was waited for is not lost when somebody else reads on. */
class Parts {
  readonly reader: Reader;
  #pending: ReturnType<Reader["read"]> | undefined;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  next(): ReturnType<Reader["read"]> {
    this.#pending ??= this.reader.read();
    return this.#pending;
  }

  take(): void {
    this.#pending = undefined;
  }
}

async function drain(parts: Parts, call: MeteredCall, upstream: AbortController): Promise<void> {
  try {
    while (call.drains()) {
      const { done, value } = await call.patient(parts.next());
      parts.take();
      if (done || value.type === "error") break;
      if (value.type === "finish") return await call.finish(value.usage);
      if ("delta" in value) call.count(value.delta);
    }
  } catch {
    // The vendor has gone away, too: what was counted is all that anybody knows.
  }
  await stopped(parts, call, upstream);
}

async function stopped(parts: Parts, call: MeteredCall, upstream: AbortController): Promise<void> {
  upstream.abort();
  // A stream that has failed refuses to be cancelled, and that is no news.
  await parts.reader.cancel().catch(() => {});
  await call.abandon();
}

function counted(call: MeteredCall): LanguageModelV4Usage {
  const unknown = undefined;
  return {
    inputTokens: { total: unknown, noCache: unknown, cacheRead: unknown, cacheWrite: unknown },
    outputTokens: { total: call.counted, text: unknown, reasoning: unknown },
  };
}

function aborted(signal: AbortSignal | undefined) {
  let listener: (() => void) | undefined;
  const happens = new Promise<never>((_, reject) => {
    listener = () => reject(signal?.reason);
    if (signal?.aborted) listener();
    else signal?.addEventListener("abort", listener, { once: true });
  });
  happens.catch(() => {});
  return {
    happens,
    isAborted: () => signal?.aborted === true,
    end: () => listener && signal?.removeEventListener("abort", listener),
  };
}

function request(
  options: MiddlewareOptions,
  ids: Ids,
  params: LanguageModelV4CallOptions,
  model: LanguageModelV4,
): Request {
  const { prompt, maxOutputTokens, providerOptions, tools } = params;
  const asked = options.requestId?.(params) ?? providerOptions?.scrip?.id;
  const text = JSON.stringify([prompt, tools ?? []]);
  return {
    id: typeof asked === "string" ? ids.of(asked, text) : crypto.randomUUID(),
    provider: model.provider,
    model: model.modelId,
    inputTokens: options.countPrompt?.(prompt) ?? Math.ceil(text.length / 4),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

/** Most requests whose failures are remembered. */
const MOST_FAILED = 1_000;

/**
 * The ids of operations. A request has several calls, one for each of its steps, and they differ by what they ask; so the
 * same request, tried again anywhere, has the same ids and is charged once. A call that failed and gave its hold back
 * needs a new one.
 */
class Ids {
  readonly #failures = new Map<string, number>();

  of(request: string, asked: string): string {
    const id = `${request}.${digest(asked)}`;
    const failures = this.#failures.get(id);
    return failures === undefined ? id : `${id}.${failures}`;
  }

  failed(id: string): void {
    const first = id.replace(/(\.[0-9a-z]+-[0-9a-z]+)\.\d+$/, "$1");
    this.#failures.set(first, (this.#failures.get(first) ?? 0) + 1);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_FAILED && oldest !== undefined) this.#failures.delete(oldest);
  }
}

/** Tells prompts of one request apart; it keeps no secret. */
function digest(text: string): string {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let place = 0; place < text.length; place += 1) {
    const letter = text.charCodeAt(place);
    one = Math.imul(one ^ letter, 2654435761);
    two = Math.imul(two ^ letter, 1597334677);
  }
  return `${(one >>> 0).toString(36)}-${(two >>> 0).toString(36)}`;
}
