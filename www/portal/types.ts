// What the API answers, as far as it is shown here.

export interface Account {
  id: string;
  name: string;
  asset: string;
  available: string;
  balance: string;
  held: string;
  restricted: { amount: string }[];
  overdraft: string;
}

export interface Wallet {
  customer_id: string;
  accounts: Account[];
  freezes?: { cause: string; since: string }[];
  seq: number;
}

export interface Hold {
  id: string;
  amounts: { asset: string; authorized: string; captured: string; amount: string }[];
  subject?: string;
  authorized_at: string;
  expires_at: string;
}

export interface Change {
  account: string;
  asset: string;
  amount: string;
}

/** An entry as a customer's token sees it: without its record, and so without what it cost the seller. */
export interface Entry {
  seq: number;
  type: string;
  at: string;
  what?: string;
  note?: string;
  subject?: string;
  event_type?: string;
  model?: string;
  changes?: Change[];
  /** What came into a grant, or what of it was used or is over. */
  grants?: { grant: string; asset: string; amount: string }[];
  balances: { account: string; asset: string; balance: string; held: string; available: string }[];
}

export interface Grant {
  id: string;
  available: string;
  held: string;
  original: string;
  purpose: string;
  priority: number;
  effective_at: string;
  expires_at: string | null;
  voided?: unknown;
}

export interface Budget {
  code: string;
  name: string | null;
  asset: string;
  limit: string;
  window: string;
  on_exceeded: string;
  each?: string;
  match?: { event_type?: string; data?: Record<string, unknown> };
  window_started_at?: string | null;
  window_ends_at?: string | null;
  spent?: string;
  held?: string;
  values?: { items: BudgetValue[] };
}

export interface BudgetValue {
  value?: string;
  spent: string;
  held: string;
}

export interface Recharge {
  account: string;
  asset: string;
  enabled: boolean;
  threshold: string;
  amount?: string;
  target?: string;
  currency: string;
  payment_method: string | null;
  daily_limit: string | null;
  monthly_limit: string | null;
  cooldown: number;
  state: "idle" | "charging" | "waiting" | "off";
  because?: string;
  waits_until?: string;
  spent_this_month: string;
  charging: { amount: string; price: string; status: string } | null;
  last_attempt: Attempt | null;
  /** The last of them, newest first. */
  attempts?: Attempt[];
}

/** One recharge that has ended. */
export interface Attempt {
  id: string;
  outcome: string;
  at: string;
  ended_at: string;
  amount: string;
  price: string;
  currency: string;
  code?: string;
  decline_code?: string;
  /** Where the customer can pay it by hand, or confirm it. */
  redirect_url?: string;
  /** Until when the next one waits. */
  retry_at?: string;
}

/** What was paid, whoever took it. */
export interface Payment {
  id: string;
  kind: "top_up" | "recharge" | "payment";
  status: "succeeded" | "pending" | "failed";
  at: string;
  amount: string;
  currency: string;
  processor: string;
  payment_method: { brand: string; last4: string } | null;
  credit: { asset: string; amount: string } | null;
  entry: number | null;
  receipt: { amount: string; tax: string; currency: string; number: string | null; url: string | null } | null;
  refunds: { id: string; amount: string; status: "succeeded" | "failed" }[];
  disputes: { id: string; amount: string; status: "open" | "won" | "lost" }[];
}

export interface RechargePreview {
  would: "charge" | "wait" | "nothing";
  amount?: string;
  price?: string;
  currency: string;
  waits_until?: string;
}

export interface PaymentMethod {
  id: string;
  brand: string;
  last4: string;
  exp_month: number;
  exp_year: number;
  name: string | null;
  default: boolean;
}

/** Of one kind of screen; what is absent is the portal's own. */
export interface Palette {
  accent?: string | null;
  accent_contrast?: string | null;
  surface?: string | null;
  text?: string | null;
}

export type LabelKind = "events" | "models" | "features" | "agents";

/** How the platform wants what its customers see to look. */
export interface Branding {
  name: string | null;
  logo_url: string | null;
  light: Palette;
  dark: Palette;
  links: {
    support_url?: string | null;
    terms_url?: string | null;
    privacy_url?: string | null;
    home_url?: string | null;
  };
  labels: Record<LabelKind, Record<string, string>>;
  units: Record<string, { label: string | null; symbol: string | null }>;
}

export interface Packs {
  packs: { code: string; name: string; amount: string; currency: string; asset: string; bonus?: string | null }[];
  free_amounts: { currency: string; min?: string | null; max?: string | null }[];
  bonuses: { currency: string; asset: string; from: string; bonus: string }[];
}

export interface TopUp {
  id: string;
  status: "initiated" | "pending" | "succeeded" | "failed" | "expired";
  redirect_url?: string;
  credit: { asset: string; amount: string };
  grants: { asset: string; amount: string; purpose: string }[];
}

export interface CodePreview {
  status: string;
  amount: string;
  asset: string;
  expires_at: string | null;
  description: string | null;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** What an entry did, to be checked by itself. */
/** The rates are missing where they are not the customer's to see, or where no single one leads to the amount. */
export interface PriceOfFee {
  fee: number;
  product_code: string;
  product_version: number;
  price_name: string;
  input_volume?: string;
  priced_volume?: string;
  unit_price?: string;
  volume_rate?: string;
  package_size?: string;
}

export interface Receipt {
  seq: number;
  fees: { price_id: string; asset: string; quantity?: string; amount: string }[];
  /** What the fees were computed from; `fee` is the place of one. */
  prices: PriceOfFee[];
  /** Without a grant it became debt. */
  paid_by: { grant?: string; asset: string; amount: string }[];
  hash: string;
  previous_hash: string;
  /** Null where it says what is not the customer's. */
  record: string | null;
}
