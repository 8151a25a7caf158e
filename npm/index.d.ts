// The engine of Scrip. Amounts are decimal strings, in and out: a JavaScript number cannot hold them exactly.

/**
 * Loads the module. In browsers it must be awaited before any other function is called; calling it again changes
 * nothing. In Node and in Workers there is nothing to wait for.
 *
 * @param source Where browsers find `scrip_bg.wasm`, if not beside this package's own file: bundlers that do not
 *   understand `new URL(…, import.meta.url)` need it.
 */
export function init(
  source?: string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module,
): Promise<void>;

/**
 * What every function throws for bad input: an `Error` whose message names the field at fault.
 */
export interface ScripError extends Error {
  /** The code of the API: `validation_failed`, `usage_not_a_number`, …; `not_initialized` before `init()`. */
  code: string;
  /** Everything that was wrong, by field. */
  errors?: Record<string, string[]>;
}

/** An item of `GET /v1/customers/{id}/wallet/entries`; only these two fields are read. */
export interface EntryItem {
  /** The entry exactly as it is stored. */
  record: string;
  /** SHA-256 of the hash before and the record. */
  hash: string;
}

export interface Account {
  /** `default:USD` */
  id: string;
  name: string;
  asset: string;
  /** What any use may spend, before the overdraft. */
  available: string;
  /** `available`, `held` and `restricted` together; below zero it is a debt. */
  balance: string;
  /** Reserved by open holds. */
  held: string;
  pending_in: string;
  pending_out: string;
  /** Beside what is available: credit that only certain usage may draw on. */
  restricted: { amount: string; restricted_to: { event_types?: string[]; products?: string[] } }[];
  /** How far below zero authorizations may take what is available. */
  overdraft: string;
}

export interface OpenHold {
  id: string;
  status: "open";
  amounts: { asset: string; authorized: string; captured: string; amount: string }[];
  subject?: string;
  authorized_at: string;
  expires_at: string;
}

export interface FoldedWallet {
  customer_id: string;
  /** As in `GET /v1/customers/{id}/wallet`. */
  accounts: Account[];
  /** The entry that the balances include. */
  seq: number;
  /** As in `GET /v1/customers/{id}/wallet/holds`, all of them, oldest first. */
  holds: OpenHold[];
}

/**
 * Folds a wallet's whole history into its balances and open holds, by the code that the server runs. The entries may
 * come in any order, from pages that overlap; a missing one is an error.
 *
 * @param at The moment for which to judge what has expired: the time of the last entry, unless given. Milliseconds,
 *   a `Date`, or RFC 3339.
 */
export function foldEntries(entries: readonly EntryItem[], at?: string | number | Date): FoldedWallet;

export interface FoldedMoves {
  /** To go on with, in the next call. */
  state: string;
  accounts: Account[];
  holds: OpenHold[];
  /** The last entry that was folded. */
  seq: number;
  /** The first entry that says another balance than its moves make; then the server is to be asked. */
  differs_at: number | null;
  /** When time changes something next: a hold ends, or credit does. */
  next: string | null;
}

/**
 * Folds what a socket of `GET …/wallet/live` tells, without what a customer may not see: `state` of the first message, then `moves` of
 * those that follow. What is known already is passed over; a missing one is an error, and so is a state of another version.
 *
 * @param at The moment that is shown, as in `foldEntries`.
 */
export function foldMoves(state: string, moves: readonly object[], at?: string | number | Date): FoldedMoves;

export interface VerifiedEntries {
  /** Every hash follows from the entry before it. */
  valid: boolean;
  /** Of the last entry. */
  seq: number;
  /** Of the last entry. Keep it: a later history that was rewritten cannot contain it. */
  hash: string;
  /** The first entry whose hash does not follow. */
  broken_at: number | null;
}

/** Verifies the hash chain of a wallet's whole history. */
export function verifyEntries(entries: readonly EntryItem[]): VerifiedEntries;

