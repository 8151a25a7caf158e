// Whole journeys through the fake by Stripe's own library for Node, which has to understand every answer, and to accept
// the signature of every event.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type Stripe from "stripe";
import { answerBank, dispute, pay, refund, warnOfFraud } from "./actions.ts";
import { DAY, HOUR } from "./clock.ts";
import type { Json } from "./json.ts";
import { closeDispute, escalate } from "./state/disputes.ts";
import { settle } from "./state/intents.ts";
import { renewCard, turnInto } from "./state/methods.ts";
import { endRefund } from "./state/refunds.ts";
import { refusal, type Scene, SECRET, scene } from "./support.ts";

let at: Scene;
let customer: Stripe.Customer;
let heard: number;

before(async () => {
  at = await scene();
  at.fake.books().taxPercent = 20;
});

beforeEach(async () => {
  customer = await at.stripe.customers.create({
    email: "payer@example.com",
    metadata: { scrip_customer_id: "cust_1" },
  });
  await at.fake.settled();
  heard = at.receiver.received.length;
});

after(() => at.end());

/** The types of events since the test began, each of which the library has verified and parsed. */
async function told(): Promise<string[]> {
  await at.fake.settled();
  return at.receiver.received.slice(heard).map(({ body, signature }) => {
    return at.stripe.webhooks.constructEvent(body, signature, SECRET).type;
  });
}

async function last(type: string): Promise<Json> {
  await at.fake.settled();
  return at.receiver.of(type).at(-1)?.data.object;
}

const LINE = { price_data: { currency: "usd", unit_amount: 10_000, product_data: { name: "Credit" } }, quantity: 1 };

