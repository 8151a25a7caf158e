// PaymentIntents.
//
// requires_payment_method --confirm--> succeeded | processing | requires_action | requires_capture
//            ^--------- a decline ----------'   processing --settle--> succeeded | requires_payment_method

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import { AUTHENTICATION_REQUIRED, type Decline } from "../cards.ts";
import type { Given } from "../given.ts";
import type { Json } from "../json.ts";
import { invalid, missing, Problem, refused } from "../problem.ts";
import { takeCash } from "./cash.ts";
import { addCharge, receive } from "./charges.ts";
import { openDispute } from "./disputes.ts";
import { attach, createMethod, isDelayed, methodGiven, settlingOf } from "./methods.ts";

const PARAMETERS: (keyof Stripe.PaymentIntentCreateParams)[] = [
  "allowed_payment_method_types",
  "amount",
  "amount_details",
  "application_fee_amount",
  "automatic_payment_methods",
  "capture_method",
  "confirm",
  "confirmation_method",
  "confirmation_token",
  "currency",
  "customer",
  "customer_account",
  "description",
  "error_on_requires_action",
  "excluded_payment_method_types",
  "hooks",
  "mandate",
  "mandate_data",
  "metadata",
  "off_session",
  "on_behalf_of",
  "payment_details",
  "payment_method",
  "payment_method_configuration",
  "payment_method_data",
  "payment_method_options",
  "radar_options",
  "receipt_email",
  "return_url",
  "setup_future_usage",
  "shipping",
  "statement_descriptor",
  "statement_descriptor_suffix",
  "transfer_data",
  "transfer_group",
  "use_stripe_sdk",
];

/** In minor units; what is not listed here is one. */
const MINIMUM: Record<string, number> = { usd: 50, eur: 50, gbp: 30, jpy: 50, mxn: 1000 };

/** What only a confirmation may say. */
const OF_CONFIRMATION = ["off_session", "error_on_requires_action", "mandate", "mandate_data", "return_url"];

export interface Confirmation {
  isOffSession: boolean;
  failsOnAction: boolean;
  returnUrl: string | null;
  /** The customer has just shown who they are. */
  isAuthenticated?: boolean;
}

export const ON_SESSION: Confirmation = { isOffSession: false, failsOnAction: false, returnUrl: null };

export function createIntent(books: Books, given: Given): Stripe.PaymentIntent {
  // Versions before endive name the types of payment methods.
  given.only([...PARAMETERS, "payment_method_types"]);
  const confirms = given.boolean("confirm") ?? false;
  const early = OF_CONFIRMATION.find((name) => given.has(name));
  if (early !== undefined && !confirms) {
    throw invalid(
      `The parameter \`${early}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
      { param: early },
    );
  }
  const intent = addIntent(books, {
    amount: given.requiredInteger("amount"),
    currency: currencyGiven(given),
    customer: given.orNull("customer"),
    metadata: given.metadata(),
    more: {
      capture_method: given.oneOf("capture_method", ["automatic", "automatic_async", "manual"]) ?? "automatic_async",
      description: given.orNull("description"),
      receipt_email: given.orNull("receipt_email"),
      setup_future_usage: given.oneOf("setup_future_usage", ["off_session", "on_session"]) ?? null,
      payment_method_types: typesGiven(given),
      shipping: (given.form.shipping as Json) ?? null,
    },
  });
  setMethod(books, intent, given);
  books.emit("payment_intent.created", intent);
  return confirms ? confirmIntent(books, intent, confirmationGiven(given)) : intent;
}

function typesGiven(given: Given): string[] {
  const named = [...given.texts("payment_method_types"), ...given.texts("allowed_payment_method_types")];
  return named.length > 0 ? named : ["card", "link"];
}

export function currencyGiven(given: Given): string {
  const currency = given.required("currency").toLowerCase();
  if (!/^[a-z]{3}$/.test(currency)) throw invalid(`Invalid currency: ${currency}.`, { param: "currency" });
  return currency;
}

interface NewIntent {
  amount: number;
  currency: string;
  customer: string | null;
  metadata: Record<string, string>;
  more?: Partial<Stripe.PaymentIntent>;
}

export function checkAmount(amount: number, currency: string, param = "amount"): void {
  const least = MINIMUM[currency] ?? 1;
  if (amount < 1) throw invalid("Invalid positive integer", { code: "parameter_invalid_integer", param });
  if (amount < least) {
    throw invalid(`Amount must be at least ${least} in the smallest unit of ${currency}`, {
      code: "amount_too_small",
      param,
    });
  }
  if (amount > 99_999_999 && currency !== "idr") {
    throw invalid("Amount must be no more than 99999999", { code: "amount_too_large", param });
  }
}

export function addIntent(
  books: Books,
  { amount, currency, customer, metadata, more }: NewIntent,
): Stripe.PaymentIntent {
  checkAmount(amount, currency);
  if (customer !== null) books.customers.get(customer, "customer");
  const id = books.newId("pi");
  return books.intents.add({
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}_secret_${books.newId("x").slice(2)}`,
    confirmation_method: "automatic",
    created: books.now(),
    currency,
    customer,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: books.livemode,
    managed_payments: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card", "link"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...more,
  });
}

