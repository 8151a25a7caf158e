// The reference of the API for people: a page without a script that has all that the description for machines has, at every width and
// in light and dark. Pictures are left in build/screenshots/reference.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { root } from "../../scripts/project.ts";
import { type Description, page } from "../../scripts/reference.ts";
import { openBrowser, openPage } from "./support/browser.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { expectAccessible } from "./support/portal.ts";
import { routes } from "./support/routes.ts";

const PLACE = "/assets/reference";
const PICTURES = join(root, "build/screenshots/reference");

const description: Description = JSON.parse(readFileSync(join(root, "www/assets/openapi.json"), "utf8"));

let server: FreshServer;
let browser: Browser;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await freshServer();
  browser = await openBrowser();
});

after(async () => {
  await browser.close();
  await server.end();
});

/** What stands in the attributes of this name. */
const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, "g"))].map(([, value]) => value ?? "");

test("it is what the description says, and is served under a policy that allows no script", async () => {
  const reply = await fetch(server.url + PLACE);
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type") ?? "", /^text\/html\b/);
  const policy = reply.headers.get("content-security-policy") ?? "";
  assert.match(
    policy,
    /^default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  const html = await reply.text();
  assert.equal(html, page(description));
  assert.doesNotMatch(html, /<script|<style| style="| on\w+="/);
  // As light as a picture: whoever looks up one call must not wait for it.
  const size = gzipSync(html).length;
  assert.ok(size < 80_000, `${size} bytes`);
});

test("every call, schema, problem and limit is in it, and each of its links leads somewhere", () => {
  const html = page(description);
  const ids = attributes(html, "id");
  assert.equal(new Set(ids).size, ids.length, "each id once");
  const own = attributes(html, "href").filter((link) => link.startsWith("#"));
  for (const link of own) assert.ok(ids.includes(link.slice(1)), link);
  let calls = 0;
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, { operationId, summary }] of Object.entries(methods)) {
      const known = routes.some(({ name }) => name === `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
      assert.ok(known && ids.includes(operationId) && summary !== "", `${method} ${path}`);
      calls += 1;
    }
  }
  assert.equal(calls, routes.length);
  const { schemas, responses } = description.components;
  for (const name of Object.keys(schemas)) assert.ok(ids.includes(`schema-${name}`), name);
  for (const name of Object.keys(responses)) assert.ok(ids.includes(name.replace("Problem", "problem-")), name);
  for (const code of schemas.Problem?.properties?.code?.enum ?? [])
    assert.ok(html.includes(`<code>${code}</code>`), code);
  assert.match(html, /<code>body_bytes<\/code><\/th><td>1,048,576<\/td>/);
});

test("what a description might say is never markup", () => {
  const evil = structuredClone(description);
  const call = evil.paths["/healthz"]?.get;
  assert.ok(call);
  call.summary = '<script>alert(1)</script> `<b>` "&';
  const html = page(evil);
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;b&gt;</code> &quot;&amp;"));
  assert.ok(!html.includes("<script"));
});

for (const [name, options] of [
  ["wide-light", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
  ["wide-dark", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
  ["narrow-light", { colorScheme: "light", viewport: { width: 360, height: 800 } }],
  ["narrow-dark", { colorScheme: "dark", viewport: { width: 360, height: 800 } }],
  ["forced-colours", { forcedColors: "active", viewport: { width: 1280, height: 900 } }],
] as const) {
  test(`it reads well: ${name}`, async () => {
    const opened = await openPage(browser, server.url + PLACE, options);
    try {
      for (const place of ["", "#postAuthorize", "#postProducts", "#problems"]) {
        await opened.goto(`${server.url}${PLACE}${place}`);
        const [wide, screen] = (await opened.evaluate(
          "[document.documentElement.scrollWidth, innerWidth]" as never,
        )) as number[];
        assert.ok((wide ?? 0) <= (screen ?? 0), `${name} ${place} is ${wide} wide on a screen of ${screen}`);
        await opened.screenshot({ path: join(PICTURES, `${name}${place.replace("#", "-")}.png`) });
      }
      // Colours differ by dress, and targets by width; whatever else there is to say of a page is the same in all.
      if (name === "wide-light" || name === "narrow-dark") await expectAccessible(opened, name);
    } finally {
      await opened.context().close();
    }
  });
}