/** The price of a fee, as it was when it was charged. */
export interface ReceiptPrice {
  /** The place among `fees`. */
  fee: number;
  product_code: string;
  product_version: number;
  price_id: string;
  price_name: string;
  /** How much was used, and of that how much is priced or free, where that is another number. */
  input_volume?: string;
  priced_volume?: string;
  free_volume?: string;
  /** The rates, where one tier asks for everything; else `tiers` has them. */
  flat_amount?: string;
  unit_price?: string;
  volume_rate?: string;
  package_size?: string;
  percentage?: string;
  tiers?: {
    up_to?: string;
    volume: string;
    amount: string;
    flat_amount?: string;
    unit_price?: string;
    volume_rate?: string;
    package_size?: string;
  }[];
}

/** `GET /v1/customers/{id}/wallet/entries/{entry}/receipt`. */
export interface Receipt {
  customer_id: string;
  seq: number;
  type: string;
  at: string;
  what: string;
  note: string | null;
  fees: { event: number; price_id: string; asset: string; quantity: string | null; amount: string }[];
  /**
   * The prices of `fees`, each by its place there, with the rates that it was computed from. They are the wallet's own copies and no part of
   * the record, so they are not verified. Rates of a price on top of costs are not shown to customers.
   */
  prices: ReceiptPrice[];
  /** `grant` is null for what no grant paid, which became debt. */
  paid_by: { asset: string; grant: string | null; amount: string }[];
  balances: {
    account: string;
    asset: string;
    before: { balance: string; held: string };
    after: { balance: string; held: string };
  }[];
  previous_hash: string;
  hash: string;
  /** Null where a customer may not see it; then nothing can be verified. */
  record: string | null;
}

export interface VerifiedReceipt {
  /** All of it follows from the record, and the hash from the record and the hash before. */
  valid: boolean;
  seq: number;
  /** Where this hash stands in a history that `verifyEntries` finds valid, the receipt is of that history. */
  hash: string;
  /** The fields that do not follow. */
  wrong: string[];
}

/** Checks a receipt by itself, without asking anybody. */
export function verifyReceipt(receipt: Receipt): VerifiedReceipt;

/** What happened, or may happen: the same as in `POST /v1/authorize`. */
export interface UsageEvent {
  id?: string;
  event_type: string;
  occurred_at?: string;
  subject?: string;
  description?: string;
  /** Kept as it is; only a field that a price multiplies has to be a number. */
  data?: Record<string, unknown>;
}

/** The rates of a price: for all usage, or up to a bound. */
export interface PriceValue {
  name?: string;
  /** The tier's bound, which belongs to it; the last tier has none. */
  up_to?: string;
  /** Once in a period, for entering the tier. */
  flat_amount?: string;
  unit_price?: string;
  volume_rate?: string;
  package_size?: string;
  /** Of a volume that is an amount, for a `percentage` price. */
  percentage?: string;
  /** Per cent on top of the event's own costs, for a `cost_plus` price. */
  markup?: string;
  min_amount?: string;
  max_amount?: string;
}

/** The rates for events with these dimensions; `*` matches everything. */
export interface DimensionalPrice {
  name?: string;
  dimensions: Record<string, string>;
  values: readonly PriceValue[];
}

/** A price as `GET /v1/products/{id}` shows it in `default_version.prices`. */
export interface Price {
  id?: string;
  name?: string;
  type?: string;
  pricing_model?: string;
  tiering?: { basis?: string; period?: string };
  /** The earlier price whose positions it goes on with. */
  continues?: string;
  /** What costs nothing in each period. */
  free?: { units?: string; events?: number; period: string };
  billing_model?: { type?: string };
  usage_calculation: {
    event_type: string;
    usage_type: string;
    volume_field?: string;
    /** How a volume is rounded to whole units before it is priced. */
    rounding?: { mode: "up" | "down" | "half_up"; unit?: string };
    billable_dimensions?: readonly string[];
  };
  pricing: readonly {
    asset: string;
    /** The most that is asked in a period. */
    max_per_period?: { amount: string; period: string };
    /** The least that is asked in a period: what is missing of it is charged when the period ends. */
    min_per_period?: { amount: string; period: string };
    values: readonly (PriceValue | DimensionalPrice)[];
    /** Decimal places of this asset, when they differ from `precision` of the price. */
    precision?: number;
  }[];
  /** Decimal places that a fee is rounded to: the precision of the asset, 12 unless given. */
  precision?: number;
}

/** What one tier asks of an event. */
export interface TierLine {
  up_to?: string;
  volume: string;
  flat_amount?: string;
  unit_price?: string;
  volume_rate?: string;
  package_size?: string;
  /** Before the fee's bounds and its one rounding. */
  amount: string;
}

