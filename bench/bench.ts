// `make bench`: our Worker beside the floor, in interleaved rounds of one run. Machines are noisy, so only ratios and
// medians are told: of throughput, and of the processor time that the runtime takes for one operation, which other
// work on the machine disturbs less. Storage is on tmpfs: this measures our work, not the disk's.
//
//   ROUNDS       how many rounds are counted (default 9); one more warms everything up
//   MILLIS       how long each measurement lasts (default 600)
//   CONNECTIONS  how many callers one wallet has at the same time (default 32,1)
//   SCENARIOS    only those whose names begin so, such as "authorize,read"
//   BUILDS       folders with an index.js and its scrip_bg.wasm, to compare in the same run (default build/worker)
//
// Requests reach workerd by a socket of its own, where nothing but the Worker is measured.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../scripts/project.ts";
import { type Server, type ServerOptions, startServer } from "../scripts/server.ts";
import { load, type NextRequest } from "./load.ts";

const rounds = Number(process.env.ROUNDS || 9);
const millis = Number(process.env.MILLIS || 600);
const callers = (process.env.CONNECTIONS || "32,1").split(",").map(Number);
const builds = (process.env.BUILDS || join(root, "build", "worker")).split(",").map((folder) => resolve(folder));

const wanted = process.env.SCENARIOS?.split(",") ?? [""];

const BATCH = 100;

const source = (name: string) => readFileSync(join(root, "bench", name), "utf8");

// What is asked.

const price = (name: string, field: string, rate: string) => ({
  name,
  usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: field },
  pricing: [{ asset: "USD", values: [{ volume_rate: rate, package_size: "1000000" }] }],
});

const usage = (output: number) => ({ event_type: "chat", data: { input_tokens: 374, output_tokens: output } });

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

const counter = () => {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
};

const authorizing = (external: string, id: number) =>
  JSON.stringify({ id: `r${id}`, customer_external_id: external, events: [usage(1024)] });

/** Requests with this many events each, no two of which have the same id. */
function recording(external: string, events: number): NextRequest {
  const count = counter();
  const at = { occurred_at: new Date().toISOString() };
  const event = () => ({ id: `e${count()}`, ...at, ...usage(44) });
  return () => {
    const body = { customer_external_id: external, events: Array.from({ length: events }, event) };
    return { path: "/v1/events", body: JSON.stringify(body) };
  };
}

interface Scenario {
  name: string;
  /** What the floor does for each request of ours. */
  floor: "insert" | "insertAll" | "read";
  next(wallet: Wallet): NextRequest;
}

