// The desk: what there is, and the buttons of those who are not payers: banks, and somebody at the dashboard.

import type Stripe from "stripe";
import type { Books } from "./books.ts";
import { escaped } from "./escaped.ts";

/** The last sessions and payments of every side. */
export function desk(all: Books[]): [title: string, body: string] {
  const lists = [...new Set(all)].map((books) => {
    const sessions = books.sessions.all().slice(-20).reverse();
    const intents = books.intents.all().slice(-20).reverse();
    if (sessions.length + intents.length === 0) return "";
    const rows = [
      ...sessions.map((one) => row(`/pay/${one.id}`, one.id, `${one.mode}, ${one.status}, ${one.payment_status}`)),
      ...intents.map((one) => row(`/payments/${one.id}`, one.id, `${one.amount} ${one.currency}, ${one.status}`)),
    ];
    return `<h2>${escaped(books.account)}, ${books.livemode ? "live" : "test"}</h2><ul>${rows.join("")}</ul>`;
  });
  const nothing = "<p>Nothing has happened yet. Point a client here, and what it makes is listed.</p>";
  return ["A fake Stripe", lists.join("") || nothing];
}

const row = (to: string, id: string, text: string) => `<li><a href="${to}">${escaped(id)}</a> ${escaped(text)}</li>`;

/** A payment, and what can still become of it. */
export function payment(books: Books, id: string): [title: string, body: string] {
  const intent = books.intents.get(id);
  const disputes = books.disputes.all().filter((one) => one.payment_intent === id);
  const charge = books.charges.find(intent.latest_charge as string | null);
  const facts = [
    `${intent.amount} ${intent.currency.toUpperCase()} in its smallest unit: ${intent.status}`,
    ...(charge === undefined ? [] : [`refunded ${charge.amount_refunded}`]),
    ...disputes.map((one) => `dispute ${one.id} about ${one.amount}: ${one.status}`),
  ];
  const list = `<ul>${facts.map((fact) => `<li>${escaped(fact)}</li>`).join("")}</ul>`;
  return ["Payment", list + buttons(intent, charge, disputes)];
}

function buttons(intent: Stripe.PaymentIntent, charge: Stripe.Charge | undefined, disputes: Stripe.Dispute[]): string {
  const all: string[] = [];
  if (intent.status === "processing") {
    all.push(
      button("settle", "The bank pays", { outcome: "succeeded" }),
      button("settle", "The bank refuses", { outcome: "failed" }),
    );
  }
  if (intent.next_action?.type === "display_bank_transfer_instructions")
    all.push(button("transfer", "The money arrives"));
  if (charge?.captured && charge.amount_refunded < charge.amount_captured) {
    all.push(
      button("refund", "Refund what is left"),
      button("dispute", "The payer disputes it"),
      button("warn_of_fraud", "Fraud is suspected"),
    );
  }
  for (const { id } of disputes.filter((one) => /needs_response|under_review/.test(one.status))) {
    all.push(button("close_dispute", "The dispute is won", { dispute: id, status: "won" }));
    all.push(button("close_dispute", "The dispute is lost", { dispute: id, status: "lost" }));
  }
  return all.join("");
}

function button(action: string, text: string, fields: Record<string, string> = {}): string {
  const hidden = Object.entries({ do: action, ...fields }).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  );
  return `<form method="post">${hidden.join("")}<button>${text}</button></form>`;
}
