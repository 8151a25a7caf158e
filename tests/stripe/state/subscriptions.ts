// Subscriptions: they bill at the start of each period, on the fake's clock, and try again when a card fails.
//
// incomplete --paid--> active --a renewal fails--> past_due --paid--> active     past_due --four failures--> canceled

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import { DAY, HOUR, type Seconds } from "../clock.ts";
import type { Given } from "../given.ts";
import { invalid, missing, Problem, refused } from "../problem.ts";
import { priceGiven } from "./catalogue.ts";
import { draftInvoice, finalize, intentOf, lineOf, onInvoice, payInvoice } from "./invoices.ts";
import { attach, methodGiven } from "./methods.ts";

type Subscription = Stripe.Subscription;
type Item = Stripe.SubscriptionItem;

export interface NewSubscription {
  customer: string;
  method: Stripe.PaymentMethod | null;
  metadata: Record<string, string>;
  items: { price: Stripe.Price; quantity: number }[];
  /** Asked once, with the first invoice. */
  once?: { price: Stripe.Price; quantity: number }[];
  trialDays: number;
  isOffSession: boolean;
  taxes: boolean;
  /** What becomes of a first payment that fails: the call fails, or the subscription waits, or nobody tries yet. */
  failure: "throws" | "waits" | "not_tried";
}

/** A draft of a renewal can still be changed for an hour. */
const DRAFT: Seconds = HOUR;
/** Days after the first failure on which a renewal is tried again. */
const RETRIES = [3, 5, 7];

export function createSubscription(books: Books, given: Given): Subscription {
  const customer = given.required("customer");
  books.customers.get(customer, "customer");
  const items = given
    .groups("items")
    .map((item) => ({ price: itemPrice(books, item), quantity: item.integer("quantity") ?? 1 }));
  if (items.length === 0) throw missing("items");
  const named = given.text("default_payment_method");
  const behaviours = [
    "allow_incomplete",
    "default_incomplete",
    "error_if_incomplete",
    "pending_if_incomplete",
  ] as const;
  const behaviour = given.oneOf("payment_behavior", behaviours) ?? "allow_incomplete";
  return startSubscription(books, {
    customer,
    method: named === undefined ? null : methodGiven(books, named, "default_payment_method"),
    metadata: given.metadata(),
    items,
    trialDays: given.integer("trial_period_days") ?? 0,
    isOffSession: given.boolean("off_session") ?? false,
    taxes: given.group("automatic_tax").boolean("enabled") ?? false,
    failure:
      behaviour === "default_incomplete" ? "not_tried" : behaviour === "error_if_incomplete" ? "throws" : "waits",
  });
}

function itemPrice(books: Books, item: Given): Stripe.Price {
  const named = item.text("price");
  const price =
    named === undefined ? priceGiven(books, item.group("price_data")) : books.prices.get(named, "items[0][price]");
  if (price.recurring === null) {
    throw invalid(
      "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
      { param: "items[0][price]" },
    );
  }
  return price;
}

export function startSubscription(books: Books, given: NewSubscription): Subscription {
  const subscription = addSubscription(books, given);
  const [first] = subscription.items.data;
  if (first === undefined) throw missing("items");
  for (const one of given.once ?? []) addOnce(books, subscription, one);
  books.emit("customer.subscription.created", subscription);
  bill(books, subscription, "subscription_create", subscription.status === "trialing");
  const invoice = books.invoices.get(subscription.latest_invoice as string);
  finalize(books, invoice);
  if (invoice.status === "open" && given.failure !== "not_tried") {
    const method = methodOf(books, subscription);
    try {
      if (method === undefined)
        throw refused("This customer has no attached payment source or default payment method.", {
          code: "resource_missing",
        });
      payInvoice(books, invoice, method, given.isOffSession);
    } catch (problem) {
      if (!(problem instanceof Problem) || given.failure === "throws") throw problem;
    }
  }
  renewAt(books, subscription);
  return subscription;
}

/** What is asked once waits for the first invoice. */
function addOnce(books: Books, subscription: Subscription, once: { price: Stripe.Price; quantity: number }): void {
  const { price, quantity } = once;
  const id = books.newId("ii");
  const details = { invoice_item: id, proration: false, proration_details: null, subscription: subscription.id };
  const parent = {
    invoice_item_details: details,
    subscription_item_details: null,
    type: "invoice_item_details" as const,
  };
  const line = lineOf(books, {
    amount: (price.unit_amount ?? 0) * quantity,
    currency: subscription.currency,
    description: books.products.find(price.product as string)?.name ?? null,
    period: { start: books.now(), end: books.now() },
    price,
    quantity,
    parent,
    subscription: subscription.id,
  });
  books.invoiceItems.add({ ...line, id, customer: subscription.customer as string });
}

