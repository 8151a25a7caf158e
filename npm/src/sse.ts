// Streams of OpenAI's and Anthropic's form, passed through a Worker as they are: no framework, only `fetch`.
//
//   const call = await MeteredCall.begin(options, request);
//   const reply = await fetch(url, { …, body: JSON.stringify({ …, max_tokens: call.maxOutputTokens }) });
//   return meterResponse(reply, call, "openai");

import { type MeteredCall, ScripDenied } from "./meter.ts";

export { type Call, Scrip, ScripProblem } from "./client.ts";
export { MeteredCall, type MeterOptions, type Policy, type Request as MeterRequest, ScripDenied } from "./meter.ts";

export type Format = "openai" | "anthropic";

/**
 * The reply of a vendor, metered: a stream is passed on piece by piece and ends normally where the money ends; any other
 * reply is read, charged and passed on. One that failed gives the hold back.
 */
export async function meterResponse(reply: Response, call: MeteredCall, format: Format): Promise<Response> {
  if (!reply.ok || reply.body === null) {
    await call.release();
    return reply;
  }
  const headers = new Headers(reply.headers);
  // It may become shorter, and it is not encoded any more.
  for (const name of ["content-length", "content-encoding"]) headers.delete(name);
  if (!(reply.headers.get("content-type") ?? "").includes("text/event-stream")) {
    const text = await reply.text();
    await call.finish(parsed(text) ?? {});
    return new Response(text, { status: reply.status, headers });
  }
  return new Response(meteredBody(reply.body, call, format), { status: reply.status, headers });
}

/** The answer to a caller whose wallet said no; anything else is thrown on. */
export function deniedResponse(error: unknown): Response {
  if (!(error instanceof ScripDenied)) throw error;
  const { code, detail, shortfall = [], topup_url = null } = error.denial;
  const body = JSON.stringify({ code, detail, shortfall, topup_url });
  // Not 429, by which clients would try again.
  return new Response(body, { status: 402, headers: { "content-type": "application/problem+json" } });
}

/** A piece of a stream, which is JSON or the word that ends it. */
// biome-ignore lint/suspicious/noExplicitAny: it comes from a vendor, and is looked at field by field.
type Piece = any;

/** What was said of usage so far, and how the stream may be ended for its reader. */
class Progress {
  readonly #format: Format;
  readonly #usages: Piece[] = [];
  #last: Piece = {};
  #block: number | undefined;
  isWhole = false;
  hasFailed = false;

  constructor(format: Format) {
    this.#format = format;
  }

  /** The letters of a piece that are tokens. */
  read(piece: Piece): string {
    if (piece === undefined) return "";
    if (piece.error) this.hasFailed = true;
    return this.#format === "anthropic" ? this.#anthropic(piece) : this.#openai(piece);
  }

  /** In the order in which they came: a later one replaces what an earlier one said. */
  get raw(): unknown {
    return this.#usages;
  }

  #openai(piece: Piece): string {
    this.#last = piece;
    if (piece.usage || piece.response?.usage) {
      this.#usages.push(piece);
      this.isWhole = true;
    }
    if (typeof piece.delta === "string") return piece.delta;
    const texts = (piece.choices ?? []).flatMap(({ delta = {} }: Piece) => [
      delta.content,
      delta.reasoning_content,
      delta.refusal,
      ...(delta.tool_calls ?? []).map((call: Piece) => call.function?.arguments),
    ]);
    return texts.filter((text: unknown) => typeof text === "string").join("");
  }

  #anthropic(piece: Piece): string {
    if (piece.type === "content_block_start") this.#block = piece.index;
    if (piece.type === "content_block_stop") this.#block = undefined;
    if (piece.message?.usage || piece.usage) this.#usages.push(piece);
    // What the beginning says of the answer is a placeholder, so only the end makes it whole.
    if (piece.type === "message_delta" && piece.usage && piece.delta?.stop_reason) this.isWhole = true;
    const { text, thinking, partial_json } = piece.delta ?? {};
    return [text, thinking, partial_json].filter((one) => typeof one === "string").join("");
  }

  /** An end that every client of the vendor understands: the answer became too long. */
  end(counted: number): string {
    if (this.#format === "anthropic") {
      const stop = this.#block === undefined ? [] : [{ type: "content_block_stop", index: this.#block }];
      const delta = { stop_reason: "max_tokens", stop_sequence: null, scrip: "insufficient_funds" };
      const pieces = [...stop, { type: "message_delta", delta, usage: { output_tokens: counted } }];
      const told = [...pieces, { type: "message_stop" }];
      return told.map((piece) => `event: ${piece.type}\ndata: ${JSON.stringify(piece)}\n\n`).join("");
    }
    const { id, object, created, model, type } = this.#last;
    if (typeof type === "string") {
      const response = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
      const piece = { type: "response.incomplete", response: { ...response, scrip: "insufficient_funds" } };
      return `event: ${piece.type}\ndata: ${JSON.stringify(piece)}\n\n`;
    }
    const choices = [{ index: 0, delta: {}, finish_reason: "length" }];
    const piece = { id, object, created, model, choices, scrip: "insufficient_funds" };
    return `data: ${JSON.stringify(piece)}\n\ndata: [DONE]\n\n`;
  }
}

