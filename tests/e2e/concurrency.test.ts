// Many callers at once: an authorization never holds more than there is, whoever wins the race.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Api, api, createChatCustomer, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { assertWalletIsFold, decimal, foldRecords, pico } from "./support/moves.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(() => server?.end());

const authorize = (customer: string, amount: string, id = uniqueId("race")): Promise<Reply> =>
  client.post("/v1/authorize", { id, customer_id: customer, asset: "USD", amount });

/** Asserts that of these answers exactly so many were approved, and that they are the answers of one sequence. */
function assertExactly(replies: Reply[], fits: number, balance: string, each: string): void {
  const bodies: Json[] = replies.map((reply) => expectStatus(reply, 200));
  const approved = bodies.filter((body) => body.decision === "approved");
  const denied = bodies.filter((body) => body.decision === "denied");
  assert.equal(approved.length, fits, "as many as fit are approved");
  assert.equal(denied.length, replies.length - fits, "all others are denied");

  // Each approval saw the wallet as the one before had left it: together they are 1, 2, 3, … times the amount.
  const seen = approved.map((body) => {
    const [now] = body.balances;
    assert.equal(now.balance, balance, "a hold leaves the balance alone");
    assert.equal(pico(now.available), pico(now.balance) - pico(now.held));
    assert.ok(pico(now.available) >= 0n, "nothing is held that is not there");
    return pico(now.held);
  });
  seen.sort((one, other) => (one < other ? -1 : 1));
  const expected = Array.from({ length: fits }, (_, place) => pico(each) * BigInt(place + 1));
  assert.deepEqual(seen, expected);
  assert.equal(new Set(approved.map((body) => body.hold.id)).size, fits, "each approval has a hold of its own");

  const left = decimal(pico(balance) - pico(each) * BigInt(fits));
  for (const body of denied) {
    // What is missing is held by those who were faster, if there was enough for anybody.
    assert.equal(body.code, fits === 0 ? "insufficient_funds" : "funds_held");
    assert.deepEqual(body.affordable, body.available);
    assert.deepEqual(body.required, [{ asset: "USD", amount: each }]);
    assert.deepEqual(body.shortfall, [{ asset: "USD", amount: decimal(pico(each) - pico(body.available[0].amount)) }]);
    assert.ok(pico(body.available[0].amount) >= pico(left), "denied only for what is really too little");
    assert.ok(pico(body.available[0].amount) < pico(each), "denied only for what is really too little");
  }
}