function checkout(more: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> {
  return at.stripe.checkout.sessions.create({
    mode: "payment",
    customer: customer.id,
    client_reference_id: "topup_1",
    metadata: { scrip_top_up_id: "topup_1" },
    payment_intent_data: { setup_future_usage: "off_session", metadata: { scrip_top_up_id: "topup_1" } },
    line_items: [LINE],
    success_url: "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
    cancel_url: "https://shop.example/back",
    ...more,
  });
}

const offSession = (payment_method: string, amount = 2500): Stripe.PaymentIntentCreateParams => ({
  amount,
  currency: "usd",
  customer: customer.id,
  payment_method,
  off_session: true,
  confirm: true,
  metadata: { recharge: "1" },
});

async function savedCard(test = "pm_card_visa"): Promise<string> {
  return (await at.stripe.paymentMethods.attach(test, { customer: customer.id })).id;
}

const sums = () => at.fake.truth({ customer: customer.id }).sums("usd");

describe("a Checkout session", () => {
  test("is paid, saves the card, and tells of both", async () => {
    const session = await checkout();
    assert.equal(session.status, "open");
    assert.equal(session.payment_intent, null, "the payment begins with the payer");
    await at.fake.act((books) => pay(books, session.id));
    const paid = await at.stripe.checkout.sessions.retrieve(session.id, {
      expand: ["payment_intent.latest_charge", "line_items"],
    });
    const intent = paid.payment_intent as Stripe.PaymentIntent;
    assert.deepEqual([paid.status, paid.payment_status, intent.status], ["complete", "paid", "succeeded"]);
    assert.equal(intent.metadata.scrip_top_up_id, "topup_1");
    assert.equal(paid.line_items?.data[0]?.amount_total, 10_000);
    const charge = intent.latest_charge as Stripe.Charge;
    assert.match(await (await fetch(charge.receipt_url as string)).text(), /10000 USD/);
    const { data: methods } = await at.stripe.paymentMethods.list({ customer: customer.id });
    assert.deepEqual(
      methods.map((one) => one.id),
      [intent.payment_method],
    );
    const types = [
      "payment_intent.created",
      "payment_method.attached",
      "charge.succeeded",
      "payment_intent.succeeded",
      "checkout.session.completed",
    ];
    assert.deepEqual(await told(), types);
    assert.equal(sums().captured, 10_000);
  });

  test("that is declined stays open, and one payment is tried again", async () => {
    const session = await checkout();
    await assert.rejects(at.fake.act((books) => pay(books, session.id, { with: "4000000000000002" })));
    const open = await at.stripe.checkout.sessions.retrieve(session.id);
    assert.deepEqual([open.status, open.payment_status], ["open", "unpaid"]);
    await at.fake.act((books) => pay(books, session.id));
    const paid = await at.stripe.checkout.sessions.retrieve(session.id);
    assert.equal(paid.payment_intent, open.payment_intent);
    assert.deepEqual(
      (await told()).filter((type) => type.startsWith("payment_intent.")),
      ["payment_intent.created", "payment_intent.payment_failed", "payment_intent.succeeded"],
    );
    assert.equal(sums().captured, 10_000);
  });

  test("asks the payer's bank, who may be refused or confirmed", async () => {
    const session = await checkout();
    await at.fake.act((books) => pay(books, session.id, { with: "4000002760003184" }));
    const { payment_intent } = await at.stripe.checkout.sessions.retrieve(session.id);
    await assert.rejects(at.fake.act((books) => answerBank(books, payment_intent as string, false)));
    await at.fake.act((books) => pay(books, session.id, { with: "4000002760003184" }));
    await at.fake.act((books) => answerBank(books, payment_intent as string, true));
    assert.equal((await at.stripe.checkout.sessions.retrieve(session.id)).payment_status, "paid");
    assert.equal((await told()).filter((type) => type === "payment_intent.requires_action").length, 2);
    assert.equal(sums().captured, 10_000);
  });

  for (const outcome of ["succeeded", "failed"] as const) {
    test(`paid by bank debit completes unpaid, and days later has ${outcome}`, async () => {
      const session = await checkout();
      await at.fake.act((books) => pay(books, session.id, { with: "us_bank_account" }));
      assert.equal((await last("checkout.session.completed")).payment_status, "unpaid");
      assert.equal(sums().captured, 0);
      const { payment_intent } = await at.stripe.checkout.sessions.retrieve(session.id);
      await at.fake.act((books) => settle(books, payment_intent as string, outcome));
      const types = await told();
      assert.equal(types.at(-1), `checkout.session.async_payment_${outcome}`);
      assert.ok(types.includes(outcome === "succeeded" ? "payment_intent.succeeded" : "payment_intent.payment_failed"));
      const { payment_status } = await at.stripe.checkout.sessions.retrieve(session.id);
      assert.equal(payment_status, outcome === "succeeded" ? "paid" : "unpaid");
      assert.equal(sums().captured, outcome === "succeeded" ? 10_000 : 0);
    });
  }

  test("paid by bank transfer waits for the money, in parts", async () => {
    const session = await checkout();
    await at.fake.act((books) => pay(books, session.id, { with: "customer_balance" }));
    const fund = (amount: number) =>
      at.stripe.testHelpers.customers.fundCashBalance(customer.id, { amount, currency: "usd" });
    await fund(4000);
    assert.equal(
      (await last("payment_intent.partially_funded")).next_action.display_bank_transfer_instructions.amount_remaining,
      6000,
    );
    assert.equal(sums().captured, 0);
    await fund(7000);
    assert.equal((await at.stripe.checkout.sessions.retrieve(session.id)).payment_status, "paid");
    const { available } = await at.stripe.customers.retrieveCashBalance(customer.id);
    assert.deepEqual(available, { usd: 1000 });
    const { data } = await at.stripe.customers.listCashBalanceTransactions(customer.id);
    assert.deepEqual(
      data.map((one) => [one.type, one.net_amount]),
      [
        ["applied_to_payment", -6000],
        ["funded", 7000],
        ["applied_to_payment", -4000],
        ["funded", 4000],
      ],
    );
    assert.equal(sums().captured, 10_000);
  });

  test("with a promotion code is paid less than was sold, down to nothing", async () => {
    for (const [percent_off, total, status] of [
      [20, 8000, "paid"],
      [100, 0, "no_payment_required"],
    ] as const) {
      const coupon = await at.stripe.coupons.create({ percent_off });
      const code = `LESS${percent_off}`;
      await at.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code });
      const session = await checkout({ allow_promotion_codes: true });
      await at.fake.act((books) => pay(books, session.id, { promotion_code: code }));
      const paid = await at.stripe.checkout.sessions.retrieve(session.id, {
        expand: ["total_details", "discounts.promotion_code"],
      });
      assert.deepEqual([paid.amount_subtotal, paid.amount_total, paid.payment_status], [10_000, total, status]);
      assert.equal(paid.total_details?.amount_discount, 10_000 - total);
      assert.equal(paid.payment_intent === null, total === 0);
      const used = paid.discounts?.[0]?.promotion_code as Stripe.PromotionCode | undefined;
      assert.equal(used?.code, code);
    }
    assert.deepEqual([sums().captured, sums().discounted, sums().sold], [8000, 12_000, 20_000]);
  });

  test("adds tax where somebody is registered, or has it inside of the price", async () => {
    await at.stripe.customers.update(customer.id, { address: { country: "DE", line1: "Weg 1" } });
    const taxed = { automatic_tax: { enabled: true } };
    const inside = { price_data: { ...LINE.price_data, tax_behavior: "inclusive" as const }, quantity: 1 };
    const [added, included] = [await checkout(taxed), await checkout({ ...taxed, line_items: [inside] })];
    assert.deepEqual([added.amount_total, added.total_details?.amount_tax], [12_000, 2000]);
    assert.deepEqual([included.amount_total, included.total_details?.amount_tax], [10_000, 1667]);
    await at.fake.act((books) => pay(books, added.id));
    assert.deepEqual([sums().captured, sums().tax, sums().paid], [12_000, 2000, 10_000]);
    assert.equal((await checkout()).total_details?.amount_tax, 0, "nobody asked for tax");
  });

  test("with tax for a customer without an address is refused", async () => {
    const error = await refusal(checkout({ automatic_tax: { enabled: true } }));
    assert.deepEqual([error.statusCode, error.code], [400, "customer_tax_location_invalid"]);
    const asked = await checkout({ automatic_tax: { enabled: true }, customer_update: { address: "auto" } });
    assert.equal(asked.amount_total, 12_000);
  });

  test("refuses what belongs to another mode, and too little to be charged", async () => {
    const setup = { mode: "setup" as const, success_url: "https://shop.example/done" };
    const cheap = { price_data: { ...LINE.price_data, unit_amount: 49 }, quantity: 1 };
    const wrong: [Stripe.Checkout.SessionCreateParams, string][] = [
      [setup, "currency"],
      [{ ...setup, currency: "usd", payment_intent_data: { description: "x" } }, "payment_intent_data"],
      [{ ...setup, currency: "usd", line_items: [LINE] }, "line_items"],
      [{ mode: "payment", success_url: "https://shop.example/done" }, "line_items"],
      [{ mode: "payment", success_url: "https://shop.example/done", line_items: [cheap] }, "line_items"],
      [
        {
          mode: "payment",
          success_url: "https://shop.example/done",
          line_items: [LINE],
          customer_update: { address: "auto" },
        },
        "customer_update",
      ],
      [{ mode: "payment", success_url: "https://shop.example/done", line_items: [LINE], expires_at: 1 }, "expires_at"],
    ];
    for (const [params, param] of wrong) {
      const error = await refusal(at.stripe.checkout.sessions.create(params));
      assert.deepEqual([error.statusCode, error.param], [400, param]);
    }
  });

  test("keeps what was sold when the payer pays in another currency", async () => {
    const session = await checkout();
    await at.fake.act((books) => pay(books, session.id, { presentment: { currency: "cad", amount: 13_700 } }));
    const { amount_total, currency, presentment_details } = await last("checkout.session.completed");
    assert.deepEqual([amount_total, currency, presentment_details.presentment_currency], [10_000, "usd", "cad"]);
  });

  test("expires by the clock, or when it is told to, and is not paid afterwards", async () => {
    const [early, late] = [await checkout(), await checkout()];
    await assert.rejects(at.fake.act((books) => pay(books, early.id, { with: "4000000000000002" })));
    assert.equal((await at.stripe.checkout.sessions.expire(early.id)).status, "expired");
    assert.ok((await told()).includes("payment_intent.canceled"), "its payment cannot be tried again");
    await at.fake.advance(24 * HOUR);
    assert.equal((await at.stripe.checkout.sessions.retrieve(late.id)).status, "expired");
    const expired = at.receiver.of("checkout.session.expired").map((event) => event.data.object.id);
    assert.ok(expired.includes(early.id) && expired.includes(late.id));
    await assert.rejects(at.fake.act((books) => pay(books, late.id)));
    assert.equal(sums().captured, 0);
  });

  test("in setup mode only saves a card", async () => {
    const session = await at.stripe.checkout.sessions.create({
      mode: "setup",
      customer: customer.id,
      currency: "usd",
      success_url: "https://shop.example/done",
    });
    await at.fake.act((books) => pay(books, session.id));
    const done = await at.stripe.checkout.sessions.retrieve(session.id, { expand: ["setup_intent"] });
    const setup = done.setup_intent as Stripe.SetupIntent;
    assert.deepEqual(
      [done.payment_status, setup.status, setup.customer],
      ["no_payment_required", "succeeded", customer.id],
    );
    assert.deepEqual(await told(), [
      "setup_intent.created",
      "payment_method.attached",
      "setup_intent.succeeded",
      "checkout.session.completed",
    ]);
    assert.equal(at.fake.truth({ customer: customer.id }).entries.length, 0);
  });

  test("makes an invoice as a receipt, which tells of the same money once more", async () => {
    const session = await checkout({ invoice_creation: { enabled: true } });
    await at.fake.act((books) => pay(books, session.id));
    const { invoice } = await at.stripe.checkout.sessions.retrieve(session.id, { expand: ["invoice.payments"] });
    const { status, amount_paid, parent, payments } = invoice as Stripe.Invoice;
    assert.deepEqual([status, amount_paid, parent, payments?.data.length], ["paid", 10_000, null, 1]);
    assert.ok((await told()).includes("invoice.paid"));
    assert.equal(sums().captured, 10_000);
  });

  test("has pages on which somebody pays without any script", async () => {
    const session = await checkout();
    const url = session.url as string;
    assert.match(await (await fetch(url)).text(), /10000 USD/);
    const press = (to: string, fields: Record<string, string>) =>
      fetch(new URL(to, url), { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    assert.equal((await press(url, { do: "pay", with: "4000000000000002" })).status, 402);
    const asked = await press(url, { do: "pay", with: "4000002760003184" });
    const done = await press(asked.headers.get("location") as string, { do: "authenticate", agrees: "true" });
    assert.equal(done.headers.get("location"), `https://shop.example/done?session=${session.id}`);
    assert.equal(sums().captured, 10_000);
    assert.match(await (await fetch(url)).text(), /complete/);
    assert.equal((await fetch(new URL("/pay/cs_test_none", url))).status, 404);
  });
});

describe("a charge when the customer is away", () => {
  test("succeeds with a saved card", async () => {
    const intent = await at.stripe.paymentIntents.create(offSession(await savedCard()), {
      idempotencyKey: `a-${customer.id}`,
    });
    assert.deepEqual([intent.status, intent.amount_received], ["succeeded", 2500]);
    const types = await told();
    assert.deepEqual(types.slice(-3), ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]);
    const { request } = at.receiver.of("payment_intent.succeeded").at(-1);
    assert.equal(request.idempotency_key, `a-${customer.id}`);
  });

  const refusals: [card: string, code: string, decline: string][] = [
    ["pm_card_chargeCustomerFail", "card_declined", "generic_decline"],
    ["pm_card_authenticationRequired", "authentication_required", "authentication_required"],
  ];
  for (const [card, code, decline_code] of refusals) {
    test(`is a 402 ${code} with ${card}, and leaves no money and an intent without a method`, async () => {
      const error = await refusal(at.stripe.paymentIntents.create(offSession(await savedCard(card))));
      assert.deepEqual(
        [error.type, error.statusCode, error.code, error.decline_code],
        ["StripeCardError", 402, code, decline_code],
      );
      const intent = await at.stripe.paymentIntents.retrieve(error.payment_intent.id);
      assert.deepEqual(
        [intent.status, intent.payment_method, intent.last_payment_error?.code],
        ["requires_payment_method", null, code],
      );
      assert.deepEqual((await told()).slice(-2), ["charge.failed", "payment_intent.payment_failed"]);
      assert.equal(sums().captured, 0);
    });
  }

  test("needs a card that can be attached at all", async () => {
    const error = await refusal(savedCard("pm_card_chargeDeclinedInsufficientFunds"));
    assert.deepEqual([error.statusCode, error.decline_code], [402, "insufficient_funds"]);
  });

  test("works with a card whose bank was asked once, when it was saved", async () => {
    const setup = await at.stripe.setupIntents.create({
      customer: customer.id,
      payment_method: "pm_card_authenticationRequiredOnSetup",
      confirm: true,
    });
    assert.equal(setup.status, "requires_action");
    await at.fake.act((books) => answerBank(books, setup.id, true));
    const intent = await at.stripe.paymentIntents.create(offSession(setup.payment_method as string));
    assert.equal(intent.status, "succeeded");
  });

  test("is on its way for a while when the bank says so, and ends either way", async () => {
    const card = await savedCard();
    for (const outcome of ["succeeded", "failed"] as const) {
      at.fake.fail({ kind: "processing", path: "/v1/payment_intents" });
      const intent = await at.stripe.paymentIntents.create(offSession(card));
      assert.equal(intent.status, "processing");
      await at.fake.act((books) => settle(books, intent.id, outcome));
      const { status } = await at.stripe.paymentIntents.retrieve(intent.id);
      assert.equal(status, outcome === "succeeded" ? "succeeded" : "requires_payment_method");
    }
    assert.equal(sums().captured, 2500);
  });

  test("asks for the customer when they are there, and has a link for them", async () => {
    const { off_session: _, ...onSession } = offSession(await savedCard("pm_card_authenticationRequired"));
    const intent = await at.stripe.paymentIntents.create({ ...onSession, return_url: "https://shop.example/back" });
    assert.equal(intent.status, "requires_action");
    const url = intent.next_action?.redirect_to_url?.url as string;
    const body = new URLSearchParams({ do: "authenticate", agrees: "true" });
    await fetch(url, { method: "POST", body, redirect: "manual" });
    assert.equal((await at.stripe.paymentIntents.retrieve(intent.id)).status, "succeeded");
  });

  test("fails at once instead, when asked to", async () => {
    const { off_session: _, ...onSession } = offSession(await savedCard("pm_card_authenticationRequired"));
    const error = await refusal(at.stripe.paymentIntents.create({ ...onSession, error_on_requires_action: true }));
    assert.deepEqual([error.statusCode, error.code], [402, "authentication_required"]);
  });

  test("must be confirmed by the same call that says that nobody is there", async () => {
    const { confirm: _, ...unconfirmed } = offSession(await savedCard());
    const error = await refusal(at.stripe.paymentIntents.create(unconfirmed));
    assert.deepEqual([error.statusCode, error.param], [400, "off_session"]);
  });

  test("is declined as often as was asked for", async () => {
    const card = await savedCard();
    at.fake.fail({ kind: "decline", decline_code: "do_not_honor", path: "/v1/payment_intents", times: 2 });
    for (let count = 0; count < 2; count += 1) {
      assert.equal((await refusal(at.stripe.paymentIntents.create(offSession(card)))).decline_code, "do_not_honor");
    }
    assert.equal((await at.stripe.paymentIntents.create(offSession(card))).status, "succeeded");
  });

  test("can be held and captured, or let go", async () => {
    const card = await savedCard();
    const held = () => at.stripe.paymentIntents.create({ ...offSession(card), capture_method: "manual" });
    const [one, other] = [await held(), await held()];
    assert.equal(sums().captured, 0);
    await at.stripe.paymentIntents.capture(one.id, { amount_to_capture: 1500 });
    assert.equal((await at.stripe.paymentIntents.cancel(other.id)).status, "canceled");
    assert.equal(sums().captured, 1500);
  });
});

