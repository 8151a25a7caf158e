// Wrangler alone is enough: `npx wrangler dev` serves a working wallet, and what `wrangler deploy` would upload is the optimized
// build, without anything that only a local server may have.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { directoryFile } from "../../scripts/persist.ts";
import { root } from "../../scripts/project.ts";
import { api, createChatCustomer, expectStatus, uniqueId } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { journal, newKey } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";
import { assertGone, ended, environment, family, freePort } from "./support/processes.ts";

// The first build of a machine may be part of it.
const READY_MS_MAX = 900_000;

const folders: string[] = [];
const started: ChildProcess[] = [];

after(() => {
  for (const one of started) killGroup(one, "SIGKILL");
  for (const folder of folders) removeFolder(folder);
});

function folder(): string {
  const made = freshFolder();
  folders.push(made);
  return made;
}

/** A signal to all that a command started, as Ctrl-C at a terminal gives it. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals) {
  try {
    process.kill(-(pid as number), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Wrangler as somebody at a prompt calls it; what it keeps for itself goes to the folder. */
function wranglerEnvironment(persist: string) {
  const quiet = { WRANGLER_LOG_PATH: join(persist, "logs"), XDG_CONFIG_HOME: join(persist, "config"), CI: "1" };
  return environment({ PERSIST: persist, NO_COLOR: "1", ...quiet });
}

async function spawnDev(persist: string, more = {}) {
  const port = await freePort();
  const args = ["wrangler", "dev", "--ip", "127.0.0.1", "--port", `${port}`, "--persist-to", persist];
  const child = spawn("npx", [...args, "--inspector-port", `${await freePort()}`], {
    cwd: root,
    env: { ...wranglerEnvironment(persist), ...more },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
  return { child, url: `http://127.0.0.1:${port}`, printed: () => text };
}

async function dev(persist: string) {
  const { child, url, printed } = await spawnDev(persist);
  const isReady = async () => {
    assert.equal(child.exitCode, null, `it did not start: ${printed()}`);
    const reply = await fetch(`${url}/healthz`).catch(() => undefined);
    await reply?.body?.cancel();
    return reply?.status === 200;
  };
  await eventually(isReady, () => `it did not start: ${printed()}`, 200, READY_MS_MAX);
  return { process: child, url };
}

async function stop(child: ChildProcess) {
  const pids = family(child.pid);
  assert.ok(pids.length >= 3, "npx, wrangler and the runtime");
  killGroup(child, "SIGINT");
  await ended(child);
  await assertGone(pids);
}

describe("'npx wrangler dev'", () => {
  test("authorizes, shows pages their style, keeps its data, and ends by Ctrl-C with all that it started", async () => {
    const persist = folder();
    const first = await dev(persist);
    const client = api(first.url);
    const { id, externalId } = await createChatCustomer(client, "5");
    const ask = (amount: string) => ({ id: uniqueId(), customer_external_id: externalId, asset: "USD", amount });
    assert.equal(expectStatus(await client.post("/v1/authorize", ask("2")), 200).decision, "approved");
    assert.equal(expectStatus(await client.post("/v1/authorize", ask("4")), 200).decision, "denied");
    assert.equal((await client.get("/assets/scrip.css")).status, 200);
    await stop(first.process);

    // It lies where our own server would have put it, too.
    assert.ok(existsSync(directoryFile(persist)));
    assert.ok(journal(persist, id).length >= 2);

    const second = await dev(persist);
    const wallet = expectStatus(await api(second.url).get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(wallet.balance, "5");
    assert.equal(wallet.available, "3");
    await stop(second.process);
  });
});

describe("'npx wrangler dev' with a live side", () => {
  test("does not start, and says why", async () => {
    const [fine, keyed] = [folder(), folder()];
    newKey({ persist: keyed }, "acme", "live");
    const secret = /ENVIRONMENT is local, .+STRIPE_WEBHOOK_SECRET_LIVE is set\./;
    const file = join(root, ".dev.vars");
    const written = existsSync(file) ? readFileSync(file) : undefined;
    const refused = async (persist: string, more: object, why: RegExp) => {
      const { child, printed } = await spawnDev(persist, more);
      assert.notEqual(await ended(child), 0, printed());
      assert.match(printed(), why);
    };
    await refused(fine, { STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live" }, secret);
    await refused(keyed, {}, /ENVIRONMENT is local, .+has a live API key\./);
    try {
      writeFileSync(file, "ENVIRONMENT=local\nSTRIPE_WEBHOOK_SECRET_LIVE='whsec_live'\n");
      await refused(fine, {}, secret);
    } finally {
      if (written === undefined) rmSync(file);
      else writeFileSync(file, written);
    }
  });
});

describe("'wrangler deploy'", () => {
  test("would upload the optimized build with its bindings, and nothing that is local", () => {
    const [persist, out] = [folder(), folder()];
    const args = ["wrangler", "deploy", "--dry-run", "--outdir", out];
    const { status, stdout, stderr } = spawnSync("npx", args, {
      cwd: root,
      env: wranglerEnvironment(persist),
      encoding: "utf8",
      timeout: READY_MS_MAX,
    });
    assert.equal(status, 0, stdout + stderr);
    // A local server has run here, so the file with the local variables is there to be left out.
    assert.match(readFileSync(join(root, ".dev.vars"), "utf8"), /^ENVIRONMENT="?local"?$/m);
    for (const binding of ["WALLETS", "DIRECTORY", "ASSETS"]) assert.match(stdout, new RegExp(`env\\.${binding}\\b`));
    assert.ok(!stdout.includes("ENVIRONMENT"), stdout);
    for (const file of ["index.js", "scrip_bg.wasm"]) {
      const uploaded = readFileSync(join(out, file));
      assert.ok(uploaded.equals(readFileSync(join(root, "build", "worker", file))), `${file} is the release's`);
    }
    assert.ok(!readFileSync(join(out, "index.js"), "utf8").includes("sk_test_local"));
  });
});