const scenarios: Scenario[] = [
  {
    name: "authorize",
    floor: "insert",
    next: ({ external }) => {
      const count = counter();
      return () => ({ path: "/v1/authorize", body: authorizing(external, count()) });
    },
  },
  {
    name: "authorize + capture",
    floor: "insert",
    next: ({ external }) => {
      const count = counter();
      return (_, reply) => {
        const hold = /"decision":"approved","hold":\{"id":"(hold_\w+)"/.exec(reply ?? "")?.[1];
        if (hold === undefined) return { path: "/v1/authorize", body: authorizing(external, count()) };
        return { path: `/v1/holds/${hold}/capture`, body: JSON.stringify({ events: [usage(44)] }) };
      };
    },
  },
  { name: "event", floor: "insert", next: ({ external }) => recording(external, 1) },
  { name: `batch of ${BATCH} events`, floor: "insertAll", next: ({ external }) => recording(external, BATCH) },
  {
    name: "read the wallet",
    floor: "read",
    next:
      ({ id }) =>
      () => ({ path: `/v1/customers/${id}/wallet` }),
  },
];

const asked = scenarios.filter(({ name }) => wanted.some((start) => name.startsWith(start)));

function floorRequests(way: "rpc" | "fetch", kind: Scenario["floor"], external: string): NextRequest {
  const path = `/${way}/${external}`;
  if (kind === "read") return () => ({ path });
  if (kind === "insertAll") {
    const next = recording(external, BATCH);
    return (...previous) => ({ ...next(...previous), path: `${path}/all` });
  }
  const count = counter();
  return () => ({ path, body: authorizing(external, count()) });
}

// How it is measured.

const median = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

const cell = (value: number, digits = 2) => value.toFixed(digits).padStart(8);

/** Processor time of the runtime so far in milliseconds; nothing where the system does not tell. */
function processorTime(server: Server): number {
  const file = `/proc/${server.pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const text = readFileSync(file, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // The kernel tells it in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Measure {
  perSecond: number;
  processorEach: number;
}

async function measureOne(server: Server, connections: number, next: NextRequest): Promise<Measure> {
  const before = processorTime(server);
  const { perSecond, done } = await load(server.port, connections, millis, next);
  return { perSecond, processorEach: (processorTime(server) - before) / done };
}

/** Each round begins with another one, so that none always has the same neighbour. */
function rotated<T>(all: T[], round: number): T[] {
  const first = ((round % all.length) + all.length) % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

async function measure(scenario: Scenario, connections: number, ours: Server[], floor: Server) {
  const results = { rpc: [] as Measure[], fetch: [] as Measure[], ours: ours.map(() => [] as Measure[]) };
  for (let round = -1; round < rounds; round++) {
    const external = `${scenario.floor}-${made}-${connections}`;
    const byFloor = (["rpc", "fetch"] as const).map((way) => async () => {
      const name = `${external}-${way}`;
      if (scenario.floor === "read") await post(floor, `/rpc/${name}`, { id: "row" });
      const result = await measureOne(floor, connections, floorRequests(way, scenario.floor, name));
      // The first round warms everything up.
      if (round >= 0) results[way].push(result);
    });
    const byOurs = ours.map((server, place) => async () => {
      const result = await measureOne(server, connections, scenario.next(await wallet(server)));
      if (round >= 0) results.ours[place]?.push(result);
    });
    for (const one of rotated([...byFloor, ...byOurs], round)) await one();
  }
  // The floor is the faster of its two ways: the one that we come less close to.
  const speed = (measures: Measure[]) => median(measures.map((one) => one.perSecond));
  const way = speed(results.rpc) > speed(results.fetch) ? "rpc" : "fetch";
  for (const [place, mine] of results.ours.entries()) {
    const ratios = (of: (one: Measure, floor: Measure) => number) =>
      mine.map((one, round) => of(one, results[way][round] as Measure));
    const throughput = ratios((one, floor) => one.perSecond / floor.perSecond);
    const processor = median(ratios((one, floor) => floor.processorEach / one.processorEach));
    const range = `${cell(median(throughput))}${cell(Math.min(...throughput))}${cell(Math.max(...throughput))}`;
    console.log(`${label(scenario.name, place)}${range}${cell(processor)}${cell(speed(mine), 0)} (floor by ${way})`);
  }
}

/** The name of a line; where several builds are compared, each has its own below it. */
function label(name: string, place: number): string {
  if (builds.length === 1) return name.padEnd(22);
  return `${place === 0 ? `${name}\n` : ""}  ${place + 1}`.padEnd(place === 0 ? name.length + 23 : 22);
}

async function countRows(server: Server) {
  console.log("\nRows written per operation, snapshots and alarms included");
  for (const scenario of asked) {
    const one = await wallet(server);
    const written = async () => Number(await (await fetch(`${server.url}/rows-written`)).text());
    const before = await written();
    const operations = scenario.floor === "insertAll" ? 32 : 1024;
    const next = scenario.next(one);
    let reply: string | undefined;
    for (let done = 0; done < operations; done++) {
      const { path, body } = next(0, reply);
      const headers = { authorization: "Bearer sk_test_local", "content-type": "application/json" };
      const init = body === undefined ? { headers } : { method: "POST", headers, body };
      reply = await (await fetch(`${server.url}${path}`, init)).text();
    }
    const rows = ((await written()) - before) / operations;
    console.log(`${scenario.name.padEnd(22)}${cell(rows)}`);
  }
}

// How it starts.

/** How long the engine of this Node, which is the runtime's, takes to compile a module; a process each, as it remembers. */
function compileTime(folder: string): number {
  const script = `
    const bytes = require("node:fs").readFileSync(process.argv[1]);
    const started = performance.now();
    new WebAssembly.Module(bytes);
    console.log(performance.now() - started);`;
  return Number(execFileSync(process.execPath, ["-e", script, join(folder, "scrip_bg.wasm")], { encoding: "utf8" }));
}

/** A runtime of its own is asked once. The first answer needs the module compiled and the core started. */
async function firstAnswer(folder: string, options: Omit<ServerOptions, "persist">) {
  const persist = join(folder, `start-${++made}`);
  const server = await startServer({ ...options, persist });
  try {
    const started = performance.now();
    const reply = await fetch(`${server.url}/healthz`);
    await reply.text();
    if (!reply.ok) throw new Error(`/healthz: ${reply.status}`);
    return { took: performance.now() - started, processor: processorTime(server) };
  } finally {
    await server.stop();
    rmSync(persist, { recursive: true, force: true });
  }
}

async function startUp(folder: string) {
  console.log("\nStart-up in ms                  first answer  processor until then  module compiled");
  const kinds = [floorOptions, ...builds.map((build) => ({ folder: build }))];
  const results = kinds.map(() => [] as { took: number; processor: number }[]);
  for (let round = 0; round < rounds; round++) {
    for (const [place, options] of rotated([...kinds.entries()], round)) {
      results[place]?.push(await firstAnswer(folder, options));
    }
  }
  for (const [place, result] of results.entries()) {
    const name = place === 0 ? "the floor" : builds.length === 1 ? "ours" : `  ${place}`;
    const build = builds[place - 1];
    const compiled =
      build === undefined ? "" : median(Array.from({ length: rounds }, () => compileTime(build))).toFixed(1);
    const took = median(result.map((one) => one.took)).toFixed(1);
    const processor = median(result.map((one) => one.processor)).toFixed(0);
    console.log(`${name.padEnd(22)}${took.padStart(22)}${processor.padStart(22)}${compiled.padStart(17)}`);
  }
}

function sizes() {
  for (const [place, folder] of builds.entries()) {
    const kilobytes = (file: string) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length / 1024;
    const [wasm, js] = [kilobytes("scrip_bg.wasm"), kilobytes("index.js")];
    const name = builds.length === 1 ? "Worker" : `Worker ${place + 1}`;
    const parts = `(WebAssembly ${wasm.toFixed(0)}, JavaScript ${js.toFixed(0)})`;
    console.log(`${place === 0 ? "\n" : ""}${name}, gzip: ${(wasm + js).toFixed(0)} KB ${parts}`);
  }
}

function engineAlone() {
  console.log("\nThe engine alone, native:");
  execFileSync("cargo", ["bench", "--locked", "--bench", "engine"], {
    cwd: root,
    stdio: ["ignore", "inherit", "ignore"],
  });
}

const floorOptions = { build: "none" as const, modules: { "main.js": source("floor.js") } };

const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "scrip-bench-"));
const servers: Server[] = [];
const start = async (name: string, options: Omit<ServerOptions, "persist">) => {
  const server = await startServer({ ...options, persist: join(folder, name) });
  servers.push(server);
  return server;
};
try {
  const floor = await start("floor", floorOptions);
  const ours: Server[] = [];
  for (const [place, build] of builds.entries()) ours.push(await start(`ours-${place}`, { folder: build }));
  const counting = await start("rows", { folder: builds[0], modules: { "main.js": source("counting.js") } });
  for (const server of [...ours, counting]) {
    const prices = [price("Input", "input_tokens", "2.50"), price("Output", "output_tokens", "10.00")];
    await post(server, "/v1/products", { code: "chat", name: "Chat", prices });
  }
  console.log(`${rounds} rounds of ${millis} ms, one wallet at a time. Ratios to the floor; higher is better.`);
  if (builds.length > 1) for (const [place, build] of builds.entries()) console.log(`  ${place + 1}  ${build}`);
  for (const connections of callers) {
    const who = connections === 1 ? "1 caller" : `${connections} callers`;
    console.log(`\n${who.padEnd(22)}  median   worst    best  processor  per second`);
    for (const scenario of asked) await measure(scenario, connections, ours, floor);
  }
  await countRows(counting);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}
try {
  await startUp(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
sizes();
engineAlone();
