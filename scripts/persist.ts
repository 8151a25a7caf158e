// The folder of a local server. It is laid out as wrangler lays out its own, so
// `wrangler d1 execute DIRECTORY --local --persist-to FOLDER` reads the same data:
//
//   server.lock                          held by the one server that may use the folder
//   v3/do/scrip-WalletObject/ID.sqlite   one file per wallet object
//   v3/d1/miniflare-D1DatabaseObject/ID.sqlite   the directory

import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { root, wrangler } from "./project.ts";

const DIRECTORY = wrangler.d1_databases.find((database) => database.binding === "DIRECTORY");

const SQLITE_BUSY = 5;

/** The name that the local runtime, like wrangler, derives the directory's file from. */
export const directoryId = DIRECTORY?.preview_database_id ?? DIRECTORY?.database_id ?? "DIRECTORY";

export function storageFolder(persist: string): string {
  return join(persist, "v3");
}

/** The SQLite file of the wallet object with this name; any SQLite can read it. */
export function walletFile(persist: string, objectName: string): string {
  const uniqueKey = `${wrangler.name}-WalletObject`;
  return join(storageFolder(persist), "do", uniqueKey, `${objectId(uniqueKey, objectName)}.sqlite`);
}

export function directoryFile(persist: string): string {
  const uniqueKey = "miniflare-D1DatabaseObject";
  return join(storageFolder(persist), "d1", uniqueKey, `${objectId(uniqueKey, directoryId)}.sqlite`);
}

/** What the runtime's `idFromName` computes: it names the file of an object. */
function objectId(uniqueKey: string, name: string): string {
  const key = createHash("sha256").update(uniqueKey).digest();
  const half = (data: string | Buffer) => createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const first = half(name);
  return Buffer.concat([first, half(first)]).toString("hex");
}

/** Opens the directory with every migration applied. A running server may have it open, too. */
export function openDirectory(persist: string): DatabaseSync {
  const file = directoryFile(persist);
  mkdirSync(join(file, ".."), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    // The runtime keeps its files in this mode as well.
    database.exec("PRAGMA journal_mode = WAL");
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Keeps account in the table that wrangler uses, so `wrangler d1 migrations apply` agrees with us about what is done. */
function migrate(database: DatabaseSync): void {
  const folder = join(root, "migrations");
  database.exec(`CREATE TABLE IF NOT EXISTS d1_migrations(
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
  )`);
  const isApplied = database.prepare("SELECT 1 FROM d1_migrations WHERE name = ?");
  const setApplied = database.prepare("INSERT INTO d1_migrations(name) VALUES (?)");
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  for (const name of names.sort()) {
    // The transaction begins before the question, so two processes cannot both apply a migration.
    database.exec("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON");
    try {
      if (!isApplied.get(name)) {
        database.exec(readFileSync(join(folder, name), "utf8"));
        setApplied.run(name);
      }
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw new Error(`migrations/${name} failed: ${(error as Error).message}`);
    }
  }
}

/**
 * Keeps a second server out of the folder: each would hold a wallet in memory and write to the same journal, and the
 * runtime itself does not prevent it. The lock is SQLite's own on an empty file, so it ends with the process, however
 * the process ends.
 */
export async function lockFolder(persist: string): Promise<{ release: () => void }> {
  mkdirSync(persist, { recursive: true });
  const holder = join(persist, "server.pid");
  // A server that is just ending may need a moment.
  for (const deadline = Date.now() + 2000; ; await sleep(50)) {
    const lock = new DatabaseSync(join(persist, "server.lock"));
    try {
      lock.exec("BEGIN EXCLUSIVE");
      writeFileSync(holder, `${process.pid}\n`);
      return {
        release: () => {
          if (lock.isOpen) lock.close();
        },
      };
    } catch (error) {
      lock.close();
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      if (Date.now() > deadline) {
        const pid = existsSync(holder) ? readFileSync(holder, "utf8").trim() : "unknown";
        throw new Error(`${persist} is in use by another server (process ${pid}); stop it or choose another folder.`);
      }
    }
  }
}