function setMethod(books: Books, intent: Stripe.PaymentIntent, given: Given): void {
  const named = given.text("payment_method");
  const method = named
    ? methodGiven(books, named)
    : given.has("payment_method_data")
      ? createMethod(books, given.group("payment_method_data"))
      : undefined;
  if (method === undefined) return;
  if (method.customer !== null && method.customer !== intent.customer) {
    const message =
      "The provided PaymentMethod belongs to another Customer, or no Customer was given. Please include the Customer in the `customer` parameter on the PaymentIntent.";
    throw invalid(message, { param: "payment_method" });
  }
  intent.payment_method = method.id;
  intent.status = "requires_confirmation";
}

function confirmationGiven(given: Given): Confirmation {
  const off = given.form.off_session;
  return {
    isOffSession: off !== undefined && off !== "false" && off !== "",
    failsOnAction: given.boolean("error_on_requires_action") ?? false,
    returnUrl: given.orNull("return_url"),
  };
}

export function confirmById(books: Books, id: string, given: Given): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  setMethod(books, intent, given);
  if (given.has("setup_future_usage")) {
    intent.setup_future_usage = given.oneOf("setup_future_usage", ["off_session", "on_session"]) ?? null;
  }
  return confirmIntent(books, intent, confirmationGiven(given));
}

const CONFIRMABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** Tries to get the money. A decline throws after everything was noted, as the API answers 402 then. */
export function confirmIntent(books: Books, intent: Stripe.PaymentIntent, how: Confirmation): Stripe.PaymentIntent {
  if (!CONFIRMABLE.includes(intent.status)) throw unexpectedState(intent, "confirm");
  if (intent.payment_method === null) {
    throw refused("You cannot confirm this PaymentIntent because it's missing a payment method.", {
      code: "payment_intent_unexpected_state",
      payment_intent: structuredClone(intent),
    });
  }
  const method = books.methods.get(intent.payment_method as string, "payment_method");
  const fate = books.fates.shift();
  if (fate?.kind === "decline") {
    const message = "Your card was declined.";
    throw fail(books, intent, method, { code: "card_declined", decline_code: fate.decline_code, message });
  }
  const card = books.cards.get(method.id);
  const wantsCustomer =
    how.isAuthenticated !== true &&
    (card?.authentication === "always" || (card?.authentication === "unless_set_up" && !isSetUp(books, method)));
  if (wantsCustomer) return askCustomer(books, intent, method, how);
  if (card?.charge !== undefined) throw fail(books, intent, method, card.charge);
  if (fate?.kind === "processing" || isDelayed(method)) return startProcessing(books, intent, method);
  if (method.type === "customer_balance") return waitForTransfer(books, intent, method);
  return succeed(books, intent, method);
}

