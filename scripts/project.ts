// Where the project is, and what wrangler.jsonc says about it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");

interface WranglerConfig {
  name: string;
  compatibility_date: string;
  assets: { directory: string; binding: string; run_worker_first: string[] };
  d1_databases: { binding: string; database_id?: string; preview_database_id?: string }[];
}

export const wrangler = parseJsonc(readFileSync(resolve(root, "wrangler.jsonc"), "utf8")) as WranglerConfig;

/** JSON with comments and trailing commas. */
export function parseJsonc(text: string): unknown {
  // Strings are matched first and kept, so "//" inside one is not taken for a comment.
  const bare = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1");
  return JSON.parse(bare.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1"));
}