function addSubscription(books: Books, given: NewSubscription): Subscription {
  const id = books.newId("sub");
  const start = books.now();
  const trialEnd = given.trialDays > 0 ? start + given.trialDays * DAY : null;
  const method = given.method;
  if (method !== null && method.customer === null) attach(books, method, given.customer);
  const data = given.items.map(({ price, quantity }) => itemOf(books, id, price, quantity, start, trialEnd));
  return books.subscriptions.add({
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: given.taxes, liability: null },
    billing_cycle_anchor: trialEnd ?? start,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: "classic" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: start,
    currency: (given.items[0]?.price.currency ?? "usd") as string,
    customer: given.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: method?.id ?? null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: { object: "list", data, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: books.livemode,
    managed_payments: null,
    metadata: given.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: start,
    status: trialEnd === null ? "incomplete" : "trialing",
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" } },
    trial_start: trialEnd === null ? null : start,
  });
}

function itemOf(
  books: Books,
  subscription: string,
  price: Stripe.Price,
  quantity: number,
  start: Seconds,
  end: Seconds | null,
): Item {
  return {
    id: books.newId("si"),
    object: "subscription_item",
    billing_thresholds: null,
    created: books.now(),
    current_period_end: end ?? after(start, price, 1, start),
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  };
}

/** The older name of a recurring price, which answers still carry. */
function planOf(price: Stripe.Price): Stripe.Plan {
  const { id, active, created, currency, livemode, metadata, nickname, product, recurring, unit_amount } = price;
  return {
    id,
    object: "plan",
    active,
    amount: unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: "per_unit",
    created,
    currency,
    interval: recurring?.interval ?? "month",
    interval_count: recurring?.interval_count ?? 1,
    livemode,
    metadata,
    meter: null,
    nickname,
    product: product as string,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
}

/** So many periods after the anchor; the 31st stays the last day of shorter months. */
function after(anchor: Seconds, price: Stripe.Price, periods: number, from: Seconds): Seconds {
  const { interval = "month", interval_count = 1 } = price.recurring ?? {};
  const count = interval_count * periods;
  if (interval === "day") return from + count * DAY;
  if (interval === "week") return from + count * 7 * DAY;
  const months = interval === "year" ? count * 12 : count;
  const [start, at] = [new Date(anchor * 1000), new Date(from * 1000)];
  const first = new Date(
    Date.UTC(
      at.getUTCFullYear(),
      at.getUTCMonth() + months,
      1,
      start.getUTCHours(),
      start.getUTCMinutes(),
      start.getUTCSeconds(),
    ),
  );
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return Math.floor(first.getTime() / 1000);
}

/** Writes the invoice of the period that the items are in. */
function bill(
  books: Books,
  subscription: Subscription,
  reason: "subscription_create" | "subscription_cycle",
  isFree = false,
): void {
  const lines = subscription.items.data.map((item) => {
    const quantity = item.quantity ?? 1;
    const period = { start: item.current_period_start, end: item.current_period_end };
    const details = {
      invoice_item: null,
      proration: false,
      proration_details: null,
      subscription: subscription.id,
      subscription_item: item.id,
    };
    return lineOf(books, {
      amount: isFree ? 0 : (item.price.unit_amount ?? 0) * quantity,
      currency: subscription.currency,
      description: `${quantity} × ${books.products.find(item.price.product as string)?.name ?? "plan"}`,
      period,
      price: item.price,
      quantity,
      parent: { invoice_item_details: null, subscription_item_details: details, type: "subscription_item_details" },
      subscription: subscription.id,
    });
  });
  const pending = books.invoiceItems
    .all()
    .filter((item) => item.subscription === subscription.id && item.invoice === null);
  lines.push(...pending.map(({ customer: _, ...line }) => ({ ...line, id: books.newId("il") })));
  const [first] = subscription.items.data as [Item];
  const invoice = draftInvoice(books, {
    customer: subscription.customer as string,
    subscription,
    reason,
    lines,
    currency: subscription.currency,
    period: { start: first.current_period_start, end: first.current_period_end },
    taxes: subscription.automatic_tax.enabled,
  });
  for (const item of pending) item.invoice = invoice.id;
  subscription.latest_invoice = invoice.id;
}

function methodOf(books: Books, subscription: Subscription): Stripe.PaymentMethod | undefined {
  const customer = books.customers.find(subscription.customer as string);
  const id = subscription.default_payment_method ?? customer?.invoice_settings?.default_payment_method ?? null;
  return books.methods.find(id as string | null);
}

const periodEnd = (subscription: Subscription) =>
  Math.min(...subscription.items.data.map((item) => item.current_period_end));

function renewAt(books: Books, subscription: Subscription): void {
  const end = periodEnd(subscription);
  books.later(end - books.now(), () => {
    // A change of the period has made another appointment.
    if (periodEnd(subscription) === end) renew(books, subscription);
  });
}

function renew(books: Books, subscription: Subscription): void {
  if (!["active", "past_due", "trialing"].includes(subscription.status)) return;
  if (subscription.cancel_at_period_end) {
    end(books, subscription);
    return;
  }
  for (const item of subscription.items.data) {
    const start = item.current_period_end;
    item.current_period_start = start;
    item.current_period_end = after(subscription.billing_cycle_anchor, item.price, 1, start);
  }
  bill(books, subscription, "subscription_cycle");
  if (subscription.status === "trialing") subscription.status = "active";
  books.emit("customer.subscription.updated", subscription, { latest_invoice: null });
  const invoice = books.invoices.get(subscription.latest_invoice as string);
  books.later(DRAFT, () => {
    if (invoice.status !== "draft") return;
    finalize(books, invoice);
    collect(books, subscription, invoice, 0);
  });
  renewAt(books, subscription);
}

/** The customer is there and sees whether it worked; the invoice stays open if not. */
function payNow(books: Books, subscription: Subscription, invoice: Stripe.Invoice): void {
  const method = methodOf(books, subscription);
  if (invoice.status !== "open" || method === undefined) return;
  try {
    payInvoice(books, invoice, method, false);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    books.change("customer.subscription.updated", subscription, { status: "past_due" });
  }
}

function collect(books: Books, subscription: Subscription, invoice: Stripe.Invoice, attempt: number): void {
  if (invoice.status !== "open") return;
  const method = methodOf(books, subscription);
  try {
    if (method === undefined) throw refused("No payment method.");
    payInvoice(books, invoice, method, true);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const next = RETRIES[attempt];
    if (next === undefined) end(books, subscription);
    else {
      const wait = (next - (RETRIES[attempt - 1] ?? 0)) * DAY;
      invoice.next_payment_attempt = books.now() + wait;
      books.later(wait, () => collect(books, subscription, invoice, attempt + 1));
    }
  }
}

onInvoice((books, invoice, what) => {
  const id = invoice.parent?.subscription_details?.subscription as string | undefined;
  const subscription = books.subscriptions.find(id);
  if (subscription === undefined) return;
  const wakes = ["incomplete", "past_due", "unpaid"].includes(subscription.status);
  if (what === "paid" && wakes && invoice.id === subscription.latest_invoice) {
    const intent = intentOf(books, invoice);
    const default_payment_method =
      subscription.default_payment_method ?? (intent?.payment_method as string | null) ?? null;
    books.change("customer.subscription.updated", subscription, { status: "active", default_payment_method });
  }
  if (what === "failed" && subscription.status === "active" && invoice.billing_reason === "subscription_cycle") {
    books.change("customer.subscription.updated", subscription, { status: "past_due" });
  }
  if (what === "voided" && subscription.status === "incomplete") {
    books.change("customer.subscription.updated", subscription, { status: "incomplete_expired" });
  }
});

export function updateSubscription(books: Books, id: string, given: Given): Subscription {
  const subscription = books.subscriptions.get(id);
  if (subscription.status === "canceled")
    throw refused("A canceled subscription can only update its cancellation_details and metadata.");
  const changes: Partial<Subscription> = { metadata: given.metadata(subscription.metadata) };
  if (given.has("cancel_at_period_end")) {
    const ends = given.boolean("cancel_at_period_end") ?? false;
    const at = { cancel_at: ends ? periodEnd(subscription) : null, canceled_at: ends ? books.now() : null };
    Object.assign(changes, { cancel_at_period_end: ends, ...at });
  }
  const method = given.text("default_payment_method");
  if (method !== undefined) changes.default_payment_method = methodGiven(books, method, "default_payment_method").id;
  const behaviour =
    given.oneOf("proration_behavior", ["create_prorations", "always_invoice", "none"]) ?? "create_prorations";
  if (given.text("payment_behavior") === "error_if_incomplete") checkPays(books, subscription);
  const data = given
    .groups("items")
    .reduce((items, item) => changeItem(books, subscription, items, item, behaviour), [...subscription.items.data]);
  changes.items = { ...subscription.items, data };
  books.change("customer.subscription.updated", subscription, changes);
  if (behaviour === "always_invoice" && given.has("items")) invoiceNow(books, subscription);
  return subscription;
}

/** A change that is refused where it is not paid leaves nothing behind, so the card is asked before anything changes. */
function checkPays(books: Books, subscription: Subscription): void {
  const method = methodOf(books, subscription);
  const card = books.cards.get(method?.id ?? "");
  if (method === undefined) throw refused("This customer has no attached payment source or default payment method.");
  if (card?.charge !== undefined) throw new Problem(402, { type: "card_error", ...card.charge }, true);
}

function changeItem(books: Books, subscription: Subscription, items: Item[], given: Given, behaviour: string): Item[] {
  const named = given.text("id");
  const before = items.find((item) => item.id === named);
  if (named !== undefined && before === undefined)
    throw invalid(`No such subscription item: '${named}'`, { param: "items[0][id]" });
  const [first] = subscription.items.data as [Item];
  const start = before?.current_period_start ?? first.current_period_start;
  const end = before?.current_period_end ?? first.current_period_end;
  if (given.boolean("deleted")) {
    if (behaviour !== "none" && before) prorate(books, subscription, before, -1);
    return items.filter((item) => item !== before);
  }
  const price = given.has("price") || given.has("price_data") ? itemPrice(books, given) : (before as Item).price;
  const quantity = given.integer("quantity") ?? before?.quantity ?? 1;
  const fresh = itemOf(books, subscription.id, price, quantity, start, end);
  const next = { ...fresh, id: before?.id ?? fresh.id };
  if (behaviour !== "none") {
    if (before) prorate(books, subscription, before, -1);
    prorate(books, subscription, next, 1);
  }
  return before ? items.map((item) => (item === before ? next : item)) : [...items, next];
}

/** The rest of the period, given back for the old price and asked for the new one. */
function prorate(books: Books, subscription: Subscription, item: Item, sign: 1 | -1): void {
  const { current_period_start: start, current_period_end: end } = item;
  const share = (end - books.now()) / (end - start);
  const whole = (item.price.unit_amount ?? 0) * (item.quantity ?? 1);
  const amount = sign * Math.round(whole * share);
  if (amount === 0) return;
  const id = books.newId("ii");
  const details = {
    invoice_item: id,
    proration: true,
    proration_details: null,
    subscription: subscription.id,
    subscription_item: item.id,
  };
  const line = lineOf(books, {
    amount,
    currency: subscription.currency,
    description: `${sign < 0 ? "Unused" : "Remaining"} time on ${item.price.nickname ?? item.price.id}`,
    period: { start: books.now(), end },
    price: item.price,
    quantity: item.quantity ?? 1,
    parent: { invoice_item_details: null, subscription_item_details: details, type: "subscription_item_details" },
    subscription: subscription.id,
  });
  const row = books.invoiceItems.add({ ...line, id, customer: subscription.customer as string });
  books.emit("invoiceitem.created", { ...row, object: "invoiceitem" });
}

/** Asks for the prorations at once instead of with the next renewal. */
function invoiceNow(books: Books, subscription: Subscription): void {
  const pending = books.invoiceItems
    .all()
    .filter((item) => item.subscription === subscription.id && item.invoice === null);
  const invoice = draftInvoice(books, {
    customer: subscription.customer as string,
    subscription,
    reason: "subscription_update",
    lines: pending.map(({ customer: _, ...line }) => ({ ...line, id: books.newId("il") })),
    currency: subscription.currency,
    period: { start: books.now(), end: books.now() },
    taxes: subscription.automatic_tax.enabled,
  });
  for (const item of pending) item.invoice = invoice.id;
  subscription.latest_invoice = invoice.id;
  finalize(books, invoice);
  payNow(books, subscription, invoice);
}

export function cancelSubscription(books: Books, id: string): Subscription {
  const subscription = books.subscriptions.get(id);
  if (subscription.status === "canceled")
    throw invalid(`No such subscription: '${id}'`, { code: "resource_missing" }, 404);
  return end(books, subscription);
}

function end(books: Books, subscription: Subscription): Subscription {
  const now = books.now();
  Object.assign(subscription, { status: "canceled", ended_at: now, canceled_at: subscription.canceled_at ?? now });
  books.emit("customer.subscription.deleted", subscription);
  return subscription;
}
