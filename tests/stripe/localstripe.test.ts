// The same journeys against another fake that nobody here wrote, where it has the resource. localstripe keeps an older version of
// the API; where it is known to differ from Stripe, both answers stand in the table at the end.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { eventually } from "../e2e/support/patience.ts";
import { ended, environment, freePort } from "../e2e/support/processes.ts";
import { type Form, writeForm } from "./form.ts";
import type { Json } from "./json.ts";
import { type FakeStripe, startFakeStripe } from "./server.ts";

/** A server of one of the two kinds. */
class Client {
  private url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call(
    method: string,
    path: string,
    form: Form = {},
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Json }> {
    const body = method === "GET" ? {} : { body: writeForm(form) };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: "Bearer sk_test_12345",
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
      ...body,
    });
    return { status: response.status, body: await response.json() };
  }

  async made(path: string, form: Form = {}): Promise<Json> {
    const { status, body } = await this.call("POST", path, form);
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
    return body;
  }

  async customer(): Promise<string> {
    return (await this.made("/v1/customers", { email: "payer@example.com", metadata: { name: "value" } })).id;
  }

  async card(number: string): Promise<string> {
    const card = { number, exp_month: "12", exp_year: "2034", cvc: "123" };
    return (await this.made("/v1/payment_methods", { type: "card", card })).id;
  }

  async saved(number: string): Promise<{ customer: string; payment_method: string }> {
    const [customer, payment_method] = [await this.customer(), await this.card(number)];
    await this.made(`/v1/payment_methods/${payment_method}/attach`, { customer });
    return { customer, payment_method };
  }

  charge(who: Form, more: Form = {}, headers: Record<string, string> = {}): Promise<{ status: number; body: Json }> {
    const form = { amount: "2500", currency: "usd", confirm: "true", off_session: "true", ...who, ...more };
    return this.call("POST", "/v1/payment_intents", form, headers);
  }
}

/** Only what both can be asked for, and no ids. */
type Journey = (client: Client) => Promise<Json>;

const pick = (object: Json, ...names: string[]): Json =>
  Object.fromEntries(names.map((name) => [name, object?.[name]]));

const SAME: Record<string, Journey> = {
  "a customer is made, read, changed and deleted": async (client) => {
    const id = await client.customer();
    const read = (await client.call("GET", `/v1/customers/${id}`)).body;
    const changed = await client.made(`/v1/customers/${id}`, { metadata: { name: "other" }, email: "new@example.com" });
    const gone = await client.call("DELETE", `/v1/customers/${id}`);
    return [
      pick(read, "object", "email", "metadata"),
      pick(changed, "email", "metadata"),
      pick(gone.body, "object", "deleted"),
    ];
  },
  "a card is made, attached, listed and detached": async (client) => {
    const { customer, payment_method } = await client.saved("4242424242424242");
    const list = async () =>
      (await client.call("GET", `/v1/payment_methods?customer=${customer}&type=card`)).body.data.length;
    const before = await list();
    const { card, customer: owner, type } = (await client.call("GET", `/v1/payment_methods/${payment_method}`)).body;
    const gone = await client.made(`/v1/payment_methods/${payment_method}/detach`);
    return [
      before,
      await list(),
      owner === customer,
      type,
      pick(card, "brand", "last4", "exp_month", "exp_year"),
      gone.customer,
    ];
  },
  "a saved card is charged": async (client) => {
    const { status, body } = await client.charge(await client.saved("4242424242424242"), { metadata: { order: "1" } });
    const read = (await client.call("GET", `/v1/payment_intents/${body.id}`)).body;
    return [
      status,
      pick(read, "object", "status", "amount", "currency", "metadata", "next_action", "last_payment_error"),
    ];
  },
  "a card that is declined after it was attached is a 402": async (client) => {
    const { status, body } = await client.charge(await client.saved("4000000000000341"));
    return [status, pick(body.error, "code", "message")];
  },
  "a payment is confirmed later, and cannot be canceled then": async (client) => {
    const { customer, payment_method } = await client.saved("4242424242424242");
    const made = await client.made("/v1/payment_intents", { amount: "700", currency: "eur", customer, payment_method });
    const confirmed = await client.made(`/v1/payment_intents/${made.id}/confirm`);
    const late = await client.call("POST", `/v1/payment_intents/${made.id}/cancel`);
    return [made.status, confirmed.status, late.status];
  },
  "a payment is canceled before it was made": async (client) => {
    const made = await client.made("/v1/payment_intents", { amount: "700", currency: "eur" });
    return pick(await client.made(`/v1/payment_intents/${made.id}/cancel`), "status");
  },
  "a payment is refunded in parts, to the last cent": async (client) => {
    const intent = (await client.charge(await client.saved("4242424242424242"))).body;
    const refund = (amount: string) => client.call("POST", "/v1/refunds", { payment_intent: intent.id, amount });
    const [one, other] = [await refund("1000"), await refund("1500")];
    const { data } = (await client.call("GET", "/v1/refunds?limit=2")).body;
    const shown = [one, other].map(({ body }) => pick(body, "object", "amount", "currency", "status"));
    return [shown, data.map((each: Json) => each.amount).sort()];
  },
  "a card is set up for later": async (client) => {
    const [customer, payment_method] = [await client.customer(), await client.card("4242424242424242")];
    const made = await client.made("/v1/setup_intents", { customer, usage: "off_session" });
    const setup = await client.made(`/v1/setup_intents/${made.id}/confirm`, { payment_method });
    const { body } = await client.charge({ customer, payment_method });
    return [pick(setup, "object", "status", "usage"), body.status];
  },
  "what is missing, unknown or nobody's is a 4xx": async (client) => {
    const cases: [string, string, Form?][] = [
      ["POST", "/v1/payment_intents", { currency: "usd" }],
      ["POST", "/v1/payment_intents", { amount: "100", currency: "usd", nonsense: "1" }],
      ["GET", "/v1/payment_intents/pi_none"],
      ["GET", "/v1/customers/cus_none"],
      ["POST", "/v1/refunds", { payment_intent: "pi_none" }],
    ];
    const statuses: boolean[] = [];
    for (const [method, path, form] of cases) {
      const { status } = await client.call(method, path, form);
      statuses.push(status >= 400 && status < 500);
    }
    return statuses;
  },
};

