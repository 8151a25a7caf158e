// What a call does when it is wrong, repeated, or disturbed: errors, lists, idempotency keys, faults.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type Stripe from "stripe";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { parseForm, writeForm } from "./form.ts";
import type { Json } from "./json.ts";
import { SEARCH_LAG } from "./lists.ts";
import { client, KEY, refusal, type Scene, scene } from "./support.ts";

let at: Scene;
let stripe: Stripe;

before(async () => {
  at = await scene();
  stripe = at.stripe;
});

beforeEach(() => at.fake.faults.clear());

after(() => at.end());

/** A call as bytes, for what no library sends. */
async function raw(
  path: string,
  form: string | null,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json; headers: Headers }> {
  const response = await fetch(`${at.fake.url}${path}`, {
    method: form === null ? "GET" : "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/x-www-form-urlencoded", ...headers },
    ...(form === null ? {} : { body: form }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const CHARGE = { amount: 2000, currency: "usd", payment_method: "pm_card_visa", confirm: true } as const;
let count = 0;
function newKey(): string {
  count += 1;
  return `key-${count}`;
}

const charges = () => at.fake.truth().charges().length;

describe("a form", () => {
  test("nests by brackets, in each way in which libraries write lists", () => {
    const wanted = { a: { b: "1", c: ["x", "y"] }, d: [{ e: "2" }, { e: "3 & 4" }], f: "" };
    for (const text of [
      "a[b]=1&a[c][0]=x&a[c][1]=y&d[0][e]=2&d[1][e]=3+%26+4&f=",
      "a%5Bb%5D=1&a[c][]=x&a[c][]=y&d[1][e]=3%20%26%204&d[0][e]=2&f=",
    ]) {
      assert.deepEqual(parseForm(text), wanted);
    }
    assert.deepEqual(parseForm(writeForm(wanted)), wanted);
    assert.deepEqual(Object.keys(parseForm("__proto__[x]=1&a[__proto__][y]=2")), ["a"]);
  });
});

describe("an error", () => {
  const cases: [what: string, form: string, status: number, wanted: Json][] = [
    ["a parameter is missing", "currency=usd", 400, { code: "parameter_missing", param: "amount" }],
    [
      "a parameter is unknown",
      "amount=100&currency=usd&curency=eur",
      400,
      { code: "parameter_unknown", param: "curency" },
    ],
    ["a number is none", "amount=ten&currency=usd", 400, { code: "parameter_invalid_integer", param: "amount" }],
    ["a text is empty", "amount=100&currency=", 400, { code: "parameter_invalid_empty", param: "currency" }],
    ["the amount is too small", "amount=49&currency=usd", 400, { code: "amount_too_small", param: "amount" }],
    [
      "a customer is nobody",
      "amount=100&currency=usd&customer=cus_none",
      400,
      { code: "resource_missing", param: "customer" },
    ],
    [
      "a method is none",
      "amount=100&currency=usd&payment_method=pm_none",
      400,
      { code: "resource_missing", param: "payment_method" },
    ],
    [
      "a card is declined",
      "amount=100&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true",
      402,
      { code: "card_declined", decline_code: "generic_decline" },
    ],
  ];
  for (const [what, form, status, wanted] of cases) {
    test(`says what is wrong when ${what}`, async () => {
      const before = at.fake.books().ledger.fingerprint();
      const { status: actual, body, headers } = await raw("/v1/payment_intents", form);
      assert.equal(actual, status);
      const shown = Object.fromEntries(Object.keys(wanted).map((name) => [name, body.error[name]]));
      assert.deepEqual(shown, wanted);
      assert.equal(body.error.type, status === 402 ? "card_error" : "invalid_request_error");
      assert.ok(body.error.message.length > 10 && headers.get("request-id")?.startsWith("req_"));
      assert.equal(at.fake.books().ledger.fingerprint(), before);
    });
  }

  test("is a 404 for a path that names nothing, and for a call that there is not", async () => {
    assert.deepEqual((await raw("/v1/payment_intents/pi_none", null)).body.error.code, "resource_missing");
    assert.equal((await raw("/v1/no_such_thing", null)).status, 404);
  });

  test("is a 401 for a key that is none, was taken back, or is not there", async () => {
    assert.equal((await refusal(client(at.fake, "pk_test_1234").balance.retrieve())).statusCode, 401);
    at.fake.revoked.add("sk_test_revoked");
    assert.equal(
      (await refusal(client(at.fake, "sk_test_revoked").balance.retrieve())).type,
      "StripeAuthenticationError",
    );
    assert.equal((await fetch(`${at.fake.url}/v1/balance`)).status, 401);
  });

  test("keeps live and test apart, and connected accounts", async () => {
    const { id } = await stripe.customers.create({});
    for (const other of [client(at.fake, "sk_live_1234"), client(at.fake, KEY, { stripeAccount: "acct_other" })]) {
      assert.equal((await refusal(other.customers.retrieve(id))).statusCode, 404);
      assert.equal(
        (await other.customers.create({})).livemode,
        other !== undefined && at.fake.asked.at(-1)?.key === "sk_live_1234",
      );
    }
    assert.equal(
      (await client(at.fake, KEY, { stripeAccount: "acct_other" }).accounts.retrieveCurrent()).id,
      "acct_other",
    );
  });
});

describe("a list", () => {
  test("has pages in both directions, newest first", async () => {
    const made: string[] = [];
    const { id: customer } = await stripe.customers.create({});
    for (let amount = 101; amount <= 107; amount += 1) {
      made.unshift((await stripe.paymentIntents.create({ amount, currency: "usd", customer })).id);
    }
    const ids = (list: Stripe.ApiList<Stripe.PaymentIntent>) => list.data.map((one) => one.id);
    const first = await stripe.paymentIntents.list({ customer, limit: 3 });
    assert.deepEqual([ids(first), first.has_more], [made.slice(0, 3), true]);
    const last = await stripe.paymentIntents.list({ customer, limit: 4, starting_after: made[2] as string });
    assert.deepEqual([ids(last), last.has_more], [made.slice(3), false]);
    const newer = await stripe.paymentIntents.list({ customer, limit: 2, ending_before: made[3] as string });
    assert.deepEqual([ids(newer), newer.has_more], [made.slice(1, 3), true]);
    const all: string[] = [];
    for await (const one of stripe.paymentIntents.list({ customer, limit: 2 })) all.push(one.id);
    assert.deepEqual(all, made);
    assert.equal((await refusal(stripe.paymentIntents.list({ customer, starting_after: "pi_none" }))).statusCode, 400);
    assert.equal((await refusal(stripe.paymentIntents.list({ limit: 101 }))).param, "limit");
  });

  test("is narrowed by time and by what belongs together", async () => {
    const { id: customer } = await stripe.customers.create({});
    const early = await stripe.paymentIntents.create({ amount: 100, currency: "usd", customer });
    await at.fake.advance(HOUR);
    const late = await stripe.paymentIntents.create({ amount: 100, currency: "usd", customer });
    const { data } = await stripe.paymentIntents.list({ customer, created: { gte: early.created + 1 } });
    assert.deepEqual(
      data.map((one) => one.id),
      [late.id],
    );
  });

  test("that is searched does not know yet what has just happened", async () => {
    await stripe.paymentIntents.create({ amount: 100, currency: "usd", metadata: { order: "seven" } });
    const query = "metadata['order']:'seven'";
    assert.equal((await stripe.paymentIntents.search({ query })).data.length, 0);
    await at.fake.advance(SEARCH_LAG);
    assert.equal((await stripe.paymentIntents.search({ query })).data.length, 1);
  });

  test("puts objects in the place of their ids when asked, and says what it cannot", async () => {
    const intent = await stripe.paymentIntents.create({
      ...CHARGE,
      expand: ["latest_charge.balance_transaction", "payment_method"],
    });
    const charge = intent.latest_charge as Stripe.Charge;
    assert.equal((charge.balance_transaction as Stripe.BalanceTransaction).net, 2000 - 58 - 30);
    assert.equal((intent.payment_method as Stripe.PaymentMethod).card?.last4, "4242");
    const { data } = await stripe.charges.list({ limit: 1, expand: ["data.payment_intent"] });
    const expanded = data[0]?.payment_intent as Stripe.PaymentIntent | undefined;
    assert.equal(expanded?.id, intent.id);
    assert.equal((await refusal(stripe.paymentIntents.retrieve(intent.id, { expand: ["nonsense"] }))).statusCode, 400);
  });
});

describe("an idempotency key", () => {
  test("gives the first answer again and charges once, for a day", async () => {
    const idempotencyKey = newKey();
    const before = charges();
    const first = await stripe.paymentIntents.create(CHARGE, { idempotencyKey });
    await at.fake.advance(DAY - MINUTE);
    const again = await stripe.paymentIntents.create(CHARGE, { idempotencyKey });
    assert.equal(again.id, first.id);
    assert.deepEqual([again.lastResponse.headers["idempotent-replayed"], charges()], ["true", before + 1]);
    assert.equal(again.lastResponse.headers["original-request"], first.lastResponse.requestId);
    await at.fake.advance(MINUTE);
    const later = await stripe.paymentIntents.create(CHARGE, { idempotencyKey });
    assert.notEqual(later.id, first.id, "after a day the same key charges again");
    assert.equal(charges(), before + 2);
    assert.ok(at.fake.truth().chargedTwice("idempotency_key").includes(idempotencyKey));
  });

  test("with other parameters, or at another path, is an error", async () => {
    const idempotencyKey = newKey();
    await stripe.paymentIntents.create(CHARGE, { idempotencyKey });
    for (const call of [
      () => stripe.paymentIntents.create({ ...CHARGE, amount: 2001 }, { idempotencyKey }),
      () => stripe.customers.create({}, { idempotencyKey }),
    ]) {
      const error = await refusal(call());
      assert.deepEqual([error.statusCode, error.rawType], [400, "idempotency_error"]);
    }
  });

  test("in use by another call is a conflict, and afterwards has the answer", async () => {
    const idempotencyKey = newKey();
    at.fake.fail({ kind: "slow", path: "/v1/payment_intents" });
    const slow = stripe.paymentIntents.create(CHARGE, { idempotencyKey });
    while (at.fake.faults.holding() === 0) await new Promise(setImmediate);
    const error = await refusal(stripe.paymentIntents.create(CHARGE, { idempotencyKey }));
    assert.deepEqual([error.statusCode, error.code], [409, "idempotency_key_in_use"]);
    at.fake.faults.release();
    const { id } = await slow;
    assert.equal((await stripe.paymentIntents.create(CHARGE, { idempotencyKey })).id, id);
  });

  test("keeps declines and 500s, but nothing that was never begun", async () => {
    const declined = { ...CHARGE, payment_method: "pm_card_chargeDeclined" };
    const key = newKey();
    const errors = [
      await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: key })),
      await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: key })),
    ];
    assert.equal(errors[0].payment_intent.id, errors[1].payment_intent.id);
    const broken = newKey();
    at.fake.fail({ kind: "error_before" });
    assert.equal((await refusal(stripe.paymentIntents.create(CHARGE, { idempotencyKey: broken }))).statusCode, 500);
    const again = await refusal(stripe.paymentIntents.create(CHARGE, { idempotencyKey: broken }));
    assert.deepEqual([again.statusCode, again.headers["idempotent-replayed"]], [500, "true"]);
    const wrong = newKey();
    assert.equal((await raw("/v1/payment_intents", "amount=100", { "idempotency-key": wrong })).status, 400);
    assert.equal(
      (await raw("/v1/payment_intents", "amount=100&currency=usd", { "idempotency-key": wrong })).status,
      200,
    );
  });

  test("belongs to one account and one side", async () => {
    const idempotencyKey = newKey();
    const { id } = await stripe.customers.create({}, { idempotencyKey });
    const other = await client(at.fake, KEY, { stripeAccount: "acct_third" }).customers.create({}, { idempotencyKey });
    assert.notEqual(other.id, id);
  });
});

