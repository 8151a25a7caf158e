// What goes wrong with a call, by appointment: before its effect or, worse, after it.

import type { Fate } from "./books.ts";

export type Fault =
  /** The effect happens; nobody hears of it. */
  | { kind: "reply_lost" }
  /** The connection ends before anything happens. */
  | { kind: "cut" }
  /** The effect happens; half of the answer arrives. */
  | { kind: "reply_cut" }
  /** A 500 instead of the effect, or after it. The idempotency key keeps both. */
  | { kind: "error_before" }
  | { kind: "error_after" }
  /** 429, with the seconds to wait; nothing happens. */
  | { kind: "rate_limit"; retry_after?: number }
  /** The effect happens; the answer waits until it is released, or for so many seconds of the machine. */
  | { kind: "slow"; seconds?: number }
  /** What the network says of the confirmation in this call, whatever the card. */
  | Fate;

export const FAULTS = [
  "reply_lost",
  "cut",
  "reply_cut",
  "error_before",
  "error_after",
  "rate_limit",
  "slow",
  "decline",
  "processing",
] as const;

export type Where = {
  method?: string;
  /** The start of the path, or all of it with stars for ids. */
  path?: string;
  /** How many calls; 1 unless said. */
  times?: number;
  /** How many calls go well first. */
  skip?: number;
};

export type Planned = Fault & Where;

interface Waiting {
  planned: Planned;
  left: number;
  skip: number;
}

export class Faults {
  private waiting: Waiting[] = [];
  private held: (() => void)[] = [];

  add(planned: Planned): void {
    this.waiting.push({ planned, left: planned.times ?? 1, skip: planned.skip ?? 0 });
  }

  clear(): void {
    this.waiting = [];
    this.release();
  }

  /** How many faults have not happened yet; a test that asks for one should see that it came. */
  remaining(): number {
    return this.waiting.reduce((sum, one) => sum + one.left, 0);
  }

  /** The first fault that is meant for the call; it is used up by that. */
  take(method: string, path: string): Fault | undefined {
    for (const one of this.waiting) {
      if (!isMeant(one.planned, method, path)) continue;
      if (one.skip > 0) {
        one.skip -= 1;
        continue;
      }
      one.left -= 1;
      this.waiting = this.waiting.filter(({ left }) => left > 0);
      return one.planned;
    }
    return undefined;
  }

  /** Waits until somebody calls `release`. */
  hold(): Promise<void> {
    return new Promise((resolve) => this.held.push(resolve));
  }

  /** How many calls are held right now. */
  holding(): number {
    return this.held.length;
  }

  release(): void {
    const all = this.held;
    this.held = [];
    for (const go of all) go();
  }
}

function isMeant({ method, path }: Planned, actualMethod: string, actualPath: string): boolean {
  if (method !== undefined && method !== actualMethod) return false;
  if (path === undefined) return true;
  if (!path.includes("*")) return actualPath === path || actualPath.startsWith(`${path}/`);
  const pattern = path.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^/]+")}$`).test(actualPath);
}
