// The alarms of wallets, as the runtime keeps them on the disk: in one table for all wallets, and in each wallet's file.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { walletFile } from "../../../scripts/persist.ts";
import { walletName } from "./chain.ts";

const NANOS_PER_MILLI = 1_000_000n;

function place(persist: string, customer: string) {
  const file = walletFile(persist, walletName(customer));
  return { file, table: join(dirname(file), "metadata.sqlite"), object: basename(file, ".sqlite") };
}

function withDatabase<T>(file: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readBigInts: true, timeout: 5000 });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** When the wallet's alarm is set for, in milliseconds; undefined when none is set. The server may be running. */
export function alarmOf(persist: string, customer: string): number | undefined {
  const { table, object } = place(persist, customer);
  return withDatabase(table, (database) => {
    const row = database.prepare("SELECT scheduled_time AS at FROM _cf_ALARM WHERE actor_id = ?").get(object);
    return row === undefined ? undefined : Number((row.at as bigint) / NANOS_PER_MILLI);
  });
}

/** Loses a wallet's alarm, as a platform may. The server must be stopped. */
export function loseAlarm(persist: string, customer: string): void {
  const { table, object } = place(persist, customer);
  const lost = withDatabase(table, (database) =>
    database.prepare("DELETE FROM _cf_ALARM WHERE actor_id = ?").run(object),
  );
  if (lost.changes !== 1n) throw new Error(`There was no alarm of ${customer} to lose.`);
}

/** Lets a wallet's alarm be due at once instead of later. The server must be stopped. */
export function hurryAlarm(persist: string, customer: string): void {
  const { file, table, object } = place(persist, customer);
  const now = BigInt(Date.now()) * NANOS_PER_MILLI;
  withDatabase(table, (database) => {
    const moved = database.prepare("UPDATE _cf_ALARM SET scheduled_time = ? WHERE actor_id = ?").run(now, object);
    if (moved.changes !== 1n) throw new Error(`There was no alarm of ${customer} to move.`);
  });
  withDatabase(file, (database) => database.prepare("UPDATE _cf_METADATA SET value = ? WHERE key = 1").run(now));
}

/** Moves the alarms of all wallets, so that each comes so much sooner. The server must be stopped. */
export function hastenAlarms(persist: string, ms: number): void {
  const folder = dirname(walletFile(persist, ""));
  const table = join(folder, "metadata.sqlite");
  if (!existsSync(table)) return;
  const sooner = BigInt(ms) * NANOS_PER_MILLI;
  const actors = withDatabase(table, (database) => {
    database.prepare("UPDATE _cf_ALARM SET scheduled_time = scheduled_time - ?").run(sooner);
    return database.prepare("SELECT actor_id AS actor FROM _cf_ALARM").all() as { actor: string }[];
  });
  for (const { actor } of actors) {
    withDatabase(join(folder, `${actor}.sqlite`), (database) => {
      database.prepare("UPDATE _cf_METADATA SET value = value - ? WHERE key = 1").run(sooner);
    });
  }
}
