// `make bench`: our Worker beside the floor, in interleaved rounds of one run. Machines are noisy, so only ratios and
// medians are told: of throughput, and of the processor time that the runtime takes for one operation, which other
// work on the machine disturbs less. Storage is on tmpfs: this measures our work, not the disk's.
//
// ROUNDS=9 MILLIS=1500 CONNECTIONS=32 change the run. Requests reach workerd by a socket of its own, where nothing but the
// Worker is measured; ENTRY=miniflare takes miniflare's usual entry, which costs both sides the same and so flatters us.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../scripts/project.ts";
import { type Server, startServer } from "../scripts/server.ts";
import { load, type NextRequest } from "./load.ts";

const rounds = Number(process.env.ROUNDS ?? 9);
const millis = Number(process.env.MILLIS ?? 1500);
const connections = Number(process.env.CONNECTIONS ?? 32);
const byMiniflare = process.env.ENTRY === "miniflare";

const price = (name: string, field: string, rate: string) => ({
  name,
  usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: field },
  pricing: [{ asset: "USD", values: [{ volume_rate: rate, package_size: "1000000" }] }],
});

const usage = (output: number) => [{ event_type: "chat", data: { input_tokens: 374, output_tokens: output } }];

interface Wallet {
  external: string;
  id: string;
}

let made = 0;

