// The truth: what was really captured, refunded and disputed. It is written where money moves, and never read back from the
// objects that the API shows, so that a mistake in those cannot hide one in it.

import { createHash } from "node:crypto";

export type Movement = "captured" | "refunded" | "refund_failed" | "withdrawn" | "reinstated" | "discounted";

export interface Entry {
  movement: Movement;
  /** The charge, refund, dispute or session that it is about. */
  id: string;
  amount: number;
  currency: string;
  /** Of a capture: what of it is tax and shipping. */
  tax: number;
  shipping: number;
  intent: string | null;
  customer: string | null;
  metadata: Record<string, string>;
  idempotency_key: string | null;
  at: number;
}

/** In minor units of one currency. */
export interface Sums {
  captured: number;
  tax: number;
  shipping: number;
  refunded: number;
  /** Withdrawn for disputes, less what was reinstated. */
  disputed: number;
  /** Taken off by coupons: sold, but not paid. */
  discounted: number;
  /** captured - tax - shipping - refunded - disputed. */
  paid: number;
  /** paid + discounted. */
  sold: number;
}

const NOTHING: Sums = { captured: 0, tax: 0, shipping: 0, refunded: 0, disputed: 0, discounted: 0, paid: 0, sold: 0 };

export interface Which {
  customer?: string;
  intent?: string;
  metadata?: Record<string, string>;
}

export class Truth {
  readonly entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  /** Only what is about some customer, some payment, or what has these metadata. */
  of({ customer, intent, metadata = {} }: Which): Truth {
    const isMeant = (entry: Entry) =>
      (customer === undefined || entry.customer === customer) &&
      (intent === undefined || entry.intent === intent) &&
      Object.entries(metadata).every(([name, value]) => entry.metadata[name] === value);
    return new Truth(this.entries.filter(isMeant));
  }

  sums(currency: string): Sums {
    const sums = { ...NOTHING };
    for (const { movement, amount, tax, shipping, currency: of } of this.entries) {
      if (of !== currency) continue;
      if (movement === "captured") {
        sums.captured += amount;
        sums.tax += tax;
        sums.shipping += shipping;
      } else if (movement === "refunded") sums.refunded += amount;
      else if (movement === "refund_failed") sums.refunded -= amount;
      else if (movement === "withdrawn") sums.disputed += amount;
      else if (movement === "reinstated") sums.disputed -= amount;
      else sums.discounted += amount;
    }
    sums.paid = sums.captured - sums.tax - sums.shipping - sums.refunded - sums.disputed;
    sums.sold = sums.paid + sums.discounted;
    return sums;
  }

  charges(): Entry[] {
    return this.entries.filter((entry) => entry.movement === "captured");
  }

  /** How often each was charged: by payment, by idempotency key, or by a name in the metadata. */
  chargesBy(what: "intent" | "idempotency_key" | { metadata: string }): Map<string, number> {
    const counts = new Map<string, number>();
    for (const entry of this.charges()) {
      const key = typeof what === "string" ? entry[what] : entry.metadata[what.metadata];
      if (key !== null && key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** Those that were charged more than once; empty after every run that is right. */
  chargedTwice(what: "intent" | "idempotency_key" | { metadata: string }): string[] {
    return [...this.chargesBy(what)].filter(([, count]) => count > 1).map(([key]) => key);
  }

  currencies(): string[] {
    return [...new Set(this.entries.map((entry) => entry.currency))].sort();
  }
}

export class Ledger {
  private entries: Entry[] = [];

  write(entry: Omit<Entry, "tax" | "shipping"> & Partial<Pick<Entry, "tax" | "shipping">>): void {
    this.entries.push({ tax: 0, shipping: 0, ...entry });
  }

  truth(): Truth {
    return new Truth([...this.entries]);
  }

  captureOf(charge: string): Entry | undefined {
    return this.entries.find((entry) => entry.movement === "captured" && entry.id === charge);
  }

  /** Changes whenever any money has moved; for a test that nothing has. */
  fingerprint(): string {
    return createHash("sha256").update(JSON.stringify(this.entries)).digest("hex");
  }
}
