// Checkout sessions: somebody is at Stripe's page and pays, or does not.
//
// open --pay--> complete (paid, or unpaid until a bank has answered, or no_payment_required)   open --time--> expired

import type Stripe from "stripe";
import type { Books, Plan } from "../books.ts";
import { HOUR, MINUTE } from "../clock.ts";
import { Given } from "../given.ts";
import type { Json } from "../json.ts";
import { invalid, missing, refused } from "../problem.ts";
import { discountOf, priceGiven, promotionCodeGiven } from "./catalogue.ts";
import { createCustomer } from "./customers.ts";
import { addIntent, cancelIntent, checkAmount, confirmIntent, ON_SESSION, onSettled } from "./intents.ts";
import { invoiceOfSession } from "./invoices.ts";
import { createMethod, methodGiven } from "./methods.ts";
import { addSetup, confirmSetup } from "./setups.ts";
import { startSubscription } from "./subscriptions.ts";

type Session = Stripe.Checkout.Session;

const PARAMETERS: (keyof Stripe.Checkout.SessionCreateParams)[] = [
  "adaptive_pricing",
  "after_expiration",
  "allow_promotion_codes",
  "allowed_payment_method_types",
  "automatic_tax",
  "billing_address_collection",
  "branding_settings",
  "cancel_url",
  "client_reference_id",
  "consent_collection",
  "currency",
  "custom_fields",
  "custom_text",
  "customer",
  "customer_account",
  "customer_creation",
  "customer_email",
  "customer_update",
  "discounts",
  "excluded_payment_method_types",
  "expires_at",
  "integration_identifier",
  "invoice_creation",
  "line_items",
  "locale",
  "managed_payments",
  "metadata",
  "mode",
  "name_collection",
  "optional_items",
  "origin_context",
  "payment_intent_data",
  "payment_method_collection",
  "payment_method_configuration",
  "payment_method_data",
  "payment_method_options",
  "permissions",
  "phone_number_collection",
  "redirect_on_completion",
  "return_url",
  "saved_payment_method_options",
  "setup_intent_data",
  "shipping_address_collection",
  "shipping_options",
  "submit_type",
  "subscription_data",
  "success_url",
  "tax_id_collection",
  "ui_mode",
  "wallet_options",
];

export function createSession(books: Books, given: Given): Session {
  // Versions before endive name the types of payment methods.
  given.only([...PARAMETERS, "payment_method_types"]);
  const mode = given.oneOf("mode", ["payment", "setup", "subscription"]);
  if (mode === undefined) throw missing("mode");
  if (!given.has("success_url") && !given.has("return_url")) throw missing("success_url");
  checkMode(given, mode);
  const lines = linesGiven(books, given);
  if (mode !== "setup" && lines.length === 0) throw missing("line_items");
  const customer = given.orNull("customer");
  if (customer !== null && given.has("customer_email")) {
    throw invalid("You may only specify one of these parameters: customer, customer_email.", { param: "customer" });
  }
  checkPlace(books, given, customer);
  const session = addSession(books, given, mode, customer, lines);
  const plan: Plan = {
    intent: given.group("payment_intent_data").form,
    setup: given.group("setup_intent_data").form,
    subscription: given.group("subscription_data").form,
    isInclusive: lines.some((line) => line.price?.tax_behavior === "inclusive"),
    lines,
  };
  books.plans.set(session.id, plan);
  for (const discount of given.groups("discounts")) {
    const code = discount.text("promotion_code");
    applyCoupon(books, session, code === undefined ? { coupon: discount.required("coupon") } : { code });
  }
  reckon(books, session);
  checkTotal(session);
  books.later(session.expires_at - books.now(), () => {
    if (session.status === "open") expireSession(books, session.id);
  });
  return session;
}

/** What belongs to one mode is refused in the others. */
const OF_MODE: Record<string, string[]> = {
  payment: ["payment_intent_data", "invoice_creation", "submit_type"],
  setup: ["setup_intent_data"],
  subscription: ["subscription_data"],
};

