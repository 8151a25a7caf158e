// The npm package as its users have it: packed as it would be published, and installed by npm.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../../scripts/project.ts";

/** Runs npm in a folder, as somebody at a prompt does. */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  // What npm passes to scripts must not reach this npm, or it would work on another folder.
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
  const { stdout } = await promisify(execFile)("npm", args, { cwd: folder, env: Object.fromEntries(clean) });
  return stdout;
}

/** Packs the package into a folder; answers the tarball's path and what is in it. */
export async function packPackage(folder: string): Promise<{ tarball: string; files: string[] }> {
  const dist = join(root, "npm/dist");
  assert.ok(existsSync(join(dist, "package.json")), "npm/dist is missing; run scripts/build-npm.sh first");
  const [packed] = JSON.parse(await npm(folder, "pack", dist, "--json", "--loglevel=error"));
  const files = packed.files.map((file: { path: string }) => file.path);
  return { tarball: join(folder, packed.filename), files };
}

/** Makes the folder a project that has installed the package, without any network; answers what is in the package. */
export async function installPackage(folder: string): Promise<string[]> {
  writeFileSync(join(folder, "package.json"), `{ "name": "user", "private": true, "type": "module" }`);
  const { tarball, files } = await packPackage(folder);
  await npm(folder, "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", tarball);
  return files;
}

/** Lets a project use what is installed here, as if it had installed it too. */
export function borrow(folder: string, ...names: string[]): void {
  for (const name of names) {
    const place = join(folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place);
  }
}