/** Where it is not as Stripe is, by what Stripe's documentation and its libraries say: ours, and theirs. */
const DIFFERENT: Record<string, { journey: Journey; ours: Json; theirs: Json }> = {
  "a bank that asks while the customer is away": {
    journey: async (client) => {
      const { status, body } = await client.charge(await client.saved("4000002760003184"));
      return [status, body.status ?? body.error?.code];
    },
    ours: [402, "authentication_required"],
    theirs: [200, "requires_action"],
  },
  "the intent in the body of a decline": {
    journey: async (client) =>
      (await client.charge(await client.saved("4000000000000341"))).body.error.payment_intent?.status ?? null,
    ours: "requires_payment_method",
    theirs: null,
  },
  "a refund of more than was paid": {
    journey: async (client) => {
      const { id } = (await client.charge(await client.saved("4242424242424242"))).body;
      await client.made("/v1/refunds", { payment_intent: id });
      return (await client.call("POST", "/v1/refunds", { payment_intent: id, amount: "1" })).status;
    },
    ours: 400,
    theirs: 200,
  },
  "the order of a list": {
    journey: async (client) => {
      const made = [await client.customer(), await client.customer()];
      const { data } = (await client.call("GET", "/v1/customers?limit=100")).body;
      const places = made.map((id) => data.findIndex((one: Json) => one.id === id));
      return (places[0] as number) < (places[1] as number) ? "oldest first" : "newest first";
    },
    ours: "newest first",
    theirs: "oldest first",
  },
  "the type of a decline": {
    journey: async (client) => (await client.charge(await client.saved("4000000000000341"))).body.error.type,
    ours: "card_error",
    theirs: "invalid_request_error",
  },
  "the same idempotency key twice": {
    journey: async (client) => {
      const who = await client.saved("4242424242424242");
      const key = { "idempotency-key": `twice-${who.customer}` };
      const [one, other] = [await client.charge(who, {}, key), await client.charge(who, {}, key)];
      return one.body.id === other.body.id ? "one charge" : "two charges";
    },
    ours: "one charge",
    theirs: "two charges",
  },
  "a card saved by its payment": {
    journey: async (client) =>
      (
        await client.charge(
          { payment_method: await client.card("4242424242424242"), customer: await client.customer() },
          { setup_future_usage: "off_session" },
        )
      ).status,
    ours: 200,
    theirs: 400,
  },
  "a failure at once where the bank asks": {
    journey: async (client) => {
      const { body } = await client.charge(await client.saved("4000002760003184"), {
        error_on_requires_action: "true",
      });
      return body.error?.code ?? body.error?.message ?? body.status;
    },
    ours: "authentication_required",
    theirs: "Unexpected error_on_requires_action",
  },
};

describe("localstripe and the fake", () => {
  let theirs: ChildProcess;
  let fake: FakeStripe;
  let clients: { ours: Client; theirs: Client };

  before(
    async () => {
      fake = await startFakeStripe();
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const output: string[] = [];
      theirs = spawn(join(root, "scripts/stripe.sh"), ["localstripe", "--port", String(port), "--from-scratch"], {
        env: environment({}),
        stdio: ["ignore", "ignore", "pipe"],
      });
      theirs.stderr?.on("data", (chunk) => output.push(String(chunk)));
      const answers = () =>
        fetch(`${url}/v1/customers`, { headers: { authorization: "Bearer sk_test_12345" } }).then(
          (one) => one.ok,
          () => false,
        );
      await eventually(
        () => theirs.exitCode === null && answers(),
        () => `localstripe did not start: ${output.join("")}`,
      );
      clients = { ours: new Client(fake.url), theirs: new Client(url) };
    },
    { timeout: 300_000 },
  );

  after(async () => {
    theirs.kill();
    await ended(theirs);
    await fake.close();
  });

  for (const [name, journey] of Object.entries(SAME)) {
    test(`agree: ${name}`, async () => {
      assert.deepEqual(await journey(clients.ours), await journey(clients.theirs));
    });
  }

  for (const [name, { journey, ours, theirs: other }] of Object.entries(DIFFERENT)) {
    test(`differ, and only the fake is as Stripe: ${name}`, async () => {
      assert.deepEqual(await journey(clients.ours), ours);
      assert.deepEqual(await journey(clients.theirs), other);
    });
  }
});