function checkMode(given: Given, mode: string): void {
  const others = Object.entries(OF_MODE).filter(([of]) => of !== mode);
  const wrong = others.flatMap(([, names]) => names).find((name) => given.has(name));
  if (wrong !== undefined) throw invalid(`You can not pass \`${wrong}\` in \`${mode}\` mode.`, { param: wrong });
  if (mode === "setup" && given.has("line_items")) {
    throw invalid("You can not pass `line_items` in `setup` mode.", { param: "line_items" });
  }
  if (mode === "setup" && !given.has("currency") && !given.has("payment_method_types")) throw missing("currency");
  if (given.has("customer_update") && !given.has("customer")) {
    throw invalid("`customer_update` can only be used with `customer`.", { param: "customer_update" });
  }
}

/** Nothing to pay is fine, and too little to be charged is not. */
function checkTotal({ mode, amount_total, currency }: Session): void {
  if (mode === "payment" && amount_total) checkAmount(amount_total, currency as string, "line_items");
}

function checkPlace(books: Books, given: Given, id: string | null): void {
  if (id === null) return;
  const customer = books.customers.get(id, "customer");
  const isTaxed = given.group("automatic_tax").boolean("enabled") ?? false;
  const isAsked = given.group("customer_update").text("address") === "auto";
  if (!isTaxed || isAsked || customer.address) return;
  const message =
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.";
  throw invalid(message, { code: "customer_tax_location_invalid" });
}

function linesGiven(books: Books, given: Given): Stripe.LineItem[] {
  return given.groups("line_items").map((line) => {
    const named = line.text("price");
    if (named === undefined && !line.has("price_data")) throw missing("line_items[0][price]");
    const price =
      named === undefined
        ? priceGiven(books, line.group("price_data"))
        : books.prices.get(named, "line_items[0][price]");
    const quantity = line.integer("quantity") ?? 1;
    const amount = (price.unit_amount ?? 0) * quantity;
    return {
      id: books.newId("li"),
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: books.products.find(price.product as string)?.name ?? null,
      metadata: line.metadata(),
      price,
      quantity,
    };
  });
}

function expiryGiven(books: Books, given: Given): number {
  const at = given.integer("expires_at");
  if (at === undefined) return books.now() + 24 * HOUR;
  const after = at - books.now();
  if (after < 30 * MINUTE - 5 || after > 24 * HOUR + 5) {
    throw invalid(
      "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.",
      { param: "expires_at" },
    );
  }
  return at;
}

function addSession(
  books: Books,
  given: Given,
  mode: Session["mode"],
  customer: string | null,
  lines: Stripe.LineItem[],
): Session {
  const id = books.newId(books.livemode ? "cs_live" : "cs_test");
  const { email = null, name = null, phone = null, address = null } = books.customers.find(customer) ?? {};
  const given_email = given.orNull("customer_email") ?? email;
  const types = [...given.texts("payment_method_types"), ...given.texts("allowed_payment_method_types")];
  const makesInvoice = given.group("invoice_creation").boolean("enabled") ?? false;
  return books.sessions.add({
    id,
    object: "checkout.session",
    adaptive_pricing: { enabled: given.group("adaptive_pricing").boolean("enabled") ?? false },
    after_expiration: null,
    allow_promotion_codes: given.boolean("allow_promotion_codes") ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: {
      enabled: given.group("automatic_tax").boolean("enabled") ?? false,
      liability: null,
      provider: null,
      status: null,
    },
    billing_address_collection: given.oneOf("billing_address_collection", ["auto", "required"]) ?? null,
    cancel_url: given.orNull("cancel_url"),
    client_reference_id: given.orNull("client_reference_id"),
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: books.now(),
    currency: mode === "setup" ? given.orNull("currency") : (lines[0]?.currency ?? null),
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer,
    customer_account: null,
    customer_creation:
      customer === null ? (given.oneOf("customer_creation", ["always", "if_required"]) ?? "if_required") : null,
    customer_details:
      given_email === null
        ? null
        : {
            address,
            business_name: null,
            email: given_email,
            individual_name: null,
            name,
            phone,
            tax_exempt: "none",
            tax_ids: null,
          },
    customer_email: given.orNull("customer_email"),
    discounts: [],
    expires_at: expiryGiven(books, given),
    integration_identifier: null,
    invoice: null,
    invoice_creation: mode === "payment" ? { enabled: makesInvoice, invoice_data: NO_INVOICE_DATA } : null,
    livemode: books.livemode,
    locale: null,
    managed_payments: null,
    metadata: given.metadata(),
    mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: mode === "subscription" ? "always" : "if_required",
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: types.length > 0 ? types : ["card", "link", "us_bank_account"],
    payment_status: mode === "setup" ? "no_payment_required" : "unpaid",
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: null,
    subscription: null,
    success_url: given.orNull("success_url"),
    total_details: null,
    ui_mode: "hosted_page",
    url: books.page(`/pay/${id}`),
    wallet_options: null,
  });
}

