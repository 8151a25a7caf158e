// Calls to one wallet travel together. While a message to it is under way, the calls that arrive in this isolate wait,
// and the next message takes them all along. A wallet decides one call at a time anyhow, so nobody waits longer for it,
// and a busy wallet costs one message and one commit for many calls. A call that meets no other goes at once.
//
// Each message is sent by one of the requests that it carries, because a request may not use what another one opened.
// When it is back, the first of those who wait sends the next one. It is JavaScript for the same reason: the runtime
// must see whose request a promise belongs to, and it cannot see into a future of Rust.

const CALLS_MAX = 64;
const CHARACTERS_MAX = 1_048_576;
// Whoever has waited so long goes alone: the request that was to take it along may be gone. Every operation has an id,
// so it does not matter whether it went before.
const PATIENCE_MS = 5_000;

/** Sends calls to a wallet, and has the reply to each of them, in their order. */
export type Send = (calls: string[]) => Promise<string[]>;

interface Waiting {
  call: string;
  /** With the reply; or, when it is this call's turn to send, with those whom it takes along. */
  resolve(turn: string | Waiting[]): void;
  reject(reason: unknown): void;
}

const waitingFor = new Map<string, Waiting[]>();

/** Has one call answered. `keepAlive` holds its request open for the others, should its own caller hang up. */
export async function callBatched(
  name: string,
  call: string,
  send: Send,
  keepAlive: (promise: Promise<unknown>) => void,
): Promise<string> {
  let others: Waiting[] = [];
  const line = waitingFor.get(name);
  if (line === undefined) {
    waitingFor.set(name, []);
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
    keepAlive(promise.catch(() => {}));
    const turn = await promise.finally(() => clearTimeout(timer));
    if (typeof turn === "string") return turn;
    others = turn;
  }
  const reply = sendAll(name, [call, ...others.map((other) => other.call)], others, send);
  keepAlive(reply.catch(() => {}));
  return reply;
}

async function sendAll(name: string, calls: string[], others: Waiting[], send: Send): Promise<string> {
  try {
    const [own, ...replies] = await send(calls);
    if (own === undefined || replies.length !== others.length) throw new Error("A wallet did not answer every call.");
    for (const [place, other] of others.entries()) other.resolve(replies[place] as string);
    return own;
  } catch (error) {
    for (const other of others) other.reject(error);
    throw error;
  } finally {
    passOn(name);
  }
}

/** Lets the first of those who wait send the next message, with as many of the others as it can carry. */
function passOn(name: string) {
  const line = waitingFor.get(name);
  const next = line?.shift();
  if (line === undefined || next === undefined) {
    waitingFor.delete(name);
    return;
  }
  let characters = next.call.length;
  let count = 0;
  for (const other of line) {
    characters += other.call.length;
    if (count + 2 > CALLS_MAX || characters > CHARACTERS_MAX) break;
    count += 1;
  }
  next.resolve(line.splice(0, count));
}
