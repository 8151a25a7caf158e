// schemathesis reads our own description of the API and asks the Worker whatever it lets one ask: bodies at and beyond every limit,
// fields that are missing or of another kind, headers and queries of any text. No call may fail on our side, and no reply may be one
// that the description does not tell of: its status, its type, its shape.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { type Api, CHAT_PRICES, credit, expectStatus, type Json, LOCAL_KEY, RECENTLY } from "./support/api.ts";
import { connectedServer } from "./support/at_stripe.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";

let connected: Awaited<ReturnType<typeof connectedServer>>;
let folder: string;

before(async () => {
  connected = await connectedServer();
  folder = freshFolder();
});

after(async () => {
  await connected.lasting.end();
  await connected.fake.close();
  removeFolder(folder);
});

/** One thing of each kind, by the start of the paths that name it. */
async function things(client: Api): Promise<[start: string, ids: Record<string, string>][]> {
  const made = async (path: string, body: Json, status = 201) => expectStatus(await client.post(path, body), status);
  const product = await made("/v1/products", { code: "chat", name: "Chat", publish: true, prices: CHAT_PRICES });
  const subscriptions = [{ products: [{ code: "chat" }] }];
  const customer = await made("/v1/customers", { name: "Acme", external_id: "acme", subscriptions });
  await credit(client, customer.id, "100");
  const events = [{ id: "event_1", event_type: "chat", occurred_at: RECENTLY, data: { input_tokens: 7 } }];
  await made("/v1/events", { customer_id: customer.id, events }, 204);
  const asked = await made("/v1/authorize", { id: "a1", customer_id: customer.id, asset: "USD", amount: "1" }, 200);
  const limit = { asset: "USD", limit: "50", window: "day" };
  const wallet = `/v1/customers/${customer.id}/wallet`;
  expectStatus(await client.send("PUT", `${wallet}/budgets/all`, limit), 200);
  const [grant] = expectStatus(await client.get(`${wallet}/default:USD/grants`), 200).items;
  const rates = [{ source: "USD", rate: "0.01" }];
  await made("/v1/assets", { code: "CREDITS", name: "Credits", precision: 0, rates });
  const urls = { return_url: "https://shop.example/thanks", failure_url: "https://shop.example/sorry" };
  const topUp = await made("/v1/top-ups", { customer_id: customer.id, amount: "20", currency: "USD", ...urls });
  const codes = await made("/v1/codes", { amount: "5", asset: "USD" });
  const webhook = await made("/v1/webhooks", { url: `${connected.lasting.server.url}/healthz`, topics: ["a.b"] });
  const vendor = await made("/v1/vendors", { name: "Models" });
  const key = await made("/v1/keys", { name: "other", scopes: ["read"] });
  const account = await made("/v1/accounts", { name: "Below" });
  const inbound = await made("/v1/inbound-endpoints", { processor: "adyen" });
  const endpoint = await made("/v1/stripe/endpoints", { name: "Shop", secret: "whsec_shop" });
  const [subscription] = customer.subscriptions;
  return [
    ["/v1/customers/{id}/wallet/recharge", { id: customer.id, asset: "USD" }],
    ["/v1/customers/{id}/wallet/budgets", { id: customer.id, code: "all" }],
    [
      "/v1/customers",
      { id: customer.id, account: "default:USD", entry: "1", grant: grant.id, subscription: subscription.id },
    ],
    ["/v1/products", { id: product.id, version: "1" }],
    ["/v1/holds", { id: asked.hold.id }],
    ["/v1/events", { event: "event_1" }],
    ["/v1/assets", { code: "CREDITS" }],
    ["/v1/top-ups", { id: topUp.id }],
    ["/v1/codes", { id: codes.codes[0].id }],
    ["/v1/webhooks", { id: webhook.id, topic: "a.b", account: account.id }],
    ["/v1/vendors", { id: vendor.id }],
    ["/v1/keys", { id: key.id }],
    ["/v1/accounts", { id: account.id }],
    ["/v1/inbound-endpoints", { id: inbound.id }],
    ["/v1/stripe/endpoints", { id: endpoint.id }],
  ];
}

/** The description, whose paths name things that are there: else nearly all replies were a 404. */
async function aimed(client: Api): Promise<Json> {
  const document = JSON.parse(readFileSync(join(root, "www/assets/openapi.json"), "utf8"));
  const all = await things(client);
  for (const [path, methods] of Object.entries<Json>(document.paths)) {
    const ids = all.find(([start]) => path.startsWith(start))?.[1] ?? {};
    for (const operation of Object.values<Json>(methods)) {
      for (const parameter of operation.parameters ?? []) {
        const id = parameter.in === "path" ? ids[parameter.name] : undefined;
        if (id !== undefined) parameter.schema = { type: "string", enum: [id] };
      }
    }
  }
  return document;
}

test("no call makes the server fail, and no reply is another than the description says", {
  timeout: 900_000,
}, async () => {
  const { server, client } = connected.lasting;
  const document = join(folder, "openapi.json");
  writeFileSync(document, JSON.stringify(await aimed(client)));
  const config = join(root, "tests/schemathesis/schemathesis.toml");
  const way = ["--url", server.url, "--header", `Authorization: Bearer ${LOCAL_KEY}`, "--no-color"];
  const words = ["-I", "-m", "schemathesis.cli", "--config-file", config, "run", document, ...way];
  const { code, told } = await ran(installed(), words);
  assert.equal(code, 0, told.slice(-20_000));
  // It has really asked: a run without a case would be as green.
  const count = /(\d[\d,]*) generated/.exec(told)?.[1] ?? "0";
  assert.ok(Number(count.replaceAll(",", "")) > 1_000, told.slice(-2_000));
});

/** What a command says, and how it ends. It is waited for, because the fake Stripe answers from this very process. */
async function ran(command: string, words: string[]): Promise<{ code: number | null; told: string }> {
  // No proxy of the surroundings stands between.
  const env = { ...process.env, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  const child = spawn(command, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  const hear = (part: Buffer) => {
    told += part;
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const [code] = await once(child, "close");
  return { code, told };
}

/** Where scripts/tools.sh has put it. */
function installed(): string {
  const { stdout, stderr } = spawnSync(join(root, "scripts/schemathesis.sh"), { encoding: "utf8" });
  assert.notEqual(stdout.trim(), "", stderr);
  return stdout.trim();
}