describe("a payment method", () => {
  test("is detached, renewed by its network, and becomes another card", async () => {
    const card = await savedCard();
    await at.stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card } });
    await at.fake.act((books) => renewCard(books, card, "1881", 1, 2040));
    assert.equal((await last("payment_method.automatically_updated")).card.last4, "1881");
    await at.fake.act((books) => turnInto(books, card, "4000000000000341"));
    assert.equal((await refusal(at.stripe.paymentIntents.create(offSession(card)))).code, "card_declined");
    await at.stripe.paymentMethods.detach(card);
    const { invoice_settings } = (await at.stripe.customers.retrieve(customer.id)) as Stripe.Customer;
    assert.equal(invoice_settings.default_payment_method, null);
    assert.ok((await told()).includes("payment_method.detached"));
  });

  test("of another customer is refused, as is a customer who is gone", async () => {
    const card = await savedCard();
    const other = await at.stripe.customers.create({});
    const error = await refusal(at.stripe.paymentIntents.create({ ...offSession(card), customer: other.id }));
    assert.deepEqual([error.statusCode, error.param], [400, "payment_method"]);
    await at.stripe.customers.del(other.id);
    assert.equal(((await at.stripe.customers.retrieve(other.id)) as Stripe.DeletedCustomer).deleted, true);
    assert.ok((await told()).includes("customer.deleted"));
  });
});

