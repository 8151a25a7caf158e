// HTTP as Stripe speaks it: keys, forms, idempotency, faults, errors.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Books, Fate } from "./books.ts";
import { NOBODY } from "./books.ts";
import type { Fault } from "./faults.ts";
import { type Form, parseForm } from "./form.ts";
import { Given } from "./given.ts";
import type { Answered } from "./idempotency.ts";
import type { Json } from "./json.ts";
import { expanded } from "./lists.ts";
import { invalid, Problem, rateLimited, serverError, unauthorized } from "./problem.ts";
import { findRoute, type Route } from "./routes.ts";
import { API_VERSION } from "./state/account.ts";

const BODY_BYTES_MAX = 1_000_000;

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw invalid("The request body is too large.", {}, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The secret key of a call, as bearer or as the name of a password. */
export function keyOf(request: IncomingMessage): string {
  const header = request.headers.authorization ?? "";
  const [scheme = "", rest = ""] = header.split(" ");
  if (scheme.toLowerCase() === "bearer") return rest;
  if (scheme.toLowerCase() === "basic") return Buffer.from(rest, "base64").toString().split(":")[0] ?? "";
  throw unauthorized(
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
  );
}

/** What came, understood as far as the table of calls needs it. */
export interface Question {
  method: string;
  path: string;
  form: Form;
  body: string;
  id: string;
  idempotencyKey: string | null;
}

export function questionOf(request: IncomingMessage, body: string, id: string): Question {
  const url = new URL(request.url ?? "/", "http://fake");
  const isForm = request.method === "POST" && body !== "";
  const form = { ...parseForm(url.search.slice(1)), ...(isForm ? parseForm(body) : {}) };
  const key = request.headers["idempotency-key"];
  const idempotencyKey = request.method === "POST" && typeof key === "string" && key !== "" ? key : null;
  return { method: request.method ?? "GET", path: url.pathname, form, body, id, idempotencyKey };
}

/** Changes the books and makes the answer. It neither waits nor writes, so nothing comes between. */
export function answer(
  books: Books,
  question: Question,
  routes: readonly Route[],
  fault: Fault | undefined,
): Answered & { isKept: boolean } {
  books.asking = { id: question.id, idempotency_key: question.idempotencyKey };
  try {
    if (fault?.kind === "error_before") throw serverError();
    const body = perform(books, question, routes, fault);
    if (fault?.kind === "error_after") throw serverError();
    return { ...answered(200, body), isKept: true };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // An error after the effect hides how the call has ended.
    const told = fault?.kind === "error_after" ? serverError() : error;
    return { ...answered(told.status, told.json(), told.headers), isKept: told.isKept };
  } finally {
    books.asking = NOBODY;
    books.fates.length = 0;
  }
}

function perform(
  books: Books,
  { method, path, form }: Question,
  routes: readonly Route[],
  fault: Fault | undefined,
): Json {
  const found = findRoute(method, path, routes);
  if (found === undefined) {
    const message = `Unrecognized request URL (${method}: ${path}). The fake does not have it; see docs/stripe-fake.md.`;
    throw invalid(message, {}, 404);
  }
  const given = new Given(form);
  if (fault?.kind === "decline" || fault?.kind === "processing") books.fates.push(fault as Fate);
  const [first = "", second = ""] = found.ids.map(decodeURIComponent);
  const result = found.route.answer({ books, given, ids: found.ids, path }, first, second);
  return expanded(books, result, given.texts("expand"));
}

export function answered(status: number, body: Json, headers: Record<string, string> = {}): Answered {
  return { status, headers, body: `${JSON.stringify(body, null, 2)}\n` };
}

export function problemOf(error: unknown): Answered {
  if (error instanceof Problem) return answered(error.status, error.json(), error.headers);
  throw error;
}

/** The same question is the same method, path and parameters, in any order. */
export function fingerprint({ method, path, body }: Question): string {
  const parameters = [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).sort();
  return createHash("sha256")
    .update(JSON.stringify([method, path, parameters]))
    .digest("hex");
}

export function write(
  response: ServerResponse,
  { status, headers, body }: Answered,
  question: Question,
  more: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "request-id": question.id,
    "stripe-version": API_VERSION,
    ...(question.idempotencyKey === null ? {} : { "idempotency-key": question.idempotencyKey }),
    ...headers,
    ...more,
  });
  response.end(body);
}

/** Half of the answer, and then no connection. */
export function writeHalf(response: ServerResponse, { status, body }: Answered): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}

export const tooMany = (fault: Fault) => rateLimited(fault.kind === "rate_limit" ? (fault.retry_after ?? 1) : 1);
