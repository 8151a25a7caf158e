// What browsers get as it is: the files of www/assets, and nothing else of that folder.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { api, expectStatus } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";

const STYLE = "/assets/scrip.css";

let server: FreshServer;

before(async () => {
  server = await freshServer();
});

after(() => server.end());

const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: "manual", ...init });

test("the style is served as it is, and loads nothing itself", async () => {
  const reply = await get(STYLE);
  const style = await reply.text();
  assert.equal(reply.status, 200);
  assert.equal(style, readFileSync(join(root, "www", STYLE), "utf8"));
  assert.match(reply.headers.get("content-type") ?? "", /^text\/css\b/);
  assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
  assert.ok(!/@import|url\(/i.test(style));
});

test("a browser may keep it for five minutes, and is then spared the bytes", async () => {
  const reply = await get(STYLE);
  await reply.text();
  assert.equal(reply.headers.get("cache-control"), "public, max-age=300");
  const etag = reply.headers.get("etag") ?? "";
  assert.notEqual(etag, "");
  const again = await get(STYLE, { headers: { "if-none-match": etag } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  const head = await get(STYLE, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  assert.equal((await get(STYLE, { method: "POST", body: "x" })).status, 405);
});

test("nothing else of the folder can be read, and nothing outside of it", async () => {
  const inFolder = ["README.md", "_headers", ".assetsignore", "scrip.css", "assets", ""];
  const paths = inFolder.map((name) => `/assets/${name}`);
  const climbing = ["/assets/..%2fREADME.md", "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e/_headers"];
  for (const path of [...paths.filter((path) => path !== STYLE), ...climbing]) {
    const reply = await get(path);
    assert.equal(reply.status, 404, path);
    assert.ok(!(await reply.text()).includes("Cache-Control"), path);
  }
});

test("no file stands in the way of the API", async () => {
  const anybody = api(server, null);
  for (const path of ["/README.md", "/_headers", "/assets", "/v1/assets/scrip.css/none", STYLE.toUpperCase(), "/"]) {
    const reply = await anybody.get(path);
    assert.ok([401, 404].includes(reply.status), `${path} gives ${reply.status}`);
    assert.equal(reply.headers.get("content-type"), "application/problem+json", path);
  }
  expectStatus(await api(server).get("/v1/assets"), 200);
});
