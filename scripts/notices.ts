// Writes the notices of everything that is compiled in: each crate with its licences and their texts, as those ask.
// Usage: node scripts/notices.ts <feature of the crate> <file to write>

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Package {
  name: string;
  version: string;
  license: string | null;
  authors: string[];
  repository: string | null;
  manifest_path: string;
}

const TEXTS = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

function cargo(command: string, ...more: string[]): string {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync("cargo", [command, "--locked", ...more], { cwd, maxBuffer: 1 << 28, encoding: "utf8" });
}

/** The crates whose code is in the module: what runs while it is compiled, and what tests need, is not. */
function compiledIn(feature: string): Package[] {
  const edges = ["--edges", "normal,no-proc-macro", "--target", "wasm32-unknown-unknown", "--features", feature];
  const tree = cargo("tree", ...edges, "--prefix", "none", "--format", "{p}");
  const inside = new Set(tree.split("\n").map((line) => line.split(" ").slice(0, 2).join(" ")));
  const { packages }: { packages: Package[] } = JSON.parse(
    cargo("metadata", "--format-version", "1", "--all-features"),
  );
  const found = packages.filter(({ name, version }) => name !== "scrip" && inside.has(`${name} v${version}`));
  if (found.length !== inside.size - 2) throw new Error("cargo tells of other crates than it compiles"); // The root, and an empty line.
  return found.sort((a, b) => `${a.name} ${a.version}`.localeCompare(`${b.name} ${b.version}`));
}

/** The texts that a crate brings. One that brings none names licences whose texts stand here all the same, of others. */
function texts(one: Package): string[] {
  const folder = dirname(one.manifest_path);
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && TEXTS.test(file.name));
  return files.map((file) => readFileSync(join(folder, file.name), "utf8").trim()).sort();
}

function notices(feature: string): string {
  const users = new Map<string, string[]>();
  const heads = compiledIn(feature).map((one) => {
    if (one.license === null) throw new Error(`${one.name} ${one.version} says no licence`);
    const head = `${one.name} ${one.version}`;
    for (const text of texts(one)) users.set(text, [...(users.get(text) ?? []), head]);
    const by = one.authors.length > 0 ? `\n  by ${one.authors.join(", ")}` : "";
    return `${head}\n  ${one.license}${by}\n  ${one.repository ?? ""}`.trimEnd();
  });
  // Each text once, with the names of those that bring it.
  const rule = "=".repeat(80);
  const said = [...users].map(([text, of]) => `${rule}\n${of.join(", ")}\n${rule}\n\n${text}\n`);
  const first = "Scrip is under MIT OR Apache-2.0. It contains code of the following crates; their licences follow.";
  return `${first}\n\n${heads.join("\n")}\n\n${said.join("\n")}`;
}

const [feature, file] = process.argv.slice(2);
if (feature === undefined || file === undefined) throw new Error("usage: notices.ts <feature> <file>");
writeFileSync(file, notices(feature));
