// Chance that can be repeated: the same seed gives the same tricks in the same order.

export class Seed {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  shuffled<T>(given: readonly T[]): T[] {
    const all = [...given];
    for (let place = all.length - 1; place > 0; place -= 1) {
      const other = this.below(place + 1);
      [all[place], all[other]] = [all[other] as T, all[place] as T];
    }
    return all;
  }
}