describe("a fault", () => {
  const kinds: [
    kind: "reply_lost" | "reply_cut" | "cut" | "error_before" | "error_after" | "rate_limit",
    charged: number,
    error: string,
  ][] = [
    ["reply_lost", 1, "StripeConnectionError"],
    ["reply_cut", 1, "StripeConnectionError"],
    ["error_after", 1, "StripeAPIError"],
    ["cut", 0, "StripeConnectionError"],
    ["error_before", 0, "StripeAPIError"],
    ["rate_limit", 0, "StripeRateLimitError"],
  ];
  for (const [kind, charged, type] of kinds) {
    test(`${kind} charges ${charged} times, and what follows by the same key says how it was`, {
      timeout: 60_000,
    }, async () => {
      const idempotencyKey = newKey();
      const before = charges();
      // Whatever it was told, the library asks once more when a connection ends.
      const times = kind === "cut" || kind === "reply_lost" ? 2 : 1;
      at.fake.fail({ kind, path: "/v1/payment_intents", method: "POST", times });
      const error = await refusal(stripe.paymentIntents.create(CHARGE, { idempotencyKey, timeout: 30_000 }));
      assert.equal(error.type, type);
      assert.equal(charges() - before, charged);
      if (kind === "rate_limit") assert.equal(error.headers["retry-after"], "1");
      const again = await stripe.paymentIntents.create(CHARGE, { idempotencyKey }).catch((problem) => problem);
      // A 500 is kept for the key, so only a list can say whether it charged.
      const isKept = kind === "error_before" || kind === "error_after";
      assert.equal(again.statusCode ?? again.status, isKept ? 500 : "succeeded");
      const { data } = await stripe.paymentIntents.list({ limit: 1 });
      assert.equal(data[0]?.status, "succeeded");
      assert.equal(charges() - before, kind === "error_before" ? 0 : 1);
      assert.deepEqual([at.fake.faults.remaining(), at.fake.truth().chargedTwice("intent")], [0, []]);
    });
  }

  test("meets the calls that it is meant for, after those that go well", async () => {
    at.fake.fail({ kind: "error_before", path: "/v1/payment_intents/*/confirm", skip: 1, times: 1 });
    const intents: Stripe.PaymentIntent[] = [];
    for (let number = 0; number < 3; number += 1)
      intents.push(
        await stripe.paymentIntents.create({ amount: 100, currency: "usd", payment_method: "pm_card_visa" }),
      );
    const statuses: string[] = [];
    for (const { id } of intents)
      statuses.push(
        await stripe.paymentIntents.confirm(id).then(
          (one) => one.status,
          (error) => error.statusCode,
        ),
      );
    assert.deepEqual(statuses, ["succeeded", 500, "succeeded"]);
  });

  test("is set and taken back by the control API as well", async () => {
    const post = (path: string, body: object) =>
      fetch(`${at.fake.url}/_fake/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    await post("faults", { kind: "decline", decline_code: "lost_card", path: "/v1/payment_intents", times: 5 });
    assert.equal((await refusal(stripe.paymentIntents.create(CHARGE))).decline_code, "lost_card");
    assert.equal(at.fake.faults.remaining(), 4);
    assert.equal((await fetch(`${at.fake.url}/_fake/faults`, { method: "DELETE" })).status, 200);
    assert.equal((await stripe.paymentIntents.create(CHARGE)).status, "succeeded");
    assert.equal((await post("faults", { kind: "earthquake" })).status, 400);
    const truth: Json = await (await fetch(`${at.fake.url}/_fake/truth`)).json();
    assert.deepEqual(truth.sums.usd, at.fake.truth().sums("usd"));
    assert.equal((await post("nothing", {})).status, 404);
  });
});
