// Platform accounts that a platform creates, the keys that act for them, and what each key may do.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createKey } from "../../scripts/key.ts";
import { directoryFile, openDirectory } from "../../scripts/persist.ts";
import { type Api, api, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { DEPLOYED, type FreshServer, freshServer, rows } from "./support/fresh.ts";

let server: FreshServer;
/** The test side of the default account. */
let client: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey("default", "test"));
});

after(() => server.end());

function newKey(account: string, mode: "live" | "test"): string {
  const at = new Date().toISOString();
  const { key, sql } = createKey({ account, mode, name: "made by hand", at, secret: randomBytes(32) });
  const directory = openDirectory(server.persist);
  directory.exec(sql);
  directory.close();
  return key;
}

/** The same client, acting for an account. */
function acting(by: Api, account: string): Api {
  const send: Api["send"] = (method, path, body, extra = {}) =>
    by.send(method, path, body, { ...extra, headers: { ...extra.headers, "x-credyt-account": account } });
  return {
    send,
    get: (path, extra) => send("GET", path, undefined, extra),
    post: (path, body, extra) => send("POST", path, body, extra),
  };
}

const isReplay = (reply: Reply) => reply.headers.get("idempotent-replayed") === "true";
const remove = (by: Api, path: string) => by.send("DELETE", path);

function expectProblem(reply: Reply, status: number, code: string): Json {
  const problem = expectStatus(reply, status);
  assert.equal(problem.code, code, reply.text);
  return problem;
}

async function newAccount(by: Api, name = "Below"): Promise<string> {
  return expectStatus(await by.post("/v1/accounts", { name }), 201).id;
}

