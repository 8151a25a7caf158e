// The local server: the built Worker in the real runtime, on this machine only. Used by dev, demo, bench and tests.
//
// Requests reach the Worker by a socket of its own. Miniflare's usual entry would add its error pages and compression,
// and cost two thirds of the throughput. The socket is that of a second Worker, which does nothing: a socket of the Worker
// itself would lead through the router of the static files, and API calls would pay for it.

import { AsyncLocalStorage } from "node:async_hooks";
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { refuseLiveSecret, refuseLiveSide } from "./local.ts";
import { directoryId, lockFolder, openDirectory, storageFolder } from "./persist.ts";
import { root, wrangler } from "./project.ts";

/** The builds of the Worker, by the names that scripts/build-worker.sh gives them. */
export type Variant = "release" | "dev" | "faults";

export interface ServerOptions {
  /** A free port by default. */
  port?: number;
  /** The folder that keeps all data. */
  persist: string;
  /** What scripts/build-worker.sh made: what is deployed, by default. With "none" there are only `modules`. */
  build?: Variant | "none";
  /** A folder with a build from elsewhere. The benchmark uses it. */
  folder?: string;
  /** Further modules beside the build; one named main.js becomes the entry. The benchmark uses it. */
  modules?: Record<string, string>;
  /** With "none" the Worker is as strict as a deployment: there is no test key. */
  environment?: "local" | "none";
  vars?: Record<string, string>;
  /** Prints what the Worker and the runtime log; otherwise it is only kept in `logs`. */
  verbose?: boolean;
}

export interface Server {
  url: string;
  port: number;
  /** The runtime's process. After a crash miniflare starts another on the same port. */
  readonly pid: number | undefined;
  /** The last lines that the Worker and the runtime logged. */
  logs: string[];
  /** For eviction (`unsafeEvictDurableObject("scrip", "WalletObject", { name })`) and direct access to bindings. */
  miniflare: Miniflare;
  stop(): Promise<void>;
  /** SIGKILLs the runtime where it stands. The folder is free as soon as the process is gone. */
  kill(): void;
}

const LOG_LINES_MAX = 1000;
const STOP_MS_MAX = 3000;

export async function startServer(options: ServerOptions): Promise<Server> {
  const isLocal = variablesOf(options).ENVIRONMENT === "local";
  refuseLiveSecret(variablesOf(options));
  const modules = readBuild(options);
  for (const [name, contents] of Object.entries(options.modules ?? {})) modules[name] = { type: "esm", contents };
  const port = await freePort(options.port ?? 0);
  const lock = await lockFolder(options.persist);
  const runtimes: ChildProcess[] = [];
  const logs: string[] = [];
  let miniflare: Miniflare | undefined;
  let ended: Promise<void> | undefined;
  const end = async () => {
    const disposed = miniflare?.dispose().catch(() => {});
    await Promise.race([disposed, sleep(STOP_MS_MAX, undefined, { ref: false })]);
    killRuntimes();
    await Promise.all(runtimes.map(exited));
    lock.release();
  };
  const killRuntimes = () => {
    for (const runtime of runtimes) runtime.kill("SIGKILL");
  };
  try {
    const directory = openDirectory(options.persist);
    try {
      if (isLocal) refuseLiveSide(directory, options.persist);
    } finally {
      directory.close();
    }
    for (let tries = 1; ; tries += 1) {
      miniflare = startedRuntimes.run(runtimes, () => new Miniflare(miniflareOptions(options, modules, port, logs)));
      try {
        await miniflare.ready;
        break;
      } catch (error) {
        // A connection that is just closing may still have the port of the server before.
        if ((error as NodeJS.ErrnoException).code !== "ERR_ADDRESS_IN_USE" || tries === 10) throw error;
        await miniflare.dispose().catch(() => {});
        await sleep(100 * tries);
      }
    }
  } catch (error) {
    await end();
    throw error;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get pid() {
      return runtimes.at(-1)?.pid;
    },
    logs,
    miniflare,
    stop() {
      ended ??= end();
      return ended;
    },
    kill() {
      // Ending comes first: miniflare would otherwise take the kill for a crash and start the runtime again.
      ended ??= end();
      killRuntimes();
    },
  };
}

type Modules = Record<string, { type: "esm"; contents: string } | { type: "wasm"; contents: Uint8Array<ArrayBuffer> }>;