export interface Fee {
  /** The place of the event, from zero. */
  event: number;
  event_type: string;
  price_id: string;
  price_name: string;
  currency: string;
  /** Of the row that matched. */
  dimensions: Record<string, string>;
  usage_type: "unit" | "volume" | "unit_and_volume";
  volume_field?: string;
  input_volume?: string;
  /** How much of it is priced, where it is rounded first or a part of it is free. */
  priced_volume?: string;
  free_volume?: string;
  /** The event is one of those that are free in the period. */
  free_event?: true;
  /** Which part of the event's volume this asset pays for, where several do. */
  part?: { of: string; from: string };
  flat_amount?: string;
  unit_price?: string;
  volume_rate?: string;
  package_size?: string;
  percentage?: string;
  markup?: string;
  tiers?: TierLine[];
  description?: string;
  amount: string;
}

export interface Estimate {
  fees: Fee[];
  /** The sum of the fees for each asset. */
  totals: { asset: string; amount: string }[];
  /** What was not priced, in sentences. */
  warnings: string[];
}

/**
 * What usage costs a customer who has used nothing yet: the fees that `POST /v1/authorize` would answer with, computed by
 * the same code. A price in several assets asks for the first one.
 */
export function estimate(events: readonly UsageEvent[], prices: readonly Price[]): Estimate;

/** The wallet that a question is about: its whole history, or the balances that `GET …/wallet` shows. */
export interface Subject {
  /** All items of `GET /v1/customers/{id}/wallet/entries`: with them the wallet's own prices, tiers, budgets and grants are known. */
  entries?: readonly EntryItem[];
  /**
   * What `GET /v1/customers/{id}/wallet` shows, in place of `entries`. It has neither prices nor budgets nor holds that end. An asset
   * has 12 decimal places unless `precision` is given.
   */
  wallet?: {
    customer_id?: string;
    accounts: readonly (Pick<Account, "asset" | "available"> &
      Partial<Pick<Account, "name" | "overdraft" | "restricted">> & { precision?: number })[];
    freezes?: readonly unknown[];
  };
  /** Prices in the place of the wallet's own; those of an id that the wallet knows go on where these are in their tiers. */
  prices?: readonly Price[];
  /** The code of the product that `prices` are of, for credit that only that product may draw on. */
  product?: string;
  /** The moment that is asked about: the time of the last entry, unless given. Milliseconds, a `Date`, or RFC 3339. */
  at?: string | number | Date;
}

/** What an entry did, or would do, as its receipt says it: what was priced, which grants paid, before and after. */
export type ExplainedEntry = Pick<
  Receipt,
  "seq" | "type" | "at" | "what" | "note" | "fees" | "prices" | "paid_by" | "balances"
> & {
  /** The place of the event that it is of, in what was simulated; absent where time did it. */
  event?: number;
  /** The same in sentences. */
  words: string[];
};

/** Why an authorization is denied, as `POST /v1/authorize` answers; `code` and `detail` are always there. */
export interface Denial {
  decision?: "denied";
  code: string;
  detail: string;
  retryable?: boolean;
  required?: { asset: string; amount: string }[];
  available?: { asset: string; amount: string }[];
  shortfall?: { asset: string; amount: string }[];
  affordable?: {
    asset: string;
    amount: string;
    volumes?: { event: number; price_id: string; volume_field?: string; requested: string; affordable: string }[];
  }[];
  held?: { asset: string; amount: string }[];
  frees_at?: string;
  budgets?: {
    code: string;
    level: string;
    value?: string;
    asset: string;
    limit: string;
    spent: string;
    held: string;
  }[];
  missing?: { event: number; id?: string; event_type: string; field: string; price_id?: string }[];
}

export interface Simulation extends Estimate {
  /** What would be written down, in its order: one for each event, and what time does between them. None without a wallet. */
  entries: ExplainedEntry[];
  /** What an authorization of all events would be denied for, asked at the beginning; null where it would be approved. */
  denial: Denial | null;
  /** How the wallet would stand afterwards; null without one. */
  wallet: { customer_id: string; accounts: Account[]; seq: number } | null;
}

