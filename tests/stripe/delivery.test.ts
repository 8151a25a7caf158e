// Events on their way: signatures, retries over three days, the list of what was not delivered, and the post at its worst.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import type Stripe from "stripe";
import { DAY, HOUR } from "./clock.ts";
import type { Json } from "./json.ts";
import { TRICKS, type Trick } from "./mischief.ts";
import { rollSecret } from "./state/account.ts";
import { Receiver, refusal, type Scene, SECRET, scene } from "./support.ts";

let at: Scene;

beforeEach(async () => {
  at = await scene();
});

afterEach(() => at.end());

const charge = (amount = 1000) =>
  at.stripe.paymentIntents.create({ amount, currency: "usd", payment_method: "pm_card_visa", confirm: true });

const verified = (body: string, signature: string, secret = SECRET): Json =>
  at.stripe.webhooks.constructEvent(body, signature, secret);

describe("an event", () => {
  test("is signed over its very bytes, by the whole secret", async () => {
    await charge();
    await at.fake.settled();
    assert.deepEqual(at.receiver.types(), ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]);
    for (const { body, signature } of at.receiver.received) {
      const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64}),v0=[0-9a-f]{64}$/.exec(signature) ?? [];
      assert.equal(createHmac("sha256", SECRET).update(`${time}.${body}`).digest("hex"), mac);
      const event = verified(body, signature);
      assert.deepEqual([event.object, event.api_version, event.livemode], ["event", "2026-10-28.endive", false]);
      assert.throws(() => verified(body.replace("1000", "9000"), signature));
      assert.throws(() => verified(body, signature, "whsec_other"));
    }
  });

  test("is a copy of how the object was, not of how it is", async () => {
    const customer = await at.stripe.customers.create({ name: "Before" });
    await at.stripe.customers.update(customer.id, { name: "After" });
    await at.fake.settled();
    assert.equal(at.receiver.of("customer.created")[0].data.object.name, "Before");
    const [{ data }] = at.receiver.of("customer.updated");
    assert.deepEqual([data.object.name, data.previous_attributes], ["After", { name: "Before" }]);
  });

  test("goes only where it is wanted, by type, side and account", async () => {
    const [some, live, connect] = [
      await new Receiver().ready(),
      await new Receiver().ready(),
      await new Receiver().ready(),
    ];
    const made = await at.stripe.webhookEndpoints.create({ url: some.url, enabled_events: ["charge.succeeded"] });
    assert.match(made.secret as string, /^whsec_/);
    assert.equal((await at.stripe.webhookEndpoints.retrieve(made.id)).secret, undefined, "it is told once");
    at.fake.addWebhook({ url: live.url }, { livemode: true });
    at.fake.addWebhook({ url: connect.url, isConnect: true });
    await charge();
    await at.stripe.customers.create({}, { stripeAccount: "acct_shop" });
    await at.fake.settled();
    assert.deepEqual(some.types(), ["charge.succeeded"]);
    assert.doesNotThrow(() =>
      verified(some.received[0]?.body as string, some.received[0]?.signature as string, made.secret),
    );
    assert.deepEqual([live.types(), connect.types()], [[], ["customer.created"]]);
    assert.equal(connect.received[0]?.event.account, "acct_shop");
    assert.ok(!at.receiver.types().includes("customer.created"));
    await at.stripe.webhookEndpoints.update(made.id, { disabled: true });
    await charge();
    await at.fake.settled();
    assert.equal(some.types().length, 1);
    await at.stripe.webhookEndpoints.del(made.id);
    for (const one of [some, live, connect]) one.close();
  });

  test("is tried for three days, signed anew each time, and then given up", async () => {
    await at.stripe.customers.create({});
    await at.fake.settled();
    at.receiver.answers.push(...Array.from({ length: 40 }, () => 500));
    const from = at.receiver.received.length;
    await at.stripe.customers.create({});
    await at.fake.deliverAll();
    const tries = at.receiver.received.slice(from);
    assert.ok(tries.length >= 8, `${tries.length} attempts`);
    assert.equal(new Set(tries.map(({ event }) => event.id)).size, 1);
    assert.equal(new Set(tries.map(({ signature }) => signature)).size, tries.length);
    const times = at.fake.delivery.sent.slice(from).map((one) => one.at);
    const lasted = (times.at(-1) as number) - (times[0] as number);
    assert.ok(lasted > 2 * DAY && lasted <= 3 * DAY, `${lasted / HOUR} hours`);
  });

  test("is tried again while time passes, at its own times", async () => {
    at.receiver.answers.push(500, 500);
    await at.stripe.customers.create({});
    await at.fake.settled();
    await at.fake.advance(HOUR);
    const times = at.fake.delivery.sent.map((sent) => sent.at);
    assert.deepEqual(
      times.map((time) => Math.round((time - (times[0] as number)) / 60)),
      [0, 5, 35],
    );
  });

  test("ends its retries with a 2xx, while 3xx is a failure and a resend counts for nothing", async () => {
    at.receiver.answers.push(302, 204);
    await at.stripe.customers.create({});
    await at.fake.settled();
    const [event] = at.fake.events("customer.created") as [Stripe.Event];
    assert.equal(event.pending_webhooks, 1);
    await at.fake.delivery.resend(event.id);
    assert.equal(event.pending_webhooks, 1, "the button in the dashboard does not stop the retries");
    await at.fake.deliverAll();
    assert.deepEqual([at.receiver.received.length, event.pending_webhooks], [3, 0]);
  });

  test("that was not delivered is found in the list, as a recovery job asks for it", async () => {
    await charge();
    await at.fake.settled();
    const [good] = (await at.stripe.events.list({ limit: 1 })).data as [Stripe.Event];
    at.receiver.answers.push(...Array.from({ length: 9 }, () => 500));
    await charge(2000);
    await charge(3000);
    await at.fake.settled();
    const asked = { types: ["payment_intent.succeeded"], delivery_success: false, ending_before: good.id };
    const { data } = await at.stripe.events.list(asked);
    assert.deepEqual(
      data.map((event: Json) => event.data.object.amount),
      [3000, 2000],
    );
    await at.fake.deliverAll();
    assert.equal((await at.stripe.events.list(asked)).data.length, 0);
    assert.equal((await at.stripe.events.retrieve(good.id)).id, good.id);
    await at.fake.advance(31 * DAY);
    assert.equal((await at.stripe.events.list()).data.length, 0, "after thirty days it is forgotten");
  });

  test("can come before the answer to the call that caused it", async () => {
    at.fake.deliversFirst = true;
    const intent = await charge();
    const [event] = at.receiver.of("payment_intent.succeeded");
    assert.equal(event.data.object.id, intent.id, "it is there when the answer is");
  });

  test("is signed by both secrets for a day after one was rolled", async () => {
    const [endpoint] = [...at.fake.books().endpoints.values()];
    const next = rollSecret(at.fake.books(), endpoint as never, 24, "whsec_next");
    await at.stripe.customers.create({});
    await at.fake.settled();
    const { body, signature } = at.receiver.received.at(-1) as { body: string; signature: string };
    for (const secret of [SECRET, next]) assert.doesNotThrow(() => verified(body, signature, secret));
    await at.fake.advance(DAY);
    await at.stripe.customers.create({});
    await at.fake.settled();
    const later = at.receiver.received.at(-1) as { body: string; signature: string };
    // The fake's clock is a day ahead of the machine's, which the library does not mind.
    assert.doesNotThrow(() => verified(later.body, later.signature, next));
    assert.throws(() => verified(later.body, later.signature, SECRET));
  });
});

