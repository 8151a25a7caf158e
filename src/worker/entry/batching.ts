// Calls to one wallet travel together: while a message to it is under way, those that arrive wait, and the next message
// takes them all along. A wallet decides one call at a time anyhow, so nobody waits longer, and a busy wallet costs one
// message and one commit for many calls. Each message is sent by a request that it carries. It is JavaScript, because the
// runtime must see whose request a promise belongs to: none may use what another opened, nor a future of Rust show it.

const [CALLS_MAX, CHARACTERS_MAX] = [64, 1_048_576];
// Whoever has waited so long goes alone: who was to take it along may be gone. Going twice is harmless: ids are known.
const PATIENCE_MS = 5_000;
/** Sends calls to a wallet, and has the reply to each of them, in their order. */
export type Send = (calls: string[]) => Promise<string[]>;

/** Resolved with the reply; or, when it is this call's turn to send, with those whom it takes along. */
type Waiting = { call: string; resolve(turn: string | Waiting[]): void; reject(reason: unknown): void };

const lines = new Map<string, Waiting[]>();

/** Has one call answered. `hold` keeps its request open for the others, should its own caller hang up. */
export async function callBatched(wallet: string, call: string, send: Send, hold: (promise: Promise<unknown>) => void) {
  let others: Waiting[] = [];
  const line = lines.get(wallet);
  if (line === undefined) {
    lines.set(wallet, []);
  } else {
    // Not `new Promise`: once that is optimized, the runtime no longer knows whose request the promise belongs to, and
    // what follows would run in the request that resolved it.
    const { promise, resolve, reject } = Promise.withResolvers<string | Waiting[]>();
    const waiting = { call, resolve, reject };
    line.push(waiting);
    const timer = setTimeout(() => {
      const place = line.indexOf(waiting);
      if (place >= 0) line.splice(place, 1);
      resolve([]);
    }, PATIENCE_MS);
    hold(promise.catch(() => {}));
    const turn = await promise.finally(() => clearTimeout(timer));
    if (typeof turn === "string") return turn;
    others = turn;
  }
  const reply = sendAll(wallet, call, others, send);
  hold(reply.catch(() => {}));
  return reply;
}

async function sendAll(wallet: string, call: string, others: Waiting[], send: Send): Promise<string> {
  try {
    const [own, ...replies] = await send([call, ...others.map((other) => other.call)]);
    if (own === undefined) throw new Error("A wallet did not answer.");
    for (const [place, other] of others.entries()) other.resolve(replies[place] ?? []); // Without a reply, alone.
    return own;
  } catch (error) {
    for (const other of others) other.reject(error);
    throw error;
  } finally {
    passOn(wallet);
  }
}

/** Lets the first of those who wait send the next message, with as many of the others as it can carry. */
function passOn(wallet: string) {
  const line = lines.get(wallet) ?? [];
  const next = line.shift();
  if (next === undefined) return void lines.delete(wallet);
  let characters = next.call.length;
  const over = line.findIndex(({ call }, place) => {
    characters += call.length;
    return place + 2 > CALLS_MAX || characters > CHARACTERS_MAX;
  });
  next.resolve(line.splice(0, over < 0 ? line.length : over));
}
