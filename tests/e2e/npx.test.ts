// The commands of the npm package, as somebody without Rust calls them: from the tarball, in a project of their own.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { parse } from "smol-toml";
import { root } from "../../scripts/project.ts";
import { api, createChatCustomer, expectStatus, uniqueId } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { borrow, installPackage } from "./support/package.ts";
import { eventually } from "./support/patience.ts";
import { assertGone, ended, environment, family, freePort } from "./support/processes.ts";

const BIN = join(root, "node_modules/.bin");
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** A project that has installed the package, and nothing else. */
let project: string;
const started: ChildProcess[] = [];

before(async () => {
  project = freshFolder();
  await installPackage(project);
});

after(() => {
  for (const one of started) killGroup(one, "SIGKILL");
  removeFolder(project);
});

/** A signal to all that a command started, as Ctrl-C at a terminal gives it. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals) {
  try {
    process.kill(-(pid as number), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function env(more: Record<string, string> = {}, first = BIN) {
  const clean = Object.entries(environment(more)).filter(([name]) => !name.startsWith("npm_"));
  return { ...Object.fromEntries(clean), PATH: `${first}${delimiter}${BIN}${delimiter}${process.env.PATH}` };
}

function call(args: string[], { cwd = project, env: given = env() } = {}) {
  const { status, stdout, stderr } = spawnSync("npx", ["scrip-wallet", ...args], { cwd, env: given, encoding: "utf8" });
  return { status, stdout, stderr };
}

async function dev(given = env()) {
  const port = await freePort();
  const args = ["scrip-wallet", "dev", "--port", `${port}`];
  const child = spawn("npx", args, { cwd: project, env: given, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
  const isReady = () => {
    assert.equal(child.exitCode, null, text);
    return text.includes("Scrip is ready at");
  };
  await eventually(isReady, () => text);
  return { child, url: `http://127.0.0.1:${port}`, printed: () => text };
}

async function stop(child: ChildProcess) {
  const pids = family(child.pid);
  assert.ok(pids.length >= 3, "npx, the server and the runtime");
  killGroup(child, "SIGINT");
  await ended(child);
  await assertGone(pids);
}

/** A command that stands in for another one, first in the path. */
function standIn(name: string, script: string): string {
  const folder = join(project, `stand-in-${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

describe("'npx scrip-wallet dev'", () => {
  test("without the runtime in the project asks npm for it, and says so", async () => {
    // The package itself is not in a place from which this project's own runtime could be seen.
    const npm = standIn("npm", `printf '%s' "${BIN}:$PATH"; printf '%s ' "$@" > asked`);
    const { child, printed } = await dev(env({}, npm));
    await stop(child);
    const version = devDependencies.miniflare;
    assert.match(
      readFileSync(join(project, "asked"), "utf8"),
      new RegExp(`^exec .*--package=miniflare@${version} -- `),
    );
    assert.match(
      printed(),
      new RegExp(`^scrip: taking the runtime of Workers from npm, miniflare ${version}: .+first time`),
    );
    assert.match(printed(), new RegExp(`'npm install --save-dev wrangler@${devDependencies.wrangler}' keeps it`));
  });

  test("where npm has none says what to do, and ends with 1", () => {
    const npm = standIn("npm", "exit 1");
    const { status, stderr } = call(["dev"], { env: env({}, npm) });
    assert.equal(status, 1);
    assert.match(stderr, /scrip: The runtime of Workers could not be fetched; .+ 'npm install --save-dev wrangler@/);
  });

  test("serves a wallet by the runtime of the project, ends by Ctrl-C with all that it started, and keeps its data", async () => {
    borrow(project, "miniflare");
    const first = await dev();
    assert.doesNotMatch(first.printed(), /from npm/);
    const client = api(first.url);
    const { id, externalId } = await createChatCustomer(client, "5");
    const ask = (amount: string) => ({ id: uniqueId(), customer_external_id: externalId, asset: "USD", amount });
    assert.equal(expectStatus(await client.post("/v1/authorize", ask("2")), 200).decision, "approved");
    assert.equal(expectStatus(await client.post("/v1/authorize", ask("4")), 200).decision, "denied");
    assert.equal((await client.get("/assets/portal.js")).status, 200);

    const made = call(["key", "--account", "acme"]);
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stderr, /^A test key for acc_acme, accepted by \.scrip\/dev\./);
    assert.equal(expectStatus(await api(first, made.stdout.trim()).get("/v1/accounts/self"), 200).name, "acme");
    await stop(first.child);

    const second = await dev();
    const wallet = expectStatus(await api(second.url).get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(wallet.available, "3");
    await stop(second.child);
  });

  test("with a live side does not start", () => {
    const { status, stderr } = call(["dev"], { env: env({ STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live" }) });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^scrip: This server does not start: ENVIRONMENT is local, .+STRIPE_WEBHOOK_SECRET_LIVE is set\./,
    );
  });
});

describe("'npx scrip-wallet deploy'", () => {
  let folder: string;
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
      .sort();
  const text = (name: string) => readFileSync(join(folder, name), "utf8");

  beforeEach(() => {
    folder = join(project, uniqueId("deploy"));
    assert.equal(call(["deploy", folder]).status, 0);
  });

  test("writes a folder that wrangler takes as it is: the optimized build, its bindings, and nothing that is local", () => {
    const out = join(folder, "out");
    const quiet = {
      WRANGLER_LOG_PATH: join(folder, "logs"),
      XDG_CONFIG_HOME: join(folder, "config"),
      CI: "1",
      NO_COLOR: "1",
    };
    const args = ["deploy", "--dry-run", "--outdir", out];
    const { status, stdout, stderr } = spawnSync(join(BIN, "wrangler"), args, {
      cwd: folder,
      env: env(quiet),
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
    const bindings = ["WALLETS", "DIRECTORY", "ASSETS", "ADDRESS_LIMIT", "KEY_LIMIT", "CODE_LIMIT"];
    for (const binding of bindings) assert.match(stdout, new RegExp(`env\\.${binding}\\b`));
    assert.ok(!stdout.includes("ENVIRONMENT"), stdout);
    assert.deepEqual(
      readdirSync(out).sort(),
      ["README.md", "index.js", "scrip_bg.wasm"],
      "and no file more is uploaded",
    );
    for (const file of ["index.js", "scrip_bg.wasm"]) {
      const built = readFileSync(join(root, "build", "worker", file));
      assert.ok(readFileSync(join(out, file)).equals(built), `${file} is the release's`);
    }
  });

  test("configures what is developed here, built already", () => {
    const settings = (toml: string) => JSON.parse(JSON.stringify(parse(toml)));
    const { build: _, ...here } = settings(readFileSync(join(root, "wrangler.toml"), "utf8"));
    assert.deepEqual(settings(text("wrangler.toml")), { ...here, main: "worker/index.js" });
    assert.equal(JSON.parse(text("package.json")).devDependencies.wrangler, devDependencies.wrangler);
    const migrations = readdirSync(join(root, "migrations")).filter((name) => name.endsWith(".sql"));
    assert.deepEqual(readdirSync(join(folder, "migrations")), migrations.sort());
    assert.ok(!files().some((name) => name.startsWith("bin/")), "the commands stay in the package");
    assert.match(text("README.md"), /npx wrangler deploy/);
  });

  test("writes over nothing, unless told to, and never over settings", () => {
    const before = files();
    writeFileSync(join(folder, "wrangler.toml"), 'name = "mine"\n');
    writeFileSync(join(folder, "worker/index.js"), "old");
    writeFileSync(join(folder, "mine.txt"), "mine");
    const refused = call(["deploy", folder]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /^scrip: .+ has \S+ already, so nothing was written\. .+--force\./);
    assert.equal(text("worker/index.js"), "old");

    const forced = call(["deploy", folder, "--force"]);
    assert.equal(forced.status, 0, forced.stderr);
    assert.equal(text("wrangler.toml"), 'name = "mine"\n');
    assert.equal(parse(text("wrangler.new.toml")).name, "scrip");
    assert.equal(text("worker/index.js"), readFileSync(join(root, "build/worker/index.js"), "utf8"));
    assert.deepEqual(files(), [...before, "mine.txt", "wrangler.new.toml"].sort());
    assert.match(forced.stdout, /^wrangler\.toml is yours and stays as it is\.$/m);
  });

  test("a key for a deployment is shown once its wrangler has stored it, and not otherwise", () => {
    const bin = join(folder, "node_modules/.bin");
    mkdirSync(bin, { recursive: true });
    const wrangler = join(bin, "wrangler");
    const order = ["key", "--account", "acme", "--mode", "live", "--remote"];
    writeFileSync(wrangler, `#!/bin/sh\nprintf '%s\\n' "$@" > asked\n`);
    chmodSync(wrangler, 0o755);
    // From the project's package, as npx finds it above the folder.
    const made = call(order, { cwd: folder });
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^sk_live_\w{43}\n$/);
    assert.match(text("asked"), /^d1\nexecute\nDIRECTORY\n--remote\n--yes\n--command\nINSERT INTO platform_account/);
    assert.ok(!text("asked").includes(made.stdout.trim()), "only a hash leaves this machine");
    writeFileSync(wrangler, "#!/bin/sh\nexit 1\n");
    const failed = call(order, { cwd: folder });
    assert.deepEqual([failed.status, failed.stdout], [1, ""]);
    assert.match(failed.stderr, /scrip: wrangler could not store the key/);
  });
});

