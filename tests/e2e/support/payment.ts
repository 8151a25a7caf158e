// Payments as Stripe tells of them, signed by hand with the secret of a local server. stripe.test.ts uses Stripe's own
// library; here a payment is only a way to move money.

import { createHmac } from "node:crypto";
import { type Api, api, type Json, type Reply } from "./api.ts";

/** The secret of a local server that has none configured. */
const SECRET = "whsec_local";

/** The value of the header Stripe-Signature, as of now. */
export function stripeSignature(body: string): string {
  const time = Math.floor(Date.now() / 1000);
  return `t=${time},v1=${createHmac("sha256", SECRET).update(`${time}.${body}`).digest("hex")}`;
}

/** Delivers an event, without any API key. */
export function deliver(server: { url: string }, event: Json): Promise<Reply> {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", "stripe-signature": stripeSignature(body) };
  const keyless: Api = api(server, null);
  return keyless.post("/stripe/webhook", body, { headers });
}

const envelope = (type: string, payment: string, object: Json) => ({
  id: `evt_${type}_${payment}`,
  object: "event",
  created: 1_795_000_000,
  livemode: false,
  type,
  data: { object },
});

/** A payment of so many cents of USD, tax not told. */
export function paymentSucceeded(customer: string, payment: string, cents: number): Json {
  return envelope("payment_intent.succeeded", payment, {
    id: `pi_${payment}`,
    object: "payment_intent",
    livemode: false,
    status: "succeeded",
    amount: cents,
    amount_received: cents,
    currency: "usd",
    metadata: { scrip_customer_id: customer },
  });
}

/** The Checkout session of the same payment, which tells the tax that the amount includes. */
export function checkoutCompleted(customer: string, payment: string, cents: number, taxCents: number): Json {
  return envelope("checkout.session.completed", payment, {
    id: `cs_${payment}`,
    object: "checkout.session",
    livemode: false,
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    payment_intent: `pi_${payment}`,
    currency: "usd",
    amount_subtotal: cents - taxCents,
    amount_total: cents,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: taxCents },
    metadata: { scrip_customer_id: customer },
  });
}
