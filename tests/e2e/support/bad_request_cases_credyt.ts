// Bad requests of every type that Credyt's API has, and their answers. Each changes one valid request in one way.
//
//   what is wrong, what it changes, status and code, the fields that `errors` names
//
// {customer} and the like stand for what the test has created; see bad_requests_credyt.test.ts.

import type { Json } from "./api.ts";

/** A request that would be accepted. */
export interface Valid {
  method: string;
  path: string;
  body?: Json;
  status: number;
}

const CALL = {
  name: "Call",
  type: "usage_based",
  billing_model: { type: "real_time" },
  usage_calculation: { event_type: "call", usage_type: "unit" },
  pricing: [{ asset: "USD", values: [{ unit_price: "0.5" }] }],
};
const TIERED = {
  name: "Tokens",
  type: "usage_based",
  billing_model: { type: "real_time" },
  usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: "tokens" },
  pricing_model: "tiered",
  tiering: { basis: "volume", period: "monthly" },
  pricing: [
    {
      asset: "USD",
      values: [
        { up_to: "1000", volume_rate: "3", package_size: "1000", min_amount: "0.01", max_amount: "5" },
        { up_to: "5000", volume_rate: "2", package_size: "1000" },
        { volume_rate: "1", package_size: "1000" },
      ],
    },
  ],
};
const DIMENSIONAL = {
  ...CALL,
  name: "By model",
  usage_calculation: { ...CALL.usage_calculation, billable_dimensions: ["model"] },
  pricing: [
    {
      asset: "USD",
      values: [
        { dimensions: { model: "large" }, values: [{ unit_price: "2" }] },
        { dimensions: { model: "*" }, values: [{ unit_price: "1" }] },
      ],
    },
  ],
};
const MONTHLY = {
  name: "Plan",
  type: "fixed",
  billing_model: { type: "recurring", recurring: { interval: "month", interval_count: 1 } },
  pricing: [{ asset: "USD", values: [{ unit_price: "9.99", quantity: 1 }] }],
};
const CREDITS = {
  name: "Credits",
  asset: "CREDITS",
  amount: "100",
  purpose: "bundled",
  lifecycle: { duration: "month", duration_count: 1, refresh: { strategy: "rollover" } },
  accounting: { revenue_basis: "0.04", cost_basis: "auto" },
  priority: 10,
};
const PRICES = [CALL, TIERED, DIMENSIONAL, MONTHLY];
const COST = { id: "c1", vendor_external_id: "host", amount: "0.1", currency: "USD" };
const EVENT = { id: "event 1", event_type: "call", occurred_at: "{now}", costs: [COST] };
const MONEY = { asset: "USD", amount: "1" };
const SUBSCRIPTION = {
  products: [{ code: "{product code}" }],
  return_url: "https://acme.example/ok",
  failure_url: "https://acme.example/no",
};

const post = (path: string, body: Json, status = 201): Valid => ({ method: "POST", path: `/v1${path}`, body, status });
const patch = (path: string, body: Json, status = 204): Valid => ({
  method: "PATCH",
  path: `/v1${path}`,
  body,
  status,
});
const list = (path: string): Valid => ({ method: "GET", path: `/v1${path}`, status: 200 });

const wallet = "/customers/{customer}/wallet";