test("what cannot be done is said in one sentence", () => {
  const bin = join(project, "node_modules/.bin/scrip-wallet");
  const cases: [string[], RegExp][] = [
    [["nope"], /^scrip: 'nope' is no command; see 'npx scrip-wallet help'\.\n$/],
    [["toString"], /^scrip: 'toString' is no command/],
    [["deploy", "--port", "1"], /^scrip: 'deploy' has no --port; .+\n$/],
    [["deploy", "a", "b"], /^scrip: 'deploy' does not take 'b'\.\n$/],
    [["dev", "--nope"], /^scrip: Unknown option '--nope'/],
    [["dev", "--port", "http"], /^scrip: PORT must be a number from 1 to 65535, not 'http'\.\n$/],
    [["key"], /^scrip: --account is missing; .+\n$/],
    [["key", "--account", "Acme"], /^scrip: ACCOUNT must be /],
    [["key", "--account", "acme", "--mode", "live"], /^scrip: --mode live needs --remote: .+\n$/],
    [["key", "--account", "acme", "--mode", "both"], /^scrip: --mode must be test or live, not 'both'\.\n$/],
  ];
  for (const [args, sentence] of cases) {
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: project,
      env: env(),
      encoding: "utf8",
    });
    assert.equal(status, 1, args.join(" "));
    assert.match(stderr, sentence);
  }
  assert.ok(!existsSync(join(project, "a")));
  for (const args of [[], ["help"], ["--help"], ["dev", "--help"]]) {
    const { status, stdout } = spawnSync(process.execPath, [bin, ...args], {
      cwd: project,
      env: env(),
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout.startsWith("Usage: npx scrip-wallet <command>")], [0, true]);
  }
  // An older Node, as far as a command can tell.
  const older = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.12.9"}})`;
  const told = spawnSync(process.execPath, ["--import", older, bin, "dev"], {
    cwd: project,
    env: env(),
    encoding: "utf8",
  });
  assert.deepEqual(
    [told.status, told.stderr],
    [1, "scrip: This command needs Node 22.13 or later; this is 22.12.9.\n"],
  );
});
