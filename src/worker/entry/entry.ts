// The entry of the Worker. It is JavaScript, because the calls of every request are fastest when text goes to the wallet
// and back without an object of Rust between. Whatever needs more than one wallet goes on as async Rust.

import { Edge, failed, failure_line } from "scrip-wasm";
import { callBatched } from "./batching.ts";
import { guarded, inCore, oncePerStart } from "./core.ts";

export { WalletObject } from "./object.ts";

const [BODY_BYTES_MAX, MOVED] = [1_048_576, "421 "]; // `MAX_BODY` of json.rs, `MOVED` of call.rs; then `Request::read`.
const KEYS = "authorization x-credyt-api-key x-credyt-account idempotency-key prefer content-type stripe-signature";
const PAGES = "cookie cf-connecting-ip origin sec-fetch-site upgrade sec-websocket-protocol";
const HEADERS = `${KEYS} webhook-id webhook-timestamp webhook-signature ${PAGES}`.split(" ");
const EVERY = { "strict-transport-security": "max-age=63072000", "x-content-type-options": "nosniff" }; // As response.rs.
/** Calls a wallet, together with others who call it at this moment. */
function callWallet(env: Env, life: ExecutionContext, name: string, call: string): Promise<string> {
  const send = (calls: string[]) => env.WALLETS.get(env.WALLETS.idFromName(name)).calls(name, calls);
  return callBatched(name, call, send, (promise) => life.waitUntil(promise));
}

const edgeOf = oncePerStart((env: Env) => new Edge(env, callWallet));

/** The body; nothing where it is larger than any may be, and no more of it than that is read. */
async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  // Who says how long it is can send no more. Asking for the stream would cost as much as reading it.
  const length = request.headers.get("content-length");
  if (length !== null) return Number(length) > BODY_BYTES_MAX ? undefined : new Uint8Array(await request.arrayBuffer());
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** A reply of a wallet, as `Reply::to_text` writes it; response.rs does the same for all others. */
function respond(method: string, reply: string, requestId: string): Response {
  const status = Number(reply.slice(0, 3));
  const headers: Record<string, string> = { "request-id": requestId, ...EVERY };
  if (reply.startsWith("replayed", 4)) headers["idempotent-replayed"] = "true";
  if (status === 204) return new Response(null, { status, headers });
  headers["content-type"] = status >= 400 ? "application/problem+json" : "application/json";
  // Only the answer to a GET could be cached, and a balance must not be.
  if (method === "GET") headers["cache-control"] = "no-store";
  return new Response(method === "HEAD" ? null : reply.slice(reply.indexOf("\n") + 1), { status, headers });
}

export default {
  scheduled: (_, env, life) => guarded(() => edgeOf(env).tick(env, life)),
  async fetch(request, env, life): Promise<Response> {
    const { method, headers } = request;
    // Files of www: a deployment serves them before they get here, the local server's own socket does not.
    if (request.url.startsWith("/assets/", request.url.indexOf("/", 8))) return env.ASSETS.fetch(request);
    let [requestId, asksWallet] = ["", false];
    try {
      requestId = inCore(() => edgeOf(env).next_request_id());
      const values = HEADERS.map((name) => headers.get(name));
      const headNow = () => [method, request.url, requestId, Date.now(), ...values].join("\n");
      const body = inCore(() => edgeOf(env).takes_body(headNow())) ? await bodyOf(request) : new Uint8Array();
      const head = headNow(); // A body may take its time.
      const step = inCore(() => edgeOf(env).first(head, body));
      if (step !== "") {
        const end = step.indexOf("\n");
        asksWallet = true;
        const reply = await callWallet(env, life, step.slice(0, end), step.slice(end + 1));
        asksWallet = false;
        // A customer may go by another external id now; the directory knows who goes by this one.
        if (!reply.startsWith(MOVED)) return respond(method, reply, requestId);
      }
      return await guarded(() => edgeOf(env).answer(head, body, env, life));
    } catch (error) {
      console.error(failure_line(asksWallet ? "wallet" : "edge", requestId, error));
      return respond(method, failed(!asksWallet, requestId), requestId);
    }
  },
} satisfies ExportedHandler<Env>;