export const VALID = {
  "create asset": post("/assets", {
    code: "NEW",
    name: "New",
    precision: 2,
    label: "new",
    symbol: "N",
    rates: [{ source: "USD", rate: "0.5" }],
  }),
  "add rate": post("/assets/CREDITS/rates", { source: "EUR", rate: "0.5", valid_from: "2026-01-01T00:00:00Z" }, 204),
  quote: post("/assets/CREDITS/quote", { source: "USD", amount: "10" }, 200),
  "create product": post("/products", {
    code: "new",
    name: "New",
    publish: false,
    prices: PRICES,
    entitlements: [CREDITS],
  }),
  "create version": post("/products/{product}", { prices: [CALL], publish: false }),
  "change version": patch("/products/{product}/2", { publish: true }),
  simulate: post(
    "/products/{product}/1/simulate-usage",
    { events: [{ ...EVENT, event_type: "chat", data: { tokens: 5 } }] },
    200,
  ),
  "create customer": post("/customers", {
    name: "New",
    external_id: "new",
    email: "a@acme.example",
    metadata: { tier: "gold" },
    subscriptions: [SUBSCRIPTION],
    external_accounts: [{ provider: "stripe", provider_id: "cus_1" }],
  }),
  "change customer": patch("/customers/{customer}", { name: "Changed", email: "b@acme.example" }),
  subscribe: post("/customers/{customer without}/subscriptions", SUBSCRIPTION),
  "change subscription": patch("/customers/{customer}/subscriptions/{subscription}", { status: "active" }),
  "move subscription": patch("/customers/{customer}/subscriptions/{subscription}/products/{product}", { version: 1 }),
  adjust: post(`${wallet}/adjustments`, { transaction_id: "adjustment", ...MONEY, reason: "gift" }),
  charge: post(`${wallet}/charges`, { transaction_id: "charge", ...MONEY, input_units: "4", unit_price: "0.25" }),
  "top up": post("/top-ups", {
    customer_id: "{customer}",
    amount: "10",
    currency: "USD",
    return_url: "https://acme.example/ok",
    failure_url: "https://acme.example/no",
    destination: { asset: "CREDITS", exchange_rate: "0.04" },
    credit_expires_at: "2099-01-01T00:00:00Z",
    metadata: { order: "7" },
  }),
  "send usage": post(
    "/events",
    {
      customer_id: "{customer}",
      events: [EVENT, { ...EVENT, id: "event 2", event_type: "chat", data: { tokens: 5 } }],
    },
    204,
  ),
  "open portal": post(
    "/billing-portal/sessions",
    { customer_id: "{customer}", return_url: "https://acme.example/ok", failure_url: "https://acme.example/no" },
    200,
  ),
  "create vendor": post("/vendors", { name: "New", external_id: "new" }),
  "create webhook": post("/webhooks", { url: "https://acme.example/hook", topics: ["*"], connect: false }),
  "change webhook": patch("/webhooks/{webhook}", { enabled: true, topics: ["subscription.activated"] }, 200),
  "test webhook": post("/webhooks/{webhook}/test/subscription.activated", { any: "thing" }, 202),
  "create account": post("/accounts", { name: "New", external_id: "new", metadata: { plan: "team" } }),
  "list assets": list("/assets"),
  "list customers": list("/customers"),
  "list events": list("/events"),
  "list grants": list(`${wallet}/default:USD/grants`),
  "list webhook events": list("/webhooks/events"),
  "list webhooks": list("/webhooks"),
  "customer stats": list("/customers/stats"),
  "vendor stats": list("/vendors/{vendor}/stats"),
} satisfies Record<string, Valid>;

export interface Change {
  /** By path, such as `prices.0.name`. What is undefined is left out. */
  body?: Record<string, unknown>;
  /** Instead of the body. */
  text?: string;
  /** Instead of the path, after /v1; or its query, when it begins with a question mark. */
  path?: string;
  method?: string;
}

export interface Case {
  call: keyof typeof VALID;
  what: string;
  change: Change;
  status: number;
  code: string;
  fields: string[];
}

type Row = [what: string, change: Change | Record<string, unknown>, answer: string, ...fields: string[]];

function cases(call: keyof typeof VALID, rows: Row[]): Case[] {
  return rows.map(([what, given, answer, ...fields]) => {
    // Most cases change the body and nothing else, so they need not say so.
    const change: Change = "text" in given || "path" in given ? given : { body: given };
    const [status, code = ""] = answer.split(" ");
    return { call, what, change, status: Number(status), code, fields };
  });
}

const long = (count: number) => "x".repeat(count);
const INVALID = "422 validation_failed";
const NOT_FOUND = "404 not_found";
const NOBODY = "cust_00000000000000000000000000";

