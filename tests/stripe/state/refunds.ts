// Refunds. Most succeed at once; some wait, and some fail after everybody thought that they had succeeded.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import type { Given } from "../given.ts";
import { invalid, missing, refused } from "../problem.ts";
import { transact } from "./charges.ts";

const PARAMETERS: (keyof Stripe.RefundCreateParams)[] = [
  "amount",
  "charge",
  "currency",
  "customer",
  "instructions_email",
  "metadata",
  "origin",
  "payment_intent",
  "reason",
  "refund_application_fee",
  "reverse_transfer",
];

export function createRefund(books: Books, given: Given): Stripe.Refund {
  given.only(PARAMETERS);
  const charge = chargeGiven(books, given);
  const left = charge.amount_captured - charge.amount_refunded;
  if (charge.disputed && isLostOrOpen(books, charge)) {
    throw refused("This charge has been charged back and cannot be refunded.", { code: "charge_disputed" });
  }
  if (left === 0) throw refused(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  const amount = given.integer("amount") ?? left;
  if (amount < 1) throw invalid("Invalid positive integer", { param: "amount" });
  if (amount > left) {
    throw refused(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: "amount",
    });
  }
  const method = books.cards.get(charge.payment_method ?? "");
  return addRefund(books, charge, {
    amount,
    metadata: given.metadata(),
    reason: given.oneOf("reason", ["duplicate", "fraudulent", "requested_by_customer"]) ?? null,
    status: method?.refund === "pending" ? "pending" : "succeeded",
  });
}

/** Somebody does it in the dashboard: no parameters, no idempotency key. */
export function refundByHand(books: Books, id: string, amount?: number, status: "succeeded" | "pending" = "succeeded") {
  const charge = books.charges.get(id);
  const left = charge.amount_captured - charge.amount_refunded;
  if ((amount ?? left) > left || left === 0) throw refused(`Only ${left} of the charge ${id} is not refunded yet.`);
  return addRefund(books, charge, { amount: amount ?? left, metadata: {}, reason: null, status });
}

function isLostOrOpen(books: Books, charge: Stripe.Charge): boolean {
  const disputes = books.disputes.all().filter((dispute) => dispute.charge === charge.id);
  return disputes.some(({ status }) => !["won", "prevented"].includes(status) && !status.startsWith("warning_"));
}

function chargeGiven(books: Books, given: Given): Stripe.Charge {
  const charge = given.text("charge");
  if (charge !== undefined) return books.charges.get(charge, "charge");
  const named = given.text("payment_intent");
  if (named === undefined) throw missing("payment_intent");
  const intent = books.intents.get(named, "payment_intent");
  const latest = books.charges.find(intent.latest_charge as string | null);
  if (latest === undefined || !latest.captured) {
    throw refused(`This PaymentIntent (${named}) does not have a successful charge to refund.`, {
      code: "missing_charge",
    });
  }
  return latest;
}

interface NewRefund {
  amount: number;
  metadata: Record<string, string>;
  reason: Stripe.Refund["reason"];
  status: "succeeded" | "pending";
}

function addRefund(
  books: Books,
  charge: Stripe.Charge,
  { amount, metadata, reason, status }: NewRefund,
): Stripe.Refund {
  const id = books.newId("re");
  const refund = books.refunds.add({
    id,
    object: "refund",
    amount,
    balance_transaction: transact(books, "refund", id, -amount, charge.currency).id,
    charge: charge.id,
    created: books.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  });
  write(books, charge, refund, "refunded");
  const amount_refunded = charge.amount_refunded + amount;
  books.emit("refund.created", refund);
  books.change("charge.refunded", charge, { amount_refunded, refunded: amount_refunded === charge.amount_captured });
  books.emit("charge.refund.updated", refund);
  if (books.cards.get(charge.payment_method ?? "")?.refund === "fails")
    books.later(0, () => endRefund(books, id, "failed"));
  return refund;
}

/** How a refund ends: a pending one succeeds or is canceled, and any may fail, even days after it succeeded. */
export function endRefund(books: Books, id: string, status: "succeeded" | "failed" | "canceled"): Stripe.Refund {
  const refund = books.refunds.get(id);
  const before = refund.status;
  if (before === "failed" || before === "canceled" || before === status) {
    throw refused(`The refund ${id} is ${before} already.`);
  }
  const charge = books.charges.get(refund.charge as string);
  const changes: Partial<Stripe.Refund> = { status };
  if (status !== "succeeded") {
    changes.failure_reason = status === "failed" ? "lost_or_stolen_card" : "merchant_request";
    changes.failure_balance_transaction = transact(books, "refund_failure", id, refund.amount, refund.currency).id;
    write(books, charge, refund, "refund_failed");
    charge.amount_refunded -= refund.amount;
    charge.refunded = false;
  }
  books.change("refund.updated", refund, changes);
  if (status === "failed") books.emit("refund.failed", refund);
  books.emit("charge.refund.updated", refund);
  return refund;
}

export function updateRefund(books: Books, id: string, given: Given): Stripe.Refund {
  given.only(["metadata"]);
  const refund = books.refunds.get(id);
  books.change("refund.updated", refund, { metadata: given.metadata(refund.metadata ?? {}) });
  books.emit("charge.refund.updated", refund);
  return refund;
}

export function cancelRefund(books: Books, id: string): Stripe.Refund {
  if (books.refunds.get(id).status !== "pending") throw refused("Only a pending refund can be canceled.");
  return endRefund(books, id, "canceled");
}

function write(
  books: Books,
  charge: Stripe.Charge,
  refund: Stripe.Refund,
  movement: "refunded" | "refund_failed",
): void {
  books.ledger.write({
    movement,
    id: refund.id,
    amount: refund.amount,
    currency: refund.currency,
    intent: charge.payment_intent as string | null,
    customer: charge.customer as string | null,
    metadata: { ...charge.metadata },
    idempotency_key: books.asking.idempotency_key,
    at: books.now(),
  });
}
