// Where the project is, and what wrangler.toml says about it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "smol-toml";

export const root = resolve(import.meta.dirname, "..");

interface WranglerConfig {
  name: string;
  build: { command: string };
  vars?: Record<string, string>;
  compatibility_date: string;
  assets: { directory: string; binding: string; run_worker_first: string[] };
  ratelimits: { name: string; namespace_id: string; simple: { limit: number; period: 10 | 60 } }[];
  d1_databases: { binding: string; database_id?: string; preview_database_id?: string }[];
}

export const wrangler = parse(readFileSync(resolve(root, "wrangler.toml"), "utf8")) as unknown as WranglerConfig;