async function post(server: Server, path: string, body: object): Promise<Record<string, string>> {
  const headers = { authorization: "Bearer sk_test_local", "content-type": "application/json" };
  const reply = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

/** A wallet of its own for each measurement, so that none pays for the history of another. */
async function wallet(server: Server): Promise<Wallet> {
  made += 1;
  const external = `bench-${made}`;
  const subscriptions = [{ products: [{ code: "chat" }] }];
  const customer = await post(server, "/v1/customers", { name: external, external_id: external, subscriptions });
  const id = String(customer.id);
  const credit = { transaction_id: "credit", asset: "USD", amount: "100000", reason: "external_topup" };
  await post(server, `/v1/customers/${id}/wallet/adjustments`, credit);
  return { external, id };
}

type Scenario = { name: string; floor: "insert" | "read"; next: (wallet: Wallet) => NextRequest };

const counter = () => {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
};

const authorizing = (wallet: Wallet, id: number) =>
  JSON.stringify({ id: `r${id}`, customer_external_id: wallet.external, events: usage(1024) });

const scenarios: Scenario[] = [
  {
    name: "authorize",
    floor: "insert",
    next: (wallet) => {
      const count = counter();
      return () => ({ path: "/v1/authorize", body: authorizing(wallet, count()) });
    },
  },
  {
    name: "authorize + capture",
    floor: "insert",
    next: (wallet) => {
      const count = counter();
      return (_, reply) => {
        const hold = /"decision":"approved","hold":\{"id":"(hold_\w+)"/.exec(reply ?? "")?.[1];
        if (hold === undefined) return { path: "/v1/authorize", body: authorizing(wallet, count()) };
        return { path: `/v1/holds/${hold}/capture`, body: JSON.stringify({ events: usage(44) }) };
      };
    },
  },
  {
    name: "event",
    floor: "insert",
    next: (wallet) => {
      const count = counter();
      const at = { occurred_at: new Date().toISOString() };
      return () => {
        const events = usage(44).map((event) => ({ id: `e${count()}`, ...at, ...event }));
        return { path: "/v1/events", body: JSON.stringify({ customer_external_id: wallet.external, events }) };
      };
    },
  },
  {
    name: "read the wallet",
    floor: "read",
    next: (wallet) => () => ({ path: `/v1/customers/${wallet.id}/wallet` }),
  },
];

function floorRequests(way: "rpc" | "fetch", kind: "insert" | "read", wallet: Wallet): NextRequest {
  const path = `/${way}/${wallet.external}`;
  const count = counter();
  if (kind === "read") return () => ({ path });
  return () => ({ path, body: authorizing(wallet, count()) });
}

const median = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

const cell = (value: number) => value.toFixed(2).padStart(7);

/** Processor time of the runtime so far, in clock ticks; nothing where the system does not tell. */
function ticks(server: Server): number {
  const file = `/proc/${server.pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const text = readFileSync(file, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

interface Measure {
  perSecond: number;
  ticksEach: number;
}

async function measureOne(server: Server, next: NextRequest): Promise<Measure> {
  const port = byMiniflare ? Number((await server.miniflare.ready).port) : server.port;
  const before = ticks(server);
  const { perSecond, done } = await load(port, connections, millis, next);
  return { perSecond, ticksEach: (ticks(server) - before) / done };
}

async function measure(ours: Server, floor: Server) {
  console.log(`${rounds} rounds of ${millis} ms, ${connections} connections, one object at a time.`);
  console.log("Ratios to the floor; higher is better.\n");
  console.log("                      processor  throughput: median   worst    best");
  for (const scenario of scenarios) {
    const ways = { RPC: [] as [Measure, Measure][], fetch: [] as [Measure, Measure][] };
    for (let round = -1; round < rounds; round++) {
      const one = await wallet(ours);
      const other = { ...one, external: `${one.external}-fetch` };
      for (const { external } of scenario.floor === "read" ? [one, other] : []) {
        await post(floor, `/rpc/${external}`, { id: "row" });
      }
      const rpc = await measureOne(floor, floorRequests("rpc", scenario.floor, one));
      const mine = await measureOne(ours, scenario.next(one));
      const fetch = await measureOne(floor, floorRequests("fetch", scenario.floor, other));
      // The first round warms both sides up.
      if (round < 0) continue;
      ways.RPC.push([mine, rpc]);
      ways.fetch.push([mine, fetch]);
    }
    const throughput = (pairs: [Measure, Measure][]) => pairs.map(([mine, floor]) => mine.perSecond / floor.perSecond);
    // The floor is the faster of its two ways: the one that we come less close to.
    const way = median(throughput(ways.RPC)) < median(throughput(ways.fetch)) ? "RPC" : "fetch";
    const ratios = throughput(ways[way]);
    const processor = median(ways[way].map(([mine, floor]) => floor.ticksEach / mine.ticksEach));
    const range = `${cell(median(ratios))} ${cell(Math.min(...ratios))} ${cell(Math.max(...ratios))}`;
    console.log(`${scenario.name.padEnd(20)} ${cell(processor)}              ${range}   (the floor by ${way})`);
  }
}

async function countRows(server: Server) {
  console.log("\n                       rows written per operation (snapshots and alarms included)");
  for (const scenario of scenarios) {
    const one = await wallet(server);
    const written = async () => Number(await (await fetch(`${server.url}/rows-written`)).text());
    const before = await written();
    const operations = 1024;
    const next = scenario.next(one);
    let reply: string | undefined;
    for (let done = 0; done < operations; done++) {
      const { path, body } = next(0, reply);
      const headers = { authorization: "Bearer sk_test_local", "content-type": "application/json" };
      const init = body === undefined ? { headers } : { method: "POST", headers, body };
      reply = await (await fetch(`${server.url}${path}`, init)).text();
    }
    const rows = ((await written()) - before) / operations;
    console.log(`${scenario.name.padEnd(20)} ${cell(rows)}`);
  }
}

function sizes() {
  const kilobytes = (file: string) =>
    gzipSync(readFileSync(join(root, "build/worker", file)), { level: 9 }).length / 1024;
  const wasm = kilobytes("scrip_bg.wasm");
  const js = kilobytes("index.js");
  console.log(
    `\nWorker, gzip: ${(wasm + js).toFixed(0)} KB (WebAssembly ${wasm.toFixed(0)}, JavaScript ${js.toFixed(0)})`,
  );
}

function engineAlone() {
  console.log("\nThe engine alone, native:");
  execFileSync("cargo", ["bench", "--locked", "--bench", "engine"], {
    cwd: root,
    stdio: ["ignore", "inherit", "ignore"],
  });
}

const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "scrip-bench-"));
const source = (name: string) => readFileSync(join(root, "bench", name), "utf8");
const servers: Server[] = [];
try {
  const ours = await startServer({ persist: join(folder, "ours") });
  const floor = await startServer({ persist: join(folder, "floor"), modules: { "main.js": source("floor.js") } });
  const counting = await startServer({ persist: join(folder, "rows"), modules: { "main.js": source("counting.js") } });
  servers.push(ours, floor, counting);
  for (const server of [ours, counting]) {
    const prices = [price("Input", "input_tokens", "2.50"), price("Output", "output_tokens", "10.00")];
    await post(server, "/v1/products", { code: "chat", name: "Chat", prices });
  }
  await measure(ours, floor);
  await countRows(counting);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
sizes();
engineAlone();