/**
 * What events would cost a wallet, which grants would pay for them and what would be left, by the code that charges. Each event happens at
 * its `occurred_at`, and no sooner than `at`: so credit expires and plans renew in between. Without a wallet it is an estimate.
 */
export function simulate(question: Subject & { events: readonly UsageEvent[] }): Simulation;

/** `fees`, `totals` and `warnings` are of `volume`, and absent where there is none. */
export interface Affordable extends Partial<Estimate> {
  field: string;
  /** The largest volume that an authorization would let pass, as a decimal string; null where not even "0" passes. */
  volume: string | null;
  /** What one step more would be denied for; null where `most` itself passes. */
  limited_by: Denial | null;
}

/**
 * The largest volume of one field of an event that would pass now, exactly: one step more is denied. It needs `entries` or `wallet`.
 *
 * `event` is as in `POST /v1/authorize`, and what it says in `field` does not matter. `most` bounds the answer: the largest amount there is,
 * unless given. `places` are its decimal places: whole units, unless given.
 */
export function affordable(
  question: Subject & { event: UsageEvent; field: string; most?: string; places?: number },
): Affordable;

/** What a balance is made of; the amounts of `rows` add up to `balance`. */
export interface ExplainedBalance {
  about: "balance";
  account: string;
  asset: string;
  at: string;
  balance: string;
  held: string;
  restricted: string;
  available: string;
  rows: { type: string; what: string; count: number; amount: string }[];
  /** Credit that has something left, in the order in which it is consumed. */
  grants: {
    id: string;
    available: string;
    held: string;
    original: string;
    purpose: string;
    effective_at: string;
    expires_at: string | null;
  }[];
  words: string[];
}

/**
 * Explains, in rows and in sentences: an entry of a history; the balance of an account; what an authorization would be answered with; a
 * receipt or a denial that the API has answered with, for which no history is needed.
 */
export function explain(question: {
  entries: readonly EntryItem[];
  entry: number;
}): ExplainedEntry & { about: "entry" };
export function explain(question: {
  entries: readonly EntryItem[];
  account: string;
  at?: string | number | Date;
}): ExplainedBalance;
export function explain(
  question: Subject & { subject?: string } & ({ events: readonly UsageEvent[] } | { asset: string; amount: string }),
): { about: "authorization"; words: string[] } & (Denial | (ExplainedEntry & { decision: "approved" }));
export function explain(question: { receipt: Receipt }): Receipt & { about: "receipt"; words: string[] };
export function explain(question: { denial: Denial }): Denial & { about: "denial"; words: string[] };

/** What a vendor says that a call has used. */
export interface VendorUsage {
  /** `openai`, `anthropic.messages`, `amazon-bedrock`: any name; it decides only where two forms look alike. */
  provider: string;
  /** The model that was asked for. */
  model: string;
  /** The usage object as the vendor sent it, the reply that holds it, or the pieces of a stream that hold one. */
  raw: unknown;
}

/** One event of the usage: the tokens of one model, or one other unit. */
export interface MeteredUsage {
  /** What stands behind the caller's event type and a dot, such as `web_search`; nothing for tokens of a model. */
  kind?: string;
  /** What stands behind the caller's event id and a dot; nothing for the first event. */
  suffix?: string;
  /** Units and dimensions. */
  data: Record<string, string | number>;
  /** What the vendor says that it cost the seller. */
  costs?: { id: string; vendor_external_id?: string; category?: string; amount: string; currency: string }[];
}

/**
 * The usage object of any vendor as the units that prices multiply, as `usage` of an event is read by the server. What is
 * impossible throws; what is not known is left out and never zero.
 */
export function normalizeUsage(usage: VendorUsage): MeteredUsage[];

export interface FormatOptions {
  /** At least so many decimal places (default 0). More are shown where they are not zero: nothing is rounded away. */
  places?: number;
  /** Stands before the number: `$`. */
  symbol?: string;
  /** Stands behind the number: `USD`, `tokens`. */
  code?: string;
  /** Whose digits and separators to use, such as `de-CH`. Without one: a point, and nothing between thousands. */
  locale?: string;
}

/** Writes an amount for people to read, exactly: `formatAmount("0.000125", { symbol: "$" })` is `$0.000125`. */
export function formatAmount(amount: string, options?: FormatOptions): string;
