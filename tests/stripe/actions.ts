// What people do beside the API: payers at a page, banks, and somebody at the dashboard. Pages, the control API and tests
// all do it by these names.

import type Stripe from "stripe";
import type { Books } from "./books.ts";
import { Given } from "./given.ts";
import type { Json } from "./json.ts";
import { invalid, missing } from "./problem.ts";
import { fund } from "./state/cash.ts";
import * as disputes from "./state/disputes.ts";
import { applyCash, authenticate, settle } from "./state/intents.ts";
import { followInvoice } from "./state/invoices.ts";
import { renewCard, turnInto } from "./state/methods.ts";
import { endRefund, refundByHand } from "./state/refunds.ts";
import * as sessions from "./state/sessions.ts";
import { authenticateSetup } from "./state/setups.ts";

export type Action = (books: Books, given: Given) => Json;

/** The payer at Checkout presses the button. */
export function pay(books: Books, session: string, payment: sessions.Payment = {}): Stripe.Checkout.Session {
  return sessions.paySession(books, session, payment);
}

/** The payer answers their bank, for a PaymentIntent or a SetupIntent. */
export function answerBank(books: Books, id: string, agrees: boolean): Stripe.PaymentIntent | Stripe.SetupIntent {
  if (id.startsWith("seti_")) {
    const setup = authenticateSetup(books, id, agrees);
    sessions.authenticatedSetup(books, setup);
    return setup;
  }
  try {
    const intent = authenticate(books, id, agrees);
    sessions.authenticated(books, intent);
    return intent;
  } finally {
    followInvoice(books, books.intents.get(id));
  }
}

/** Money comes to the customer's account number: what a payment still waits for, or some of it. */
export function transfer(books: Books, id: string, amount?: number): Stripe.PaymentIntent {
  const intent = books.intents.get(id);
  const waiting = intent.next_action?.display_bank_transfer_instructions?.amount_remaining ?? 0;
  const sent = new Given({ amount: String(amount ?? waiting), currency: intent.currency });
  fund(books, intent.customer as string, sent);
  applyCash(books, intent.customer as string, intent.currency);
  return intent;
}

/** The charge of a payment, however it is named. */
function chargeOf(books: Books, id: string): Stripe.Charge {
  const intent = books.intents.find(id);
  return books.charges.get((intent?.latest_charge as string | null | undefined) ?? id);
}

export function refund(
  books: Books,
  payment: string,
  amount?: number,
  status?: "succeeded" | "pending",
): Stripe.Refund {
  return refundByHand(books, chargeOf(books, payment).id, amount, status);
}

export function dispute(books: Books, payment: string, more: Partial<disputes.NewDispute> = {}): Stripe.Dispute {
  const charge = chargeOf(books, payment);
  const { reason = "fraudulent", isInquiry = false, amount = charge.amount } = more;
  return disputes.openDispute(books, charge, { reason, isInquiry, amount });
}

/** Radar has a hint of fraud; it moves no money. */
export function warnOfFraud(books: Books, payment: string): void {
  const charge = chargeOf(books, payment);
  const id = books.newId("issfr");
  const warning = {
    id,
    object: "radar.early_fraud_warning",
    actionable: true,
    charge: charge.id,
    created: books.now(),
  };
  books.emit("radar.early_fraud_warning.created", {
    ...warning,
    fraud_type: "misc",
    livemode: books.livemode,
    payment_intent: charge.payment_intent,
  });
}

const payment = (given: Given): string => {
  const named = given.text("payment_intent") ?? given.text("charge") ?? given.text("payment");
  if (named === undefined) throw missing("payment_intent");
  return named;
};

const outcome = <T extends string>(given: Given, name: string, allowed: readonly T[]): T => {
  const value = given.oneOf(name, allowed);
  if (value === undefined) throw missing(name);
  return value;
};

function payGiven(books: Books, given: Given): Json {
  const currency = given.text("presentment_currency");
  const texts = {
    with: given.text("with"),
    promotion_code: given.text("promotion_code") || undefined,
    email: given.text("email"),
  };
  const present = currency ? { presentment: { currency, amount: given.requiredInteger("presentment_amount") } } : {};
  const said = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
  return pay(books, given.required("session"), { ...said, ...present });
}

/** By the name that stands in the address: POST /_fake/pay. */
export const ACTIONS: Record<string, Action> = {
  pay: payGiven,
  expire: (books, given) => sessions.expireSession(books, given.required("session")),
  authenticate: (books, given) => answerBank(books, given.required("id"), given.boolean("agrees") ?? true),
  settle: (books, given) => settle(books, payment(given), outcome(given, "outcome", ["succeeded", "failed"])),
  transfer: (books, given) => transfer(books, payment(given), given.integer("amount")),
  refund: (books, given) =>
    refund(books, payment(given), given.integer("amount"), given.oneOf("status", ["succeeded", "pending"])),
  end_refund: (books, given) =>
    endRefund(books, given.required("refund"), outcome(given, "status", ["succeeded", "failed", "canceled"])),
  dispute: (books, given) => {
    const isInquiry = given.boolean("inquiry") ?? false;
    const amount = given.integer("amount");
    const reason = given.text("reason") ?? "fraudulent";
    return dispute(books, payment(given), { isInquiry, reason, ...(amount === undefined ? {} : { amount }) });
  },
  escalate_dispute: (books, given) => disputes.escalate(books, given.required("dispute")),
  close_dispute: (books, given) =>
    disputes.closeDispute(books, given.required("dispute"), outcome(given, "status", ["won", "lost"])),
  warn_of_fraud: (books, given) => {
    warnOfFraud(books, payment(given));
    return {};
  },
  renew_card: (books, given) => {
    const id = given.required("payment_method");
    renewCard(
      books,
      id,
      given.text("last4") ?? "1111",
      given.integer("exp_month") ?? 12,
      given.integer("exp_year") ?? 2040,
    );
    return books.methods.get(id);
  },
  turn_card: (books, given) => {
    const id = given.required("payment_method");
    turnInto(books, id, given.required("number"));
    return books.methods.get(id);
  },
  tax: (books, given) => {
    const percent = Number(given.required("percent"));
    if (!(percent >= 0 && percent < 100)) throw invalid("Invalid percentage", { param: "percent" });
    books.taxPercent = percent;
    return { percent };
  },
};