describe("a thin event", () => {
  test("has no data, and leads to the object and to itself", async () => {
    const thin = await scene({ form: "thin" });
    const { id } = await thin.stripe.customers.create({ name: "Thin" });
    await thin.fake.settled();
    const { body, signature } = thin.receiver.received[0] as { body: string; signature: string };
    const event: Json = thin.stripe.parseEventNotification(body, signature, SECRET);
    assert.deepEqual(
      [event.type, event.related_object?.url, event.snapshot_event],
      ["v1.customer.created", `/v1/customers/${id}`, undefined],
    );
    const customer = (await event.fetchRelatedObject()) as Stripe.Customer;
    assert.equal(customer.name, "Thin");
    assert.equal((await event.fetchEvent()).type, "v1.customer.created");
    assert.throws(() => thin.stripe.webhooks.constructEvent(body, signature, SECRET), "it is no snapshot");
    await thin.end();
  });

  test("beside its snapshot names it", async () => {
    const both = await scene({ form: "both" });
    await both.stripe.customers.create({});
    await both.fake.settled();
    const [one, other] = both.receiver.received.map(({ event }) => event);
    assert.deepEqual([one.object, other.object, other.snapshot_event], ["event", "v2.core.event", one.id]);
    await both.end();
  });
});

describe("the post at its worst", () => {
  /** Plays one trick, many times over, and answers what was sent because of it. */
  async function played(trick: Trick, seed = 7): Promise<Json[]> {
    at.fake.delivery.isHeld = true;
    at.fake.misbehave(seed, [trick], "whsec_next");
    for (let amount = 1000; amount < 1020; amount += 1) await charge(amount);
    await at.fake.delivery.run();
    return at.fake.delivery.sent
      .filter((sent) => sent.trick === trick)
      .map((sent) => ({ ...sent, event: JSON.parse(sent.body) }));
  }

  const succeeded = () => at.receiver.of("payment_intent.succeeded");

  test("sends duplicates, and copies at the same moment", async () => {
    assert.ok((await played("duplicate")).length > 5);
    assert.ok(succeeded().length > new Set(succeeded().map((event) => event.id)).size);
    assert.equal(at.fake.delivery.most, 1);
    assert.ok((await played("concurrent")).length > 5);
    assert.ok(at.fake.delivery.most > 1, "at once");
  });

  test("reorders", async () => {
    await played("reorder");
    const order = at.receiver.received.map(({ event }) =>
      at.fake
        .books()
        .events.all()
        .findIndex((one) => one.id === event.id),
    );
    assert.equal(order.length, 60);
    assert.notDeepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
  });

  test("makes two events of one fact", async () => {
    await played("two_ids");
    const facts = succeeded();
    const intents = new Set(facts.map((event) => event.data.object.id));
    assert.equal(intents.size, 20);
    assert.ok(facts.length > 20);
    assert.equal(new Set(facts.map((event) => event.id)).size, facts.length);
  });

  test("is late by up to two days, and then signs anew", async () => {
    await played("late");
    const before = succeeded().length;
    assert.ok(before < 20, "some are late");
    await at.fake.deliverAll();
    assert.equal(succeeded().length, 20);
    const late = at.receiver.received.filter(
      ({ event, signature }) => Number(/t=(\d+)/.exec(signature)?.[1]) - event.created > 300,
    );
    assert.ok(late.length > 0);
  });

  test("replays old captures, whose signature is right and too old", async () => {
    const replays = await played("replay");
    assert.ok(replays.length > 5);
    for (const { body, signature } of replays) {
      assert.throws(() => verified(body, signature), /Timestamp outside the tolerance zone/);
      assert.doesNotThrow(() => at.stripe.webhooks.constructEvent(body, signature, SECRET, 0));
    }
  });

  test("forgets events, which only the list knows then", async () => {
    await played("never");
    const lost = 20 - succeeded().length;
    assert.ok(lost > 0);
    await at.fake.deliverAll();
    assert.equal(20 - succeeded().length, lost);
    const { data } = await at.stripe.events.list({
      types: ["payment_intent.succeeded"],
      delivery_success: false,
      limit: 100,
    });
    assert.equal(data.length, lost);
  });

  test("sends both forms, or the thin one alone", async () => {
    for (const { event, signature, body } of await played("both_forms")) {
      assert.equal(event.object, "v2.core.event");
      assert.match(event.snapshot_event, /^evt_/);
      assert.doesNotThrow(() => at.stripe.parseEventNotification(body, signature, SECRET));
    }
    const alone = await played("thin");
    assert.ok(alone.length > 0);
    for (const { event } of alone)
      assert.deepEqual([event.object, "snapshot_event" in event], ["v2.core.event", false]);
  });

  test("has types and versions of tomorrow, and events of the other side", async () => {
    const cases: [Trick, (event: Json) => boolean][] = [
      ["unknown_type", (event) => event.type.endsWith(".reconsidered")],
      ["unknown_version", (event) => event.api_version === "2031-02-28.zinnia"],
      ["wrong_mode", (event) => event.livemode === true && event.data.object.livemode === true],
    ];
    for (const [trick, isSo] of cases) {
      const sent = await played(trick);
      assert.ok(sent.length > 0 && sent.every(({ event }) => isSo(event)), trick);
    }
  });

  test("rolls the secret, and signs by somebody else's first", async () => {
    await played("rolled_secret");
    const both = at.receiver.received.filter(({ signature }) => signature.split("v1=").length === 3);
    assert.ok(both.length > 0);
    for (const { body, signature } of both)
      for (const secret of [SECRET, "whsec_next"]) assert.doesNotThrow(() => verified(body, signature, secret));
    const garbage = await played("garbage_signature");
    assert.ok(garbage.length > 0);
    for (const { body, signature } of garbage) assert.doesNotThrow(() => verified(body, signature));
  });

  test("does not hear that an event has arrived, and sends it again by the clock", async () => {
    const lost = await played("ack_lost");
    assert.ok(lost.length > 0);
    at.fake.misbehave(null);
    await at.fake.deliverAll();
    const counts = new Map<string, number>();
    for (const { event } of at.receiver.received) counts.set(event.id, (counts.get(event.id) ?? 0) + 1);
    for (const { event } of lost) assert.equal(counts.get(event.id), 2);
  });

  test("is the same for the same seed, and plays every trick", async () => {
    const runs: string[][] = [];
    for (const seed of [3, 3, 4]) {
      const one = await scene();
      one.fake.delivery.isHeld = true;
      one.fake.misbehave(seed);
      for (let amount = 1000; amount < 1040; amount += 1) {
        await one.stripe.paymentIntents.create({
          amount,
          currency: "usd",
          payment_method: "pm_card_visa",
          confirm: true,
        });
      }
      await one.fake.delivery.run();
      runs.push(one.fake.delivery.sent.map(({ type, trick, form }) => `${type} ${trick} ${form}`));
      if (seed === 4) {
        const seen = new Set(one.fake.delivery.sent.map((sent) => sent.trick));
        // These leave no mark on a request of their own.
        const silent: Trick[] = ["reorder", "two_ids", "late", "never", "rolled_secret"];
        assert.deepEqual(
          TRICKS.filter((trick) => !seen.has(trick) && !silent.includes(trick)),
          [],
        );
      }
      await one.end();
    }
    // Copies at the same moment may arrive in any order, so it is what was sent that counts.
    assert.deepEqual(runs[0]?.toSorted(), runs[1]?.toSorted());
    assert.notDeepEqual(runs[0]?.toSorted(), runs[2]?.toSorted());
  });
});

describe("an endpoint", () => {
  test("needs a URL and something to send", async () => {
    const bad = await refusal(at.stripe.webhookEndpoints.create({ url: "nowhere", enabled_events: ["*"] }));
    assert.deepEqual([bad.statusCode, bad.param], [400, "url"]);
    const { data } = await at.stripe.webhookEndpoints.list();
    assert.deepEqual(
      data.map((one) => one.url),
      [at.receiver.url],
    );
  });
});
