// Any processor tells of its payments, signed by the standard's own library, on the real runtime.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { type Api, api, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { everythingStored, type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Api;
let endpoint: Json;

before(async () => {
  server = await freshServer();
  client = api(server);
  endpoint = expectStatus(await client.post("/v1/inbound-endpoints", { processor: "adyen" }), 201);
});

after(() => server.end());

async function newCustomer(): Promise<string> {
  const reply = await client.post("/v1/customers", { name: "Ada", external_id: uniqueId("customer") });
  return expectStatus(reply, 201).id;
}

const usd = async (customer: string) =>
  (await client.get(`/v1/customers/${customer}/wallet/default:USD`)).body?.balance ?? "0";

interface Told {
  secret?: string;
  at?: Date;
  url?: string;
  /** What arrives, if it is not what was signed. */
  arrives?: string;
}

/** Sends an event as whoever uses the library does. */
async function tell(id: string, event: object, told: Told = {}) {
  const [body, at] = [JSON.stringify(event), told.at ?? new Date()];
  const signature = new Webhook(told.secret ?? endpoint.secret).sign(id, at, body);
  const seconds = String(Math.floor(at.getTime() / 1000));
  const signed = { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature };
  const headers = { "content-type": "application/json", ...signed };
  const reply = await fetch(told.url ?? endpoint.url, { method: "POST", headers, body: told.arrives ?? body });
  return { status: reply.status, body: (await reply.json()) as Json };
}

const paid = (payment: string, customer: string, amount = "20") => ({
  type: "payment.succeeded",
  data: { payment_id: payment, customer_id: customer, amount, currency: "USD" },
});

describe("a payment at any other processor", () => {
  test("is credited once, and its refund takes back once", async () => {
    const customer = await newCustomer();
    for (const id of ["msg_1", "msg_1", "msg_2"]) {
      assert.deepEqual((await tell(id, paid("pay_1", customer))).body, { received: true, outcome: "credited" });
    }
    assert.equal(await usd(customer), "20");
    const data = { refund_id: "re_1", payment_id: "pay_1", amount: "5", currency: "USD" };
    for (const id of ["msg_3", "msg_4"]) {
      assert.equal((await tell(id, { type: "payment.refunded", data })).body.outcome, "refunded");
    }
    assert.equal(await usd(customer), "15");
  });

  test("is not believed without a signature of the endpoint's secret", async () => {
    const customer = await newCustomer();
    const other = expectStatus(await client.post("/v1/inbound-endpoints", { processor: "adyen" }), 201);
    const event = paid("pay_2", customer);
    const before = await everythingStored(server.persist);
    for (const told of [
      { secret: other.secret },
      { url: other.url },
      { at: new Date(Date.now() - 3_600_000) },
      { at: new Date(Date.now() + 3_600_000) },
      { arrives: JSON.stringify(paid("pay_2", customer, "2000")) },
    ]) {
      const { status, body } = await tell("msg_5", event, told);
      assert.deepEqual([status, body.code], [400, "signature_rejected"], JSON.stringify(told));
    }
    assert.deepEqual(await everythingStored(server.persist), before);
  });

  test("goes on while its secret is rotated", async () => {
    const customer = await newCustomer();
    const made = expectStatus(await client.post("/v1/inbound-endpoints", { processor: "paddle" }), 201);
    const rotated = expectStatus(await client.post(`/v1/inbound-endpoints/${made.id}/rotate`, {}), 200);
    assert.ok(!JSON.stringify(await everythingStored(server.persist)).includes(rotated.secret));
    const [old, next] = [made.secret, rotated.secret];
    assert.equal((await tell("msg_6", paid("pay_3", customer), { url: made.url, secret: old })).status, 200);
    assert.equal((await tell("msg_7", paid("pay_4", customer), { url: made.url, secret: next })).status, 200);
    assert.equal(await usd(customer), "40");
  });

  test("waits for somebody where nobody has such a customer", async () => {
    const customer = await newCustomer();
    const nobody = "cust_00000000000000000000000000";
    assert.equal((await tell("msg_8", paid("pay_5", nobody))).body.reason, "unknown_customer");
    const { items } = expectStatus(await client.get("/v1/unmatched-payments"), 200);
    assert.deepEqual([items[0].event_id, items[0].payment, items[0].amount], ["adyen:msg_8", "adyen:pay_5", "20"]);
    const assign = `/v1/unmatched-payments/${items[0].event_id}/assign`;
    expectStatus(await client.post(assign, { customer_id: customer }), 200);
    assert.equal(await usd(customer), "20");
  });
});
