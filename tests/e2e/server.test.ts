// The local server as a command: it says when it is ready, it ends with all that it started, and what it cannot do it
// says in one sentence. And a server that is not local is as strict as a deployment.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../scripts/project.ts";
import { startServer } from "../../scripts/server.ts";
import { api, createChatCustomer, expectStatus } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { DEPLOYED, type FreshServer, freshServer, newKey } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";
import { assertGone, ended, environment, family, freePort, listen } from "./support/processes.ts";

const NODE = join(root, "node_modules/.bin/node");
const DEV = [NODE, "scripts/dev.ts"];
const DEMO = [NODE, "demo/demo.ts"];
const MAKE = ["make", "--no-print-directory", "dev"];

interface Running {
  process: ChildProcess;
  url: string;
  port: number;
  /** All that it printed so far. */
  printed: () => string;
}

const folders: string[] = [];
const started: ChildProcess[] = [];

after(() => {
  for (const one of started) one.kill("SIGKILL");
  for (const folder of folders) removeFolder(folder);
});

function folder(): string {
  const made = freshFolder();
  folders.push(made);
  return made;
}

function run([command = "", ...args]: string[], persist: string, port: number | string, more = {}): Running {
  const env = environment({ PERSIST: persist, PORT: String(port), ...more });
  const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (text += data));
  return { process: child, url: `http://127.0.0.1:${port}`, port: Number(port), printed: () => text };
}

const READY_MS_MAX = 900_000;

/** Starts and waits until it says that it is ready; from then on it is. */
async function ready(command: string[], persist: string, port?: number): Promise<Running> {
  const running = run(command, persist, port ?? (await freePort()));
  // With make a build comes first, which may have something to do.
  const told = () => `it did not start: ${running.printed()}`;
  await eventually(
    () => {
      assert.equal(running.process.exitCode, null, told());
      return running.printed().includes("Scrip is ready at");
    },
    told,
    20,
    READY_MS_MAX,
  );
  expectStatus(await api(running.url, null).get("/healthz"), 200);
  return running;
}