describe("a refund", () => {
  async function charged(card = "pm_card_visa"): Promise<Stripe.PaymentIntent> {
    const { off_session: _, ...onSession } = offSession(card);
    return at.stripe.paymentIntents.create({ ...onSession, customer: customer.id });
  }

  test("is partial and repeated, and never more than was paid", async () => {
    const { id: payment_intent, latest_charge } = await charged();
    const [one, two] = [
      await at.stripe.refunds.create({ payment_intent, amount: 1000 }),
      await at.stripe.refunds.create({ payment_intent, amount: 500 }),
    ];
    assert.notEqual(one.id, two.id);
    assert.equal((await refusal(at.stripe.refunds.create({ payment_intent, amount: 1001 }))).param, "amount");
    await at.fake.act((books) => refund(books, payment_intent));
    assert.equal((await refusal(at.stripe.refunds.create({ payment_intent }))).code, "charge_already_refunded");
    const charge = await at.stripe.charges.retrieve(latest_charge as string, { expand: ["refunds"] });
    assert.deepEqual([charge.amount_refunded, charge.refunded, charge.refunds?.data.length], [2500, true, 3]);
    const cumulative = at.receiver
      .of("charge.refunded")
      .slice(-3)
      .map((event) => event.data.object.amount_refunded);
    assert.deepEqual(cumulative, [1000, 1500, 2500]);
    assert.equal(sums().paid, 0);
  });

  test("can be pending first, then fail or be canceled, and the money is back", async () => {
    for (const status of ["failed", "canceled", "succeeded"] as const) {
      const { id: payment_intent } = await charged("pm_card_pendingRefund");
      const made = await at.stripe.refunds.create({ payment_intent });
      assert.equal(made.status, "pending");
      if (status === "canceled") await at.stripe.refunds.cancel(made.id);
      else await at.fake.act((books) => endRefund(books, made.id, status));
      assert.equal((await at.stripe.refunds.retrieve(made.id)).status, status);
      assert.equal(at.fake.truth({ intent: payment_intent }).sums("usd").paid, status === "succeeded" ? 0 : 2500);
    }
    assert.equal((await told()).filter((type) => type === "refund.failed").length, 1);
  });

  test("of one test card fails after it had succeeded", async () => {
    const { id: payment_intent } = await charged("pm_card_refundFail");
    assert.equal((await at.stripe.refunds.create({ payment_intent })).status, "succeeded");
    const types = (await told()).filter((type) => type.startsWith("refund."));
    assert.deepEqual(types, ["refund.created", "refund.updated", "refund.failed"]);
    assert.equal(sums().paid, 2500);
  });
});