const NO_INVOICE_DATA: Stripe.Checkout.Session.InvoiceCreation["invoice_data"] = {
  account_tax_ids: null,
  custom_fields: null,
  description: null,
  footer: null,
  issuer: null,
  metadata: {},
  rendering_options: null,
};

/** The customer types a code, or the session has come with one. */
function applyCoupon(books: Books, session: Session, { coupon, code }: { coupon?: string; code?: string }): void {
  if (code !== undefined) {
    const found = promotionCodeGiven(books, code);
    const promotion = found.promotion.coupon as string;
    session.discounts = [{ coupon: null, promotion_code: found.id }];
    books.coupons.get(promotion);
  } else
    session.discounts = [
      { coupon: books.coupons.get(coupon as string, "discounts[0][coupon]").id, promotion_code: null },
    ];
  reckon(books, session);
}

function couponOf(books: Books, { discounts }: Session): Stripe.Coupon | undefined {
  const [first] = discounts ?? [];
  if (first === undefined) return undefined;
  const code = books.promotionCodes.find(first.promotion_code as string | null);
  return books.coupons.find((code?.promotion.coupon ?? first.coupon) as string | null);
}

/** Discount first, then tax on what is left. */
function reckon(books: Books, session: Session): void {
  if (session.mode === "setup") return;
  const { lines, isInclusive } = books.plans.get(session.id) as Plan;
  const subtotal = lines.reduce((sum, line) => sum + line.amount_subtotal, 0);
  const coupon = couponOf(books, session);
  const discount = coupon === undefined ? 0 : discountOf(coupon, subtotal);
  const rate = session.automatic_tax.enabled ? books.taxPercent : 0;
  const base = subtotal - discount;
  const tax = isInclusive ? base - Math.round((base * 100) / (100 + rate)) : Math.round((base * rate) / 100);
  session.amount_subtotal = subtotal;
  session.amount_total = isInclusive ? base : base + tax;
  session.total_details = { amount_discount: discount, amount_shipping: 0, amount_tax: tax };
  if (session.automatic_tax.enabled) Object.assign(session.automatic_tax, { provider: "stripe", status: "complete" });
}

export interface Payment {
  /** A test card's number, a test name, a payment method's id, or a type: us_bank_account, customer_balance. */
  with?: string;
  promotion_code?: string;
  email?: string;
  /** The payer sees and pays another currency; what was sold stays as it was. */
  presentment?: { currency: string; amount: number };
}

/** The payer presses the button. A decline throws, and the session stays open. */
export function paySession(books: Books, id: string, payment: Payment = {}): Session {
  const session = books.sessions.get(id);
  if (session.status !== "open") throw refused(`This Checkout Session is ${session.status}.`);
  if (payment.promotion_code !== undefined) {
    if (session.allow_promotion_codes !== true) throw refused("This Checkout Session takes no promotion codes.");
    applyCoupon(books, session, { code: payment.promotion_code });
  }
  const wanted = payment.with ?? "pm_card_visa";
  makeCustomer(books, session, payment.email ?? session.customer_details?.email ?? "payer@example.com");
  if (session.mode === "setup") return setUp(books, session, payerMethod(books, wanted));
  if (session.amount_total === 0 && session.mode === "payment") return complete(books, session, "no_payment_required");
  if (session.mode === "subscription") return subscribe(books, session, payerMethod(books, wanted));
  return payOnce(books, session, payerMethod(books, wanted), payment);
}

