// `npx scrip-wallet deploy`: a folder that `wrangler deploy` uploads, with all that it needs and the steps to take.

import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "../../scripts/project.ts";

const FOLDER = "scrip-worker";

/** What of this package's server is for this machine only. */
const OWN = "bin";

/** Written by this and then yours: they say which directory is asked. */
const YOURS = ["wrangler.toml", "package.json", ".gitignore"];

// npm leaves files of this name out of every package, so that one is written here.
const IGNORED = "node_modules/\n.wrangler/\n.dev.vars\n";

function files(): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((one) => one.isFile())
    .map((one) => relative(root, join(one.parentPath, one.name)).replaceAll("\\", "/"));
  return [...found.filter((file) => !file.startsWith(`${OWN}/`)), ".gitignore"].sort();
}

export async function deploy(typed = FOLDER, { force = false }: { force?: boolean }): Promise<void> {
  const folder = resolve(typed);
  const all = files();
  const there = all.filter((file) => existsSync(join(folder, file)));
  if (there.length > 0 && !force) {
    throw new Error(
      `${typed} has ${there[0]} already, so nothing was written. Name another folder, or replace the files of another version ` +
        "with --force.",
    );
  }
  const kept = there.filter((file) => YOURS.includes(file));
  for (const file of all) {
    if (kept.includes(file)) continue;
    const place = join(folder, file);
    mkdirSync(dirname(place), { recursive: true });
    if (file === ".gitignore") writeFileSync(place, IGNORED);
    else copyFileSync(join(root, file), place);
  }
  // Its settings may have changed as well, and only somebody who reads both can bring them together.
  if (kept.includes("wrangler.toml")) copyFileSync(join(root, "wrangler.toml"), join(folder, "wrangler.new.toml"));
  for (const file of kept) console.log(`${file} is yours and stays as it is.`);
  if (kept.includes("wrangler.toml")) console.log("wrangler.new.toml is that of this version, to compare.");
  console.log(`${typed} is ready for 'wrangler deploy'; the steps are in ${join(typed, "README.md")}.`);
}
