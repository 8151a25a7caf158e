// The description of the API for machines: it is where it should be, and those who read such descriptions take it. That it says
// what the code does is proved by the native suite, in openapi.rs and by every test of the edge.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import SwaggerParser from "@apidevtools/swagger-parser";
import { root } from "../../scripts/project.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { routes } from "./support/routes.ts";

const FILE = join(root, "www/assets/openapi.json");

let server: FreshServer;

before(async () => {
  server = await freshServer();
});

after(() => server.end());

test("it is served to everybody, also to pages of other origins", async () => {
  const asked = await fetch(`${server.url}/v1/openapi.json`, { redirect: "manual" });
  assert.deepEqual([asked.status, asked.headers.get("location")], [303, "/assets/openapi.json"]);
  const reply = await fetch(`${server.url}/v1/openapi.json`, { headers: { origin: "https://tools.example" } });
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type") ?? "", /^application\/json\b/);
  assert.equal(reply.headers.get("access-control-allow-origin"), "*");
  assert.equal(await reply.text(), readFileSync(FILE, "utf8"));
});

test("it is valid OpenAPI 3.1, with every route and status of success", async () => {
  const document = await SwaggerParser.validate(FILE);
  assert.ok("openapi" in document && document.openapi.startsWith("3.1."));
  type Operation = { operationId: string; parameters?: { name: string; in: string }[]; responses: object };
  const paths = document.paths as Record<string, Record<string, Operation>>;
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  const ids = new Set(found.map(({ operation }) => operation.operationId));
  assert.equal(ids.size, found.length, "each operation has an id of its own");
  for (const route of routes) {
    const one = found.find(({ name }) => name.replaceAll(/\{\w+\}/g, "{}") === route.name);
    assert.ok(one, route.name);
    for (const status of route.statuses) assert.ok(`${status}` in one.operation.responses, `${route.name} ${status}`);
  }
  assert.equal(found.length, routes.length);
  for (const { name, operation } of found) {
    const placeholders = [...name.matchAll(/\{(\w+)\}/g)].map(([, placeholder]) => placeholder);
    const told = (operation.parameters ?? []).filter((one) => one.in === "path").map((one) => one.name);
    assert.deepEqual(told, placeholders, name);
  }
});

test("what is none is refused", async () => {
  type Operation = { parameters: object[]; responses: Record<string, unknown> };
  const spoilt = (spoil: (operation: Operation) => void) => {
    const document = JSON.parse(readFileSync(FILE, "utf8"));
    spoil(document.paths["/v1/holds/{id}"].get);
    return SwaggerParser.validate(document);
  };
  await spoilt(() => {});
  await assert.rejects(spoilt(({ parameters }) => parameters.push({ name: "x", in: "somewhere" })));
  await assert.rejects(
    spoilt(({ responses }) => Object.assign(responses, { 404: { $ref: "#/components/responses/None" } })),
  );
});
