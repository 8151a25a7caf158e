// The engine of the wallet as WebAssembly: the very code that the server runs. It is no part of this script and loaded once, when there is
// something for it to do; the page shows the same figures without it.

import type { Account, Hold, Receipt } from "./types.ts";

/** What the engine makes of moves; see `foldMoves` of the npm package. */
export interface Folded {
  state: string;
  accounts: Account[];
  holds: Hold[];
  seq: number;
  differs_at: number | null;
  next: string | null;
}

/** What of the npm package is used here. An older one, or one that was not built, has less of it. */
export interface Engine {
  init?(): Promise<void>;
  verifyReceipt?(receipt: Receipt): { valid: boolean };
  foldMoves?(state: string, moves: readonly object[], at: Date): Folded;
}

/** A module's address, or what brings it; `none` where the page is to do without. */
export type EngineSource = string | (() => Promise<Engine>);

const engines = new Map<EngineSource, Promise<Engine>>();

export function engineOf(source: EngineSource): Promise<Engine> {
  const known = engines.get(source);
  if (known) return known;
  const loading = typeof source === "string" ? (import(source) as Promise<Engine>) : source();
  const ready = loading.then(async (engine) => {
    await engine.init?.();
    return engine;
  });
  engines.set(source, ready);
  // What did not arrive may arrive the next time.
  ready.catch(() => engines.delete(source));
  return ready;
}
