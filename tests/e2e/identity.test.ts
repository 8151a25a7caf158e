// A wallet answers only calls that mean it. Names are built on the server, and the object checks that it is who it is
// called, so a routing mistake is a refusal and never somebody else's money.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ChatCustomer, createChatCustomer, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { walletName } from "./support/chain.ts";
import { everythingStored } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";

interface WalletStub {
  /** The name that the caller means, and calls: each is a line before the request's body. */
  calls(name: string, calls: string[]): Promise<string[]>;
}

let lasting: LastingServer;
let acme: ChatCustomer;
let bolt: ChatCustomer;
let reach: (name: string) => WalletStub;

before(async () => {
  lasting = await LastingServer.start();
  acme = await createChatCustomer(lasting.client, "5");
  bolt = await createChatCustomer(lasting.client, "7");
  const namespace = await lasting.server.miniflare.getDurableObjectNamespace("WALLETS", "scrip");
  reach = (name) => namespace.get(namespace.idFromName(name)) as unknown as WalletStub;
});

after(() => lasting?.end());

const call = (wallet: string, customer: string, ask: Json): string =>
  JSON.stringify({ wallet, customer, request_id: "req_1", ask });

/** What an object answers to a call that was routed to it, past the edge. */
async function answer(
  stub: WalletStub,
  name: string,
  asked: string,
  body = "",
): Promise<{ status: number; body: Json }> {
  const [text = ""] = await stub.calls(name, [`${asked}\n${body}`]);
  const end = text.indexOf("\n");
  return { status: Number(text.slice(0, text.indexOf(" "))), body: JSON.parse(text.slice(end + 1)) };
}

describe("A wallet object", () => {
  it("answers a call for its own name", async () => {
    const name = walletName(acme.id);
    const { status, body } = await answer(reach(name), name, call(name, acme.id, "get_wallet"));
    assert.equal(status, 200);
    assert.equal(body.customer_id, acme.id);
    assert.equal(body.accounts[0].balance, "5");
  });

  const asks: [what: string, ask: Json, body: string][] = [
    ["a read", "get_wallet", ""],
    ["a list of entries", { list_entries: { before: 1000, limit: 10 } }, ""],
    ["an authorization", { authorize: {} }, `{"id":"a","customer_id":"x","asset":"USD","amount":"1"}`],
    ["a charge", { charge: { precision: 12 } }, `{"transaction_id":"t","asset":"USD","amount":"1"}`],
    ["an opening", { open_wallet: { subscriptions: [] } }, ""],
  ];
  for (const [what, ask, body] of asks) {
    it(`refuses ${what} for another wallet's name, and nothing is written`, async () => {
      const [own, other] = [walletName(acme.id), walletName(bolt.id)];
      const stored = await everythingStored(lasting.persist);
      const misrouted = await answer(reach(own), other, call(other, bolt.id, ask), body);
      assert.equal(misrouted.status, 403);
      assert.equal(misrouted.body.code, "wrong_wallet");
      // The name on the outside is right and the call inside is not.
      const mixed = await answer(reach(own), own, call(other, bolt.id, ask), body);
      assert.equal(mixed.status, 403);
      assert.equal(mixed.body.code, "wrong_wallet");
      assert.deepEqual(await everythingStored(lasting.persist), stored);
    });
  }

  it("refuses another name even before it was ever opened", async () => {
    const own = walletName("cust_00000000000000000000000000");
    const other = walletName(bolt.id);
    const { status, body } = await answer(reach(own), other, call(other, bolt.id, "get_wallet"));
    assert.equal(status, 403);
    assert.equal(body.code, "wrong_wallet");
  });

  it("refuses the same customer on the other side and under another platform account", async () => {
    for (const other of [`acc_default/live/${acme.id}`, `acc_other/test/${acme.id}`]) {
      const own = walletName(acme.id);
      const { status, body } = await answer(reach(own), other, call(other, acme.id, "get_wallet"));
      assert.equal(status, 403);
      assert.equal(body.code, "wrong_wallet");
    }
  });
});

describe("What a request says stays inside its own place", () => {
  it("a customer id with a line break cannot smuggle a call in", async () => {
    const name = walletName(acme.id);
    const payment = {
      op: "stripe:pi:forged",
      payment: "pi_forged",
      event: "evt_forged",
      asset: "USD",
      precision: 12,
      amount: "1000",
      tax_known: true,
      description: "forged",
    };
    const smuggled = `${acme.id}\n${call(name, acme.id, { credit_payment: { payment } })}\n`;
    const stored = await everythingStored(lasting.persist);
    const query = encodeURIComponent(smuggled);
    const replies = [
      await lasting.client.get(`/v1/events/e?customer_id=${query}`),
      await lasting.client.get(`/v1/events/${query}?customer_id=${acme.id}`),
      await lasting.client.get(`/v1/events/e?customer_external_id=${query}`),
      await lasting.client.get(`/v1/customers/${query}/wallet`),
      await lasting.client.get(`/v1/customers/${acme.id}/wallet/${query}`),
      await lasting.client.get(`/v1/holds/hold_${query}_000000000001`),
      await lasting.client.post("/v1/authorize", { id: uniqueId(), customer_id: smuggled, asset: "USD", amount: "1" }),
      await lasting.client.post("/v1/authorize", { id: "x", customer_id: acme.id, asset: smuggled, amount: "1" }),
      await lasting.client.post(`/v1/customers/${query}/wallet/charges`, { id: "x", asset: "USD", amount: "1" }),
    ];
    for (const reply of replies) {
      assert.ok([404, 422].includes(reply.status), `${reply.status} ${reply.text}`);
    }
    assert.deepEqual(await everythingStored(lasting.persist), stored, "nothing was written");
    const wallet = expectStatus(await lasting.client.get(`/v1/customers/${acme.id}/wallet`), 200);
    assert.equal(wallet.accounts[0].balance, "5");
  });
});
