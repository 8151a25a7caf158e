// All that one Stripe account knows on one side, live or test. The sides share nothing but the clock.

import { randomBytes } from "node:crypto";
import type Stripe from "stripe";
import type { TestCard } from "./cards.ts";
import type { Clock, Seconds } from "./clock.ts";
import { type Json, plain } from "./json.ts";
import { Ledger } from "./ledger.ts";
import { Table } from "./table.ts";

/** Who asked, for the field `request` of an event. */
export interface Asking {
  id: string | null;
  idempotency_key: string | null;
}

export const NOBODY: Asking = { id: null, idempotency_key: null };

/** What happens to the next confirmation, whatever the card says. */
export type Fate = { kind: "decline"; decline_code: string } | { kind: "processing" };

export interface Happening {
  type: string;
  object: Json;
  previous: Json | undefined;
  asking: Asking;
}

/** What a session needs to know beyond what Stripe shows of it. */
export interface Plan {
  intent: Json;
  setup: Json;
  subscription: Json;
  /** Whether the price includes the tax. */
  isInclusive: boolean;
  lines: Stripe.LineItem[];
}

export interface Endpoint {
  object: Stripe.WebhookEndpoint;
  /** The newest first; each has an end unless it is the newest. */
  secrets: { secret: string; until: Seconds | null }[];
  form: "snapshot" | "thin" | "both";
  isConnect: boolean;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Ids differ between two fakes, so that two of them can serve one receiver. */
export class Ids {
  private salt: string;
  private count = 0;

  constructor() {
    this.salt = [...randomBytes(12)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  }

  next(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.salt}${String(this.count).padStart(6, "0")}`;
  }
}

/** What all books have in common. */
export interface Surroundings {
  clock: Clock;
  ids: Ids;
  /** Where pages of the fake are. */
  url: () => string;
  happened: (books: Books, what: Happening) => void;
}

export class Books {
  readonly account: string;
  readonly livemode: boolean;
  readonly isConnected: boolean;
  private around: Surroundings;

  readonly customers = new Table<Stripe.Customer>("customer");
  readonly methods = new Table<Stripe.PaymentMethod>("PaymentMethod");
  readonly intents = new Table<Stripe.PaymentIntent>("payment_intent");
  readonly setups = new Table<Stripe.SetupIntent>("setupintent");
  readonly sessions = new Table<Stripe.Checkout.Session>("checkout.session");
  readonly charges = new Table<Stripe.Charge>("charge");
  readonly refunds = new Table<Stripe.Refund>("refund");
  readonly disputes = new Table<Stripe.Dispute>("dispute");
  readonly transactions = new Table<Stripe.BalanceTransaction>("balance transaction");
  readonly cashTransactions = new Table<Stripe.CustomerCashBalanceTransaction>("customer cash balance transaction");
  readonly products = new Table<Stripe.Product>("product");
  readonly prices = new Table<Stripe.Price>("price");
  readonly coupons = new Table<Stripe.Coupon>("coupon");
  readonly promotionCodes = new Table<Stripe.PromotionCode>("promotion code");
  readonly subscriptions = new Table<Stripe.Subscription>("subscription");
  readonly invoices = new Table<Stripe.Invoice>("invoice");
  readonly invoiceItems = new Table<Stripe.InvoiceLineItem & { customer: string }>("invoiceitem");
  readonly invoicePayments = new Table<Stripe.InvoicePayment>("invoice payment");
  readonly events = new Table<Stripe.Event>("event");

  readonly endpoints = new Map<string, Endpoint>();
  readonly cards = new Map<string, TestCard>();
  readonly plans = new Map<string, Plan>();
  /** Where a payer goes after their bank, by PaymentIntent or SetupIntent. */
  readonly returns = new Map<string, string>();
  readonly cash = new Map<string, Record<string, number>>();
  readonly ledger = new Ledger();
  /** What waits for the next confirmations. */
  readonly fates: Fate[] = [];
  /** Per cent; as at Stripe, no tax is collected where nobody is registered, and nobody says so. */
  taxPercent = 0;
  asking: Asking = NOBODY;

  constructor(around: Surroundings, account: string, livemode: boolean, isConnected: boolean) {
    this.around = around;
    this.account = account;
    this.livemode = livemode;
    this.isConnected = isConnected;
  }

  now(): Seconds {
    return this.around.clock.now();
  }

  later(after: Seconds, action: () => void): void {
    this.around.clock.later(after, action);
  }

  newId(prefix: string): string {
    return this.around.ids.next(prefix);
  }

  page(path: string): string {
    return `${this.around.url()}${path}`;
  }

  /** Tells of a change; the event has the object as it is now. */
  emit(type: string, object: Json, previous?: Json): void {
    this.around.happened(this, { type, object: plain(object), previous, asking: this.asking });
  }

  /** Changes an object and tells what it was before; nothing is told when nothing changes. */
  change<T extends object>(type: string | null, object: T, changes: Partial<T>): void {
    const previous: Json = {};
    for (const [name, value] of Object.entries(changes)) {
      const before = (object as Json)[name];
      if (JSON.stringify(before) !== JSON.stringify(value)) previous[name] = plain(before ?? null);
    }
    Object.assign(object, changes);
    if (type !== null && Object.keys(previous).length > 0) this.emit(type, object, previous);
  }
}
