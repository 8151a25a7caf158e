// The README's first screen is true: its commands run as they stand there, and print what it says.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { type Server, startServer } from "../../scripts/server.ts";

const folder = mkdtempSync(join(tmpdir(), "scrip-readme-"));
const readme = readFileSync(join(root, "README.md"), "utf8");
let server: Server;

before(async () => {
  server = await startServer({ persist: folder });
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script and gives all it printed; the server in this process has to go on answering meanwhile. */
async function run(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, printed);
  return printed;
}

test("the first screen moves money as it says", async () => {
  const block = readme.match(/```sh\n(SCRIP=[\s\S]*?)```/)?.[1] ?? "";
  const printed = await run("bash", ["-euc", block.replace("http://127.0.0.1:8787", server.url)]);
  let rest = printed;
  const promised = [...block.matchAll(/^# → (.*)$/gm)].map((match) => match[1] ?? "");
  assert.ok(promised.length >= 5);
  for (const promise of promised) {
    const place = rest.indexOf(promise);
    assert.ok(place >= 0, `${promise} is not printed, or not in this order:\n${printed}`);
    rest = rest.slice(place);
  }
});

test("every command of the README is a target of the Makefile", () => {
  const makefile = readFileSync(join(root, "Makefile"), "utf8");
  for (const [, target] of readme.matchAll(/\bmake ([a-z]+)/g)) {
    assert.match(makefile, new RegExp(`^${target}:.*## `, "m"), `make ${target}`);
  }
});

test("make bench runs, and prints every ratio", { timeout: 600_000 }, async () => {
  // How fast it is says nobody here, so its native part is built in a fraction of the time.
  const quick = ["OPT_LEVEL=1", "LTO=off", "CODEGEN_UNITS=16"].map((one) => `CARGO_PROFILE_BENCH_${one}`);
  const printed = await run("env", ["ROUNDS=1", "MILLIS=300", ...quick, process.execPath, "bench/bench.ts"]);
  for (const callers of ["32 callers", "1 caller"]) {
    const table = printed.split(`\n${callers} `)[1]?.split("\n\n")[0] ?? "";
    for (const name of ["authorize ", "authorize + capture", "event ", "batch of 100 events", "read the wallet"]) {
      // The median, the worst, the best and the processor time are ratios; what we reach in a second is none.
      assert.match(table, new RegExp(`^${name.replace("+", "\\+")} +(\\d+\\.\\d\\d +){4}\\d+ \\(`, "m"), callers);
    }
  }
  assert.match(printed, /^ours +\d+\.\d +\d+ +\d+\.\d$/m);
  assert.match(printed, /^Worker, gzip: \d+ KB/m);
  assert.match(printed, /decided and folded: \d+ ns/);
});

test("every link of the documents leads to a file", () => {
  for (const name of [
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
    ...["docs/api.md", "docs/credyt.md", "docs/vectors.md"],
  ]) {
    const text = readFileSync(join(root, name), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      assert.doesNotThrow(() => readFileSync(join(root, name, "..", target ?? "")), `${name}: ${target}`);
    }
  }
});
