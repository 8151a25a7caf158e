// Webhooks to a real receiver, which believes nothing: it checks both signatures by their specifications, with Node's
// own cryptography.

import assert from "node:assert/strict";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { createKey } from "../../scripts/key.ts";
import { directoryFile, openDirectory } from "../../scripts/persist.ts";
import { type Api, api, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { type FreshServer, freshServer, rows } from "./support/fresh.ts";

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: FreshServer;
let receiver: Server;
let received: Received[] = [];
let hook = "";

before(async () => {
  server = await freshServer();
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part) => (body += part));
    request.on("end", () => {
      const path = request.url ?? "";
      received.push({ path, headers: request.headers, body });
      // The path says how to answer: /status/500, /redirect, /hang, /drop.
      const status = Number(/\/status\/(\d+)/.exec(path)?.[1] ?? 200);
      if (path.startsWith("/hang")) return;
      if (path.startsWith("/drop")) return void request.socket.destroy();
      if (path.startsWith("/redirect")) return void response.writeHead(307, { location: `${hook}/followed` }).end();
      response.writeHead(status).end("thanks");
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await server.end();
});

beforeEach(() => {
  received = [];
});

/** Each test has an account of its own, because a topic goes to all destinations of an account. */
function newSide(account = uniqueId("a")): Api {
  const at = new Date().toISOString();
  const { key, sql } = createKey({ account, mode: "test", name: "test", at, secret: randomBytes(32) });
  const directory = openDirectory(server.persist);
  directory.exec(sql);
  directory.close();
  return api(server, key);
}

async function destination(side: Api, path = "/hook", more: object = {}): Promise<Json> {
  return expectStatus(await side.post("/v1/webhooks", { url: hook + path, ...more }), 201);
}

async function events(side: Api, query = ""): Promise<Json> {
  return expectStatus(await side.get(`/v1/webhooks/events${query}`), 200);
}

/** As the specification of Standard Webhooks says: the key is what the secret stands for. */
function standardSignature(secret: string, { headers, body }: Received): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

/** As Credyt's documents say, with the secret's text for the key. */
function credytSignature(secret: string, { headers, body }: Received): string {
  const time = headers["webhook-timestamp"];
  return `t=${time},v0=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}

function verify(secret: string, one: Received): void {
  const same = (sent: unknown, computed: string) =>
    assert.ok(timingSafeEqual(Buffer.from(String(sent).padEnd(computed.length)), Buffer.from(computed)), computed);
  same(one.headers["webhook-signature"], standardSignature(secret, one));
  same(one.headers["credyt-signature"], credytSignature(secret, one));
  const age = Date.now() / 1000 - Number(one.headers["webhook-timestamp"]);
  // As far away as the libraries of Standard Webhooks let it be.
  assert.ok(age > -300 && age < 300, `it is ${age} s old`);
}

describe("a destination", () => {
  test("is made, read, changed and deleted", async () => {
    const side = newSide();
    const made = await destination(side);
    assert.match(made.id, /^whd_[0-9a-z]{26}$/);
    assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal(Buffer.from(made.secret.slice(6), "base64").length, 32);
    assert.deepEqual(made.topics, ["*"]);
    assert.equal(made.connect, false);
    assert.equal(made.enabled, true);
    // Shown once; Credyt's client wants the field.
    assert.deepEqual(expectStatus(await side.get(`/v1/webhooks/${made.id}`), 200), { ...made, secret: null });

    const { secret, ...listed } = made;
    assert.deepEqual(expectStatus(await side.get("/v1/webhooks"), 200), { items: [listed], total_count: 1 });
    const change = { topics: ["subscription.activated"], enabled: false };
    const changed = expectStatus(await side.send("PATCH", `/v1/webhooks/${made.id}`, change), 200);
    assert.deepEqual(changed, { ...made, ...change, secret: null, updated_at: changed.updated_at });
    assert.ok(changed.updated_at >= made.updated_at);
    const moved = await side.send("PATCH", `/v1/webhooks/${made.id}`, { url: `${hook}/other` });
    assert.equal(expectStatus(moved, 200).url, `${hook}/other`);
    assert.deepEqual(expectStatus(await side.send("PATCH", `/v1/webhooks/${made.id}`, {}), 200).topics, change.topics);

    expectStatus(await side.send("DELETE", `/v1/webhooks/${made.id}`), 204);
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const body = method === "PATCH" ? {} : undefined;
      assert.equal((await side.send(method, `/v1/webhooks/${made.id}`, body)).status, 404, method);
    }
  });

  test("is listed by whether it is enabled, and whom it hears", async () => {
    const side = newSide();
    const [own, connected, off] = [
      await destination(side),
      await destination(side, "/c", { connect: true }),
      await destination(side, "/off"),
    ];
    expectStatus(await side.send("PATCH", `/v1/webhooks/${off.id}`, { enabled: false }), 200);
    const listed = async (query: string) => {
      const { items, total_count } = expectStatus(await side.get(`/v1/webhooks${query}`), 200);
      assert.equal(total_count, items.length);
      return items.map((one: Json) => one.id).sort();
    };
    assert.deepEqual(await listed(""), [own.id, connected.id, off.id].sort());
    assert.deepEqual(await listed("?enabled=false"), [off.id]);
    assert.deepEqual(await listed("?enabled=true&connect=false"), [own.id]);
    assert.deepEqual(await listed("?connect=true"), [connected.id]);
  });

  test("is one for one Idempotency-Key, with one secret", async () => {
    const side = newSide();
    const headers = { "idempotency-key": "one" };
    const send = (url: string) => side.post("/v1/webhooks", { url }, { headers });
    const replies = await Promise.all(Array.from({ length: 8 }, () => send(hook)));
    assert.equal(new Set(replies.map((reply) => `${reply.status} ${reply.text}`)).size, 1);
    assert.equal((await send(`${hook}/x`)).body.code, "operation_id_reused");
    assert.equal(expectStatus(await side.get("/v1/webhooks"), 200).total_count, 1);
  });

  test("has a secret that is rotated, with both signing until the overlap ends", async () => {
    const side = newSide();
    const made = await destination(side);
    const rotate = (body: Json, extra = {}) => side.post(`/v1/webhooks/${made.id}/rotate`, body, extra);
    const once = { headers: { "idempotency-key": "once" } };
    const rotated = expectStatus(await rotate({ overlap_seconds: 604_800 }, once), 200);
    assert.match(rotated.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.notEqual(rotated.secret, made.secret);
    assert.deepEqual(expectStatus(await rotate({ overlap_seconds: 604_800 }, once), 200), rotated);
    received.length = 0;
    expectStatus(await side.post(`/v1/webhooks/${made.id}/test/a.b`, {}), 202);
    const one = received[0] as Received;
    const standard = [rotated.secret, made.secret].map((secret) => standardSignature(secret, one));
    assert.equal(one.headers["webhook-signature"], standard.join(" "));
    const credyt = [rotated.secret, made.secret].map((secret) => credytSignature(secret, one).split(",")[1]);
    assert.equal(one.headers["credyt-signature"], `t=${one.headers["webhook-timestamp"]},${credyt.join(",")}`);
    const alone = expectStatus(await rotate({ overlap_seconds: 0 }), 200);
    received.length = 0;
    expectStatus(await side.post(`/v1/webhooks/${made.id}/test/a.b`, {}), 202);
    verify(alone.secret, received[0] as Received);
    const stored = JSON.stringify(rows(directoryFile(server.persist), "SELECT * FROM webhook_destination"));
    for (const { secret } of [made, rotated, alone]) {
      const bytes = Buffer.from(secret.slice(6), "base64").toString("hex");
      assert.ok(!stored.includes(secret) && !stored.includes(bytes), "nothing at rest opens it");
    }
  });

  test("is one of twenty at most", async () => {
    const side = newSide();
    const replies = await Promise.all(Array.from({ length: 24 }, () => side.post("/v1/webhooks", { url: hook })));
    assert.equal(replies.filter((reply) => reply.status === 201).length, 20);
    const refused = replies.filter((reply) => reply.status !== 201);
    for (const reply of refused) assert.equal(expectStatus(reply, 422).code, "quota_reached");
    const { items } = expectStatus(await side.get("/v1/webhooks"), 200);
    assert.equal(items.length, 20);
    expectStatus(await side.send("DELETE", `/v1/webhooks/${items[0].id}`), 204);
    await destination(side);
  });

  test("belongs to one account", async () => {
    const [mine, other, another] = [newSide("mine"), newSide("other"), newSide()];
    const { id } = await destination(mine);
    for (const side of [other, another]) {
      assert.deepEqual(expectStatus(await side.get("/v1/webhooks"), 200).items, []);
      for (const [method, path] of [
        ["GET", ""],
        ["PATCH", ""],
        ["DELETE", ""],
        ["POST", "/test/a.b"],
        ["POST", "/test/a.b/acc_x"],
      ] as const) {
        const body = method === "PATCH" ? { enabled: false } : undefined;
        assert.equal((await side.send(method, `/v1/webhooks/${id}${path}`, body)).status, 404, `${method} ${path}`);
      }
      expectStatus(await side.post("/v1/webhooks/test/a.b", {}), 202);
      assert.deepEqual((await events(side)).models, []);
    }
    assert.deepEqual(received, []);
    assert.equal(expectStatus(await mine.get(`/v1/webhooks/${id}`), 200).enabled, true);
  });

  test("is public and secure, except on a local server", async () => {
    const deployed = await freshServer({ environment: "none" });
    try {
      const at = new Date().toISOString();
      const { key, sql } = createKey({ account: "a", mode: "test", name: "t", at, secret: randomBytes(32) });
      const directory = openDirectory(deployed.persist);
      directory.exec(sql);
      directory.close();
      const side = api(deployed, key);
      for (const url of [
        ...[hook, "https://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3", "https://169.254.169.254/latest"],
        ...[
          "http://example.com",
          "https://[::1]/",
          "https://2130706433/",
          "https://0x7f.1/",
          "https://metadata.internal",
        ],
        ...["https://printer.local", "https://intranet", "https://x:y@example.com", "https://example.com/#part"],
      ]) {
        const reply = await side.post("/v1/webhooks", { url });
        assert.deepEqual(Object.keys(expectStatus(reply, 422).errors), ["url"], url);
      }
      // The address is good; what lacks is the key that its secret would be sealed with.
      const unsealed = await side.post("/v1/webhooks", { url: "https://example.com/hook" });
      assert.equal(expectStatus(unsealed, 422).code, "not_configured");
      const id = `whd_${"0".repeat(26)}`;
      const again = openDirectory(deployed.persist);
      again.exec(`INSERT INTO webhook_destination VALUES ('a', 'test', '${id}', 'https://example.com/hook', '["*"]', 0, 1,
        'ab', '', '${at}', '${at}', NULL, NULL, '[]')`);
      again.close();
      const change = await side.send("PATCH", `/v1/webhooks/${id}`, { url: hook });
      assert.deepEqual(Object.keys(expectStatus(change, 422).errors), ["url"]);
    } finally {
      await deployed.end();
    }
  });
});

describe("a test event", () => {
  test("is delivered, signed by both standards, with what it was given", async () => {
    const side = newSide();
    const { id: to, secret } = await destination(side);
    const data = { subscription: { id: "sub_1", amount: "0.0419" }, note: "ü & \u2028" };
    const { id, ...nothing } = expectStatus(await side.post("/v1/webhooks/test/subscription.activated", data), 202);
    assert.deepEqual(nothing, {});
    const [one, ...more] = received as [Received, ...Received[]];
    assert.deepEqual(more, []);
    verify(secret, one);
    assert.equal(one.headers["webhook-id"], id);
    assert.equal(one.headers["content-type"], "application/json");
    const body = JSON.parse(one.body);
    assert.deepEqual(Object.keys(body), ["id", "type", "created", "live_mode", "data"]);
    assert.deepEqual(
      { ...body, created: "" },
      { id, type: "subscription.activated", created: "", live_mode: false, data },
    );
    // What is changed on the way is not believed.
    assert.notEqual(standardSignature(secret, { ...one, body: `${one.body} ` }), one.headers["webhook-signature"]);
    const forged = { ...one, headers: { ...one.headers, "webhook-timestamp": "1" } };
    assert.notEqual(standardSignature(secret, forged), one.headers["webhook-signature"]);

    const { models } = await events(side);
    assert.equal(models.length, 1);
    const { successful_at, time, ...event } = models[0];
    assert.ok(Date.parse(successful_at) >= Date.parse(time) && time === body.created);
    assert.deepEqual(event, {
      id,
      destination_id: to,
      topic: "subscription.activated",
      failed_at: null,
      metadata: { outcome: "200" },
      data,
    });
  });

  test("carries any JSON, digit by digit", async () => {
    const side = newSide();
    await destination(side);
    for (const text of [
      '{"amount":123456789012345.123456789}',
      "1e400",
      "[]",
      '"words"',
      "null",
      "  true ",
      undefined,
    ]) {
      received = [];
      expectStatus(await side.post("/v1/webhooks/test/x", text), 202);
      assert.ok(received[0]?.body.endsWith(`"data":${text?.trim() ?? "{}"}}`), received[0]?.body);
    }
  });

  test("goes to those who want to hear of it", async () => {
    const side = newSide();
    await destination(side, "/all");
    await destination(side, "/some", { topics: ["a.b", "c"] });
    await destination(side, "/others", { topics: ["a"] });
    const off = await destination(side, "/off");
    expectStatus(await side.send("PATCH", `/v1/webhooks/${off.id}`, { enabled: false }), 200);
    const connected = await destination(side, "/connected", { connect: true });
    const shop = expectStatus(await side.post("/v1/accounts", { name: "Shop", external_id: "shop" }), 201).id;
    const heard = async (path: string) => {
      received = [];
      expectStatus(await side.post(path, {}), 202);
      return received.map((one) => one.path).sort();
    };
    assert.deepEqual(await heard("/v1/webhooks/test/a.b"), ["/all", "/some"]);
    assert.deepEqual(await heard("/v1/webhooks/test/a"), ["/all", "/others"]);
    assert.deepEqual(await heard("/v1/webhooks/test/z"), ["/all"]);
    assert.deepEqual(await heard(`/v1/webhooks/test/a.b/${shop}`), ["/connected"]);
    assert.equal(JSON.parse(received[0]?.body ?? "").account, shop);
    assert.deepEqual(await heard(`/v1/webhooks/${connected.id}/test/a.b`), ["/connected"]);
    assert.deepEqual(await heard(`/v1/webhooks/${connected.id}/test/a.b/${shop}`), ["/connected"]);
    const refused = await side.post(`/v1/webhooks/${off.id}/test/a.b`, {});
    assert.deepEqual(Object.keys(expectStatus(refused, 422).errors), ["enabled"]);
  });

  test("is sent once for one Idempotency-Key", async () => {
    const side = newSide();
    await destination(side);
    const headers = { "idempotency-key": "k" };
    const first = expectStatus(await side.post("/v1/webhooks/test/a", { n: 1 }, { headers }), 202);
    const again = await side.post("/v1/webhooks/test/a", { n: 1 }, { headers });
    assert.equal(expectStatus(again, 202).id, first.id);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(received.length, 1);
    for (const [path, body] of [
      ["/v1/webhooks/test/a", { n: 2 }],
      ["/v1/webhooks/test/b", { n: 1 }],
    ] as const) {
      assert.equal((await side.post(path, body, { headers })).body.code, "operation_id_reused");
    }
    assert.equal(received.length, 1);
  });

  test("that was written down and not sent is sent by the same request, under the same id", async () => {
    const side = newSide();
    await destination(side);
    const headers = { "idempotency-key": "k" };
    const { id } = expectStatus(await side.post("/v1/webhooks/test/a", {}, { headers }), 202);
    // As a server leaves it that stops before the receiver has answered.
    const directory = openDirectory(server.persist);
    directory.prepare("UPDATE webhook_event SET successful_at = NULL, outcome = NULL WHERE event_id = ?").run(id);
    directory.close();
    assert.equal((await events(side)).models[0].successful_at, null);
    expectStatus(await side.post("/v1/webhooks/test/a", {}, { headers }), 202);
    assert.deepEqual(
      received.map((one) => one.headers["webhook-id"]),
      [id, id],
    );
    assert.equal(received[0]?.body, received[1]?.body);
    assert.ok((await events(side)).models[0].successful_at);
  });
});

describe("a delivery that fails", () => {
  test("is told in the list of events, and goes no further", async () => {
    const side = newSide();
    const wanted = new Map<string, string>();
    for (const [path, outcome] of [
      ["/status/500", "500"],
      ["/status/404", "404"],
      ["/redirect", "307"],
      ["/drop", "unreachable"],
      ["/status/204", "204"],
    ]) {
      wanted.set((await destination(side, path)).id, outcome as string);
    }
    const nobody = expectStatus(await side.post("/v1/webhooks", { url: "http://127.0.0.1:1/" }), 201);
    wanted.set(nobody.id, "unreachable");
    expectStatus(await side.post("/v1/webhooks/test/a", {}), 202);
    const { models } = await events(side);
    assert.deepEqual(new Map(models.map((one: Json) => [one.destination_id, one.metadata.outcome])), wanted);
    for (const one of models) {
      const success = one.metadata.outcome === "204";
      assert.equal(one.successful_at !== null, success);
      assert.equal(one.failed_at !== null, !success);
    }
    assert.ok(!received.some((one) => one.path === "/followed"), "a redirect is not followed");
    assert.equal((await events(side, "?status=Success")).models.length, 1);
    assert.equal((await events(side, "?status=Failed")).models.length, 5);
  });

  test("because nobody answers takes ten seconds", async () => {
    const side = newSide();
    await destination(side, "/hang");
    const began = Date.now();
    expectStatus(await side.post("/v1/webhooks/test/a", {}), 202);
    const took = Date.now() - began;
    assert.ok(took > 9000, `${took} ms`);
    const [{ failed_at, metadata }] = (await events(side)).models;
    assert.ok(failed_at);
    assert.equal(metadata.outcome, "timeout");
  });
});

describe("the list of events", () => {
  test("is walked forth and back, whatever the page", async () => {
    const side = newSide();
    const [one, other] = [await destination(side), await destination(side)];
    const ids: string[] = [];
    for (let place = 0; place < 7; place++) ids.push(expectStatus(await side.post("/v1/webhooks/test/a", {}), 202).id);
    const key = (event: Json) => `${event.id} ${event.destination_id}`;
    const all = (await events(side)).models.map(key);
    assert.equal(new Set(all).size, 14);
    assert.equal(all[0].slice(0, 30), ids.at(-1), "the newest comes first");
    for (const limit of [1, 3, 7, 13, 14]) {
      const forth: string[] = [];
      let page = await events(side, `?limit=${limit}`);
      assert.equal(page.pagination.prev, undefined);
      for (;;) {
        assert.equal(page.pagination.limit, limit);
        forth.push(...page.models.map(key));
        if (!page.pagination.next) break;
        page = await events(side, `?limit=${limit}&next=${page.pagination.next}`);
      }
      assert.deepEqual(forth, all, `limit ${limit}`);
      const back: string[] = page.models.map(key);
      while (page.pagination.prev) {
        page = await events(side, `?limit=${limit}&prev=${page.pagination.prev}`);
        back.unshift(...page.models.map(key));
      }
      assert.deepEqual(back, all, `limit ${limit}, back`);
    }
    const of = async (query: string) => (await events(side, query)).models.length;
    assert.equal(await of(`?destination_id=${one.id}`), 7);
    assert.equal(await of(`?destination_id=${one.id},${other.id}`), 14);
    assert.equal(await of("?destination_id=whd_nope"), 0);
    const { time } = (await events(side)).models[4];
    const [from, to] = [await of(`?time_gte=${time}`), await of(`?time_lte=${time}`)];
    assert.ok(from >= 5 && to >= 10 && from + to >= 16, `${from} from, ${to} to`);
    assert.equal(await of("?time_lte=2020-01-01T00:00:00.000Z"), 0);
  });

  test("goes back thirty days", async () => {
    const side = newSide();
    await destination(side);
    const { id } = expectStatus(await side.post("/v1/webhooks/test/a", {}), 202);
    const directory = openDirectory(server.persist);
    const old = (Date.now() - 31 * 86_400_000) * 1000;
    directory.prepare("UPDATE webhook_event SET time = ? WHERE event_id = ?").run(old, id);
    directory.close();
    const { id: next } = expectStatus(await side.post("/v1/webhooks/test/a", {}), 202);
    assert.deepEqual(
      (await events(side)).models.map((one: Json) => one.id),
      [next],
    );
  });

  test("keeps what a destination was sent, when that is gone", async () => {
    const side = newSide();
    const { id } = await destination(side);
    expectStatus(await side.post("/v1/webhooks/test/a", { kept: true }), 202);
    expectStatus(await side.send("DELETE", `/v1/webhooks/${id}`), 204);
    const [event] = (await events(side)).models;
    assert.equal(event.destination_id, id);
    assert.deepEqual(event.data, { kept: true });
  });
});
