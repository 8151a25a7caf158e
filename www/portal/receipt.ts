// What a row of the activity is made of: what was priced, which credit paid, and the proof that nobody rewrote it.

import { type EngineSource, engineOf } from "./engine.ts";
import type { Receipt } from "./types.ts";

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Whether the receipt follows from its record; undefined where that cannot be told here. The engine checks all of it. Without it the
 * link of the chain is checked by the browser itself, so the page needs no WebAssembly.
 */
export async function verified(receipt: Receipt, source?: EngineSource): Promise<boolean | undefined> {
  if (receipt.record === null) return undefined;
  if (source !== undefined && source !== "none") {
    try {
      const valid = (await engineOf(source)).verifyReceipt?.(receipt).valid;
      if (valid !== undefined) return valid;
    } catch {
      // A policy of the page may forbid WebAssembly; what follows does without.
    }
  }
  // Only pages that came safely may compute hashes.
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = new TextEncoder().encode(receipt.previous_hash + receipt.record);
  return hex(await crypto.subtle.digest("SHA-256", bytes)) === receipt.hash;
}

/** What the customer's own usage was, in the fields that the app sent. */
export function usageOf(receipt: Receipt): [string, string][] {
  if (receipt.record === null) return [];
  const { fact } = JSON.parse(receipt.record) as { fact?: { event?: Usage; events?: Usage[] } };
  const events = fact?.event ? [fact.event] : (fact?.events ?? []);
  const fields = events.flatMap((event) => Object.entries(event.data ?? {}));
  return fields
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => [name.replaceAll("_", " "), String(value)]);
}

interface Usage {
  data?: Record<string, unknown>;
}
