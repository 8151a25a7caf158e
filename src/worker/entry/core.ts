// The core, and those who wait for it when it stops. It is JavaScript, because only that catches a trap and starts it anew.

import { initSync, __wbg_reset_state as restart } from "scrip-wasm";
import wasm from "./scrip_bg.wasm";

initSync({ module: wasm });
let starts = 1;
const waiting = new Set<(error: unknown) => void>();

/** After a trap the core's memory cannot be trusted: it starts afresh, and no future of before will ever be ready. */
function checkTrap(error: unknown) {
  if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) return;
  restart();
  starts += 1;
  for (const reject of waiting) reject(error);
  waiting.clear();
}

// A future is polled by a microtask of its own, and woken by promises that nobody waits for: nobody catches a trap there.
const errors = globalThis as unknown as EventTarget; // The types of the runtime do not know its event "error".
errors.addEventListener("error", (event) => checkTrap((event as ErrorEvent).error));
addEventListener("unhandledrejection", ({ reason }) => checkTrap(reason));

export function inCore<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    checkTrap(error);
    throw error;
  }
}
/** Waits for a future of the core, or for the core's end. */
export async function guarded<T>(call: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<T>();
  waiting.add(reject);
  return Promise.race([inCore(call), promise]).finally(() => waiting.delete(reject));
}
/** What is made of the core once per start: what an earlier core made must not be used with a later one. */
export function oncePerStart<From extends unknown[], Made>(make: (...from: From) => Made) {
  let made: { value: Made; start: number } | undefined;
  return (...from: From): Made => {
    if (made?.start !== starts) made = { value: inCore(() => make(...from)), start: starts };
    return made.value;
  };
}
