// Writes build/types/env.d.ts: the bindings of wrangler.toml and the variables of .dev.vars.example as TypeScript sees them, so
// that nobody writes them twice. Works without a network.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, wrangler } from "./project.ts";

const folder = join(root, "build", "types");
const types = join(folder, "env.d.ts");
const config = join(folder, "wrangler.json");

mkdirSync(folder, { recursive: true });
// The types of the objects come from the source; the bundle that wrangler.toml names has none, and nothing has to be built.
const { build: _, ...rest } = wrangler;
writeFileSync(config, JSON.stringify({ ...rest, main: relative(folder, join(root, "src/worker/entry/entry.ts")) }));
const flags = ["--include-runtime=false", "--strict-vars=false", "--include-main-module=false"];
execFileSync(
  process.execPath,
  [
    ...[join(root, "node_modules/wrangler/bin/wrangler.js"), "types", types, "--config", config],
    ...["--env-file", join(root, ".dev.vars.example"), ...flags],
  ],
  { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
);
// A deployment may leave out every variable.
writeFileSync(types, readFileSync(types, "utf8").replace(/^(\t[A-Z_]+): string;$/gm, "$1?: string;"));