describe("the server", () => {
  test("by 'make dev' is ready when it says so, keeps its data, and ends by SIGTERM with all that it started", async () => {
    const persist = folder();
    const first = await ready(MAKE, persist);
    assert.match(first.printed(), new RegExp(`Scrip is ready at http://127.0.0.1:${first.port}\n`));
    assert.match(first.printed(), /sk_test_local/);
    const { id } = await createChatCustomer(api(first.url), "5");
    const self = expectStatus(await api(first.url).get("/v1/accounts/self"), 200);
    assert.deepEqual(self, { account_id: "acc_default", environment: "test" }, "nobody has made an account");
    const pids = family(first.process.pid);
    assert.ok(pids.length >= 3, "make, Node and the runtime");
    first.process.kill("SIGTERM");
    await ended(first.process);
    await assertGone(pids);
    await assert.rejects(fetch(first.url), "nobody listens any more");

    // Port and folder are free at once, and everything is still there.
    const second = await ready(DEV, persist, first.port);
    const wallet = expectStatus(await api(second.url).get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(wallet.balance, "5");
    second.process.kill("SIGTERM");
    assert.equal(await ended(second.process), 0);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    test(`ends by ${signal}, in the middle of a request, and says nothing more`, async () => {
      const running = await ready(DEV, folder());
      const pids = family(running.process.pid);
      const hanging = connectAndWait(running.port);
      await sleep(50);
      const printed = running.printed();
      running.process.kill(signal);
      assert.equal(await ended(running.process), 0);
      await assertGone(pids);
      await hanging;
      assert.equal(running.printed(), printed);
    });
  }

  test("leaves nothing behind when it or its make is killed outright", async () => {
    for (const command of [DEV, MAKE]) {
      const running = await ready(command, folder());
      const pids = family(running.process.pid);
      running.process.kill("SIGKILL");
      await assertGone(pids);
    }
  });

  test("says in one sentence what is in its way, and ends with 1", async () => {
    const persist = folder();
    const server = await startServer({ persist });
    const taken = await listen(0);
    const { port } = taken.address() as { port: number };
    const cases: [what: string, persist: string, port: number | string, sentence: RegExp][] = [
      ["a port that is taken", folder(), port, new RegExp(`^scrip: Port ${port} is already in use; .*PORT\\.\n$`)],
      ["the port of another server", folder(), server.port, /^scrip: Port \d+ is already in use; .*\.\n$/],
      [
        "a folder that is used",
        persist,
        await freePort(),
        /^scrip: .+ is in use by another server \(process \d+\).*\.\n$/,
      ],
      ["a port that is none", folder(), "http", /^scrip: PORT must be a number from 1 to 65535, not 'http'\.\n$/],
      ["a port beyond all", folder(), 65_536, /^scrip: PORT must be a number from 1 to 65535, not '65536'\.\n$/],
    ];
    const tried = cases.map(async ([what, where, at, sentence]) => {
      const running = run(DEV, where, at);
      assert.equal(await ended(running.process), 1, what);
      assert.match(running.printed(), sentence, what);
    });
    await Promise.all(tried);
    expectStatus(await api(server).get("/healthz"), 200);
    await server.stop();
    taken.close();
  });

  test("with a live side does not start, and ends with 1", async () => {
    const live = /^scrip: This server does not start: ENVIRONMENT is local, .+\.\n$/;
    const secret = { STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live" };
    for (const command of [DEV, DEMO]) {
      const running = run(command, folder(), await freePort(), secret);
      assert.equal(await ended(running.process), 1, command.join(" "));
      assert.match(running.printed(), live);
      assert.match(running.printed(), /STRIPE_WEBHOOK_SECRET_LIVE is set\. Remove one of the two/);
    }
    const keyed = folder();
    newKey({ persist: keyed }, "acme", "test");
    await (await startServer({ persist: keyed })).stop();
    newKey({ persist: keyed }, "acme", "live");
    const running = run(DEV, keyed, await freePort());
    assert.equal(await ended(running.process), 1);
    assert.match(running.printed(), live);
    assert.match(running.printed(), /has a live API key\. Name another folder with PERSIST/);
    // It serves a deployment, so the key is what was in the way.
    await (await startServer({ persist: keyed, ...DEPLOYED })).stop();
    await assert.rejects(startServer({ persist: folder(), vars: secret }), /does not start/);
  });

  /** A request that never ends: its body is announced and does not come. */
  async function connectAndWait(port: number): Promise<void> {
    const { connect } = await import("node:net");
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      // With a key, because without one nobody waits for the body.
      "POST /v1/authorize HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk_test_local\r\n" +
        "content-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    );
    await once(socket, "close");
  }
});

describe("a server that is not local", () => {
  let server: FreshServer;

  before(async () => {
    server = await freshServer({ environment: "none" });
  });

  after(() => server.end());

  test("refuses the local key, and every other, until it is given one", async () => {
    expectStatus(await api(server, null).get("/healthz"), 200);
    assert.equal(expectStatus(await api(server, null).get("/v1/meta"), 200).local, false);
    for (const key of ["sk_test_local", "sk_live_local", "", "null"]) {
      for (const path of ["/v1/assets", "/v1/customers", "/v1/customers/cust_00000000000000000000000000/wallet"]) {
        const reply = await api(server, key).get(path);
        assert.equal(reply.status, 401, `${key} ${path}`);
        assert.equal(reply.body.code, "unauthorized");
      }
    }
    const ask = { id: "a", customer_external_id: "x", asset: "USD", amount: "1" };
    expectStatus(await api(server).post("/v1/authorize", ask), 401);
  });

  test("accepts a key of 'make key' at once, on its side only", async () => {
    const client = api(server, makeKey({ ACCOUNT: "acme", MODE: "test", NAME: "backend 1" }));
    const { id } = await createChatCustomer(client, "1");
    for (const key of [makeKey({ ACCOUNT: "other" }), newKey(server, "acme", "live")]) {
      const other = api(server, key);
      expectStatus(await other.get("/v1/customers"), 200);
      expectStatus(await other.get(`/v1/customers/${id}`), 404);
    }
  });

  test("gets no key by mistake: what 'make key' does not understand it says in one sentence", () => {
    const cases: [Record<string, string>, RegExp][] = [
      [{}, /^scrip: ACCOUNT is missing; for example: .*\n$/],
      [{ ACCOUNT: "it's" }, /^scrip: ACCOUNT must be 1 to 63 of .*\.\n$/],
      [{ ACCOUNT: "acme", MODE: "prod" }, /^scrip: MODE must be live or test\.\n$/],
      [{ ACCOUNT: "acme", MODE: "live" }, /^scrip: MODE=live needs REMOTE=1: .+ a local server has no live side\.\n$/],
      [{ ACCOUNT: "acme", NAME: "a'); DROP TABLE api_key; --" }, /^scrip: NAME must be .*\.\n$/],
    ];
    for (const [variables, sentence] of cases) {
      const { status, stdout, stderr } = keyCommand(variables);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, sentence);
    }
  });

  function makeKey(variables: Record<string, string>): string {
    const { status, stdout, stderr } = keyCommand(variables);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^sk_test_\w{43}\n$/, "only the key is printed, so that a script can take it");
    assert.match(stderr, /shown only once/);
    return stdout.trim();
  }

  function keyCommand(variables: Record<string, string>) {
    const env = environment({ PERSIST: server.persist, ...variables });
    return spawnSync(NODE, ["scripts/key.ts"], { cwd: root, env, encoding: "utf8" });
  }
});
