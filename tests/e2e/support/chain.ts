// The journal as an outsider reads it: from the wallet's SQLite file and over HTTP. The chain is verified with Node's
// own SHA-256, as src/journal/chain.rs documents it; nothing here calls the code that wrote the rows.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { walletFile } from "../../../scripts/persist.ts";
import { type Api, expectStatus } from "./api.ts";

/** The hash before the first row. */
export const GENESIS = "0".repeat(64);

/** One row of the table `journal`. */
export interface Row {
  seq: number;
  op: string;
  at: number;
  /** The entry exactly as it is stored; over HTTP it is called `record`. */
  entry: string;
  hash: string;
}

/** One item of `GET …/wallet/entries`. */
export interface EntryItem {
  seq: number;
  type: string;
  operation_id: string;
  at: string;
  balances: { account: string; asset: string; balance: string; held: string; available: string }[];
  format: number;
  hash: string;
  record: string;
}

/** The name of a customer's wallet object on the side that the local key belongs to. */
export function walletName(customer: string): string {
  return `acc_default/test/${customer}`;
}

/** `hash = SHA-256(previous hash in hexadecimal, then the record's bytes)`. */
export function link(previous: string, record: string): string {
  return createHash("sha256").update(previous).update(record).digest("hex");
}

/** The place of the first row whose hash does not follow from the row before it; undefined when the chain holds. */
export function brokenLink(rows: { record: string; hash: string }[]): number | undefined {
  let previous = GENESIS;
  for (const [place, { record, hash }] of rows.entries()) {
    if (link(previous, record) !== hash) return place;
    previous = hash;
  }
  return undefined;
}

/** Reads a wallet's file with a function; the server may be running, stopped or dead. */
export function readWalletFile<T>(persist: string, customer: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(walletFile(persist, walletName(customer)), { readOnly: true, timeout: 5000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Every row of a wallet's journal, oldest first. */
export function readJournal(persist: string, customer: string): Row[] {
  return readWalletFile(persist, customer, (database) => {
    const rows = database.prepare("SELECT seq, op, at, entry, hash FROM journal ORDER BY seq").all();
    return rows as unknown as Row[];
  });
}

/** The rows' records and hashes in the words of the API. */
export function recordsOf(rows: Row[]): { record: string; hash: string }[] {
  return rows.map(({ entry, hash }) => ({ record: entry, hash }));
}

/** Every entry of a wallet, oldest first, fetched page by page. */
export async function fetchEntries(client: Api, customer: string, limit = 100): Promise<EntryItem[]> {
  const items: EntryItem[] = [];
  let cursor = "";
  do {
    const reply = await client.get(`/v1/customers/${customer}/wallet/entries?limit=${limit}${cursor}`);
    const page = expectStatus(reply, 200);
    assert.ok(page.items.length <= limit, "a page is not longer than its limit");
    items.push(...page.items);
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  return items.reverse();
}
