// Payment methods: cards of Stripe's test page, bank debits that take their time, and bank transfers.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import { cardByName, cardByNumber, type TestCard } from "../cards.ts";
import type { Given } from "../given.ts";
import { invalid, missing, noSuch, Problem, refused } from "../problem.ts";

/** How a debit that takes days ends, when the account says it. */
export interface Settling {
  outcome: "succeeded" | "failed";
}

/** Accounts with a fate, of Stripe's page of test accounts and as its command-line tool uses them. */
const IBANS: Record<string, Settling["outcome"]> = {
  AT611904300234573201: "succeeded",
  DE89370400440532013000: "succeeded",
  IT40S0542811101000000123456: "succeeded",
  AT861904300235473202: "failed",
  DE62370400440532013001: "failed",
  IT60X0542811101000000123456: "failed",
};

const settlings = new WeakMap<Stripe.PaymentMethod, Settling>();

/** What becomes of a debit by itself; undefined when somebody has to say it. */
export const settlingOf = (method: Stripe.PaymentMethod) => settlings.get(method);

export const isDelayed = (method: Stripe.PaymentMethod) => ["sepa_debit", "us_bank_account"].includes(method.type);

export function createMethod(books: Books, given: Given): Stripe.PaymentMethod {
  const type = given.text("type");
  if (type === undefined) throw missing("type");
  if (type === "card") return cardMethod(books, cardGiven(given.group("card")), given);
  if (type === "sepa_debit") return sepaMethod(books, given);
  if (type === "us_bank_account") return bankMethod(books, given);
  if (type === "customer_balance") return add(books, "customer_balance", { customer_balance: {} }, given);
  throw invalid(
    `Invalid payment method type '${type}': the fake has card, sepa_debit, us_bank_account, customer_balance.`,
    { param: "type" },
  );
}

/** A method by its id, or one of the test names, each of which makes a new method. */
export function methodGiven(books: Books, id: string, param = "payment_method"): Stripe.PaymentMethod {
  const known = books.methods.find(id);
  if (known !== undefined) return known;
  if (books.livemode && id.startsWith("pm_card_")) {
    const also = "; a similar object exists in test mode, but a live mode key was used to make this request.";
    throw noSuch("PaymentMethod", id, param, 400, also);
  }
  const card = id.startsWith("pm_card_") ? cardByName(id) : undefined;
  if (card !== undefined) return cardMethod(books, card);
  if (id === "pm_usBankAccount_success" || id === "pm_usBankAccount") return bankMethod(books);
  throw noSuch("PaymentMethod", id, param, 400);
}

function cardGiven(card: Given): TestCard {
  const token = card.text("token");
  const named = token === undefined ? cardByNumber(card.required("number")) : cardByName(token);
  if (named === undefined) {
    const body = { type: "card_error", code: "incorrect_number", param: "number" } as const;
    throw new Problem(402, { ...body, message: "Your card number is incorrect." }, true);
  }
  return named;
}