function payerMethod(books: Books, wanted: string): Stripe.PaymentMethod {
  if (/^\d+$/.test(wanted)) return createMethod(books, new Given({ type: "card", card: { number: wanted } }));
  if (wanted === "us_bank_account" || wanted === "customer_balance")
    return createMethod(books, new Given({ type: wanted }));
  return methodGiven(books, wanted);
}

function makeCustomer(books: Books, session: Session, email: string): void {
  const details = { address: null, business_name: null, individual_name: null, name: null, phone: null };
  session.customer_details ??= { ...details, email, tax_exempt: "none", tax_ids: null };
  const isNeeded =
    session.customer_creation === "always" || (session.customer === null && session.mode === "subscription");
  if (!isNeeded || session.customer !== null) return;
  session.customer = createCustomer(books, new Given({ email })).id;
}

function payOnce(books: Books, session: Session, method: Stripe.PaymentMethod, { presentment }: Payment): Session {
  const data = new Given(books.plans.get(session.id)?.intent ?? {}, "payment_intent_data");
  const known = books.intents.find(session.payment_intent as string | null);
  const usage = data.oneOf("setup_future_usage", ["off_session", "on_session"]) ?? null;
  const intent =
    known ??
    addIntent(books, {
      amount: session.amount_total as number,
      currency: session.currency as string,
      customer: session.customer as string | null,
      metadata: data.metadata(),
      more: {
        description: data.orNull("description"),
        receipt_email: data.orNull("receipt_email"),
        setup_future_usage: usage,
        shipping: (data.form.shipping as Json) ?? null,
        capture_method: data.oneOf("capture_method", ["automatic", "automatic_async", "manual"]) ?? "automatic_async",
      },
    });
  if (known === undefined) {
    session.payment_intent = intent.id;
    books.emit("payment_intent.created", intent);
  }
  intent.amount = session.amount_total as number;
  intent.payment_method = method.id;
  present(session, intent, presentment);
  confirmIntent(books, intent, { ...ON_SESSION, returnUrl: session.success_url });
  return follow(books, session, intent);
}

function present(session: Session, intent: Stripe.PaymentIntent, presentment: Payment["presentment"]): void {
  if (presentment === undefined) return;
  const details = { presentment_amount: presentment.amount, presentment_currency: presentment.currency };
  session.presentment_details = details;
  intent.presentment_details = details;
}

/** What has become of the payment decides what becomes of the session. */
function follow(books: Books, session: Session, intent: Stripe.PaymentIntent): Session {
  const waitsForTransfer = intent.next_action?.type === "display_bank_transfer_instructions";
  if (intent.status === "succeeded") return complete(books, session, "paid");
  if (intent.status === "requires_capture" || intent.status === "processing" || waitsForTransfer) {
    return complete(books, session, "unpaid");
  }
  return session;
}

function complete(books: Books, session: Session, payment_status: Session["payment_status"]): Session {
  Object.assign(session, { status: "complete", payment_status, url: null });
  const discount = session.total_details?.amount_discount ?? 0;
  if (payment_status !== "unpaid") discounted(books, session, discount);
  const wantsInvoice = session.invoice_creation?.enabled === true && payment_status !== "unpaid";
  if (wantsInvoice) session.invoice = invoiceOfSession(books, session, books.plans.get(session.id) as Plan).id;
  books.emit("checkout.session.completed", session);
  return session;
}

/** What a coupon took off was sold, too; the truth has it under its own name. */
function discounted(books: Books, session: Session, amount: number): void {
  if (amount === 0) return;
  const plan = books.plans.get(session.id) as Plan;
  books.ledger.write({
    movement: "discounted",
    id: session.id,
    amount,
    currency: session.currency as string,
    intent: session.payment_intent as string | null,
    customer: session.customer as string | null,
    metadata: { ...session.metadata, ...new Given(plan.intent).metadata() },
    idempotency_key: null,
    at: books.now(),
  });
}

