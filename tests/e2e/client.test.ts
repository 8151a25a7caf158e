// The client of the npm package: every call by its name, typed by the API's own description; what is sent again, and what never is.
// What must not compile is marked here, and the check of types fails where it does.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type ReplyOf, Scrip, ScripProblem } from "../../npm/src/client.ts";
import { root } from "../../scripts/project.ts";
import { api, createChatCustomer, LOCAL_KEY } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Scrip;

before(async () => {
  server = await freshServer();
  client = new Scrip({ key: LOCAL_KEY, baseUrl: server.url });
});

after(() => server.end());

/** A way to the server on which each of these tries is lost: before it gets there, or on the way back. */
function losing(...tries: ("there" | "back" | number)[]) {
  const sent: { method: string; path: string; key: string | null }[] = [];
  const fetcher = {
    async fetch(input: string, init?: RequestInit) {
      const fault = tries[sent.length];
      const headers = new Headers(init?.headers);
      sent.push({
        method: init?.method ?? "GET",
        path: input.slice("https://scrip".length),
        key: headers.get("idempotency-key"),
      });
      if (fault === "there") throw new Error("lost");
      if (typeof fault === "number") return new Response("{}", { status: fault });
      const reply = await fetch(input.replace("https://scrip", server.url), init);
      if (fault === "back") {
        await reply.text();
        throw new Error("lost");
      }
      return reply;
    },
  };
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  return { client: new Scrip({ key: LOCAL_KEY, fetcher, wait }), sent, waits };
}

const code = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => assert.fail("it should be refused"),
    (error) => error,
  );
  assert.ok(error instanceof ScripProblem);
  return error.code;
};

test("its types are what the description of the API says", { timeout: 300_000 }, () => {
  execFileSync(join(root, "scripts/client-types.sh"), { env: { ...process.env, CHECK: "1" } });
});

test("every call is made by its name, with all that it takes", async () => {
  const { id } = await createChatCustomer(api(server), "20");
  const wallet = await client.call("GET /v1/customers/{id}/wallet", { path: { id } });
  assert.equal(wallet.accounts?.[0]?.available, "20");
  const made = await client.call("POST /v1/vendors", { body: { name: "Models" } });
  assert.match(made.id ?? "", /^vendor_|^vnd_/);
  const grants = await client.call("GET /v1/customers/{id}/wallet/{account}/grants", {
    path: { id, account: "default:USD" },
    query: { limit: 1, purpose: "paid" },
  });
  assert.equal(grants.items?.length, 1);
  const changed = await client.call("PATCH /v1/customers/{id}", { path: { id }, body: { name: "Other" } });
  assert.equal(changed, undefined);
  const meta = await client.call("GET /v1/meta");
  assert.ok(meta.limits);
});

test("a name in a path is one part of it, and never another path", async () => {
  const { client, sent } = losing();
  const path = { id: "../accounts/self?x=1#y" };
  assert.equal(await code(client.call("GET /v1/customers/{id}", { path })), "not_found");
  assert.equal(sent[0]?.path, "/v1/customers/..%2Faccounts%2Fself%3Fx%3D1%23y");
  for (const id of ["", undefined as unknown as string]) {
    await assert.rejects(client.call("GET /v1/customers/{id}", { path: { id } }), /needs path\.id/);
  }
  assert.equal(sent.length, 1);
});

test("a problem has one of the codes that are known, and everything that is wrong", async () => {
  try {
    await client.call("POST /v1/vendors", { body: { name: "x".repeat(300) } });
    assert.fail("it is too long");
  } catch (error) {
    assert.ok(error instanceof ScripProblem);
    switch (error.code) {
      case "validation_failed":
        assert.deepEqual(error.errors, { name: ["must be at most 255 characters"] });
        break;
      // @ts-expect-error: no problem has such a code.
      case "validation_faild":
        break;
      default:
        assert.fail(error.code);
    }
    assert.equal(error.retryable, false);
  }
});

describe("what nobody answered", () => {
  test("is asked again where it changes nothing, or the same", async () => {
    const asked = losing("there", "back", 200);
    const meta = asked.client.call("GET /v1/meta");
    assert.deepEqual(await meta, {});
    assert.equal(asked.sent.length, 3);
    assert.deepEqual(asked.waits, [100, 400]);
    const put = losing(503);
    await put.client.call("PUT /v1/accounts/self/packs", { body: { packs: [] } });
    assert.equal(put.sent.length, 2);
  });

  test("is sent again with the same key, and then is one", async () => {
    const { client, sent } = losing("back");
    const body = { name: "Once", external_id: "once" };
    const made = await client.call("POST /v1/customers", { body, idempotencyKey: "k1" });
    assert.deepEqual(
      sent.map(({ key }) => key),
      ["k1", "k1"],
    );
    const all = await client.call("GET /v1/customers", { query: { external_id: "once" } });
    assert.deepEqual(
      all.items?.map((one) => one?.id),
      [made.id],
    );
  });

  test("is never sent again where it might happen twice", async () => {
    for (const fault of ["back", "there", 500, 503] as const) {
      const { client, sent } = losing(fault);
      const call = client.call("POST /v1/vendors", { body: { name: "Twice" } });
      assert.equal(await code(call), typeof fault === "number" ? "unknown" : "unreachable");
      const ended = client.call("DELETE /v1/keys/{id}", { path: { id: "key_1" } });
      assert.equal(await code(ended), "not_found");
      assert.equal(sent.length, 2);
    }
    // Nobody has looked at what came too often.
    const { client, sent } = losing(429);
    await client.call("POST /v1/vendors", { body: { name: "Later" } });
    assert.equal(sent.length, 2);
  });
});

test("what must not compile does not", () => {
  // It is never run: the check of types looks at it.
  const never = async (): Promise<void> => {
    // @ts-expect-error: there is no such call.
    await client.call("GET /v1/wallets");
    // @ts-expect-error: the path needs an id.
    await client.call("GET /v1/customers/{id}");
    // @ts-expect-error: a code is required.
    await client.call("POST /v1/assets", { body: { name: "Points" } });
    // @ts-expect-error: no field is called so.
    await client.call("POST /v1/assets", { body: { name: "Points", code: "P", precison: 2 } });
    // @ts-expect-error: it is one of two words.
    await client.authorize({ id: "a", customer_id: "c", asset: "USD", amount: "1", on_insufficient: "maybe" });
    // @ts-expect-error: a wallet always has accounts.
    const none: ReplyOf<"GET /v1/customers/{id}/wallet"> = { customer_id: "c", seq: 1 };
    const wallet: ReplyOf<"GET /v1/customers/{id}/wallet"> = { ...none, accounts: [] };
    // @ts-expect-error: a balance is no number.
    const balance: number = wallet.accounts[0]?.balance ?? "0";
    assert.ok(balance);
  };
  assert.equal(typeof never, "function");
});
