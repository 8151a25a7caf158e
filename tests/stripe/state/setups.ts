// SetupIntents: a method is made the customer's, to be charged later, without money.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import { AUTHENTICATION_REQUIRED, type Decline } from "../cards.ts";
import type { Given } from "../given.ts";
import { invalid, Problem, refused } from "../problem.ts";
import { attach, createMethod, methodGiven } from "./methods.ts";

const PARAMETERS: (keyof Stripe.SetupIntentCreateParams)[] = [
  "allowed_payment_method_types",
  "attach_to_self",
  "automatic_payment_methods",
  "confirm",
  "confirmation_token",
  "customer",
  "customer_account",
  "description",
  "excluded_payment_method_types",
  "flow_directions",
  "mandate_data",
  "metadata",
  "on_behalf_of",
  "payment_method",
  "payment_method_configuration",
  "payment_method_data",
  "payment_method_options",
  "return_url",
  "single_use",
  "usage",
  "use_stripe_sdk",
];

export function createSetup(books: Books, given: Given): Stripe.SetupIntent {
  given.only([...PARAMETERS, "payment_method_types"]);
  const customer = given.orNull("customer");
  const setup = addSetup(books, customer, given.metadata(), given.orNull("description"));
  setup.usage = given.oneOf("usage", ["off_session", "on_session"]) ?? "off_session";
  setMethod(books, setup, given);
  books.emit("setup_intent.created", setup);
  return given.boolean("confirm") ? confirmSetup(books, setup, given.orNull("return_url")) : setup;
}

export function addSetup(
  books: Books,
  customer: string | null,
  metadata: Record<string, string>,
  description: string | null = null,
): Stripe.SetupIntent {
  if (customer !== null) books.customers.get(customer, "customer");
  const id = books.newId("seti");
  return books.setups.add({
    id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    cancellation_reason: null,
    client_secret: `${id}_secret_${books.newId("x").slice(2)}`,
    created: books.now(),
    customer,
    description,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: books.livemode,
    mandate: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    single_use_mandate: null,
    status: "requires_payment_method",
    usage: "off_session",
  });
}

function setMethod(books: Books, setup: Stripe.SetupIntent, given: Given): void {
  const named = given.text("payment_method");
  const data = given.has("payment_method_data") ? createMethod(books, given.group("payment_method_data")) : undefined;
  const method = named ? methodGiven(books, named) : data;
  if (method === undefined) return;
  if (method.customer !== null && method.customer !== setup.customer) {
    throw invalid("The provided PaymentMethod belongs to another Customer.", { param: "payment_method" });
  }
  setup.payment_method = method.id;
  setup.status = "requires_confirmation";
}

export function confirmSetupById(books: Books, id: string, given: Given): Stripe.SetupIntent {
  const setup = books.setups.get(id);
  setMethod(books, setup, given);
  return confirmSetup(books, setup, given.orNull("return_url"));
}

export function confirmSetup(books: Books, setup: Stripe.SetupIntent, returnUrl: string | null): Stripe.SetupIntent {
  if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(setup.status)) {
    throw unexpectedState(setup, "confirm");
  }
  if (setup.payment_method === null) throw unexpectedState(setup, "confirm");
  const method = books.methods.get(setup.payment_method as string);
  const card = books.cards.get(method.id);
  if (card?.attach !== undefined) throw fail(books, setup, method, card.attach);
  if (card?.authentication !== undefined) {
    const url = books.page(`/authenticate/${setup.id}`);
    if (returnUrl !== null) books.returns.set(setup.id, returnUrl);
    const next_action =
      returnUrl === null
        ? { type: "use_stripe_sdk", use_stripe_sdk: { stripe_js: url } }
        : { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } };
    Object.assign(setup, { status: "requires_action", next_action });
    books.emit("setup_intent.requires_action", setup);
    return setup;
  }
  return succeed(books, setup, method);
}

function unexpectedState(setup: Stripe.SetupIntent, verb: string): Problem {
  return refused(`You cannot ${verb} this SetupIntent because it has a status of ${setup.status}.`, {
    code: "setup_intent_unexpected_state",
    setup_intent: structuredClone(setup),
  });
}

/** The customer has answered their bank, or has not. */
export function authenticateSetup(books: Books, id: string, agrees: boolean): Stripe.SetupIntent {
  const setup = books.setups.get(id);
  if (setup.status !== "requires_action") throw unexpectedState(setup, "authenticate");
  const method = books.methods.get(setup.payment_method as string);
  if (agrees) return succeed(books, setup, method);
  const code = "setup_intent_authentication_failure";
  throw fail(books, setup, method, { ...AUTHENTICATION_REQUIRED, code });
}

function succeed(books: Books, setup: Stripe.SetupIntent, method: Stripe.PaymentMethod): Stripe.SetupIntent {
  if (setup.customer !== null) attach(books, method, setup.customer as string);
  Object.assign(setup, { status: "succeeded", next_action: null, last_setup_error: null });
  books.emit("setup_intent.succeeded", setup);
  return setup;
}

function fail(books: Books, setup: Stripe.SetupIntent, method: Stripe.PaymentMethod, failure: Decline): Problem {
  const payment_method = structuredClone(method);
  const last_setup_error = { ...failure, payment_method, type: "card_error" };
  Object.assign(setup, {
    status: "requires_payment_method",
    payment_method: null,
    next_action: null,
    last_setup_error,
  });
  books.emit("setup_intent.setup_failed", setup);
  const body = { ...failure, setup_intent: structuredClone(setup), payment_method };
  return new Problem(402, { type: "card_error", ...body }, true);
}

export function cancelSetup(books: Books, id: string): Stripe.SetupIntent {
  const setup = books.setups.get(id);
  if (["succeeded", "canceled"].includes(setup.status)) throw unexpectedState(setup, "cancel");
  Object.assign(setup, { status: "canceled", next_action: null });
  books.emit("setup_intent.canceled", setup);
  return setup;
}
