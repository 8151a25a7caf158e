// Events in both forms: with a copy of the object, and thin, with no more than its name.

import type Stripe from "stripe";
import type { Books, Happening } from "./books.ts";
import { type Json, plain } from "./json.ts";
import { API_VERSION } from "./state/account.ts";

export function addEvent(books: Books, { type, object, previous, asking }: Happening): Stripe.Event {
  const data = { object: plain(object), ...(previous === undefined ? {} : { previous_attributes: plain(previous) }) };
  const event = {
    id: books.newId("evt"),
    object: "event",
    ...(books.isConnected ? { account: books.account } : {}),
    api_version: API_VERSION,
    created: books.now(),
    data,
    livemode: books.livemode,
    pending_webhooks: 0,
    request: { ...asking },
    type,
  };
  return books.events.add(event as unknown as Stripe.Event);
}

/** Where the object of an event is found; only these kinds have an address. */
const ADDRESSES: Record<string, string> = {
  "checkout.session": "/v1/checkout/sessions",
  payment_intent: "/v1/payment_intents",
  setup_intent: "/v1/setup_intents",
  payment_method: "/v1/payment_methods",
  charge: "/v1/charges",
  refund: "/v1/refunds",
  dispute: "/v1/disputes",
  customer: "/v1/customers",
  invoice: "/v1/invoices",
  invoice_payment: "/v1/invoice_payments",
  subscription: "/v1/subscriptions",
  product: "/v1/products",
  price: "/v1/prices",
  coupon: "/v1/coupons",
  promotion_code: "/v1/promotion_codes",
};

export const thinId = (event: Stripe.Event) => event.id.replace("evt_", "evt_test_65");

/** The same event without its data. `snapshot` names its twin when both are sent. */
export function thin(event: Stripe.Event, snapshot: boolean): Json {
  const object = event.data.object as Json;
  const address = ADDRESSES[object.object];
  const related =
    address === undefined || object.id === undefined
      ? null
      : { id: object.id, type: object.object, url: `${address}/${object.id}` };
  return {
    id: thinId(event),
    object: "v2.core.event",
    type: `v1.${event.type}`,
    created: new Date(event.created * 1000).toISOString(),
    livemode: event.livemode,
    ...(event.account === undefined ? {} : { context: event.account }),
    reason: event.request?.id
      ? { type: "request", request: { id: event.request.id, idempotency_key: event.request.idempotency_key ?? "" } }
      : null,
    related_object: related,
    ...(snapshot ? { snapshot_event: event.id } : {}),
  };
}

/** `*`, a name, or a name in its thin form. */
export function isWanted(
  { object, isConnect }: { object: Stripe.WebhookEndpoint; isConnect: boolean },
  event: Stripe.Event,
  isConnected: boolean,
): boolean {
  if (object.status !== "enabled" || isConnect !== isConnected) return false;
  return object.enabled_events.some((name) => name === "*" || name === event.type || name === `v1.${event.type}`);
}