describe("accounts", () => {
  test("are created once under an external id or a key, found, and listed", async () => {
    const body = { name: "Below", external_id: uniqueId("below"), metadata: { region: "eu" } };
    const first = await client.post("/v1/accounts", body);
    const account = expectStatus(first, 201);
    assert.match(account.id, /^acc_[0-9a-z]{26}$/);
    assert.deepEqual(account, { ...account, ...body });
    const again = await client.post("/v1/accounts", body);
    assert.deepEqual([again.text, isReplay(again)], [first.text, true]);
    const other = expectProblem(await client.post("/v1/accounts", { ...body, name: "X" }), 409, "already_exists");
    assert.match(other.detail, new RegExp(account.id));
    assert.equal((await client.get(`/v1/accounts/${account.id}`)).text, first.text);
    const found = expectStatus(await client.get(`/v1/accounts?external_id=${body.external_id}`), 200);
    assert.deepEqual([found.items, found.total_count], [[account], 1]);

    const headers = { "idempotency-key": uniqueId("key") };
    const keyed = expectStatus(await client.post("/v1/accounts", { name: "Keyed" }, { headers }), 201);
    assert.equal(expectStatus(await client.post("/v1/accounts", { name: "Keyed" }, { headers }), 201).id, keyed.id);
    expectProblem(await client.post("/v1/accounts", { name: "Else" }, { headers }), 422, "operation_id_reused");
  });

  test("know themselves and who created them", async () => {
    const self = expectStatus(await client.get("/v1/accounts/self"), 200);
    assert.deepEqual(self, { account_id: "acc_default", environment: "test", name: "default" });
    const id = await newAccount(client, "Below");
    const below = acting(client, id);
    const named = { account_id: id, environment: "test", org_id: "acc_default", name: "Below" };
    assert.deepEqual(expectStatus(await below.get("/v1/accounts/self"), 200), named);
    assert.deepEqual(expectStatus(await below.get("/v1/accounts"), 200).items, [], "it has created none itself");
    expectProblem(await below.get(`/v1/accounts/${id}`), 404, "not_found");
    const live = api(server, newKey("lively", "live"));
    const lively = { account_id: "acc_lively", environment: "live", name: "lively" };
    assert.deepEqual(expectStatus(await live.get("/v1/accounts/self"), 200), lively);
  });

  test("are whole worlds of their own: for the platform, for each other, and for their own keys", async () => {
    const worlds: [name: string, by: Api][] = [["platform", client]];
    for (const name of ["one", "two"]) worlds.push([name, acting(client, await newAccount(client, name))]);
    const ids: string[] = [];
    for (const [place, [name, by]] of worlds.entries()) {
      const price = {
        usage_calculation: { event_type: "call", usage_type: "unit" },
        pricing: [{ asset: "COIN", values: [{ unit_price: String(place + 1) }] }],
      };
      expectStatus(await by.post("/v1/assets", { code: "COIN", name, precision: place }), 201);
      expectStatus(await by.post("/v1/products", { code: "calls", name, prices: [price] }), 201);
      expectStatus(await by.post("/v1/vendors", { name, external_id: "vendor" }), 201);
      const body = { name, external_id: "shared", subscriptions: [{ products: [{ code: "calls" }] }] };
      const { id } = expectStatus(await by.post("/v1/customers", body), 201);
      const credit = { transaction_id: "t", asset: "COIN", amount: "10", reason: "gift" };
      expectStatus(await by.post(`/v1/customers/${id}/wallet/adjustments`, credit), 201);
      const event = { id: "e", event_type: "call", occurred_at: new Date().toISOString() };
      expectStatus(await by.post("/v1/events", { customer_external_id: "shared", events: [event] }), 204);
      ids.push(id);
    }
    assert.equal(new Set(ids).size, 3);
    for (const [place, [name, by]] of worlds.entries()) {
      const wallet = expectStatus(await by.get(`/v1/customers/${ids[place]}/wallet`), 200);
      assert.equal(wallet.accounts[0].balance, String(9 - place), name);
      const lists = ["/v1/customers", "/v1/products", "/v1/assets", "/v1/vendors"];
      for (const path of lists) {
        const { items } = expectStatus(await by.get(path), 200);
        assert.deepEqual(
          items.map((one: Json) => one.name),
          [name],
          path,
        );
      }
      for (const id of ids.filter((one) => one !== ids[place])) {
        expectProblem(await by.get(`/v1/customers/${id}`), 404, "not_found");
        expectProblem(await by.get(`/v1/customers/${id}/wallet`), 404, "wallet_not_found");
      }
    }
    // A key of the account itself sees the same world, and nothing of those around it.
    const [, one] = worlds[1] as [string, Api];
    const { key } = expectStatus(await one.post("/v1/keys", { name: "Own" }), 201);
    const own = api(server, key);
    assert.deepEqual(expectStatus(await own.get("/v1/customers"), 200).items[0].name, "one");
    expectProblem(await acting(own, "acc_default").get("/v1/customers"), 403, "forbidden");
    expectProblem(await own.get(`/v1/customers/${ids[0]}/wallet`), 404, "wallet_not_found");
  });

  test("are acted for by the side that created them, and by nobody else", async () => {
    const [acmeLive, acmeTest, evilLive] = [
      api(server, newKey("acme", "live")),
      api(server, newKey("acme", "test")),
      api(server, newKey("evil", "live")),
    ];
    const id = await newAccount(acmeLive);
    expectStatus(await acting(acmeLive, id).get("/v1/customers"), 200);
    for (const by of [acmeTest, evilLive, client]) {
      expectProblem(await acting(by, id).get("/v1/customers"), 403, "forbidden");
      expectProblem(await acting(by, id).get("/v1/customers"), 403, "forbidden");
      expectProblem(await by.get(`/v1/accounts/${id}`), 404, by === evilLive ? "not_found" : "wrong_side");
    }
    for (const account of ["acc_nobody", "acc_evil", `${id} `, id.toUpperCase(), "*"]) {
      const reply = await acting(acmeLive, account).get("/v1/customers");
      // A header has no spaces around it.
      expectStatus(reply, account.trim() === id ? 200 : 403);
    }
    // Not even for those that an account below has created.
    const below = await newAccount(acting(acmeLive, id), "Further below");
    expectProblem(await acting(acmeLive, below).get("/v1/customers"), 403, "forbidden");
    const { key } = expectStatus(await acting(acmeLive, id).post("/v1/keys", { name: "Own" }), 201);
    expectStatus(await acting(api(server, key), below).get("/v1/customers"), 200);
  });
});

