// Balances and open holds, folded here from the moves that the socket tells, by the engine that the server runs. What the server says
// is compared with it at every entry, and asked for anew where the two differ or something is missing.

import { type Engine, type EngineSource, engineOf, type Folded } from "./engine.ts";
import type { Account } from "./types.ts";

/** After so many differences the page goes on with what the server says: one of the two has another version. */
const DIFFERENCES = 3;
/** And after so many messages in a row that could not be folded: what is lost is lost rarely, so the engine cannot read them. */
const UNREADABLE = 3;
/** The longest that a browser's timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What a fold needs of an entry; only the engine looks further into it. */
export interface Move {
  seq: number;
}

/** What the engine has done so far. */
export interface Told {
  /** The last entry that was folded. */
  seq: number;
  /** For how many entries it came to what the server said. */
  agreed: number;
  /** How often it did not, and began anew. */
  differed: number;
}

const same = (one: Account, other: Account | undefined): boolean =>
  other !== undefined &&
  (["available", "balance", "held", "overdraft"] as const).every((name) => one[name] === other[name]);

export class Fold {
  /** Nothing before the engine has folded anything. */
  told: Told | undefined;
  #now: () => Date;
  #shows: (folded: Folded) => void;
  #lost: () => void;
  #engine: Engine | undefined;
  #state: string | undefined;
  #waiting: Move[] = [];
  /** What was shown since the last entry, newest first: an answer of the server may be of the moment before credit ended. */
  #shown: (readonly Account[])[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many messages could not be folded since one could. */
  #unreadable = 0;

  /** `shows` is told what it comes to; `lost` has to see to it that it begins anew. */
  constructor(now: () => Date, shows: (folded: Folded) => void, lost: () => void) {
    this.#now = now;
    this.#shows = shows;
    this.#lost = lost;
  }

  get active(): boolean {
    return this.#state !== undefined;
  }

  /** From a state on; moves that come while the engine is loaded wait for it. */
  async begin(state: string | null | undefined, source: EngineSource): Promise<void> {
    this.stop();
    if (typeof state !== "string" || source === "none") return;
    if ((this.told?.differed ?? 0) >= DIFFERENCES || this.#unreadable >= UNREADABLE) return;
    this.#state = state;
    try {
      const engine = await engineOf(source);
      if (this.#state !== state) return;
      if (engine.foldMoves === undefined) {
        this.stop();
        return;
      }
      this.#engine = engine;
      // First as it was, so that it is known which of what has come since is new.
      this.#run([]);
      const waiting = this.#waiting.splice(0);
      if (waiting.length > 0) this.#run(waiting);
    } catch {
      // A policy may forbid WebAssembly, and an old engine not know the state: the server's figures are there all the same.
      this.stop();
    }
  }

  go(moves: readonly Move[]): void {
    if (!this.active) return;
    if (this.#engine === undefined) this.#waiting.push(...moves);
    else this.#run(moves);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#state = undefined;
    this.#engine = undefined;
    this.#waiting = [];
  }

  /** What the server says of the entry that was folded last; of another one nothing can be compared. */
  compare(seq: number, accounts: readonly Account[]): void {
    if (!this.active || this.told?.seq !== seq) return;
    this.#run([]);
    const find = (shown: readonly Account[], id: string) => shown.find((one) => one.id === id);
    const agrees = (shown: readonly Account[]) => accounts.every((one) => same(one, find(shown, one.id)));
    if (!this.#shown.some(agrees)) this.#differs();
  }

  #differs(): void {
    if (this.told) this.told = { ...this.told, differed: this.told.differed + 1 };
    this.stop();
    this.#lost();
  }

  #run(moves: readonly Move[]): void {
    const state = this.#state;
    if (state === undefined) return;
    let folded: Folded | undefined;
    try {
      folded = this.#engine?.foldMoves?.(state, moves, this.#now());
    } catch {
      this.stop();
      // An entry is missing between what is known and what was told. Where there is none to miss, this engine cannot read the state, and
      // would not the next time.
      if (moves.length === 0) return;
      this.#unreadable += 1;
      this.#lost();
      return;
    }
    if (folded === undefined) return;
    const before = this.told ?? { seq: 0, agreed: 0, differed: 0 };
    if (folded.differs_at !== null) {
      this.told = before;
      this.#differs();
      return;
    }
    const fresh = moves.filter((one) => one.seq > before.seq).length;
    if (fresh > 0) this.#unreadable = 0;
    this.told = { ...before, seq: folded.seq, agreed: before.agreed + fresh };
    this.#state = folded.state;
    this.#shown = [folded.accounts, ...(moves.length > 0 ? [] : this.#shown)].slice(0, 3);
    this.#shows(folded);
    this.#await(folded.next);
  }

  /** Time changes a wallet without a word: a hold ends, credit does. */
  #await(next: string | null): void {
    clearTimeout(this.#timer);
    if (next === null) return;
    const wait = Math.min(TIMER_MS_MAX, Math.max(0, Date.parse(next) - this.#now().getTime() + 1));
    // Behind it the same moment comes again only where the engine could not go past it; a pause keeps that from being a loop.
    this.#timer = setTimeout(() => this.#run([]), Math.max(wait, 250));
  }
}
