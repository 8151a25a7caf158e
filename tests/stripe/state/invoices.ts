// Invoices: draft --finalize--> open --pay--> paid, or void. Since 2025-03-31 they name their payments in a list of their own.

import { Stripe } from "stripe";
import type { Books, Plan } from "../books.ts";
import { DAY } from "../clock.ts";
import type { Given } from "../given.ts";
import { invalid, Problem, refused } from "../problem.ts";
import { addIntent, confirmIntent, currencyGiven, ON_SESSION, onSettled } from "./intents.ts";
import { attach, methodGiven } from "./methods.ts";

type Invoice = Stripe.Invoice;
type Line = Stripe.InvoiceLineItem;

export interface NewInvoice {
  customer: string;
  subscription: Stripe.Subscription | null;
  reason: NonNullable<Invoice["billing_reason"]>;
  lines: Line[];
  currency: string;
  period: { start: number; end: number };
  taxes: boolean;
  description?: string | null;
  metadata?: Record<string, string>;
}

/** What the subscription above an invoice has to hear. */
type Heard = (books: Books, invoice: Invoice, what: "paid" | "failed" | "voided") => void;
const listeners: Heard[] = [];

export function onInvoice(heard: Heard): void {
  listeners.push(heard);
}

function tell(books: Books, invoice: Invoice, what: "paid" | "failed" | "voided"): void {
  for (const heard of listeners) heard(books, invoice, what);
}

export function draftInvoice(books: Books, given: NewInvoice): Invoice {
  const id = books.newId("in");
  const customer = books.customers.get(given.customer, "customer");
  const subtotal = given.lines.reduce((sum, line) => sum + line.amount, 0);
  const tax = given.taxes ? Math.round((Math.max(0, subtotal) * books.taxPercent) / 100) : 0;
  const total = subtotal + tax;
  const due = Math.max(0, total);
  for (const line of given.lines) line.invoice = id;
  const invoice: Invoice = {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Fake Stripe",
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: given.subscription !== null,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.taxes,
      liability: null,
      provider: null,
      status: given.taxes ? "complete" : null,
    },
    automatically_finalizes_at: null,
    billing_reason: given.reason,
    collection_method: "charge_automatically",
    created: books.now(),
    currency: given.currency,
    custom_fields: null,
    customer: given.customer,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: "none",
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: "list", data: given.lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: books.livemode,
    metadata: given.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: parentOf(given.subscription),
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: given.period.end,
    period_start: given.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "draft",
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: subtotal,
    total_pretax_credit_amounts: [],
    total_taxes: given.taxes ? [taxOf(tax, subtotal)] : [],
    webhooks_delivered_at: null,
  };
  books.invoices.add(invoice);
  books.emit("invoice.created", invoice);
  return invoice;
}

const taxOf = (amount: number, taxable_amount: number): Stripe.Invoice.TotalTax => ({
  amount,
  tax_behavior: "exclusive",
  tax_rate_details: null,
  taxability_reason: "standard_rated",
  taxable_amount,
  type: "tax_rate_details",
});

function parentOf(subscription: Stripe.Subscription | null): Stripe.Invoice.Parent | null {
  if (subscription === null) return null;
  const subscription_details = { metadata: { ...subscription.metadata }, subscription: subscription.id };
  return { quote_details: null, subscription_details, type: "subscription_details" };
}

export interface NewLine {
  amount: number;
  currency: string;
  description: string | null;
  period: { start: number; end: number };
  price: Stripe.Price | null;
  quantity: number;
  parent: Line["parent"];
  subscription?: string | null;
  metadata?: Record<string, string>;
}

export function lineOf(books: Books, given: NewLine): Line {
  const { price, quantity } = given;
  const unit = price?.unit_amount_decimal ?? Stripe.Decimal.from(String(given.amount));
  const price_details = price === null ? undefined : { price: price.id, product: price.product as string };
  return {
    id: books.newId("il"),
    object: "line_item",
    amount: given.amount,
    currency: given.currency,
    description: given.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: books.livemode,
    metadata: given.metadata ?? {},
    parent: given.parent,
    period: given.period,
    pretax_credit_amounts: [],
    pricing: {
      ...(price_details === undefined ? {} : { price_details }),
      type: "price_details",
      unit_amount_decimal: unit,
    },
    quantity,
    quantity_decimal: Stripe.Decimal.from(String(quantity)),
    subscription: given.subscription ?? null,
    subtotal: given.amount,
    taxes: [],
  };
}

