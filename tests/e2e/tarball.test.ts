// The tarball that would be published, in the three places where its users are: plain Node, an app that Vite builds, in a real
// browser, and a Worker that wrangler bundles and runs. Each asks the engine and calls a real server by the client.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build, preview } from "vite";
import { unstable_startWorker } from "wrangler";
import { root, wrangler } from "../../scripts/project.ts";
import { type Api, api, createChatCustomer, expectStatus } from "./support/api.ts";
import { openBrowser, openPage } from "./support/browser.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { borrow, installPackage, packPackage } from "./support/package.ts";
import { expectText, headline } from "./support/portal.ts";

const run = promisify(execFile);

let server: FreshServer;
let client: Api;
let customer: string;
let project: string;

before(async () => {
  // Nothing is asked of anybody outside this machine.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_SEND_METRICS = "false";
  server = await freshServer();
  client = api(server);
  customer = (await createChatCustomer(client, "20")).id;
  project = freshFolder();
  await installPackage(project);
});

after(async () => {
  await server.end();
  removeFolder(project);
});

function write(name: string, text: string): string {
  const file = join(project, name);
  writeFileSync(file, text);
  return file;
}

/** What every host does: the engine prices an image, and the client holds what the engine has said. */
const USED = `
  async function used({ init, estimate, formatAmount }, Scrip, { baseUrl, key, customer, id, keeps }) {
    await init();
    const price = { usage_calculation: { event_type: "image", usage_type: "unit" },
      pricing: [{ asset: "USD", values: [{ unit_price: "0.04" }] }] };
    const [total] = estimate([{ event_type: "image" }], [price]).totals;
    const client = new Scrip({ key, baseUrl });
    const { decision, hold } = await client.authorize({ id, customer_id: customer, ...total });
    if (!keeps) await client.release(hold.id);
    return { decision, held: hold.amounts, shown: formatAmount(total.amount, { symbol: "$", places: 2 }) };
  }`;

const EXPECTED = { decision: "approved", held: [{ asset: "USD", amount: "0.04" }], shown: "$0.04" };

const told = (id: string, key = "sk_test_local") => ({ baseUrl: server.url, key, customer, id });

test("plain Node imports it", async () => {
  const text = `import * as scrip from "scrip-wallet";
    import { Scrip } from "scrip-wallet/client";
    ${USED}
    console.log(JSON.stringify(await used(scrip, Scrip, JSON.parse(process.argv[2]))));`;
  const file = write("plain.js", text);
  const { stdout } = await run(process.execPath, [file, JSON.stringify(told("in_node"))], { cwd: project });
  assert.deepEqual(JSON.parse(stdout), EXPECTED);
});

test("Vite builds an app of the engine, the client and the portal, which runs in a browser", async () => {
  const text = `import * as scrip from "scrip-wallet";
    import { Scrip } from "scrip-wallet/client";
    import "scrip-wallet/portal";
    ${USED}
    const given = JSON.parse(decodeURIComponent(location.search.slice(1)));
    const portal = document.querySelector("scrip-portal");
    portal.engine = () => import("scrip-wallet");
    portal.endpoint = given.baseUrl;
    portal.fetchToken = async () => ({ token: given.key, customer_id: given.customer });
    window.told = used(scrip, Scrip, given);`;
  write(
    "index.html",
    `<!doctype html><title>App</title><scrip-portal></scrip-portal><script type="module" src="/app.js"></script>`,
  );
  write("app.js", text);
  const quiet = { root: project, configFile: false, logLevel: "error" } as const;
  await build({ ...quiet, build: { outDir: "built" } });
  const web = await preview({ ...quiet, build: { outDir: "built" }, preview: { host: "127.0.0.1", port: 0 } });
  const browser = await openBrowser();
  try {
    const url = `http://127.0.0.1:${(web.httpServer.address() as AddressInfo).port}`;
    const ask = { scopes: ["read", "authorize"], allowed_origins: [url] };
    const { token } = expectStatus(await client.post(`/v1/customers/${customer}/tokens`, ask), 201);
    // A customer's token may hold and gives nothing back.
    const given = { ...told("in_browser", token), keeps: true };
    const page = await openPage(browser, `${url}/?${encodeURIComponent(JSON.stringify(given))}`);
    const used = await page.evaluate(() => (globalThis as unknown as { told: Promise<unknown> }).told);
    assert.deepEqual(used, EXPECTED);
    // Nothing of the portal is named, so it is here only because the package says that importing it does something.
    await expectText(headline(page), "$19.96");
  } finally {
    await browser.close();
    await web.close();
  }
});

test("wrangler runs a Worker of the engine and the client", async () => {
  const text = `import * as scrip from "scrip-wallet";
    import { Scrip } from "scrip-wallet/client";
    ${USED}
    export default { async fetch(request) { return Response.json(await used(scrip, Scrip, await request.json())); } };`;
  const config = write(
    "wrangler.json",
    JSON.stringify({ name: "user", main: "worker.js", compatibility_date: wrangler.compatibility_date }),
  );
  write("worker.js", text);
  const worker = await unstable_startWorker({
    config,
    dev: { logLevel: "error", server: { port: 0 }, inspector: false },
  });
  try {
    const reply = await worker.fetch("http://user/", { method: "POST", body: JSON.stringify(told("in_worker")) });
    assert.deepEqual(await reply.json(), EXPECTED);
  } finally {
    await worker.dispose();
  }
});

describe("what the package says of itself", () => {
  test("publint has nothing to say", async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(project, "node_modules/scrip-wallet"),
      strict: true,
      pack: false,
    });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test("the types are those of the code, for whoever imports it", async () => {
    const { tarball } = await packPackage(project);
    // It is made of modules alone, so that is what is looked at; the WebAssembly has no types.
    const args = [
      tarball,
      "--profile",
      "esm-only",
      "--exclude-entrypoints",
      "./scrip_bg.wasm",
      "--no-definitely-typed",
    ];
    const { stdout } = await run(join(root, "node_modules/.bin/attw"), [...args, "--format", "json"]);
    const { analysis } = JSON.parse(stdout);
    assert.deepEqual(
      analysis.problems.filter(({ kind }: { kind: string }) => kind !== "CJSResolvesToESM"),
      [],
    );
  });

  test("every file that it exports is there, and the strictest compiler takes its types", async () => {
    const folder = join(project, "node_modules/scrip-wallet");
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const files = Object.values(exports).flatMap((one) =>
      typeof one === "string" ? [one] : Object.values(one as object),
    );
    assert.deepEqual(
      files.filter((file) => !existsSync(join(folder, file))),
      [],
    );
    borrow(project, "@ai-sdk/provider", "hono");
    const names = Object.keys(exports).filter((name) => !/\.(wasm|json)$/.test(name));
    const imports = names.map((name, n) => `export * as e${n} from "scrip-wallet${name.slice(1)}";`);
    write(
      "user.ts",
      `${imports.join("\n")}
      const portal = document.createElement("scrip-portal");
      portal.engine = () => import("scrip-wallet");
      portal.addEventListener("scrip:depleted", ({ detail }) => detail.kind satisfies "empty" | "overdrawn");`,
    );
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: "es2022",
      types: [],
      lib: ["es2024", "dom"],
    };
    for (const module of [{ module: "nodenext" }, { module: "esnext", moduleResolution: "bundler" }]) {
      const config = write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions: { ...options, ...module }, files: ["user.ts"] }),
      );
      await run(join(root, "node_modules/.bin/tsc"), ["--project", config]);
    }
  });
});
