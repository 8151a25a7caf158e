// A server of the test's own, with a folder that is gone afterwards.

import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createKey } from "../../../scripts/key.ts";
import { directoryFile, openDirectory, storageFolder, walletFile } from "../../../scripts/persist.ts";
import { root } from "../../../scripts/project.ts";
import type { ServerOptions } from "../../../scripts/server.ts";
import { LastingServer } from "./lasting.ts";
import { eventually } from "./patience.ts";
import { freePort } from "./processes.ts";

export interface FreshServer {
  url: string;
  port: number;
  persist: string;
  /** What the server that runs now has logged. */
  readonly logs: string[];
  /** Ends the server, lets time pass, and starts it again at the same address. */
  advance(ms: number): Promise<void>;
  /** Stops the server and removes its folder. */
  end(): Promise<void>;
}

/** What makes a server a deployment: it has both sides, and takes only keys that `newKey` makes. */
export const DEPLOYED = {
  environment: "none",
  vars: { SECRETS_KEY: "0123456789abcdef0123456789abcdef", STRIPE_WEBHOOK_SECRET_TEST: "whsec_local" },
} as const;

export async function freshServer(options: Omit<ServerOptions, "persist" | "port"> = {}): Promise<FreshServer> {
  const lasting = await LastingServer.start({ ...options, port: await freePort() });
  const { url, port } = lasting.server;
  return {
    url,
    port,
    persist: lasting.persist,
    get logs() {
      return lasting.server.logs;
    },
    advance: (ms) => lasting.advance(ms),
    end: () => lasting.end(),
  };
}

/** A key of a platform account that the server did not make, as `make key` does. */
export function newKey(server: { persist: string }, account: string, mode: "live" | "test"): string {
  const at = new Date().toISOString();
  const { key, sql } = createKey({ account, mode, name: "test", at, secret: randomBytes(32) });
  const directory = openDirectory(server.persist);
  directory.exec(sql);
  directory.close();
  return key;
}

/** The rows of a query on one of the server's files, which it may have open. */
export function rows(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** A wallet's journal, straight from its file. */
export function journal(persist: string, customer: string, side = "acc_default/test"): JournalRow[] {
  const file = walletFile(persist, `${side}/${customer}`);
  return rows(file, "SELECT seq, op, entry, hash FROM journal ORDER BY seq") as unknown as JournalRow[];
}

export interface JournalRow {
  seq: number;
  op: string;
  entry: string;
  hash: string;
}

/** What a wallet has recorded and the directory may not know yet: the question of the wallet itself. */
const UNTOLD = readFileSync(join(root, "src/worker/wallet_object/sql/untold.sql"), "utf8");

interface Fact {
  type: string;
  cause?: string;
  is_charge?: boolean;
  change?: string;
  fees?: unknown[];
}

/** Of the rows that the question finds by their names, those that are usage, revenue or a subscription: as `is_told` of the wallet. */
function isTold(fact: Fact): boolean {
  switch (fact.type) {
    case "debited":
      return fact.cause === "charge";
    case "reversed":
      return fact.is_charge === true;
    case "payment_loss":
      return fact.change !== undefined;
    case "minimum_charged":
      return (fact.fees?.length ?? 0) > 0;
    default:
      return !/^(credited|tax_excluded|wallet_opened|entitlement_granted|freeze_changed)$|^hold_[^c]/.test(fact.type);
  }
}

/** What a wallet has recorded and the directory is not told of. */
function untold(wallet: string): Fact[] {
  const database = new DatabaseSync(wallet, { readOnly: true, timeout: 5000 });
  try {
    // An object that nobody has opened as a wallet has recorded nothing.
    const opened = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").get();
    const rows = opened === undefined ? [] : database.prepare(UNTOLD).all(2 ** 30);
    return rows.map((row) => JSON.parse(String(row.entry)).fact).filter(isTold);
  } finally {
    database.close();
  }
}

/**
 * Everything that lasts: how many rows each table of the directory and of every wallet has, once the directory knows what the wallets
 * have recorded. It is told a moment after each call, so what is counted before that depends on the speed of the machine.
 */
export async function everythingStored(persist: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const wallets = join(storageFolder(persist), "do", "scrip-WalletObject");
  const files = readdirSync(wallets).filter(
    (name) => name.endsWith(".sqlite") && statSync(join(wallets, name)).size > 0,
  );
  const paths = files.map((name) => join(wallets, name));
  const open = () => paths.flatMap(untold);
  await eventually(
    () => open().length === 0,
    () => `the directory is not told of ${JSON.stringify(open())}`,
  );
  for (const file of [directoryFile(persist), ...paths]) {
    const names = rows(
      file,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    );
    for (const { name } of names) {
      const [count] = rows(file, `SELECT COUNT(*) AS n FROM "${name}"`);
      counts[`${file.slice(file.lastIndexOf("/") + 1)} ${name}`] = Number(count?.n);
    }
  }
  return counts;
}