function meteredBody(body: ReadableStream<Uint8Array>, call: MeteredCall, format: Format): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const blocks = blocksOf(reader);
  const progress = new Progress(format);
  const encoder = new TextEncoder();
  let isOver = false;
  // A block that was waited for is not lost when somebody else reads on.
  let pending: ReturnType<typeof blocks.next> | undefined;
  const next = () => {
    pending ??= blocks.next();
    return pending;
  };
  /** Tells the vendor to stop, also while a block is waited for; one that has failed refuses, and that is no news. */
  const leave = () => reader.cancel().catch(() => {});
  let isUnread = false;
  /** Until somebody asks for the next block. */
  const rest = () =>
    call.idle(() => {
      isUnread = true;
      void abandon();
    });
  let callOff = () => {};
  const settle = async () => {
    if (progress.isWhole && !progress.hasFailed) await call.finish(progress.raw);
    else await call.abandon();
  };
  /** Nobody listens any more, or nobody pays. */
  const abandon = () => {
    if (isOver) return;
    isOver = true;
    callOff();
    const work = (async () => {
      try {
        while (call.policy === "drain" && call.drains() && !progress.hasFailed) {
          const { done, value } = await call.patient(next());
          pending = undefined;
          if (done) break;
          call.count(progress.read(value.piece));
        }
      } catch {
        // The vendor has gone away, too: what was counted is all that anybody knows.
      }
      await leave();
      await settle();
    })();
    call.defer(work);
    return work;
  };
  return new ReadableStream<Uint8Array>(
    {
      start() {
        callOff = rest();
      },
      async pull(controller) {
        callOff();
        if (isUnread) return controller.error(new Error("The stream was not read for too long."));
        try {
          const { done, value } = await call.patient(next());
          // Whoever reads on has this block as well.
          if (isOver) return;
          pending = undefined;
          if (done) {
            isOver = true;
            await settle();
            return controller.close();
          }
          const text = progress.read(value.piece);
          if (text !== "" && !(await call.admits(text))) {
            const work = abandon();
            controller.enqueue(encoder.encode(progress.end(call.counted)));
            controller.close();
            await work;
            return;
          }
          callOff = rest();
          controller.enqueue(encoder.encode(value.text));
        } catch (error) {
          if (!isOver) {
            isOver = true;
            await leave();
            await settle();
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

/** The blocks of a stream of events, each as it was sent and as what it says. */
async function* blocksOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<{ text: string; piece: Piece }, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    for (;;) {
      const end = /\r?\n\r?\n/.exec(rest);
      if (end === null) break;
      const text = rest.slice(0, end.index + end[0].length);
      rest = rest.slice(text.length);
      yield { text, piece: pieceOf(text) };
    }
    if (done) break;
  }
  if (rest !== "") yield { text: rest, piece: pieceOf(rest) };
}

function pieceOf(block: string): Piece {
  const lines = block.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return parsed(lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n"));
}

function parsed(text: string): Piece {
  try {
    const piece = JSON.parse(text);
    return piece !== null && typeof piece === "object" ? piece : undefined;
  } catch {
    return undefined;
  }
}
