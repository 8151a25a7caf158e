// `make key ACCOUNT=acme [MODE=live REMOTE=1] [NAME=backend]`: creates a platform account if it is new, and an API key for it.
// The key is printed once and stored only as a hash. It goes to the local folder PERSIST (default .scrip/dev), whether
// or not a server runs on it, or with REMOTE=1 to the deployed directory.

import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import { openDirectory } from "./persist.ts";
import { root } from "./project.ts";

export interface KeyRequest {
  /** The account's name; its id is "acc_" and this. */
  account: string;
  mode: "live" | "test";
  /** What the key is for, so that it can be told from others. */
  name: string;
  /** RFC 3339. */
  at: string;
  /** 32 random bytes. */
  secret: Uint8Array;
}

/** The key, and the SQL that makes the directory accept it. The SQL does not contain the key. */
export function createKey(request: KeyRequest): { key: string; accountId: string; sql: string } {
  const { account, mode, name, at, secret } = request;
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(account)) {
    throw new Error("ACCOUNT must be 1 to 63 of a-z, 0-9, '_' and '-', and begin with a letter or digit.");
  }
  if (mode !== "live" && mode !== "test") throw new Error("MODE must be live or test.");
  if (!/^[\w .-]{1,63}$/.test(name)) throw new Error("NAME must be 1 to 63 letters, digits, spaces, '.', '_' and '-'.");
  if (secret.length !== 32) throw new Error("A key needs 32 random bytes.");

  const key = `sk_${mode}_${base62(secret)}`;
  const hash = createHash("sha256").update(key).digest("hex");
  const accountId = `acc_${account}`;
  // No value can hold a quote: the checks above are what makes this SQL safe.
  const sql = `INSERT INTO platform_account(id, name, created_at) VALUES ('${accountId}', '${account}', '${at}')
  ON CONFLICT DO NOTHING;
INSERT INTO api_key(hash, account_id, mode, name, created_at)
  VALUES ('${hash}', '${accountId}', '${mode}', '${name}', '${at}');`;
  return { key, accountId, sql };
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 43 digits, which hold any 256 bits. */
function base62(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let digit = 0; digit < 43; digit++) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

export interface Order {
  account: string;
  mode: KeyRequest["mode"];
  name: string;
  /** The folder of a local server, or where wrangler is called, and how, for the deployed directory. */
  place: { persist: string } | { cwd: string; wrangler: string[] };
}

/** Makes the key, has the directory accept it, and only then shows it. */
export function orderKey({ place, ...order }: Order): void {
  const { key, accountId, sql } = createKey({ ...order, at: new Date().toISOString(), secret: randomBytes(32) });
  let where: string;
  if ("persist" in place) {
    where = relative(process.cwd(), place.persist) || place.persist;
    const directory = openDirectory(place.persist);
    directory.exec(`BEGIN IMMEDIATE; ${sql} COMMIT`);
    directory.close();
  } else {
    where = "the deployed directory";
    const [command = "", ...before] = place.wrangler;
    const args = [...before, "d1", "execute", "DIRECTORY", "--remote", "--yes", "--command", sql];
    const { status } = spawnSync(command, args, { cwd: place.cwd, stdio: ["inherit", "ignore", "inherit"] });
    if (status !== 0) throw new Error("wrangler could not store the key; its reason is above, and no key was made.");
  }
  console.error(`A ${order.mode} key for ${accountId}, accepted by ${where}. It is shown only once:`);
  console.log(key);
}

function main(): void {
  const { ACCOUNT, MODE = "test", NAME = "default", REMOTE, PERSIST } = process.env;
  if (!ACCOUNT) throw new Error("ACCOUNT is missing; for example: make key ACCOUNT=acme");
  if (MODE === "live" && REMOTE !== "1") {
    throw new Error(
      "MODE=live needs REMOTE=1: servers on this machine are local, and a local server has no live side.",
    );
  }
  // Wrangler itself must run on the Node of the project.
  const wrangler = [process.execPath, join(root, "node_modules/wrangler/bin/wrangler.js")];
  const place = REMOTE === "1" ? { cwd: root, wrangler } : { persist: PERSIST || join(root, ".scrip", "dev") };
  orderKey({ account: ACCOUNT, mode: MODE as KeyRequest["mode"], name: NAME, place });
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(`scrip: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
