// What watchers cost: authorizations of one wallet that nobody watches beside those of one that a thousand watch, in
// interleaved rounds on one server. Machines are noisy, so only the median of the ratios is told.
//
//   WATCHERS  how many sockets watch the second wallet (default 1000)
//   ROUNDS    how many rounds are counted (default 9)
//   MILLIS    how long each measurement lasts (default 1000)
//   CALLERS   how many callers a wallet has at the same time (default 8)

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "../scripts/project.ts";
import { startServer } from "../scripts/server.ts";
import { load } from "./load.ts";

const many = Number(process.env.WATCHERS || 1000);
const rounds = Number(process.env.ROUNDS || 9);
const millis = Number(process.env.MILLIS || 1000);
const callers = Number(process.env.CALLERS || 8);
const build = resolve(process.env.BUILD || join(root, "build", "worker"));

const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "scrip-watchers-"));
const server = await startServer({ folder: build, persist: join(folder, "data") });

async function post(path: string, body: object): Promise<Record<string, string>> {
  const headers = { authorization: "Bearer sk_test_local", "content-type": "application/json" };
  const reply = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
  return JSON.parse(text);
}

async function customer(external: string): Promise<string> {
  const { id } = await post("/v1/customers", { name: external, external_id: external });
  const credit = { transaction_id: "credit", asset: "USD", amount: "1000000", reason: "external_topup" };
  await post(`/v1/customers/${id}/wallet/adjustments`, credit);
  return String(id);
}

let calls = 0;
let listeners: ChildProcess | undefined;

/** What the listeners have to say. */
async function told(): Promise<{ heard: number; open: number }> {
  const [message] = await once(listeners as ChildProcess, "message");
  return message;
}

/** Authorizations and captures per second, in turns, so that no wallet has many open holds. */
async function measure(id: string): Promise<number> {
  const next = (_: number, reply: string | undefined) => {
    const hold = /"decision":"approved","hold":\{"id":"(hold_\w+)"/.exec(reply ?? "")?.[1];
    if (hold !== undefined) return { path: `/v1/holds/${hold}/capture`, body: JSON.stringify({ amount: "0.01" }) };
    calls += 1;
    const body = JSON.stringify({ id: `c${calls}`, customer_id: id, asset: "USD", amount: "0.01" });
    return { path: "/v1/authorize", body };
  };
  return (await load(server.port, callers, millis, next)).perSecond;
}

try {
  const [alone, watched] = [await customer("alone"), await customer("watched")];
  const { token } = await post(`/v1/customers/${watched}/tokens`, { scopes: ["read"], ttl_seconds: 3600 });
  const url = `${server.url.replace("http", "ws")}/v1/customers/${watched}/wallet/live`;
  listeners = fork(join(import.meta.dirname, "listeners.ts"), [url, String(token), String(many)]);
  await told();
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? [alone, watched] : [watched, alone];
    const speed = new Map<string, number>();
    for (const id of order) speed.set(id, await measure(id));
    // The first round warms everything up.
    if (round >= 0) ratios.push((speed.get(watched) ?? 0) / (speed.get(alone) ?? 1));
    console.log(
      `${order.map((id) => `${id === alone ? "alone" : "watched"} ${speed.get(id)?.toFixed(0)}/s`).join("  ")}`,
    );
  }
  const sorted = ratios.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  listeners.send("tell");
  const { heard, open } = await told();
  if (open !== many) throw new Error(`only ${open} of ${many} still listen`);
  const range = `${sorted[0]?.toFixed(2)} to ${sorted.at(-1)?.toFixed(2)}`;
  console.log(`\n${many} watchers: ${median.toFixed(2)} of the speed without them (${range}); ${heard} messages heard`);
} finally {
  listeners?.kill();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