describe("keys", () => {
  async function make(body: object, by = client): Promise<{ id: string; key: string; as: Api }> {
    const made = expectStatus(await by.post("/v1/keys", { name: uniqueId("key"), ...body }), 201);
    return { id: made.id, key: made.key, as: api(server, made.key) };
  }

  test("are shown once, work at once, and are stored as a hash", async () => {
    const name = uniqueId("Backend");
    const made = expectStatus(await client.post("/v1/keys", { name }), 201);
    assert.match(made.id, /^key_[0-9a-f]{26}$/);
    assert.match(made.key, /^sk_test_[0-9a-z]{52}$/);
    assert.deepEqual([made.name, made.mode, made.scopes], [name, "test", ["read", "write", "admin"]]);
    expectStatus(await api(server, made.key).get("/v1/customers"), 200);
    const list = await client.get("/v1/keys?limit=100");
    const { key, ...shown } = made;
    assert.deepEqual(
      expectStatus(list, 200).items.find((one: Json) => one.id === made.id),
      shown,
    );
    assert.ok(!list.text.includes("sk_test_"));
    const stored = JSON.stringify(rows(directoryFile(server.persist), "SELECT * FROM api_key"));
    assert.ok(!stored.includes(key) && !stored.includes(key.slice("sk_test_".length)));
    const again = expectProblem(await client.post("/v1/keys", { name }), 409, "already_exists");
    assert.match(again.detail, new RegExp(made.id));
  });

  test("are random: a hundred are a hundred", async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => make({})));
    assert.equal(new Set(made.map((one) => one.key)).size, 100);
    const halves = made.flatMap(({ key }) => [key.slice(8, 34), key.slice(34)]);
    assert.equal(new Set(halves).size, 200, "neither half is counted or repeated");
  });

  test("do what their scopes say, and are told which one they lack", async () => {
    const read = ["GET", "/v1/customers"];
    const quote = ["POST", "/v1/assets/NOPE/quote", { source: "USD", amount: "1" }];
    const write = ["POST", "/v1/customers", { name: "X" }];
    const change = ["PATCH", "/v1/customers/cust_00000000000000000000000000", {}];
    const erase = ["DELETE", "/v1/products/prp_nope"];
    const admin = ["GET", "/v1/keys"];
    const accounts = ["POST", "/v1/accounts", { name: "X", external_id: "scoped" }];
    const self = ["GET", "/v1/accounts/self"];
    type Call = [string, string, object?];
    const needs: [scope: string, calls: unknown[]][] = [
      ["read", [read, quote, self]],
      ["write", [write, change, erase]],
      ["admin", [admin, accounts]],
    ];
    for (const scopes of [["read"], ["write"], ["admin"], ["read", "write"], ["read", "write", "admin"]]) {
      const { as } = await make({ scopes });
      for (const [scope, calls] of needs) {
        for (const [method, path, body] of calls as Call[]) {
          const reply = await as.send(method, path, body);
          const what = `${scopes.join("+")}: ${method} ${path}: ${reply.text}`;
          if (scopes.includes(scope)) {
            assert.notEqual(reply.status, 403, what);
          } else {
            assert.match(expectProblem(reply, 403, "forbidden").detail, new RegExp(`scope ${scope}\\b`), what);
          }
        }
      }
    }
  });

  test("hand on no more than they have", async () => {
    const { as } = await make({ scopes: ["read", "admin"] });
    expectProblem(await as.post("/v1/keys", { name: uniqueId("k") }), 403, "forbidden");
    expectProblem(await as.post("/v1/keys", { name: uniqueId("k"), scopes: ["write"] }), 403, "forbidden");
    const given = await make({ scopes: ["read"] }, as);
    expectStatus(await given.as.get("/v1/customers"), 200);
    // Nor by rotating a key that has more.
    const full = await make({});
    expectProblem(await as.post(`/v1/keys/${full.id}/rotate`, {}), 403, "forbidden");
    const bound = await make({ scopes: ["admin"] });
    const acts = acting(bound.as, await newAccount(client));
    expectProblem(await acts.get("/v1/customers"), 403, "forbidden");
    expectStatus(await acts.get("/v1/keys"), 200);
  });

  test("of the live side make keys of either side; those of the test side never a live one", async () => {
    const live = api(server, newKey("modes", "live"));
    const test = await make({ mode: "test" }, live);
    assert.match(test.key, /^sk_test_/);
    assert.equal(expectStatus(await test.as.get("/v1/accounts/self"), 200).environment, "test");
    expectProblem(await test.as.post("/v1/keys", { name: "up", mode: "live" }), 403, "forbidden");
    const { items } = expectStatus(await live.get("/v1/keys"), 200);
    assert.ok(!items.some((one: Json) => one.id === test.id), "it belongs to the other side");
    expectProblem(await remove(live, `/v1/keys/${test.id}`), 404, "not_found");
    expectStatus(await remove(test.as, `/v1/keys/${test.id}`), 204);
  });

  test("are rotated with an overlap that ends to the moment, also where they are remembered", async () => {
    const name = uniqueId("rotated");
    const old = await make({ name, scopes: ["read"] });
    expectStatus(await old.as.get("/v1/customers"), 200);
    const started = Date.now();
    const made = expectStatus(await client.post(`/v1/keys/${old.id}/rotate`, { overlap_seconds: 3600 }), 201);
    assert.deepEqual([made.name, made.scopes], [name, ["read"]]);
    assert.notEqual(made.key, old.key);
    const renewed = api(server, made.key);
    expectStatus(await old.as.get("/v1/customers"), 200);
    expectStatus(await renewed.get("/v1/customers"), 200);
    const { items } = expectStatus(await client.get("/v1/keys?limit=100"), 200);
    const shown = items.find((one: Json) => one.id === old.id);
    assert.equal(shown.replaced_by, made.id);
    const end = Date.parse(shown.expires_at);
    assert.ok(end >= started + 3_600_000 && end <= Date.now() + 3_600_000);
    const twice = expectProblem(await client.post(`/v1/keys/${old.id}/rotate`, {}), 409, "wrong_state");
    assert.match(twice.detail, new RegExp(made.id));
    await server.advance(3_600_000);
    expectProblem(await old.as.get("/v1/customers"), 401, "unauthorized");
    expectStatus(await renewed.get("/v1/customers"), 200);
  });

  test("that are rotated several times at once have one successor", async () => {
    const old = await make({});
    const rotate = () => client.post(`/v1/keys/${old.id}/rotate`, { overlap_seconds: 0 });
    const replies = await Promise.all([rotate(), rotate(), rotate(), rotate()]);
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, 409, 409, 409]);
    expectProblem(await old.as.get("/v1/customers"), 401, "unauthorized");
  });

  test("are revoked", async () => {
    const { id, as, key } = await make({ name: "Short-lived" });
    expectStatus(await remove(client, `/v1/keys/${id}`), 204);
    expectStatus(await remove(client, `/v1/keys/${id}`), 204);
    expectProblem(await as.get("/v1/customers"), 401, "unauthorized");
    const { items } = expectStatus(await client.get("/v1/keys?limit=100"), 200);
    assert.ok(!items.some((one: Json) => one.id === id));
    expectProblem(await client.post(`/v1/keys/${id}/rotate`, {}), 409, "wrong_state");
    expectProblem(await remove(client, "/v1/keys/key_nope"), 404, "not_found");
    // Its name is free again.
    assert.notEqual((await make({ name: "Short-lived" })).key, key);
  });
});