// biome-ignore format: a table reads best with one case a line.
export const BAD_REQUESTS: Case[] = [
  // Assets.
  ...cases("create asset", [
    ["nothing at all", { text: "{}" }, INVALID, "code", "name"],
    ["half an object", { text: '{"code":' }, "400 malformed_body"],
    ["a code with a space", { code: "GPU HOURS" }, INVALID, "code"],
    ["half a decimal place", { precision: 1.5 }, INVALID, "precision"],
    ["a number for a label", { label: 7 }, INVALID, "label"],
    ["a sentence for a symbol", { symbol: "the symbol of it" }, INVALID, "symbol"],
    ["a rate without its source", { "rates.0.source": undefined }, INVALID, "rates[0].source"],
    ["a rate in neither direction", { "rates.0.rate": undefined }, INVALID, "rates[0].rate"],
    ["a rate in both directions", { "rates.0.inverse_rate": "2" }, INVALID, "rates[0].inverse_rate"],
    ["a rate of nothing", { "rates.0.rate": "0" }, INVALID, "rates[0].rate"],
    ["a code that is taken, with other details", { code: "CREDITS" }, "409 already_exists"],
  ]),
  ...cases("add rate", [
    ["no source", { source: undefined }, INVALID, "source"],
    ["no rate", { rate: undefined }, INVALID, "rate"],
    ["a negative rate", { rate: "-1" }, INVALID, "rate"],
    ["a rate with an exponent in a string", { rate: "1e-5" }, INVALID, "rate"],
    ["a day for a start", { valid_from: "2026-01-01" }, INVALID, "valid_from"],
    ["an end before the start", { valid_to: "2025-01-01T00:00:00Z" }, INVALID, "valid_to"],
    ["an unknown asset", { path: "/assets/NOPE/rates" }, NOT_FOUND],
  ]),
  ...cases("quote", [
    ["no source", { source: undefined }, INVALID, "source"],
    ["no amount", { amount: undefined }, INVALID, "amount"],
    ["a word for an amount", { amount: "ten" }, INVALID, "amount"],
    ["a negative amount", { amount: "-10" }, INVALID, "amount"],
    ["a moment that is none", { exchange_at: "yesterday" }, INVALID, "exchange_at"],
    ["an unknown asset", { path: "/assets/NOPE/quote" }, NOT_FOUND],
  ]),
  // Products: what every price has.
  ...cases("create product", [
    ["nothing at all", { text: "{}" }, INVALID, "code", "name", "prices"],
    ["an object for prices", { prices: CALL }, INVALID, "prices"],
    ["a word for publish", { publish: "yes" }, INVALID, "publish"],
    ["a code that is taken, with other prices", { code: "{product code}" }, "409 already_exists"],
    ["another type of price", { "prices.0.type": "free" }, INVALID, "prices[0].type"],
    ["another pricing model", { "prices.0.pricing_model": "auction" }, INVALID, "prices[0].pricing_model"],
    ["no pricing", { "prices.0.pricing": undefined }, INVALID, "prices[0].pricing"],
    ["a pricing without an asset", { "prices.0.pricing.0.asset": undefined }, INVALID, "prices[0].pricing[0].asset"],
    ["an asset that does not exist", { "prices.0.pricing.0.asset": "NOPE" }, INVALID, "prices[0].pricing[0].asset"],
    ["no values", { "prices.0.pricing.0.values": undefined }, INVALID, "prices[0].pricing[0].values"],
    ["two prices that are wrong, both named", { "prices.0.pricing.0.values.0.unit_price": "x", "prices.2.usage_calculation.event_type": 7 }, INVALID,
      "prices[0].pricing[0].values[0].unit_price", "prices[2].usage_calculation.event_type"],
  ]),
  // Prices of usage.
  ...cases("create product", [
    ["no usage calculation", { "prices.0.usage_calculation": undefined }, INVALID, "prices[0].usage_calculation"],
    ["no event type", { "prices.0.usage_calculation.event_type": undefined }, INVALID, "prices[0].usage_calculation.event_type"],
    ["another usage type", { "prices.0.usage_calculation.usage_type": "seats" }, INVALID, "prices[0].usage_calculation.usage_type"],
    ["a volume of no field", { "prices.1.usage_calculation.volume_field": undefined }, INVALID, "prices[1].usage_calculation.volume_field"],
    ["no unit price", { "prices.0.pricing.0.values.0.unit_price": undefined }, INVALID, "prices[0].pricing[0].values[0].unit_price"],
    ["a negative unit price", { "prices.0.pricing.0.values.0.unit_price": "-0.5" }, INVALID, "prices[0].pricing[0].values[0].unit_price"],
    ["13 decimal places", { "prices.0.pricing.0.values.0.unit_price": "0.0000000000001" }, INVALID, "prices[0].pricing[0].values[0].unit_price"],
    ["packages of nothing", { "prices.1.pricing.0.values.0.package_size": "0" }, INVALID, "prices[1].pricing[0].values[0].package_size"],
    ["another tier basis", { "prices.1.tiering.basis": "colour" }, INVALID, "prices[1].tiering.basis"],
    ["another tier period", { "prices.1.tiering.period": "fortnightly" }, INVALID, "prices[1].tiering.period"],
    ["tiers that do not rise", { "prices.1.pricing.0.values.1.up_to": "1000" }, INVALID, "prices[1].pricing[0].values[1].up_to"],
    ["a first tier of nothing", { "prices.1.pricing.0.values.0.up_to": "0" }, INVALID, "prices[1].pricing[0].values[0].up_to"],
    ["an open tier before the last", { "prices.1.pricing.0.values.1.up_to": undefined }, INVALID, "prices[1].pricing[0].values[1].up_to"],
    ["a word for a tier's bound", { "prices.1.pricing.0.values.0.up_to": "many" }, INVALID, "prices[1].pricing[0].values[0].up_to"],
    ["a negative least amount", { "prices.1.pricing.0.values.0.min_amount": "-1" }, INVALID, "prices[1].pricing[0].values[0].min_amount"],
    ["more at least than at most", { "prices.1.pricing.0.values.0.min_amount": "6" }, INVALID, "prices[1].pricing[0].values[0].max_amount"],
    ["a row without its dimensions", { "prices.2.pricing.0.values.0.dimensions": undefined }, INVALID, "prices[2].pricing[0].values[0].dimensions"],
    ["a dimension that is not billable", { "prices.2.pricing.0.values.0.dimensions.colour": "red" }, INVALID, "prices[2].pricing[0].values[0].dimensions.colour"],
    ["no rate in a row", { "prices.2.pricing.0.values.1.values.0.unit_price": undefined }, INVALID, "prices[2].pricing[0].values[1].values[0].unit_price"],
  ]),
  // Fixed prices and entitlements.
  ...cases("create product", [
    ["a fixed price without its billing model", { "prices.3.billing_model": undefined }, INVALID, "prices[3].billing_model"],
    ["another billing model", { "prices.3.billing_model.type": "sometimes" }, INVALID, "prices[3].billing_model.type"],
    ["a recurring price without an interval", { "prices.3.billing_model.recurring.interval": undefined }, INVALID, "prices[3].billing_model.recurring.interval"],
    ["another interval", { "prices.3.billing_model.recurring.interval": "fortnight" }, INVALID, "prices[3].billing_model.recurring.interval"],
    ["no intervals", { "prices.3.billing_model.recurring.interval_count": 0 }, INVALID, "prices[3].billing_model.recurring.interval_count"],
    ["no fixed amount", { "prices.3.pricing.0.values.0.unit_price": undefined }, INVALID, "prices[3].pricing[0].values[0].unit_price"],
    ["a negative fixed amount", { "prices.3.pricing.0.values.0.unit_price": "-9.99" }, INVALID, "prices[3].pricing[0].values[0].unit_price"],
    ["a word for a quantity", { "prices.3.pricing.0.values.0.quantity": "two" }, INVALID, "prices[3].pricing[0].values[0].quantity"],
    ["an entitlement to nothing named", { "entitlements.0.asset": undefined }, INVALID, "entitlements[0].asset"],
    ["an entitlement to an unknown asset", { "entitlements.0.asset": "NOPE" }, INVALID, "entitlements[0].asset"],
    ["an entitlement without an amount", { "entitlements.0.amount": undefined }, INVALID, "entitlements[0].amount"],
    ["an entitlement to nothing", { "entitlements.0.amount": "0" }, INVALID, "entitlements[0].amount"],
    ["another purpose", { "entitlements.0.purpose": "bribe" }, INVALID, "entitlements[0].purpose"],
    ["no lifecycle", { "entitlements.0.lifecycle": undefined }, INVALID, "entitlements[0].lifecycle"],
    ["another duration", { "entitlements.0.lifecycle.duration": "decade" }, INVALID, "entitlements[0].lifecycle.duration"],
    ["a negative duration", { "entitlements.0.lifecycle.duration_count": -1 }, INVALID, "entitlements[0].lifecycle.duration_count"],
    ["another refresh", { "entitlements.0.lifecycle.refresh.strategy": "forget" }, INVALID, "entitlements[0].lifecycle.refresh.strategy"],
    ["a word for a basis", { "entitlements.0.accounting.revenue_basis": "cheap" }, INVALID, "entitlements[0].accounting.revenue_basis"],
    ["a word for a priority", { "entitlements.0.priority": "high" }, INVALID, "entitlements[0].priority"],
  ]),
  ...cases("create version", [
    ["no prices", { prices: undefined }, INVALID, "prices"],
    ["an asset that does not exist", { "prices.0.pricing.0.asset": "NOPE" }, INVALID, "prices[0].pricing[0].asset"],
    ["an unknown product", { path: "/products/prp_nope" }, NOT_FOUND],
  ]),
  ...cases("change version", [
    ["a word for publish", { publish: "yes" }, INVALID, "publish"],
    ["a draft as the default", { publish: undefined, make_default: true }, INVALID, "make_default"],
    ["an unknown version", { path: "/products/{product}/99" }, NOT_FOUND],
    ["a version of no number", { path: "/products/{product}/newest" }, NOT_FOUND],
    ["the default version of a product in use, to delete", { method: "DELETE", path: "/products/{product}/1" }, "409 wrong_state"],
    ["an unknown product, to delete", { method: "DELETE", path: "/products/prp_nope" }, NOT_FOUND],
    ["an unknown version, to look at", { method: "GET", path: "/products/{product}/99" }, NOT_FOUND],
    ["subscribers of an unknown product", { method: "GET", path: "/products/prp_nope/subscribers" }, NOT_FOUND],
  ]),
  ...cases("simulate", [
    ["no events", { events: undefined }, INVALID, "events"],
    ["an event without its type", { "events.0.event_type": undefined }, INVALID, "events[0].event_type"],
    ["a negative volume", { "events.0.data.tokens": -5 }, "422 usage_not_a_number", "events[0].data.tokens"],
    ["an unknown version", { path: "/products/{product}/99/simulate-usage" }, NOT_FOUND],
  ]),
  // Customers.
  ...cases("create customer", [
    ["no name", { name: undefined }, INVALID, "name"],
    ["a number for an external id", { external_id: 7 }, INVALID, "external_id"],
    ["an external id of 256 characters", { external_id: long(256) }, INVALID, "external_id"],
    ["an e-mail address without an @", { email: "ada" }, INVALID, "email"],
    ["a number in metadata", { "metadata.tier": 1 }, INVALID, "metadata.tier"],
    ["a word for subscriptions", { subscriptions: "all" }, INVALID, "subscriptions"],
    ["a subscription to nothing", { "subscriptions.0.products": [] }, INVALID, "subscriptions[0].products"],
    ["a product without id and code", { "subscriptions.0.products.0.code": undefined }, INVALID, "subscriptions[0].products[0].code"],
    ["a product that does not exist", { "subscriptions.0.products.0.code": "nope" }, INVALID, "subscriptions[0].products[0].code"],
    ["a version that does not exist", { "subscriptions.0.products.0.version": 99 }, INVALID, "subscriptions[0].products[0].version"],
    ["another word than default", { "subscriptions.0.products.0.version": "newest" }, INVALID, "subscriptions[0].products[0].version"],
    ["a start that is no time", { "subscriptions.0.starts_at": "soon" }, INVALID, "subscriptions[0].starts_at"],
    ["somebody else's account", { "external_accounts.0.provider": "acme" }, INVALID, "external_accounts[0].provider"],
    ["an external account without its id", { "external_accounts.0.provider_id": undefined }, INVALID, "external_accounts[0].provider_id"],
    ["an external id that is taken, with other details", { external_id: "{external id}" }, "409 already_exists"],
  ]),
  ...cases("change customer", [
    ["a number for a name", { name: 7 }, INVALID, "name"],
    ["an e-mail address without an @", { email: "ada" }, INVALID, "email"],
    ["an external id that another customer has", { external_id: "{external id without}" }, "409 already_exists"],
    ["an unknown customer", { path: `/customers/${NOBODY}` }, NOT_FOUND],
    ["an unknown customer, to look at", { method: "GET", path: `/customers/${NOBODY}` }, NOT_FOUND],
  ]),
  ...cases("subscribe", [
    ["no products", { products: undefined }, INVALID, "products"],
    ["a product that does not exist", { "products.0.code": "nope" }, INVALID, "products[0].code"],
    ["an end that is no time", { renews_at: "never" }, INVALID, "renews_at"],
    ["a product that the customer has", { path: "/customers/{customer}/subscriptions" }, "409 already_subscribed"],
    ["an unknown customer", { path: `/customers/${NOBODY}/subscriptions` }, "404 wallet_not_found"],
  ]),
  ...cases("change subscription", [
    ["no status", { status: undefined }, INVALID, "status"],
    ["another status", { status: "paused" }, INVALID, "status"],
    ["an unknown subscription", { path: "/customers/{customer}/subscriptions/sub_nope" }, NOT_FOUND],
  ]),
  ...cases("move subscription", [
    ["no version", { version: undefined }, INVALID, "version"],
    ["another word than default", { version: "newest" }, INVALID, "version"],
    ["a version that does not exist", { version: 99 }, INVALID, "version"],
    ["a draft", { version: 2 }, INVALID, "version"],
    ["a product that is not part of it", { path: "/customers/{customer}/subscriptions/{subscription}/products/prp_nope" }, NOT_FOUND],
  ]),
  // The wallet.
  ...cases("adjust", [
    ["nothing at all", { text: "{}" }, INVALID, "amount", "asset", "reason", "transaction_id"],
    ["nothing", { amount: 0 }, INVALID, "amount"],
    ["an exponent in a string", { amount: "1e3" }, INVALID, "amount"],
    ["another reason", { reason: "because" }, INVALID, "reason"],
    ["an asset that does not exist", { asset: "NOPE" }, INVALID, "asset"],
    ["an end before the start", { effective_at: "2090-01-02T00:00:00Z", expires_at: "2090-01-01T00:00:00Z" }, INVALID, "expires_at"],
    ["a transaction id that was used for something else", { transaction_id: "used" }, "422 operation_id_reused"],
    ["an unknown customer", { path: `/customers/${NOBODY}/wallet/adjustments` }, "404 wallet_not_found"],
  ]),
  ...cases("charge", [
    ["no transaction id", { transaction_id: undefined }, INVALID, "transaction_id"],
    ["a negative amount", { amount: "-1" }, INVALID, "amount"],
    ["an asset that does not exist", { asset: "NOPE" }, INVALID, "asset"],
    ["a word for a unit price", { unit_price: "cheap" }, INVALID, "unit_price"],
    ["a transaction id that was used for something else", { transaction_id: "used" }, "422 operation_id_reused"],
    ["an unknown transaction, to look at", { method: "GET", path: `${wallet}/transactions/nope` }, NOT_FOUND],
  ]),
  ...cases("top up", [
    ["nothing at all", { text: "{}" }, INVALID, "amount", "currency", "customer_id", "failure_url", "return_url"],
    ["nothing", { amount: "0" }, INVALID, "amount"],
    ["a negative amount", { amount: "-5" }, INVALID, "amount"],
    ["a sentence for a currency", { currency: "US dollars" }, INVALID, "currency"],
    ["nowhere to return to", { return_url: "nowhere" }, INVALID, "return_url"],
    ["a script to return to", { failure_url: "javascript:alert(1)" }, INVALID, "failure_url"],
    ["a destination without its asset", { "destination.asset": undefined }, INVALID, "destination.asset"],
    ["a rate of nothing", { "destination.exchange_rate": "0" }, INVALID, "destination.exchange_rate"],
    ["credit that has expired already", { credit_expires_at: "2020-01-01T00:00:00Z" }, INVALID, "credit_expires_at"],
    ["a number in metadata", { "metadata.order": 7 }, INVALID, "metadata.order"],
    ["an unknown customer", { customer_id: NOBODY }, NOT_FOUND],
    ["an unknown top-up, to look at", { method: "GET", path: "/top-ups/top_nope" }, NOT_FOUND],
  ]),
  // Usage.
  ...cases("send usage", [
    ["nothing at all", { text: "{}" }, INVALID, "customer_id", "events"],
    ["two customers", { customer_external_id: "x" }, INVALID, "customer_external_id"],
    ["no events", { events: [] }, INVALID, "events"],
    ["an event without an id", { "events.1.id": undefined }, INVALID, "events[1].id"],
    ["an event without its type", { "events.0.event_type": undefined }, INVALID, "events[0].event_type"],
    ["an event without its time", { "events.1.occurred_at": undefined }, INVALID, "events[1].occurred_at"],
    ["a day for a time", { "events.0.occurred_at": "2026-01-01" }, INVALID, "events[0].occurred_at"],
    ["a word for a volume", { "events.1.data.tokens": "many" }, "422 usage_not_a_number", "events[1].data.tokens"],
    ["a cost without an id", { "events.0.costs.0.id": undefined }, INVALID, "events[0].costs[0].id"],
    ["a cost without an amount", { "events.0.costs.0.amount": undefined }, INVALID, "events[0].costs[0].amount"],
    ["a negative cost", { "events.1.costs.0.amount": "-1" }, INVALID, "events[1].costs[0].amount"],
    ["an event of another century", { "events.0.occurred_at": "1999-12-31T00:00:00Z" }, "422 event_too_late", "events[0].occurred_at"],
    ["an event of the next one", { "events.1.occurred_at": "2100-01-01T00:00:00Z" }, "422 event_in_future", "events[1].occurred_at"],
    ["an event id that was used for something else", { "events.1.id": "used event" }, "422 operation_id_reused", "events[1]"],
    ["an unknown customer", { customer_id: NOBODY }, "404 wallet_not_found"],
    ["an unknown event, to look at", { method: "GET", path: "/events/nope" }, NOT_FOUND],
  ]),
  // The portal, vendors, webhooks, accounts.
  ...cases("open portal", [
    ["nothing at all", { text: "{}" }, INVALID, "customer_id", "failure_url", "return_url"],
    ["a script to return to", { return_url: "javascript:alert(1)" }, INVALID, "return_url"],
    ["an unknown customer", { customer_id: NOBODY }, NOT_FOUND],
  ]),
  ...cases("create vendor", [
    ["no name", { name: undefined }, INVALID, "name"],
    ["a number for an external id", { external_id: 7 }, INVALID, "external_id"],
    ["an external id that is taken, with another name", { external_id: "{vendor external id}" }, "409 already_exists"],
    ["an unknown vendor, to look at", { method: "GET", path: "/vendors/vnd_nope" }, NOT_FOUND],
  ]),
  ...cases("create webhook", [
    ["no address", { url: undefined }, INVALID, "url"],
    ["a word for an address", { url: "nowhere" }, INVALID, "url"],
    ["an address of another kind", { url: "ftp://acme.example/hook" }, INVALID, "url"],
    ["no topics", { topics: [] }, INVALID, "topics"],
    ["a word for topics", { topics: "all" }, INVALID, "topics"],
    ["a word for connect", { connect: "yes" }, INVALID, "connect"],
  ]),
  ...cases("change webhook", [
    ["a word for an address", { url: "nowhere" }, INVALID, "url"],
    ["a word for enabled", { enabled: "yes" }, INVALID, "enabled"],
    ["no topics", { topics: [] }, INVALID, "topics"],
    ["an unknown destination", { path: "/webhooks/whd_nope" }, NOT_FOUND],
    ["an unknown destination, to look at", { method: "GET", path: "/webhooks/whd_nope" }, NOT_FOUND],
    ["an unknown destination, to delete", { method: "DELETE", path: "/webhooks/whd_nope" }, NOT_FOUND],
  ]),
  ...cases("test webhook", [
    ["half an object", { text: '{"any":' }, "400 malformed_body"],
    ["an unknown destination", { path: "/webhooks/whd_nope/test/subscription.activated" }, NOT_FOUND],
    ["an unknown account", { path: "/webhooks/test/subscription.activated/acc_nope" }, NOT_FOUND],
  ]),
  ...cases("create account", [
    ["no name", { name: undefined }, INVALID, "name"],
    ["a list for metadata", { metadata: ["team"] }, INVALID, "metadata"],
    ["an external id that is taken, with another name", { external_id: "{account external id}" }, "409 already_exists"],
    ["an unknown account, to look at", { method: "GET", path: "/accounts/acc_nope" }, NOT_FOUND],
  ]),
  // Queries.
  ...cases("list assets", [
    ["a page of none", { path: "?limit=0" }, INVALID, "limit"],
    ["a page before the first", { path: "?offset=-1" }, INVALID, "offset"],
  ]),
  ...cases("list customers", [
    ["another status", { path: "?status=paused" }, INVALID, "status"],
    ["a page of 101", { path: "?limit=101" }, INVALID, "limit"],
  ]),
  ...cases("list events", [
    ["a word for a day", { path: "?period_from=yesterday" }, INVALID, "period_from"],
    ["an end before its start", { path: "?period_from=2026-01-02&period_to=2026-01-01" }, INVALID, "period_to"],
    ["maybe for a flag", { path: "?has_fees=maybe" }, INVALID, "has_fees"],
  ]),
  ...cases("list grants", [
    ["another purpose", { path: "?purpose=bribe" }, INVALID, "purpose"],
    ["a word for a time", { path: "?expired_to=soon" }, INVALID, "expired_to"],
    ["maybe for a flag", { path: "?exclude_expired=maybe" }, INVALID, "exclude_expired"],
  ]),
  ...cases("list webhook events", [
    ["another status", { path: "?status=Maybe" }, INVALID, "status"],
    ["a word for a time", { path: "?time_gte=yesterday" }, INVALID, "time_gte"],
  ]),
  ...cases("list webhooks", [["maybe for a flag", { path: "?enabled=maybe" }, INVALID, "enabled"]]),
  ...cases("customer stats", [["a word for a day", { path: "?period_to=tomorrow" }, INVALID, "period_to"]]),
  ...cases("vendor stats", [
    ["a word for a day", { path: "?period_from=yesterday" }, INVALID, "period_from"],
    ["an unknown vendor", { path: "/vendors/vnd_nope/stats" }, NOT_FOUND],
  ]),
];