/** The invoice is fixed, and a payment waits for it. */
export function finalize(books: Books, invoice: Invoice): Invoice {
  if (invoice.status !== "draft")
    throw refused(`This invoice is already ${invoice.status}, so it cannot be finalized.`);
  const customer = books.customers.get(invoice.customer as string);
  const number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence ?? 1).padStart(4, "0")}`;
  customer.next_invoice_sequence = (customer.next_invoice_sequence ?? 1) + 1;
  const url = books.page(`/invoices/${invoice.id}`);
  Object.assign(invoice, {
    status: "open",
    number,
    effective_at: books.now(),
    hosted_invoice_url: url,
    invoice_pdf: `${url}.pdf`,
  });
  invoice.status_transitions.finalized_at = books.now();
  if (invoice.amount_due > 0) awaitPayment(books, invoice);
  books.emit("invoice.finalized", invoice);
  if (invoice.amount_due === 0) markPaid(books, invoice);
  return invoice;
}

function awaitPayment(books: Books, invoice: Invoice): void {
  const intent = addIntent(books, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer as string,
    metadata: {},
    more: { description: invoice.description ?? "Subscription payment", setup_future_usage: "off_session" },
  });
  addPayment(books, invoice, intent.id);
  invoice.confirmation_secret = { client_secret: intent.client_secret as string, type: "payment_intent" };
  books.emit("payment_intent.created", intent);
}

function addPayment(books: Books, invoice: Invoice, payment_intent: string): Stripe.InvoicePayment {
  return books.invoicePayments.add({
    id: books.newId("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: books.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: books.livemode,
    payment: { payment_intent, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

export function paymentOf(books: Books, invoice: Invoice): Stripe.InvoicePayment | undefined {
  return books.invoicePayments.all().find((one) => one.invoice === invoice.id && one.status !== "canceled");
}

export function intentOf(books: Books, invoice: Invoice): Stripe.PaymentIntent | undefined {
  return books.intents.find(paymentOf(books, invoice)?.payment.payment_intent as string | undefined);
}

/** Tries to get the money of an open invoice. A decline throws after it was noted. */
export function payInvoice(
  books: Books,
  invoice: Invoice,
  method: Stripe.PaymentMethod,
  isOffSession: boolean,
): Invoice {
  if (invoice.status === "draft") finalize(books, invoice);
  if (invoice.status !== "open") throw refused(`Invoice is already ${invoice.status}`);
  const intent = intentOf(books, invoice) as Stripe.PaymentIntent;
  invoice.attempted = true;
  invoice.attempt_count += 1;
  intent.payment_method = method.id;
  try {
    confirmIntent(books, intent, { ...ON_SESSION, isOffSession });
  } catch (problem) {
    if (problem instanceof Problem) failed(books, invoice, problem.body.code === "authentication_required");
    throw problem;
  }
  return follow(books, invoice, intent);
}

function failed(books: Books, invoice: Invoice, wantsCustomer: boolean): void {
  books.emit("invoice.payment_failed", invoice);
  if (wantsCustomer) books.emit("invoice.payment_action_required", invoice);
  tell(books, invoice, "failed");
}

function follow(books: Books, invoice: Invoice, intent: Stripe.PaymentIntent): Invoice {
  if (intent.status === "succeeded") markPaid(books, invoice);
  if (intent.status === "requires_action") {
    books.emit("invoice.payment_action_required", invoice);
    tell(books, invoice, "failed");
  }
  return invoice;
}

/** The payer has answered their bank, or the bank has answered by itself. */
export function followInvoice(books: Books, intent: Stripe.PaymentIntent): void {
  const payment = books.invoicePayments.all().find((one) => one.payment.payment_intent === intent.id);
  const invoice = books.invoices.find(payment?.invoice as string | undefined);
  if (invoice?.status !== "open") return;
  if (intent.status === "succeeded") markPaid(books, invoice);
  else if (intent.status === "requires_payment_method") failed(books, invoice, false);
}

onSettled((books, intent) => followInvoice(books, intent));

export function markPaid(books: Books, invoice: Invoice): void {
  Object.assign(invoice, {
    status: "paid",
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    next_payment_attempt: null,
  });
  invoice.status_transitions.paid_at = books.now();
  const payment = paymentOf(books, invoice);
  if (payment !== undefined) {
    Object.assign(payment, { status: "paid", amount_paid: invoice.amount_due });
    payment.status_transitions.paid_at = books.now();
    books.emit("invoice_payment.paid", payment);
  }
  books.emit("invoice.paid", invoice);
  books.emit("invoice.payment_succeeded", invoice);
  tell(books, invoice, "paid");
}

/** The receipt of a session: an invoice that was paid before it was written. */
export function invoiceOfSession(books: Books, session: Stripe.Checkout.Session, plan: Plan): Invoice {
  const period = { start: books.now(), end: books.now() };
  const lines = plan.lines.map((line) => {
    const { amount_total: amount, currency, description, price } = line;
    return lineOf(books, { amount, currency, description, period, price, quantity: line.quantity ?? 1, parent: null });
  });
  const customer = session.customer as string | null;
  if (customer === null)
    throw refused("An invoice of a Checkout Session needs a customer; use customer_creation=always.");
  const currency = session.currency as string;
  const invoice = draftInvoice(books, {
    customer,
    subscription: null,
    reason: "manual",
    lines,
    currency,
    period,
    taxes: false,
  });
  const paid = session.amount_total ?? 0;
  const tax = session.total_details?.amount_tax ?? 0;
  Object.assign(invoice, { amount_due: paid, amount_remaining: paid, total: paid, total_excluding_tax: paid - tax });
  Object.assign(invoice, { status: "open", total_taxes: tax > 0 ? [taxOf(tax, paid - tax)] : [] });
  if (session.payment_intent !== null) addPayment(books, invoice, session.payment_intent as string);
  books.emit("invoice.finalized", invoice);
  markPaid(books, invoice);
  return invoice;
}

// The calls.

export function createInvoiceItem(books: Books, given: Given): Stripe.InvoiceLineItem {
  const customer = books.customers.get(given.required("customer"), "customer").id;
  const period = { start: books.now(), end: books.now() };
  const currency = currencyGiven(given);
  const description = given.orNull("description");
  const item = { ...given, amount: given.requiredInteger("amount"), currency, description };
  const id = books.newId("ii");
  const details = { invoice_item: id, proration: false, proration_details: null, subscription: null };
  const parent = {
    invoice_item_details: details,
    subscription_item_details: null,
    type: "invoice_item_details" as const,
  };
  const { amount } = item;
  const line = lineOf(books, {
    amount,
    currency,
    description,
    period,
    price: null,
    quantity: 1,
    parent,
    metadata: given.metadata(),
  });
  const row = books.invoiceItems.add({ ...line, id, customer });
  // The same thing has another name as an object of its own.
  const shown = { ...row, object: "invoiceitem" as unknown as "line_item", date: books.now(), proration: false };
  books.emit("invoiceitem.created", shown);
  return shown;
}

export function createInvoice(books: Books, given: Given): Invoice {
  const customer = books.customers.get(given.required("customer"), "customer").id;
  const pending = books.invoiceItems.all().filter((item) => item.customer === customer && item.invoice === null);
  const items = given.text("pending_invoice_items_behavior") === "include" ? pending : [];
  const currency = items[0]?.currency ?? given.text("currency") ?? "usd";
  const invoice = draftInvoice(books, {
    customer,
    subscription: null,
    reason: "manual",
    lines: items.map(({ customer: _, ...line }) => ({ ...line, id: books.newId("il") })),
    currency,
    period: { start: books.now(), end: books.now() },
    taxes: given.group("automatic_tax").boolean("enabled") ?? false,
    description: given.orNull("description"),
    metadata: given.metadata(),
  });
  for (const item of items) item.invoice = invoice.id;
  invoice.auto_advance = given.boolean("auto_advance") ?? false;
  if (given.text("collection_method") === "send_invoice") {
    invoice.collection_method = "send_invoice";
    invoice.due_date = books.now() + (given.integer("days_until_due") ?? 30) * DAY;
  }
  return invoice;
}

export function payInvoiceById(books: Books, id: string, given: Given): Invoice {
  const invoice = books.invoices.get(id);
  const named = given.text("payment_method");
  if (given.boolean("paid_out_of_band")) {
    if (invoice.status === "draft") finalize(books, invoice);
    markPaid(books, invoice);
    return invoice;
  }
  const method = named === undefined ? defaultMethod(books, invoice) : methodGiven(books, named);
  return payInvoice(books, invoice, method, given.boolean("off_session") ?? named === undefined);
}

function defaultMethod(books: Books, invoice: Invoice): Stripe.PaymentMethod {
  const { subscription_details } = invoice.parent ?? {};
  const subscription = books.subscriptions.find(subscription_details?.subscription as string | undefined);
  const customer = books.customers.get(invoice.customer as string);
  const id = subscription?.default_payment_method ?? customer.invoice_settings?.default_payment_method ?? null;
  const method = books.methods.find(id as string | null);
  if (method === undefined) {
    throw invalid("There is no `default_payment_method` set on this Customer or Invoice. Please set one.", {
      code: "missing_default",
    });
  }
  return method.customer === null ? attach(books, method, customer.id) : method;
}

export function voidInvoice(books: Books, id: string): Invoice {
  const invoice = books.invoices.get(id);
  if (invoice.status !== "open") throw refused(`You can only void open invoices. This one is ${invoice.status}.`);
  invoice.status_transitions.voided_at = books.now();
  books.change("invoice.voided", invoice, { status: "void" });
  tell(books, invoice, "voided");
  return invoice;
}
