// The demo, run as a newcomer runs it: its own process, its own server, the shipped trace.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decimal, leftAfter, readTrace, steps, thirdInCents } from "../../demo/trace.ts";
import { root } from "../../scripts/project.ts";
import { api, expectStatus } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";

const folders: string[] = [];
after(() => folders.forEach(removeFolder));

interface Run {
  process: ChildProcess;
  /** All that was printed so far. */
  printed(): string;
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code. */
  ended: Promise<number | null>;
}

function runDemo(variables: Record<string, string>): Run {
  const persist = freshFolder();
  folders.push(persist);
  const { MAKELEVEL: _, ...environment } = process.env;
  const child = spawn(join(root, "node_modules/.bin/node"), ["demo/demo.ts"], {
    cwd: root,
    env: { ...environment, PORT: "0", PERSIST: persist, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = once(child, "close").then(([code]) => code as number | null);
  const until = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(output);
      if (match) return match;
      const closed = await Promise.race([ended.then(() => true), once(child.stdout, "data").then(() => false)]);
      assert.ok(!closed || pattern.test(output), `the demo ended before it printed ${pattern}:\n${output}`);
    }
  };
  return { process: child, printed: () => output, until, ended };
}

test("the shipped trace leaves exactly 3.208675 of 100 dollars", () => {
  const trace = readTrace();
  assert.equal(trace.length, 19_366);
  assert.equal(decimal(leftAfter(100n, trace)), "3.208675");
});

test("the demo's own arithmetic is exact to the twelfth decimal, above and below zero", () => {
  const amounts = ["0", "1", "0.000000000001", "-0.000000000001", "-12.5", "100.000000000001", "999999999999999"];
  for (const amount of amounts) assert.equal(decimal(steps(amount)), amount);
  assert.equal(decimal(thirdInCents(steps("3.208675"))), "1.06");
  assert.equal(decimal(thirdInCents(steps("3"))), "1");
});

test("200 calls settle to the last digit, three of fifty racers win, and the demo ends with 0", async () => {
  const demo = runDemo({ CALLS: "200", EXIT: "1" });
  assert.equal(await demo.ended, 0, demo.printed());
  const left = decimal(leftAfter(100n, readTrace().slice(0, 200)));
  assert.match(demo.printed(), new RegExp(`expected +${left} USD`));
  assert.match(demo.printed(), new RegExp(`wallet +${left} USD +equal`));
  assert.match(demo.printed(), /journal +403 entries/, "opened, subscribed, credited, 200 holds, 200 captures");
  assert.match(demo.printed(), /approved +3\n +denied +47\n/);
  const denied = JSON.parse(/^ {3}\{\n[\s\S]*?^ {3}\}$/m.exec(demo.printed())?.[0] ?? "null");
  assert.equal(denied.code, "funds_held");
  const third = thirdInCents(steps(left));
  assert.deepEqual(denied.required, [{ asset: "USD", amount: decimal(third) }]);
  assert.deepEqual(denied.available, [{ asset: "USD", amount: decimal(steps(left) - 3n * third) }]);
  assert.ok(!demo.printed().includes("\u001b"), "no colours where there is no terminal");
});

test("afterwards the server runs on, answers at every address that was printed, and ends with SIGTERM", async () => {
  const demo = runDemo({ CALLS: "20" });
  const [, url = ""] = await demo.until(/The server runs on at (\S+) until Ctrl-C\./);
  const client = api(url);
  const shown = (name: string) => new RegExp(`${name} +${url}(\\S+)`).exec(demo.printed())?.[1] ?? "";
  const wallet = expectStatus(await client.get(shown("wallet")), 200);
  assert.equal(wallet.accounts[0].balance, decimal(leftAfter(100n, readTrace().slice(0, 20))));
  assert.equal(expectStatus(await client.get(shown("holds")), 200).items.length, 3);
  assert.equal(expectStatus(await client.get(shown("entries")), 200).items[0].type, "hold_authorized");
  // The link to the portal shows this very wallet, and its token asks for it.
  const [, word = ""] = /portal +http\S+\/assets\/portal#token=(\S+)/.exec(demo.printed()) ?? [];
  const { customer_id: whose } = expectStatus(await client.post("/v1/tokens/exchange", { link_token: word }), 201);
  assert.ok(shown("wallet").includes(whose), demo.printed());
  const [, example = ""] = /curl -H 'Authorization: Bearer sk_test_local' '([^']+)'/.exec(demo.printed()) ?? [];
  assert.equal(expectStatus(await client.get(example.slice(url.length)), 200).items.length, 3);

  demo.process.kill("SIGTERM");
  assert.equal(await demo.ended, 0);
  await assert.rejects(fetch(url), "nothing listens any more");
});