onSettled((books, intent, outcome) => {
  const session = books.sessions.all().find((one) => one.payment_intent === intent.id);
  if (session === undefined || session.status !== "complete") return;
  if (outcome === "succeeded") {
    session.payment_status = "paid";
    discounted(books, session, session.total_details?.amount_discount ?? 0);
  }
  books.emit(`checkout.session.async_payment_${outcome}`, session);
});

/** The bank of the payer has answered; called after `authenticate`. */
export function authenticated(books: Books, intent: Stripe.PaymentIntent): void {
  const session = books.sessions.all().find((one) => one.payment_intent === intent.id && one.status === "open");
  if (session !== undefined) follow(books, session, intent);
}

export function authenticatedSetup(books: Books, setup: Stripe.SetupIntent): void {
  const session = books.sessions.all().find((one) => one.setup_intent === setup.id && one.status === "open");
  if (session !== undefined && setup.status === "succeeded") complete(books, session, "no_payment_required");
}

function setUp(books: Books, session: Session, method: Stripe.PaymentMethod): Session {
  const data = new Given(books.plans.get(session.id)?.setup ?? {}, "setup_intent_data");
  const known = books.setups.find(session.setup_intent as string | null);
  const setup =
    known ?? addSetup(books, session.customer as string | null, data.metadata(), data.orNull("description"));
  if (known === undefined) books.emit("setup_intent.created", setup);
  session.setup_intent = setup.id;
  setup.payment_method = method.id;
  confirmSetup(books, setup, session.success_url);
  return setup.status === "succeeded" ? complete(books, session, "no_payment_required") : session;
}

function subscribe(books: Books, session: Session, method: Stripe.PaymentMethod): Session {
  const { subscription: form, lines } = books.plans.get(session.id) as Plan;
  const data = new Given(form, "subscription_data");
  const priced = lines.map((line) => ({ price: line.price as Stripe.Price, quantity: line.quantity ?? 1 }));
  const started = startSubscription(books, {
    customer: session.customer as string,
    method,
    metadata: data.metadata(),
    items: priced.filter(({ price }) => price.recurring !== null),
    once: priced.filter(({ price }) => price.recurring === null),
    trialDays: data.integer("trial_period_days") ?? 0,
    isOffSession: false,
    taxes: session.automatic_tax.enabled,
    failure: "throws",
  });
  session.subscription = started.id;
  session.invoice = started.latest_invoice;
  return complete(books, session, "paid");
}

export function expireSession(books: Books, id: string): Session {
  const session = books.sessions.get(id);
  if (session.status !== "open") {
    throw refused(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of "${session.status}".`,
    );
  }
  const intent = books.intents.find(session.payment_intent as string | null);
  Object.assign(session, { status: "expired", url: null });
  if (intent !== undefined) cancelIntent(books, intent.id);
  books.emit("checkout.session.expired", session);
  return session;
}

export function updateSession(books: Books, id: string, given: Given): Session {
  given.only(["metadata", "collected_information", "shipping_options", "line_items"]);
  const session = books.sessions.get(id);
  session.metadata = given.metadata(session.metadata ?? {});
  return session;
}

/** What Stripe's own page and its command-line tool read and post. */
export function paymentPage(books: Books, id: string): Json {
  const session = books.sessions.get(id);
  const { id: session_id, object: _, ...rest } = session;
  return { id: session_id, object: "checkout.session", eid: "NA", session_id, ...rest };
}

export function confirmPage(books: Books, id: string, given: Given): Json {
  const session = books.sessions.get(id);
  const expected = given.integer("expected_amount");
  if (expected !== undefined && expected !== session.amount_total) {
    throw invalid(`The amount is ${session.amount_total} and not ${expected}.`, { param: "expected_amount" });
  }
  paySession(books, id, { with: given.required("payment_method") });
  return paymentPage(books, id);
}

export function sessionLines(books: Books, id: string): Stripe.LineItem[] {
  return books.plans.get(books.sessions.get(id).id)?.lines ?? [];
}