export function cardMethod(books: Books, card: TestCard, given?: Given): Stripe.PaymentMethod {
  const shown: Stripe.PaymentMethod.Card = {
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    display_brand: card.brand,
    exp_month: given?.group("card").integer("exp_month") ?? 12,
    exp_year: given?.group("card").integer("exp_year") ?? 2034,
    fingerprint: `fp${card.number.slice(-14)}`,
    funding: "credit",
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
  const method = add(books, "card", { card: shown }, given);
  books.cards.set(method.id, card);
  return method;
}

function sepaMethod(books: Books, given: Given): Stripe.PaymentMethod {
  const iban = given.group("sepa_debit").required("iban");
  const sepa_debit = {
    bank_code: iban.slice(4, 9),
    branch_code: null,
    country: iban.slice(0, 2),
    fingerprint: `fp${iban}`,
    generated_from: null,
    last4: iban.slice(-4),
  };
  const method = add(books, "sepa_debit", { sepa_debit }, given);
  const outcome = IBANS[iban];
  if (outcome !== undefined) settlings.set(method, { outcome });
  return method;
}

function bankMethod(books: Books, given?: Given): Stripe.PaymentMethod {
  const account = given?.group("us_bank_account").text("account_number") ?? "000123456789";
  const us_bank_account: Stripe.PaymentMethod.UsBankAccount = {
    account_holder_type: "individual",
    account_type: "checking",
    bank_name: "STRIPE TEST BANK",
    financial_connections_account: null,
    fingerprint: `fp${account}`,
    last4: account.slice(-4),
    networks: { preferred: "ach", supported: ["ach"] },
    routing_number: "110000000",
    status_details: {},
  };
  return add(books, "us_bank_account", { us_bank_account }, given);
}

type Details = Partial<Pick<Stripe.PaymentMethod, "card" | "sepa_debit" | "us_bank_account" | "customer_balance">>;

function add(books: Books, type: Stripe.PaymentMethod["type"], details: Details, given?: Given): Stripe.PaymentMethod {
  const billing = given?.group("billing_details");
  return books.methods.add({
    id: books.newId("pm"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: {
      address: null,
      email: billing?.orNull("email") ?? null,
      name: billing?.orNull("name") ?? null,
      phone: billing?.orNull("phone") ?? null,
      tax_id: null,
    },
    created: books.now(),
    customer: null,
    customer_account: null,
    livemode: books.livemode,
    metadata: given?.metadata() ?? {},
    type,
    ...details,
  });
}

/** Makes a method the customer's. A card that refuses even this is a card error. */
export function attach(books: Books, method: Stripe.PaymentMethod, customer: string): Stripe.PaymentMethod {
  books.customers.get(customer, "customer");
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    throw refused("The payment method you provided has already been attached to a customer.");
  }
  const refusal = books.cards.get(method.id)?.attach;
  if (refusal !== undefined) {
    const { message, code, decline_code } = refusal;
    throw new Problem(402, { type: "card_error", message, code, decline_code }, true);
  }
  books.change("payment_method.attached", method, { customer });
  return method;
}

export function detach(books: Books, id: string): Stripe.PaymentMethod {
  const method = books.methods.get(id);
  if (method.customer === null) {
    throw refused("The payment method you provided is not attached to a customer so detachment is impossible.");
  }
  for (const customer of books.customers.all()) {
    const { invoice_settings } = customer;
    if (invoice_settings?.default_payment_method !== id) continue;
    books.change(null, customer, { invoice_settings: { ...invoice_settings, default_payment_method: null } });
  }
  books.change("payment_method.detached", method, { customer: null });
  return method;
}

export function updateMethod(books: Books, id: string, given: Given): Stripe.PaymentMethod {
  const method = books.methods.get(id);
  const card = given.group("card");
  const changes: Partial<Stripe.PaymentMethod> = { metadata: given.metadata(method.metadata ?? {}) };
  if (method.card !== undefined) {
    const { exp_month, exp_year } = method.card;
    const month = card.integer("exp_month") ?? exp_month;
    changes.card = { ...method.card, exp_month: month, exp_year: card.integer("exp_year") ?? exp_year };
  }
  books.change("payment_method.updated", method, changes);
  return method;
}

/** The network has sent a new number or date for a card; as Stripe tells it, with the same id. */
export function renewCard(books: Books, id: string, last4: string, exp_month: number, exp_year: number): void {
  const method = books.methods.get(id);
  if (method.card === undefined) throw invalid("Only a card is updated by its network.");
  const card = { ...method.card, last4, exp_month, exp_year };
  books.change("payment_method.automatically_updated", method, { card });
}

/** A card does from now on what another test card does: it was lost, or is covered again. */
export function turnInto(books: Books, id: string, number: string): void {
  const card = cardByNumber(number);
  if (card === undefined) throw invalid(`No test card has the number ${number}.`);
  books.cards.set(books.methods.get(id).id, card);
}
