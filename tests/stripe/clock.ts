// The fake's time. It runs with the machine's until a test moves it; nothing here waits.

/** Seconds since 1970, as everywhere in Stripe's API. */
export type Seconds = number;

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

interface Due {
  at: Seconds;
  order: number;
  action: () => void;
}

export class Clock {
  private offset: Seconds = 0;
  private due: Due[] = [];
  private order = 0;
  private base: () => Seconds;

  constructor(base: () => Seconds = () => Math.floor(Date.now() / 1000)) {
    this.base = base;
  }

  now(): Seconds {
    return this.base() + this.offset;
  }

  /** Does something when the time has come; what is due at once is done by the next `runDue`. */
  later(after: Seconds, action: () => void): void {
    this.order += 1;
    this.due.push({ at: this.now() + after, order: this.order, action });
  }

  /** Moves the time forward, and does on the way what becomes due, each thing at its own moment. */
  advance(by: Seconds): void {
    const end = this.now() + by;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.offset += Math.max(0, next.at - this.now());
      next.action();
    }
    this.offset += Math.max(0, end - this.now());
  }

  runDue(): void {
    this.advance(0);
  }

  /** Takes out what is due first, unless that is later than `until`. */
  private next(until: Seconds): Due | undefined {
    this.due.sort((one, other) => one.at - other.at || one.order - other.order);
    return this.due.length > 0 && (this.due[0] as Due).at <= until ? this.due.shift() : undefined;
  }
}