async function assertWalletHolds(customer: string, balance: string, held: bigint): Promise<void> {
  const wallet = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
  const [account] = wallet.accounts;
  assert.equal(account.balance, balance);
  assert.equal(account.held, decimal(held));
  assert.equal(account.available, decimal(pico(balance) - held));

  let sum = 0n;
  let cursor = "";
  do {
    const page = expectStatus(await client.get(`/v1/customers/${customer}/wallet/holds?limit=100${cursor}`), 200);
    for (const hold of page.items) sum += pico(hold.amounts[0].amount);
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  assert.equal(sum, held, "what is held is the sum of the open holds");

  const rows = readJournal(server.persist, customer);
  assert.equal(brokenLink(recordsOf(rows)), undefined);
  assertWalletIsFold(wallet, foldRecords(rows.map((row) => row.entry)));
}

describe("200 authorizations at once", () => {
  const races = [
    { name: "a third of a dollar's cents", balance: "1", each: "0.0301", fits: 33 },
    { name: "33 parts, and one unit of 10^-12 is left", balance: "1", each: "0.030303030303", fits: 33 },
    { name: "33 parts exactly", balance: "0.999999999999", each: "0.030303030303", fits: 33 },
    {
      name: "33 parts, but one unit of 10^-12 is missing",
      balance: "0.999999999998",
      each: "0.030303030303",
      fits: 32,
    },
    { name: "one unit of 10^-12 each, and all fit", balance: "0.0000000002", each: "0.000000000001", fits: 200 },
    {
      name: "one unit of 10^-12 each, and the last is denied",
      balance: "0.000000000199",
      each: "0.000000000001",
      fits: 199,
    },
    {
      name: "amounts of 27 digits, past what a float can hold",
      balance: "999999999999999.999999999998",
      each: "30303030303030.303030303030",
      fits: 33,
    },
    { name: "the whole balance, once", balance: "1", each: "1", fits: 1 },
    { name: "one unit of 10^-12 more than the balance, never", balance: "1", each: "1.000000000001", fits: 0 },
  ];
  for (const { name, balance, each, fits } of races) {
    it(`${balance} pays for ${fits} × ${each}: ${name}`, async () => {
      const { id } = await createChatCustomer(client, balance);
      const amount = decimal(pico(each));
      const replies = await Promise.all(Array.from({ length: 200 }, () => authorize(id, each)));
      assertExactly(replies, fits, balance, amount);
      await assertWalletHolds(id, balance, pico(each) * BigInt(fits));
    });
  }
});

describe("Two wallets at once", () => {
  it("do not disturb each other", async () => {
    const rich = await createChatCustomer(client, "2");
    const poor = await createChatCustomer(client, "0.5");
    const replies = await Promise.all(
      Array.from({ length: 200 }, async (_, turn) => {
        const customer = turn % 2 === 0 ? rich : poor;
        return { customer, reply: await authorize(customer.id, "0.0301") };
      }),
    );
    const of = (customer: unknown) => replies.filter((one) => one.customer === customer).map((one) => one.reply);
    assertExactly(of(rich), 66, "2", "0.0301");
    assertExactly(of(poor), 16, "0.5", "0.0301");
    await assertWalletHolds(rich.id, "2", 66n * pico("0.0301"));
    await assertWalletHolds(poor.id, "0.5", 16n * pico("0.0301"));
  });
});

describe("A race on one id or one hold has one effect", () => {
  it("an authorization sent 100 times at once holds once and answers the same bytes", async () => {
    const { id } = await createChatCustomer(client, "1");
    const once = uniqueId("once");
    const replies = await Promise.all(Array.from({ length: 100 }, () => authorize(id, "0.25", once)));
    for (const reply of replies) assert.equal(reply.text, replies[0]?.text);
    const replayed = replies.filter((reply) => reply.headers.get("idempotent-replayed") === "true");
    assert.equal(replayed.length, 99);
    await assertWalletHolds(id, "1", pico("0.25"));
  });

  it("50 different final captures and 50 releases end a hold once; all others are refused", async () => {
    const { id } = await createChatCustomer(client, "1");
    const { hold } = expectStatus(await authorize(id, "0.5"), 200);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        turn % 2 === 0
          ? client.post(`/v1/holds/${hold.id}/capture`, { amount: decimal(pico("0.001") * BigInt(turn + 1)) })
          : client.post(`/v1/holds/${hold.id}/release`, { reason: `reason ${turn}` }),
      ),
    );
    const [winner, ...others] = replies.filter((reply) => reply.status === 200);
    assert.ok(winner, "one of them ends the hold");
    assert.equal(others.length, 0, "no second one does");
    for (const reply of replies.filter((one) => one !== winner)) {
      assert.equal(expectStatus(reply, 409).code, "hold_already_ended");
    }
    const captured = winner.body.captured[0]?.amount ?? "0";
    await assertWalletHolds(id, decimal(pico("1") - pico(captured)), 0n);
  });

  it("100 partial captures at once take exactly their sum, first from the hold and then from what is available", async () => {
    const { id } = await createChatCustomer(client, "1");
    const { hold } = expectStatus(await authorize(id, "0.5"), 200);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        client.post(`/v1/holds/${hold.id}/capture`, { id: `part ${turn}`, amount: "0.007000000001", final: false }),
      ),
    );
    for (const reply of replies) {
      expectStatus(reply, 200);
      assert.deepEqual(reply.body.captured, [{ asset: "USD", amount: "0.007000000001" }]);
    }
    await assertWalletHolds(id, decimal(pico("1") - 100n * pico("0.007000000001")), 0n);
  });
});

describe("Reads during a race", () => {
  it("always see a whole state: balance = available + held, and nothing below zero", async () => {
    const { id } = await createChatCustomer(client, "1");
    let racing = true;
    const reader = async () => {
      let reads = 0;
      for (; racing; reads += 1) {
        const [account] = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200).accounts;
        assert.equal(account.balance, "1");
        assert.equal(pico(account.available) + pico(account.held), pico("1"));
        assert.ok(pico(account.available) >= 0n && pico(account.held) % pico("0.0301") === 0n);
      }
      return reads;
    };
    const readers = [reader(), reader(), reader()];
    const replies = await Promise.all(Array.from({ length: 200 }, () => authorize(id, "0.0301")));
    racing = false;
    const reads = (await Promise.all(readers)).reduce((sum, one) => sum + one);
    assert.ok(reads > 3, "the readers really read while the race was on");
    assertExactly(replies, 33, "1", "0.0301");
  });
});