describe("a dispute", () => {
  const disputed = (card: string) =>
    at.stripe.paymentIntents.create({
      amount: 2500,
      currency: "usd",
      customer: customer.id,
      payment_method: card,
      confirm: true,
    });

  test("takes the money when it is opened, and brings it back when it is won", async () => {
    const { id: payment_intent } = await disputed("pm_card_createDispute");
    const { data } = await at.stripe.disputes.list({ payment_intent });
    const [{ id, status, balance_transactions }] = data as [Stripe.Dispute];
    assert.deepEqual([status, balance_transactions.map((one) => one.amount)], ["needs_response", [-2500]]);
    assert.equal(sums().paid, 0);
    await at.stripe.disputes.update(id, { evidence: { uncategorized_text: "winning_evidence" } });
    assert.equal(sums().paid, 2500);
    const types = (await told()).filter((type) => type.startsWith("charge.dispute."));
    assert.deepEqual(
      types,
      ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"].map((name) => `charge.dispute.${name}`),
    );
  });

  test("is lost with what was withdrawn, which may be another amount than the charge", async () => {
    const { id } = await disputed("pm_card_visa");
    const opened = await at.fake.act((books) => dispute(books, id, { amount: 2000, reason: "duplicate" }));
    await at.fake.act((books) => closeDispute(books, opened.id, "lost"));
    assert.equal((await at.stripe.disputes.retrieve(opened.id)).status, "lost");
    assert.equal(sums().paid, 500);
    assert.equal((await refusal(at.stripe.refunds.create({ payment_intent: id }))).code, "charge_disputed");
  });

  test("that is only an inquiry moves nothing, until the bank makes it more", async () => {
    const { id } = await disputed("pm_card_createDisputeInquiry");
    const { data } = await at.stripe.disputes.list({ payment_intent: id });
    assert.equal(data[0]?.status, "warning_needs_response");
    assert.equal(sums().paid, 2500);
    await at.fake.act((books) => escalate(books, data[0]?.id as string));
    assert.equal(sums().paid, 0);
    const closed = await at.stripe.disputes.close(data[0]?.id as string);
    assert.equal(closed.status, "lost");
  });

  test("may be foreseen by a warning of fraud", async () => {
    const { id, latest_charge } = await disputed("pm_card_visa");
    await at.fake.act((books) => warnOfFraud(books, id));
    assert.equal((await last("radar.early_fraud_warning.created")).charge, latest_charge);
  });
});

