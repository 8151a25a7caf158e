// The example app in `examples/edge-chat`, bundled as a Worker and run beside a wallet.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { root, wrangler } from "../../scripts/project.ts";
import { type Api, api, createChatCustomer, expectStatus, LOCAL_KEY, uniqueId } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";

let server: FreshServer;
let client: Api;
let app: Miniflare;
let url: URL;

before(async () => {
  server = await freshServer();
  client = api(server);
  const bundled = await build({
    entryPoints: [join(root, "examples/edge-chat/worker.ts")],
    alias: Object.fromEntries(
      ["ai", "client", "sse"].map((name) => [`scrip-wallet/${name}`, join(root, `npm/src/${name}.ts`)]),
    ),
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "error",
  });
  const text = (value: string) => ({ type: "text" as const, value });
  app = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: "edge-chat",
          compatibilityDate: wrangler.compatibility_date,
          manifest: {
            mainModule: "app.js",
            modules: { "app.js": { type: "esm" as const, contents: bundled.outputFiles[0]?.text ?? "" } },
          },
          env: { SCRIP_URL: text(server.url), SCRIP_KEY: text(LOCAL_KEY) },
        },
      },
    ],
  });
  url = await app.ready;
});

after(async () => {
  await app.dispose();
  await server.end();
});

function ask(path: string, customer: string, id = uniqueId("request")): Promise<Response> {
  const headers = { "x-customer": customer, "x-request-id": id };
  return fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify({ prompt: "one two" }) });
}

/** The wallet, once nothing of it is held any more: the end of an answer and that of its hold are two things. */
async function available(customer: string): Promise<string> {
  let wallet = { accounts: [{ available: "", held: "" }] };
  await eventually(async () => {
    wallet = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
    return wallet.accounts[0]?.held === "0";
  }, "the hold is settled");
  return wallet.accounts[0]?.available ?? "";
}

describe("the example", () => {
  for (const path of ["/chat", "/raw"]) {
    test(`${path} streams an answer and charges what it used`, async () => {
      const { id, externalId } = await createChatCustomer(client, "1");
      const reply = await ask(path, externalId);
      assert.equal(reply.status, 200);
      assert.equal((await reply.text()).match(/one|two/g)?.length, 200);
      // 2 tokens of the prompt at 0.0000025, 200 of the answer at 0.00001.
      assert.equal(await available(id), "0.997995");
    });

    test(`${path} says 402 to a customer without money`, async () => {
      const { externalId } = await createChatCustomer(client, "0.000001");
      const reply = await ask(path, externalId);
      assert.equal(reply.status, 402);
      assert.match(await reply.text(), /"code":"insufficient_funds"/);
    });
  }

  test("an answer that runs out of money ends within one slice, and is charged to the token", async () => {
    const { id, externalId } = await createChatCustomer(client, "0.0010005");
    const text = await (await ask("/chat", externalId)).text();
    const words = text.match(/one|two/g)?.length ?? 0;
    assert.ok(words > 0 && words % 20 === 0, `${words} words`);
    // In hundred-thousandths of a cent. What is left pays for no other slice of 20, and what was taken are the words and a
    // prompt, of which a token is a quarter of theirs.
    const left = Math.round(Number(await available(id)) * 10_000_000);
    assert.ok(left >= 0 && left < 20 * 100, `${left} left`);
    const prompt = (10_005 - left - words * 100) / 25;
    assert.ok(Number.isInteger(prompt) && prompt > 2 && prompt < 60, `${prompt} tokens of the prompt`);
  });

  test("a request that is sent again is charged once", async () => {
    const { id, externalId } = await createChatCustomer(client, "1");
    const request = uniqueId("request");
    for (let times = 0; times < 2; times += 1) await (await ask("/chat", externalId, request)).text();
    assert.match(await available(id), /^0\.9979/);
  });
});
