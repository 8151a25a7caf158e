// Cloudflare's Agents SDK itself, on the real runtime: an interrupted chat goes on by itself while its root request may spend,
// and stops where that is used up; each try is paid for, and no hold stays open.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildSync } from "esbuild";
import { Miniflare } from "miniflare";
import { root, wrangler } from "../../scripts/project.ts";
import { type Api, api, createChatCustomer, expectStatus, type Json, LOCAL_KEY } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { type FreshServer, freshServer, journal } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";

let server: FreshServer;
let client: Api;
let agents: Miniflare;
let script: string;
const persist = freshFolder();

/** The SDK is large and for this test alone, so it has a folder of its own. */
function bundled(): string {
  const tools = execFileSync(join(root, "scripts/agents.sh"), { encoding: "utf8" }).trim();
  const [output] = buildSync({
    entryPoints: [join(root, "tests/agents/worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["cloudflare:*", "node:*"],
    alias: { path: "node:path" },
    nodePaths: [join(tools, "node_modules")],
  }).outputFiles;
  return output?.text ?? "";
}

/** The agents, on what is kept of them; they may have been there before. */
async function start(): Promise<Miniflare> {
  const text = (value: string) => ({ type: "text" as const, value });
  const started = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: persist,
    workers: [
      {
        config: {
          name: "agents",
          compatibilityDate: wrangler.compatibility_date,
          compatibilityFlags: ["nodejs_compat"],
          manifest: { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents: script } } },
          env: {
            SCRIP_URL: text(server.url),
            SCRIP_KEY: text(LOCAL_KEY),
            Chat: { type: "durable-object", worker: "agents", exportName: "Chat" },
          },
          exports: { Chat: { type: "durable-object", storage: "sqlite" } },
        },
      },
    ],
  });
  await started.ready;
  return started;
}

before(async () => {
  server = await freshServer();
  client = api(server);
  script = bundled();
  agents = await start();
});

after(async () => {
  await agents?.dispose();
  await server?.end();
  removeFolder(persist);
});

/** A customer each of whose root requests may spend a tenth of a cent. */
async function customer(): Promise<string> {
  const { id } = await createChatCustomer(client, "1");
  const budget = { name: "Each request", asset: "USD", limit: "0.001", window: "lifetime", each: "subject" };
  const { status } = await client.send("PUT", `/v1/customers/${id}/wallet/budgets/roots`, budget);
  assert.ok(status === 200 || status === 201, String(status));
  return id;
}

async function asks(word: "say" | "told", customer: string, body?: string): Promise<Json> {
  const init = body === undefined ? {} : { method: "POST", body };
  const reply = await agents.dispatchFetch(`http://agents/${word}/${customer}`, init);
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return JSON.parse(text);
}

/** What the agent tells once its chat has been given up. */
async function untilEnded(id: string): Promise<Json> {
  let told: Json;
  await eventually(
    async () => {
      told = await asks("told", id);
      return told.ended.length > 0;
    },
    () => `it does not end: ${JSON.stringify(told)}`,
    200,
  );
  return told;
}

async function spent(id: string) {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
  const { items } = expectStatus(await client.get(`/v1/customers/${id}/wallet/holds`), 200);
  return { available: accounts[0].available, held: accounts[0].held, holds: items.length };
}

test("an interrupted chat is tried again while its root request may spend, and no longer", async () => {
  const id = await customer();
  await asks("say", id, "Please hang.");
  let told = await untilEnded(id);
  // 0.000325 for each try: a fourth would be more than a root request may spend.
  assert.deepEqual(told.ended, ["recovery_aborted"]);
  const [subject] = told.tries;
  assert.deepEqual(told.tries, [subject, subject, subject]);
  // The SDK tells no stream that it has left it; so the last one is settled a moment later.
  await eventually(async () => (await spent(id)).holds === 0, "no hold stays open");
  assert.deepEqual(await spent(id), { available: "0.999025", held: "0", holds: 0 });
  const captured = journal(server.persist, id).filter(({ entry }) => entry.includes('"hold_captured"'));
  assert.equal(captured.length, 3);
  for (const { entry } of captured) assert.match(entry, new RegExp(`"subject":"${subject}"`));

  // What the user says next is another request, and has its own budget.
  await asks("say", id, "Please go on.");
  told = await asks("told", id);
  assert.equal(told.tries.length, 4);
  assert.notEqual(told.tries[3], subject);
  assert.deepEqual(told.ended, ["recovery_aborted"]);
  assert.match(JSON.stringify(told.messages.at(-1)), /word word/);
  assert.deepEqual(await spent(id), { available: "0.9987", held: "0", holds: 0 });
});

test("a try that dies with its agent counts while it is held, and its hold ends by itself", async () => {
  const id = await customer();
  const saying = asks("say", id, "Please hang.").catch(() => "the agent has died");
  await eventually(async () => (await spent(id)).holds === 1, "a try is paid for");
  await agents.dispose();
  await saying;
  agents = await start();
  const told = await untilEnded(id);
  assert.deepEqual(told.ended, ["recovery_aborted"]);
  const [subject] = told.tries;
  assert.deepEqual(told.tries, [subject, subject, subject]);
  // Nobody is left who could settle what died.
  await eventually(async () => (await spent(id)).holds <= 1, "all others are settled");
  await server.advance(600_000);
  const captured = journal(server.persist, id).filter(({ entry }) => entry.includes('"hold_captured"')).length;
  assert.ok(captured === 2 || captured === 3, `${captured} tries are charged`);
  const available = { 2: "0.99935", 3: "0.999025" }[captured];
  assert.deepEqual(await spent(id), { available, held: "0", holds: 0 });
});
