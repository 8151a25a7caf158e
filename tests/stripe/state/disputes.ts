// Disputes. The money goes when one is opened, unless it is an inquiry, and comes back when it is won.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import { DAY } from "../clock.ts";
import type { Given } from "../given.ts";
import { refused } from "../problem.ts";
import { transact } from "./charges.ts";

export interface NewDispute {
  reason: string;
  isInquiry: boolean;
  /** It may differ from the charge: a part of it, or more by the rate of a currency. */
  amount: number;
}

const FEE = 1500;

export function openDispute(
  books: Books,
  charge: Stripe.Charge,
  { reason, isInquiry, amount }: NewDispute,
): Stripe.Dispute {
  const dispute = books.disputes.add({
    id: books.newId("du"),
    object: "dispute",
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: books.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...NO_EVIDENCE },
    evidence_details: {
      due_by: books.now() + 9 * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: null as unknown as Stripe.Dispute.EvidenceDetails["submission_method"],
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: books.livemode,
    metadata: {},
    network_reason_code: "10.4",
    payment_intent: charge.payment_intent,
    payment_method_details: {
      type: "card",
      card: {
        brand: "visa",
        network: "visa",
        case_type: isInquiry ? "inquiry" : "chargeback",
        network_reason_code: "10.4",
      },
    },
    reason,
    status: isInquiry ? "warning_needs_response" : "needs_response",
  });
  charge.disputed = true;
  if (!isInquiry) withdraw(books, dispute);
  books.emit("charge.dispute.created", dispute);
  if (!isInquiry) books.emit("charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

function withdraw(books: Books, dispute: Stripe.Dispute): void {
  const line = transact(books, "adjustment", dispute.id, -dispute.amount, dispute.currency, FEE);
  dispute.balance_transactions.push(line);
  write(books, dispute, "withdrawn");
}

/** An inquiry that the bank makes a dispute after all: now the money goes. */
export function escalate(books: Books, id: string): Stripe.Dispute {
  const dispute = books.disputes.get(id);
  if (!dispute.status.startsWith("warning_")) throw refused(`The dispute ${id} is no inquiry.`);
  withdraw(books, dispute);
  books.change("charge.dispute.updated", dispute, { status: "needs_response", is_charge_refundable: false });
  books.emit("charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

const OPEN = [
  "needs_response",
  "under_review",
  "warning_needs_response",
  "warning_under_review",
  "appeal_under_review",
];

/** The bank has decided. */
export function closeDispute(books: Books, id: string, status: "won" | "lost"): Stripe.Dispute {
  const dispute = books.disputes.get(id);
  if (!OPEN.includes(dispute.status)) throw refused(`This dispute is already closed`);
  const isInquiry = dispute.status.startsWith("warning_");
  dispute.status = isInquiry ? "warning_closed" : status;
  if (!isInquiry && status === "won") {
    dispute.balance_transactions.push(transact(books, "adjustment", id, dispute.amount, dispute.currency));
    write(books, dispute, "reinstated");
    books.emit("charge.dispute.funds_reinstated", dispute);
  }
  books.emit("charge.dispute.closed", dispute);
  return dispute;
}

/** Evidence decides a test dispute by its text, as at Stripe. */
export function updateDispute(books: Books, id: string, given: Given): Stripe.Dispute {
  given.only(["evidence", "metadata", "submit", "intended_submission_method"]);
  const dispute = books.disputes.get(id);
  const evidence = { ...dispute.evidence };
  for (const name of ["uncategorized_text", "product_description", "customer_name"] as const) {
    evidence[name] = given.group("evidence").text(name) ?? evidence[name];
  }
  books.change("charge.dispute.updated", dispute, { evidence, metadata: given.metadata(dispute.metadata) });
  const text = given.group("evidence").text("uncategorized_text");
  if (text === "winning_evidence") closeDispute(books, id, "won");
  if (text === "losing_evidence") closeDispute(books, id, "lost");
  return dispute;
}

function write(books: Books, dispute: Stripe.Dispute, movement: "withdrawn" | "reinstated"): void {
  const charge = books.charges.get(dispute.charge as string);
  books.ledger.write({
    movement,
    id: dispute.id,
    amount: dispute.amount,
    currency: dispute.currency,
    intent: charge.payment_intent as string | null,
    customer: charge.customer as string | null,
    metadata: { ...charge.metadata },
    idempotency_key: books.asking.idempotency_key,
    at: books.now(),
  });
}

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
