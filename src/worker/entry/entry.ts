// The entry of the Worker. It is JavaScript, because the calls of every request are fastest when text goes to the wallet
// and back without an object of Rust between. Whatever needs more than one wallet goes on as async Rust.

import { Edge, failed } from "scrip-wasm";
import { callBatched } from "./batching.ts";
import { guarded, inCore, oncePerStart } from "./core.ts";

export { WalletObject } from "./object.ts";

/** See `MAX_BODY` in json.rs. What says that it is larger is not read at all. */
const BODY_BYTES_MAX = 1_048_576;
const MOVED = "421 "; // See `MOVED` in call.rs.
const NAMES = "authorization x-credyt-api-key x-credyt-account idempotency-key prefer content-type stripe-signature";
const HEADERS = `${NAMES} cookie`.split(" "); // In the order of `Request::read` in request.rs.

/** Calls a wallet, together with others who call it at this moment. */
function callWallet(env: Env, life: ExecutionContext, name: string, call: string): Promise<string> {
  const send = (calls: string[]) => env.WALLETS.get(env.WALLETS.idFromName(name)).calls(name, calls);
  return callBatched(name, call, send, (promise) => life.waitUntil(promise));
}

const edgeOf = oncePerStart((env: Env) => new Edge(env, callWallet));

/** The body; nothing where it is larger than any may be. */
async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  // Asking whether there is a body would make a stream of it, which costs as much as reading it.
  if (request.method === "GET" || request.method === "HEAD") return new Uint8Array();
  if (Number(request.headers.get("content-length")) > BODY_BYTES_MAX) return undefined;
  return new Uint8Array(await request.arrayBuffer());
}

/** A reply of a wallet, as `Reply::to_text` writes it; response.rs does the same for all others. */
function respond(method: string, reply: string, requestId: string): Response {
  const end = reply.indexOf("\n");
  const [code, age] = reply.slice(0, end).split(" ");
  const status = Number(code);
  const headers: Record<string, string> = { "request-id": requestId };
  if (age === "replayed") headers["idempotent-replayed"] = "true";
  if (status === 204) return new Response(null, { status, headers });
  headers["content-type"] = status >= 400 ? "application/problem+json" : "application/json";
  // Only the answer to a GET could be cached, and a balance must not be.
  if (method === "GET") headers["cache-control"] = "no-store";
  return new Response(method === "HEAD" ? null : reply.slice(end + 1), { status, headers });
}

export default {
  async fetch(request, env, life): Promise<Response> {
    const { method, headers } = request;
    // Files of www: a deployment serves them before they get here, the local server's own socket does not.
    if (request.url.startsWith("/assets/", request.url.indexOf("/", 8))) return env.ASSETS.fetch(request);
    let [requestId, asksWallet] = ["", false];
    try {
      requestId = inCore(() => edgeOf(env).next_request_id());
      const body = await bodyOf(request);
      const values = HEADERS.map((name) => headers.get(name));
      const head = [method, request.url, requestId, Date.now(), ...values].join("\n");
      const step = inCore(() => edgeOf(env).first(head, body));
      if (step[0] === "R") return respond(method, step.slice(1), requestId);
      if (step[0] === "F") {
        const end = step.indexOf("\n");
        asksWallet = true;
        const reply = await callWallet(env, life, step.slice(1, end), step.slice(end + 1));
        asksWallet = false;
        // A customer may go by another external id now; the directory knows who goes by this one.
        if (!reply.startsWith(MOVED)) return respond(method, reply, requestId);
      }
      return await guarded(() => edgeOf(env).answer(head, body, env, life));
    } catch (error) {
      console.error(requestId, error);
      return respond(method, failed(!asksWallet, requestId), requestId);
    }
  },
} satisfies ExportedHandler<Env>;