function unexpectedState(intent: Stripe.PaymentIntent, verb: string): Problem {
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`;
  return refused(message, { code: "payment_intent_unexpected_state", payment_intent: structuredClone(intent) });
}

/** Whether a customer has once agreed to be charged with it when they are away. */
function isSetUp(books: Books, { id }: Stripe.PaymentMethod): boolean {
  const ofSetups = books.setups.all().some((one) => one.payment_method === id && one.status === "succeeded");
  return ofSetups || books.intents.all().some((one) => isAgreement(one) && one.payment_method === id);
}

const isAgreement = ({ status, setup_future_usage }: Stripe.PaymentIntent) =>
  status === "succeeded" && setup_future_usage === "off_session";

function askCustomer(
  books: Books,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { isOffSession, failsOnAction, returnUrl }: Confirmation,
): Stripe.PaymentIntent {
  if (isOffSession || failsOnAction) throw fail(books, intent, method, AUTHENTICATION_REQUIRED);
  const url = books.page(`/authenticate/${intent.id}`);
  if (returnUrl !== null) books.returns.set(intent.id, returnUrl);
  const next_action: Stripe.PaymentIntent.NextAction =
    returnUrl === null
      ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url } as never }
      : { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } };
  Object.assign(intent, { status: "requires_action", next_action });
  books.emit("payment_intent.requires_action", intent);
  return intent;
}

/** The customer has answered their bank, or has not. */
export function authenticate(books: Books, id: string, agrees: boolean): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  if (intent.status !== "requires_action") throw unexpectedState(intent, "authenticate");
  intent.next_action = null;
  const method = books.methods.get(intent.payment_method as string);
  if (agrees) return confirmIntent(books, intent, { ...ON_SESSION, isAuthenticated: true });
  const message =
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.";
  throw fail(
    books,
    intent,
    method,
    { code: "payment_intent_authentication_failure", decline_code: "", message },
    false,
  );
}

/** The money did not come; the intent can be tried again with another method. */
function fail(
  books: Books,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  failure: Decline,
  isCharged = true,
): Problem {
  const charge = isCharged ? addCharge(books, intent, method, { status: "failed", isCaptured: false, failure }) : null;
  const { code, message } = failure;
  const decline_code = failure.decline_code === "" ? {} : { decline_code: failure.decline_code };
  const told = { code, ...decline_code, message, ...(charge === null ? {} : { charge: charge.id }) };
  const last_payment_error: Stripe.PaymentIntent.LastPaymentError = {
    ...told,
    code: code as NonNullable<Stripe.PaymentIntent.LastPaymentError["code"]>,
    payment_method: structuredClone(method),
    type: isCharged ? "card_error" : "invalid_request_error",
  };
  Object.assign(intent, {
    status: "requires_payment_method",
    payment_method: null,
    next_action: null,
    processing: null,
    latest_charge: charge?.id ?? intent.latest_charge,
    last_payment_error,
  });
  if (charge !== null) books.emit("charge.failed", charge);
  books.emit("payment_intent.payment_failed", intent);
  const body = { ...told, payment_intent: structuredClone(intent), payment_method: structuredClone(method) };
  return new Problem(402, { type: "card_error", ...body }, true);
}

function succeed(books: Books, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Stripe.PaymentIntent {
  const isCaptured = intent.capture_method !== "manual";
  // An agreement makes the method the customer's before anybody hears of the payment.
  keepMethod(books, intent, method);
  const charge = addCharge(books, intent, method, { status: "succeeded", isCaptured });
  Object.assign(intent, {
    status: isCaptured ? "succeeded" : "requires_capture",
    amount_received: isCaptured ? intent.amount : 0,
    amount_capturable: isCaptured ? 0 : intent.amount,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
    processing: null,
  });
  books.emit("charge.succeeded", charge);
  books.emit(isCaptured ? "payment_intent.succeeded" : "payment_intent.amount_capturable_updated", intent);
  const dispute = books.cards.get(method.id)?.dispute;
  if (dispute !== undefined) openDispute(books, charge, { ...dispute, amount: charge.amount });
  return intent;
}

function keepMethod(books: Books, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  if (intent.setup_future_usage === null || intent.customer === null || method.customer !== null) return;
  attach(books, method, intent.customer as string);
}

function startProcessing(
  books: Books,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const charge = addCharge(books, intent, method, { status: "pending", isCaptured: false });
  Object.assign(intent, {
    status: "processing",
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
  });
  books.emit("charge.pending", charge);
  books.emit("payment_intent.processing", intent);
  const settling = settlingOf(method);
  if (settling !== undefined) books.later(0, () => settle(books, intent.id, settling.outcome));
  return intent;
}

const REVERSED: Decline = {
  code: "payment_method_provider_decline",
  decline_code: "insufficient_funds",
  message: "The customer's account has insufficient funds to cover this payment.",
};

/** Days later the bank says how it ended. Who waits for it is told by `onSettled`. */
export function settle(books: Books, id: string, outcome: "succeeded" | "failed"): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  if (intent.status !== "processing") throw unexpectedState(intent, "settle");
  const charge = books.charges.get(intent.latest_charge as string);
  if (outcome === "succeeded") {
    const method = books.methods.get(intent.payment_method as string);
    keepMethod(books, intent, method);
    Object.assign(charge, { status: "succeeded", paid: true });
    receive(books, charge, charge.amount);
    Object.assign(intent, { status: "succeeded", amount_received: intent.amount });
    books.emit("charge.succeeded", charge);
    books.emit("payment_intent.succeeded", intent);
  } else {
    Object.assign(charge, {
      status: "failed",
      paid: false,
      failure_code: REVERSED.code,
      failure_message: REVERSED.message,
    });
    const payment_method = structuredClone(books.methods.get(intent.payment_method as string));
    const last_payment_error = { ...REVERSED, charge: charge.id, payment_method, type: "card_error" };
    Object.assign(intent, { status: "requires_payment_method", payment_method: null, last_payment_error });
    books.emit("charge.failed", charge);
    books.emit("payment_intent.payment_failed", intent);
  }
  for (const told of waiting) told(books, intent, outcome);
  return intent;
}

type Told = (books: Books, intent: Stripe.PaymentIntent, outcome: "succeeded" | "failed") => void;
const waiting: Told[] = [];

/** Sessions and invoices follow their payments; they are above this file, so they say so. */
export function onSettled(told: Told): void {
  waiting.push(told);
}

function waitForTransfer(
  books: Books,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  if (intent.customer === null) throw missing("customer");
  const left = takeCash(books, intent, intent.amount - intent.amount_received);
  if (left === 0) return succeed(books, intent, method);
  const instructions = {
    amount_remaining: left,
    currency: intent.currency,
    hosted_instructions_url: books.page(`/transfer/${intent.id}`),
    reference: intent.id.slice(-8).toUpperCase(),
    type: "us_bank_transfer",
  };
  const next_action = { type: "display_bank_transfer_instructions", display_bank_transfer_instructions: instructions };
  Object.assign(intent, { status: "requires_action", next_action });
  books.emit("payment_intent.requires_action", intent);
  return intent;
}

/** Money came into the customer's cash balance; what waits for a transfer takes it, the oldest first. */
export function applyCash(books: Books, customer: string, currency: string): void {
  for (const intent of books.intents.all()) {
    const waits = intent.next_action?.type === "display_bank_transfer_instructions";
    if (!waits || intent.customer !== customer || intent.currency !== currency) continue;
    const instructions = intent.next_action?.display_bank_transfer_instructions;
    const before = instructions?.amount_remaining ?? intent.amount;
    const left = takeCash(books, intent, before);
    if (left === before) continue;
    if (left === 0) {
      succeed(books, intent, books.methods.get(intent.payment_method as string));
      for (const told of waiting) told(books, intent, "succeeded");
    } else if (instructions) {
      instructions.amount_remaining = left;
      books.emit("payment_intent.partially_funded", intent);
    }
  }
}

export function updateIntent(books: Books, id: string, given: Given): Stripe.PaymentIntent {
  given.only([...PARAMETERS, "payment_method_types"]);
  const intent = books.intents.get(id);
  if (given.has("amount") || given.has("currency")) {
    if (!CONFIRMABLE.includes(intent.status)) throw unexpectedState(intent, "update");
    intent.amount = given.integer("amount") ?? intent.amount;
    checkAmount(intent.amount, intent.currency);
  }
  if (given.has("customer")) intent.customer = given.orNull("customer");
  setMethod(books, intent, given);
  if (given.has("description")) intent.description = given.orNull("description");
  intent.metadata = given.metadata(intent.metadata);
  return intent;
}

export function cancelIntent(books: Books, id: string, given?: Given): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  const isOfSession = books.sessions.all().some((one) => one.payment_intent === id && one.status === "open");
  if (isOfSession && given !== undefined) {
    throw refused("You cannot cancel a PaymentIntent of an open Checkout Session; expire the Session instead.", {
      code: "payment_intent_unexpected_state",
    });
  }
  if (![...CONFIRMABLE, "requires_capture"].includes(intent.status)) throw unexpectedState(intent, "cancel");
  const reasons = ["abandoned", "duplicate", "fraudulent", "requested_by_customer"] as const;
  const cancellation_reason = given?.oneOf("cancellation_reason", reasons) ?? null;
  const gone = { canceled_at: books.now(), cancellation_reason, next_action: null, amount_capturable: 0 };
  Object.assign(intent, { status: "canceled", ...gone });
  books.emit("payment_intent.canceled", intent);
  return intent;
}

export function captureIntent(books: Books, id: string, given: Given): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  if (intent.status !== "requires_capture") throw unexpectedState(intent, "capture");
  const amount = given.integer("amount_to_capture") ?? intent.amount;
  if (amount < 1 || amount > intent.amount) {
    throw invalid("The amount to capture must be at most what was authorized.", { param: "amount_to_capture" });
  }
  const charge = books.charges.get(intent.latest_charge as string);
  receive(books, charge, amount);
  Object.assign(intent, { status: "succeeded", amount_received: amount, amount_capturable: 0 });
  books.emit("charge.captured", charge);
  books.emit("payment_intent.succeeded", intent);
  return intent;
}