test("while others hold all the money, calls are denied and asked again, and still settle to the last digit", async () => {
  const demo = runDemo({ CALLS: "600", EXIT: "1" });
  await demo.until(/600 calls/);
  const [, url = ""] = await demo.until(/server +(\S+)/);
  const all = { customer_external_id: "acme", asset: "USD", amount: "1000", on_insufficient: "cap" };
  const { hold } = expectStatus(await api(url).post("/v1/authorize", { id: "everything", ...all }), 200);
  await sleep(200);
  expectStatus(await api(url).post(`/v1/holds/${hold.id}/release`), 200);
  assert.equal(await demo.ended, 0, demo.printed());
  assert.match(demo.printed(), /denied +[1-9]\d* +asked again/);
  assert.match(demo.printed(), /USD +equal\n +journal +1,205 entries/, "600 calls as ever, and the two of the test");
});

test("a wallet that disagrees with the trace by a digit ends the demo with 1", async () => {
  const demo = runDemo({ CALLS: "600" });
  const [, customer] = await demo.until(/customer +acme +(cust_\w+)/);
  const [, url = ""] = await demo.until(/server +(\S+)/);
  const charge = { transaction_id: "somebody_else", asset: "USD", amount: "0.000000000001" };
  expectStatus(await api(url).post(`/v1/customers/${customer}/wallet/charges`, charge), 201);
  assert.equal(await demo.ended, 1);
  const left = leftAfter(100n, readTrace().slice(0, 600));
  const sentence = `The wallet has ${decimal(left - 1n)} USD where ${decimal(left)} USD must be left.`;
  assert.ok(demo.printed().includes(sentence), demo.printed());
  assert.ok(!demo.printed().includes("A race"), "nothing follows a failed step");
});

for (const [variables, sentence] of [
  [{ CALLS: "many" }, "CALLS must be all, or a number from 1 to 19366, not 'many'."],
  [{ CALLS: "19367" }, "CALLS must be all, or a number from 1 to 19366, not '19367'."],
  [{ PORT: "http" }, "PORT must be a number from 0 to 65535, not 'http'."],
] as const) {
  test(`the demo refuses ${JSON.stringify(variables)} in one sentence`, async () => {
    const demo = runDemo(variables);
    assert.equal(await demo.ended, 1);
    assert.equal(demo.printed().trim(), `scrip: ${sentence}`);
  });
}

test("the demo leaves a folder alone that has data already", async () => {
  const persist = freshFolder();
  folders.push(persist);
  mkdirSync(join(persist, "v3", "do"), { recursive: true });
  const demo = runDemo({ PERSIST: persist });
  assert.equal(await demo.ended, 1);
  assert.equal(demo.printed().trim(), `scrip: ${persist} has data already; name a new folder with PERSIST.`);
  assert.ok(existsSync(join(persist, "v3", "do")));
});

test("a port that is taken is named in one sentence", async () => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const demo = runDemo({ PORT: String(port) });
  assert.equal(await demo.ended, 1);
  taken.close();
  const sentence = `Port ${port} is already in use; stop what uses it or choose another with PORT.`;
  assert.equal(demo.printed().trim(), `scrip: ${sentence}`);
});