describe("a subscription", () => {
  async function monthly(unit_amount = 3000): Promise<string> {
    const product = await at.stripe.products.create({ name: "Plan" });
    return (
      await at.stripe.prices.create({
        product: product.id,
        currency: "usd",
        unit_amount,
        recurring: { interval: "month" },
      })
    ).id;
  }

  const start = async (more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    at.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: await monthly() }],
      metadata: { scrip_subscription_id: "sub_1" },
      expand: ["latest_invoice.payments"],
      ...more,
    });

  test("is paid and renewed once a period, and its invoices name it and their payments", async () => {
    const card = await savedCard();
    const made = await start({ default_payment_method: card });
    assert.equal(made.status, "active");
    const first = made.latest_invoice as Stripe.Invoice;
    assert.deepEqual([first.billing_reason, first.status, first.amount_paid], ["subscription_create", "paid", 3000]);
    assert.equal(first.parent?.subscription_details?.subscription, made.id);
    assert.equal(first.parent?.subscription_details?.metadata?.scrip_subscription_id, "sub_1");
    assert.equal(first.payments?.data[0]?.status, "paid");
    await at.fake.advance(70 * DAY);
    const { data } = await at.stripe.invoices.list({ subscription: made.id });
    assert.deepEqual(
      data.map((one) => one.billing_reason),
      ["subscription_cycle", "subscription_cycle", "subscription_create"],
    );
    const now = await at.stripe.subscriptions.retrieve(made.id);
    const [item] = now.items.data as [Stripe.SubscriptionItem];
    assert.equal(item.current_period_start, data[0]?.lines.data[0]?.period.start);
    assert.equal(sums().captured, 9000);
    assert.equal((await told()).filter((type) => type === "invoice.paid").length, 3);
  });

  test("waits for the customer when their bank asks, and begins when they agree", async () => {
    const made = await start({ default_payment_method: await savedCard("pm_card_authenticationRequired") });
    assert.equal(made.status, "incomplete");
    const payment = (made.latest_invoice as Stripe.Invoice).payments?.data[0]?.payment.payment_intent as string;
    await at.fake.act((books) => answerBank(books, payment, true));
    assert.equal((await at.stripe.subscriptions.retrieve(made.id)).status, "active");
    assert.ok((await told()).includes("invoice.payment_action_required"));
  });

  test("whose card fails is past due, tried again, mended by a new card or ended", async () => {
    for (const isMended of [true, false]) {
      const card = await savedCard();
      const made = await start({ default_payment_method: card });
      await at.fake.act((books) => turnInto(books, card, "4000000000000341"));
      await at.fake.advance(32 * DAY);
      assert.equal((await at.stripe.subscriptions.retrieve(made.id)).status, "past_due");
      if (isMended) await at.fake.act((books) => turnInto(books, card, "4242424242424242"));
      await at.fake.advance(8 * DAY);
      assert.equal((await at.stripe.subscriptions.retrieve(made.id)).status, isMended ? "active" : "canceled");
    }
    assert.ok((await told()).includes("invoice.payment_failed"));
  });

  test("whose card fails does not change, where the caller wants it paid first", async () => {
    const card = await savedCard();
    const made = await start({ default_payment_method: card });
    const [item] = made.items.data as [Stripe.SubscriptionItem];
    turnInto(at.fake.books(), card, "4000000000000341");
    const change = at.stripe.subscriptions.update(made.id, {
      items: [{ id: item.id, price: await monthly(9000) }],
      proration_behavior: "always_invoice",
      payment_behavior: "error_if_incomplete",
    });
    await assert.rejects(change, { type: "StripeCardError", statusCode: 402 });
    const now = await at.stripe.subscriptions.retrieve(made.id);
    assert.deepEqual([now.status, now.items.data[0]?.price.unit_amount], ["active", 3000]);
    assert.equal(sums().captured, 3000);
  });

  test("that changes its price in the middle pays the difference of the rest", async () => {
    const made = await start({ default_payment_method: await savedCard() });
    const [item] = made.items.data as [Stripe.SubscriptionItem];
    const half = Math.floor((item.current_period_end - item.current_period_start) / 2);
    await at.fake.advance(half);
    await at.stripe.subscriptions.update(made.id, {
      items: [{ id: item.id, price: await monthly(9000) }],
      proration_behavior: "always_invoice",
    });
    const { data } = await at.stripe.invoices.list({ subscription: made.id, limit: 1 });
    const [change] = data as [Stripe.Invoice];
    assert.equal(change.billing_reason, "subscription_update");
    assert.deepEqual(
      change.lines.data.map((line) => line.amount),
      [-1500, 4500],
    );
    assert.ok(change.lines.data.every((line) => line.parent?.subscription_item_details?.proration));
    assert.equal(sums().captured, 6000);
  });

  test("ends at once or with its period, and a trial costs nothing before it ends", async () => {
    const trial = await start({ default_payment_method: await savedCard(), trial_period_days: 7 });
    assert.deepEqual([trial.status, (trial.latest_invoice as Stripe.Invoice).amount_paid], ["trialing", 0]);
    await at.fake.advance(8 * DAY);
    assert.equal((await at.stripe.subscriptions.retrieve(trial.id)).status, "active");
    assert.equal(sums().captured, 3000);
    await at.stripe.subscriptions.update(trial.id, { cancel_at_period_end: true });
    await at.fake.advance(40 * DAY);
    assert.equal((await at.stripe.subscriptions.retrieve(trial.id)).status, "canceled");
    assert.equal(sums().captured, 3000);
    const other = await start({ default_payment_method: await savedCard() });
    assert.equal((await at.stripe.subscriptions.cancel(other.id)).status, "canceled");
  });

  test("begins at Checkout as well", async () => {
    const session = await checkout({
      mode: "subscription",
      payment_intent_data: undefined,
      line_items: [{ price: await monthly(), quantity: 2 }],
    });
    await at.fake.act((books) => pay(books, session.id));
    const { subscription, invoice } = await at.stripe.checkout.sessions.retrieve(session.id);
    assert.equal((await at.stripe.subscriptions.retrieve(subscription as string)).status, "active");
    assert.equal((await at.stripe.invoices.retrieve(invoice as string)).amount_paid, 6000);
  });

  test("asks once for what does not recur", async () => {
    const setup = { currency: "usd", unit_amount: 500, product_data: { name: "Setup" } };
    const session = await checkout({
      mode: "subscription",
      payment_intent_data: undefined,
      line_items: [
        { price: await monthly(), quantity: 1 },
        { price_data: setup, quantity: 1 },
      ],
    });
    await at.fake.act((books) => pay(books, session.id));
    const { subscription, invoice } = await at.stripe.checkout.sessions.retrieve(session.id);
    const made = await at.stripe.subscriptions.retrieve(subscription as string);
    assert.equal(made.items.data.length, 1);
    const first = await at.stripe.invoices.retrieve(invoice as string);
    assert.equal(first.amount_paid, 3500);
    const recurs = first.lines.data.map((line) => line.parent?.type === "subscription_item_details");
    assert.deepEqual(recurs, [true, false]);
  });
});