function readBuild({ build = "release", folder = buildFolder(build) }: ServerOptions): Modules {
  if (build === "none") return {};
  const script = join(folder, "index.js");
  if (!existsSync(script)) {
    throw new Error(`${relative(root, script)} is missing; run 'scripts/build-worker.sh ${build}' first.`);
  }
  return {
    "index.js": { type: "esm", contents: readFileSync(script, "utf8") },
    "scrip_bg.wasm": { type: "wasm", contents: new Uint8Array(readFileSync(join(folder, "scrip_bg.wasm"))) },
  };
}

function buildFolder(build: string): string {
  return join(root, "build", build === "release" ? "worker" : `worker-${build}`);
}

function variablesOf({ environment, vars }: ServerOptions): Record<string, string> {
  return { ...(environment === "none" ? {} : { ENVIRONMENT: "local" }), ...vars };
}

function miniflareOptions(options: ServerOptions, modules: Modules, port: number, logs: string[]) {
  const variables = { PUBLIC_URL: `http://127.0.0.1:${port}`, ...variablesOf(options) };
  const limits = wrangler.ratelimits.map(({ name, namespace_id: namespace, simple }) => [
    name,
    { type: "rate-limit" as const, namespace, simple },
  ]);
  const texts = Object.entries(variables).map(([name, value]) => [name, { type: "text" as const, value }]);
  return {
    host: "127.0.0.1",
    // The usual entry, which nobody needs to know.
    port: 0,
    // Nothing is fetched from or told to anyone, nor to other servers on this machine.
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    logRequests: false,
    resourcePersistencePath: storageFolder(options.persist),
    handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
      logs.push(message);
      if (logs.length > LOG_LINES_MAX) logs.shift();
      if (options.verbose) (level === "error" || level === "warn" ? console.error : console.log)(message);
    },
    workers: [
      {
        config: {
          name: wrangler.name,
          compatibilityDate: wrangler.compatibility_date,
          manifest: { mainModule: "main.js" in modules ? "main.js" : "index.js", modules },
          env: {
            ...Object.fromEntries(texts),
            ...Object.fromEntries(limits),
            WALLETS: { type: "durable-object" as const, worker: wrangler.name, exportName: "WalletObject" },
            DIRECTORY: { type: "d1" as const, id: directoryId },
            [wrangler.assets.binding]: { type: "assets" as const },
          },
          assets: {
            directory: join(root, wrangler.assets.directory),
            hasUserWorker: true,
            runWorkerFirst: wrangler.assets.run_worker_first,
          },
          exports: { WalletObject: { type: "durable-object" as const, storage: "sqlite" as const } },
        },
      },
      {
        config: {
          name: `${wrangler.name}-socket`,
          compatibilityDate: wrangler.compatibility_date,
          manifest: {
            mainModule: "socket.js",
            modules: { "socket.js": { type: "esm" as const, contents: "export default {};" } },
          },
        },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port, serviceName: wrangler.name }] },
      },
    ],
  };
}

/** The port itself if it is free, or any free one for 0. A fixed port survives a restart of the runtime. */
async function freePort(port: number): Promise<number> {
  const probe = createServer();
  probe.listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is already in use; stop what uses it or choose another with PORT.`);
  }
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : port;
}

// Miniflare does not tell which process it starts, but Node does: each one is noted for the server that asked for it.
const startedRuntimes = new AsyncLocalStorage<ChildProcess[]>();

subscribe("child_process", (message) => {
  const runtimes = startedRuntimes.getStore();
  if (!runtimes) return;
  const { process: runtime } = message as { process: ChildProcess };
  runtimes.push(runtime);
  runtime.once("spawn", () => startedRuntimes.exit(() => guard(runtime)));
});

/** Ends the runtime if this process is killed before it can. The pipe closes with us, and that ends the wait. */
function guard(runtime: ChildProcess): void {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null';
  const watcher = spawn("sh", ["-c", script, "sh", String(runtime.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Neither end of the pipe may keep this process alive.
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  watcher.on("error", () => {});
  runtime.once("exit", () => watcher.kill("SIGKILL"));
}

async function exited(runtime: ChildProcess): Promise<void> {
  if (runtime.exitCode === null && runtime.signalCode === null && runtime.pid !== undefined) {
    await once(runtime, "exit");
  }
}
