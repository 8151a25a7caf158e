// Charges: the money that really moved, with its receipt and its line in the balance.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import type { Decline } from "../cards.ts";
import { DAY } from "../clock.ts";

export interface Told {
  status: "succeeded" | "pending" | "failed";
  isCaptured: boolean;
  failure?: Decline;
}

export function addCharge(
  books: Books,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { status, isCaptured, failure }: Told,
): Stripe.Charge {
  const id = books.newId(method.type === "card" ? "ch" : "py");
  const succeeded = status === "succeeded";
  const charge = books.charges.add({
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: succeeded && isCaptured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { ...method.billing_details },
    calculated_statement_descriptor: null,
    captured: succeeded && isCaptured,
    created: books.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: books.livemode,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcome(failure),
    paid: status !== "failed",
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { type: method.type, ...cardDetails(method) },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: status === "failed" ? null : books.page(`/receipts/${id}`),
    refunded: false,
    review: null,
    shipping: intent.shipping as Stripe.Charge.Shipping | null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    ...(intent.presentment_details === undefined ? {} : { presentment_details: intent.presentment_details }),
  });
  if (succeeded && isCaptured) receive(books, charge, charge.amount);
  return charge;
}

/** The money is there: into the truth, and into the balance. */
export function receive(books: Books, charge: Stripe.Charge, amount: number): void {
  const fee = Math.round(amount * 0.029) + 30;
  charge.amount_captured = amount;
  charge.captured = true;
  charge.balance_transaction = transact(books, "charge", charge.id, amount, charge.currency, fee).id;
  books.ledger.write({
    movement: "captured",
    id: charge.id,
    amount,
    currency: charge.currency,
    intent: charge.payment_intent as string | null,
    customer: charge.customer as string | null,
    metadata: { ...charge.metadata },
    idempotency_key: books.asking.idempotency_key,
    at: books.now(),
    ...extrasOf(books, charge.payment_intent as string | null),
  });
}

/** What of a payment is not for what was bought; its session or its invoice says it. */
function extrasOf(books: Books, intent: string | null): { tax: number; shipping: number } {
  const session = books.sessions.all().find((one) => one.payment_intent === intent && intent !== null);
  if (session !== undefined) {
    const { amount_tax = 0, amount_shipping = 0 } = session.total_details ?? {};
    return { tax: amount_tax, shipping: amount_shipping ?? 0 };
  }
  const payment = books.invoicePayments.all().find((one) => one.payment.payment_intent === intent && intent !== null);
  const taxes = books.invoices.find(payment?.invoice as string | undefined)?.total_taxes ?? [];
  return { tax: taxes.reduce((sum, tax) => sum + tax.amount, 0), shipping: 0 };
}

export function transact(
  books: Books,
  type: "charge" | "refund" | "adjustment" | "refund_failure",
  source: string,
  amount: number,
  currency: string,
  fee = 0,
): Stripe.BalanceTransaction {
  const fee_details: Stripe.BalanceTransaction.FeeDetail[] =
    fee === 0
      ? []
      : [{ amount: fee, application: null, currency, description: "Stripe processing fees", type: "stripe_fee" }];
  return books.transactions.add({
    id: books.newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: books.now() + 2 * DAY,
    balance_type: "payments",
    created: books.now(),
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details,
    net: amount - fee,
    reporting_category: type === "adjustment" ? "dispute" : type,
    source,
    status: "pending",
    type,
  });
}

function outcome(failure: Decline | undefined): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: failure === undefined ? "approved_by_network" : "declined_by_network",
    reason: failure?.decline_code ?? null,
    risk_level: "normal",
    risk_score: 20,
    seller_message:
      failure === undefined ? "Payment complete." : "The bank did not return any further details with this decline.",
    type: failure === undefined ? "authorized" : "issuer_declined",
  };
}

function cardDetails({ card }: Stripe.PaymentMethod): Partial<Stripe.Charge.PaymentMethodDetails> {
  if (card === undefined) return {};
  const { brand, country, exp_month, exp_year, fingerprint = null, funding, last4 } = card;
  const shown = { brand, country, exp_month, exp_year, fingerprint, funding, last4, network: brand, wallet: null };
  return { card: shown as unknown as Stripe.Charge.PaymentMethodDetails.Card };
}
