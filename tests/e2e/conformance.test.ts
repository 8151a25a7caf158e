// The client that Credyt publishes, unchanged, runs every operation it has against this server and gets right answers.
// The tests themselves are in tests/conformance, in the client's own language; each of them is one test here.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { LOCAL_KEY } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { routesOfTheWorker } from "./support/routes.ts";

interface Check {
  /** `POST /assets`; null for what is more than one call. */
  operation: string | null;
  checks: string;
}

interface Outcome extends Check {
  problem: string | null;
}

const script = join(root, "scripts/conformance.sh");

function listed(): Check[] {
  const { status, stdout, stderr } = spawnSync(script, ["--list"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The conformance tests cannot be listed: ${stderr}`);
  return JSON.parse(stdout);
}

const checks = listed();
const operations = checks.filter((one) => one.operation !== null);
const name = ({ operation, checks }: Check) => operation ?? checks;

describe("Credyt's own client", () => {
  const expected = new Map(checks.map((check) => [name(check), Promise.withResolvers<Outcome>()]));
  const report: string[] = [];
  let server: FreshServer;
  let running: ChildProcess;

  before(async () => {
    server = await freshServer();
    // No proxy of the surroundings stands between.
    const here = { SCRIP_URL: server.url, SCRIP_KEY: LOCAL_KEY, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
    const child = spawn(script, ["--json"], { env: { ...process.env, ...here }, stdio: ["ignore", "pipe", "pipe"] });
    running = child;
    createInterface({ input: child.stderr }).on("line", (line) => report.push(line));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const outcome: Outcome = JSON.parse(line);
      expected.get(name(outcome))?.resolve(outcome);
    });
    // What has not been told by now never will be.
    child.on("close", (code) => {
      const problem = `The tests ended with ${code} before this one:\n${report.join("\n")}`;
      for (const [checks, outcome] of expected) outcome.resolve({ operation: null, checks, problem });
    });
  });

  after(async () => {
    running.kill();
    await server.end();
  });

  for (const [title, outcome] of expected) {
    test(title, { timeout: 300_000 }, async () => {
      const { problem } = await outcome.promise;
      assert.ok(problem === null, problem ?? "");
    });
  }

  test("never made the server fail", () => {
    // What guards the deployment is a line of its own: keys that failed, and what admins have changed.
    const faults = server.logs.filter((line) => !/^\{"log":"(changed_by_admin|authentication_failed)",/.test(line));
    assert.deepEqual(faults, [], "nothing else was logged");
  });
});

describe("docs/credyt.md", () => {
  const page = readFileSync(join(root, "docs/credyt.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| (.*?) \| (.*?) \|$/gm)];

  test("has every operation, and says of each what is checked", () => {
    assert.equal(operations.length, 54);
    const documented = rows.map(([, operation, checks]) => `| \`${operation}\` | ${checks} |`);
    const tested = operations.map(({ operation, checks }) => `| \`${operation}\` | ${checks} |`);
    assert.deepEqual(documented.sort(), tested.sort());
  });

  test("names only routes that the Worker has", () => {
    const routes = new Set(routesOfTheWorker());
    const missing = rows
      .map(([, operation = ""]) => operation.replace(" ", " /v1").replaceAll(/\{\w+\}/g, "{}"))
      .filter((route) => !routes.has(route));
    assert.deepEqual(missing, []);
  });
});
