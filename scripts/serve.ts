// The Worker in the foreground, until Ctrl-C or SIGTERM: `make dev` here, and `npx scrip-wallet dev` elsewhere.
// STRIPE_API_URL is where Stripe's API is asked, such as a stand-in on this machine; Stripe itself when it is not set.

import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { refuseLiveSecret } from "./local.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";

const READY_MS_MAX = 30_000;

export interface Serving extends Pick<ServerOptions, "build" | "folder" | "persist"> {
  /** As it was typed. */
  port: string;
}

let server: Server | undefined;

function fail(message: string): never {
  server?.kill();
  console.error(`scrip: ${message}`);
  process.exit(1);
}

// Every acknowledged write is on the disk already, so the runtime can be ended at once.
function end(): never {
  server?.kill();
  process.exit(0);
}

async function isReady(url: string): Promise<boolean> {
  for (const deadline = Date.now() + READY_MS_MAX; Date.now() < deadline; await sleep(100)) {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return true;
  }
  return false;
}

/** Starts it and says when it is ready. What cannot be done is said in one sentence, and ends the process with 1. */
export async function serve({ port: typed, ...options }: Serving): Promise<void> {
  const { persist } = options;
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  process.once("SIGHUP", end);

  if (process.env.MAKELEVEL !== undefined) {
    // A make that is killed outright passes no signal on.
    const make = process.ppid;
    setInterval(() => process.ppid === make || end(), 500).unref();
  }

  const port = Number(typed);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    fail(`PORT must be a number from 1 to 65535, not '${typed}'.`);
  }

  try {
    refuseLiveSecret({ ...process.env, ENVIRONMENT: "local" });
    const { STRIPE_API_URL } = process.env;
    const vars: Record<string, string> = STRIPE_API_URL === undefined ? {} : { STRIPE_API_URL };
    server = await startServer({ ...options, port, verbose: true, vars });
  } catch (error) {
    fail((error as Error).message);
  }

  if (!(await isReady(server.url)))
    fail(`GET ${server.url}/readyz did not answer 200 within ${READY_MS_MAX / 1000} s.`);

  console.log(`Scrip is ready at ${server.url}
  key     sk_test_local (accepted by this local server only)
  data    ${relative(process.cwd(), persist) || persist}
  Ctrl-C ends it.`);
}
