// Cloudflare's Agents SDK: whether an interrupted chat may go on, by what its root request has spent.
//
//   class Chat extends AIChatAgent<Env> {
//     #roots = new RootRequests(this.ctx.storage.kv);
//     chatRecovery = {
//       shouldKeepRecovering: keepRecovering({ client, customer, roots: this.#roots, asset: "USD", amount: "0.01" }),
//     };
//     async onChatMessage(_, { requestId }) {
//       const subject = this.#roots.of(requestId, this.messages);
//       const model = wrapLanguageModel({ model: …, middleware: metered({ client, customer, subject, eventType: "chat" }) });
//       …
//
// Calls of models have the root request as their `subject`, and a budget with `"each": "subject"` limits each of them.

import { type Customer, type Scrip, ScripProblem } from "./client.ts";

/** What keeps a little with an agent: `ctx.storage.kv`. */
export interface Kept {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

interface Turn {
  /** The last message of the user, which all requests of a turn answer. */
  message: string;
  root: string;
  requests: string[];
}

const KEY = "scrip:turn";
/** Most requests of one turn that are remembered; the SDK gives up far earlier. */
const MOST = 100;

/**
 * The root request of each request. The SDK runs an interrupted turn again under another request id, and does not say there
 * which one it began with; so that is kept with the agent, where it survives what interrupts.
 */
export class RootRequests {
  readonly #kept: Kept;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  get #turn(): Turn | undefined {
    return this.#kept.get(KEY) as Turn | undefined;
  }

  /** The root of the request that `onChatMessage` answers. */
  of(requestId: string, messages: readonly { id: string; role: string }[]): string {
    const message = messages.findLast(({ role }) => role === "user")?.id ?? "";
    const turn = this.#turn;
    const known = turn?.message === message ? turn : { message, root: requestId, requests: [] };
    const requests = [...known.requests.filter((one) => one !== requestId), requestId].slice(-MOST);
    this.#kept.put(KEY, { ...known, requests });
    return known.root;
  }

  /** The root of a request that was answered in this turn; any other one is its own. */
  rootOf(requestId: string): string {
    const turn = this.#turn;
    return turn?.requests.includes(requestId) ? turn.root : requestId;
  }
}

export interface RecoveryOptions {
  client: Scrip;
  customer: Customer;
  /** The same by which calls of models are told their `subject`. */
  roots?: RootRequests;
  /** What one more try may cost. */
  asset: string;
  amount: string;
  /** Where Scrip cannot be reached: `deny` ends the recovery, `allow` goes on. */
  onUnreachable?: "deny" | "allow";
  onError?: (error: unknown) => void;
}

/** The part of what the SDK tells that is needed here. */
export interface RecoveryContext {
  recoveryRootRequestId: string;
}

/** Asks the wallet whether another try is paid for. It holds nothing: the call of the model holds for itself. */
export function keepRecovering(options: RecoveryOptions): (context: RecoveryContext) => Promise<boolean> {
  const { client, customer, roots, asset, amount } = options;
  return async ({ recoveryRootRequestId: first }) => {
    const subject = roots?.rootOf(first) ?? first;
    // Never by the number of the try: the SDK begins to count anew whenever a try gets a little further, and the same id
    // would be answered as before, whatever was spent meanwhile.
    const id = `recovery.${crypto.randomUUID()}`;
    try {
      const reply = await client.authorize({ ...customer, id, subject, asset, amount, expires_in: 5 });
      if (reply.decision === "denied") return false;
      await client.release(reply.hold.id, "only asked");
      return true;
    } catch (error) {
      options.onError?.(error);
      // The SDK takes an error for a yes, so a no has to be said.
      return options.onUnreachable === "allow" && error instanceof ScripProblem && error.isUnreachable;
    }
  };
}
