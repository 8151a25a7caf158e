// How often an address may fail, on the real runtime.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, expectStatus, type Reply } from "./support/api.ts";
import { type FreshServer, freshServer, newKey } from "./support/fresh.ts";

let server: FreshServer;

before(async () => {
  server = await freshServer();
});

after(() => server.end());

test("who fails too often is shed with 429 and Retry-After, and nobody else is", async () => {
  const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });
  const guess = async (address: string): Promise<Reply> => {
    const key = `sk_test_${"0".repeat(52)}`;
    return api(server, key).get("/v1/customers", from(address));
  };
  const replies: Reply[] = [];
  // More than may fail at once, and than come back while the test runs however long it takes: a call that fails is
  // counted before the next one is sent.
  for (let number = 0; number < 400 && replies.at(-1)?.status !== 429; number += 1) {
    replies.push(await guess("203.0.113.7"));
  }
  const shed = replies.pop() as Reply;
  assert.ok(replies.length >= 100, `${replies.length}`);
  for (const reply of replies) assert.equal(reply.body.code, "unauthorized");
  const problem = expectStatus(shed, 429);
  assert.equal(problem.code, "too_many_requests");
  assert.equal(problem.retryable, true);
  const seconds = Number(shed.headers.get("retry-after"));
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, `${shed.headers.get("retry-after")}`);
  assert.ok(problem.detail.includes(`${seconds} second`), problem.detail);
  // Another address, and what needs no key.
  assert.equal((await guess("203.0.113.8")).status, 401);
  expectStatus(await api(server, null).get("/healthz", from("203.0.113.7")), 200);
  expectStatus(await api(server, newKey(server, "other", "test")).get("/v1/customers", from("203.0.113.8")), 200);
});
