// Stands in for the module `miniflare`, the runtime of Workers on this machine. It is much larger than this package, and only
// `dev` needs it: so it is that of the project, or npm fetches it into the cache that npx has.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import project from "../../package.json" with { type: "json" };

// The server is tested with this one, and its options are no promise of miniflare's.
const { miniflare: VERSION, wrangler: WRANGLER } = project.devDependencies;

/** Where it lies, if a module at this place would get the right one. */
function seenFrom(place: string): string | undefined {
  try {
    const file = createRequire(place).resolve("miniflare/package.json");
    return JSON.parse(readFileSync(file, "utf8")).version === VERSION ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Some package managers let nobody but wrangler see what wrangler needs. */
function wranglerOf(place: string): string | undefined {
  try {
    return createRequire(place).resolve("wrangler/package.json");
  } catch {
    return undefined;
  }
}

function installed(): string | undefined {
  for (const place of [join(process.cwd(), "package.json"), import.meta.filename]) {
    const wrangler = wranglerOf(place);
    const found = seenFrom(place) ?? (wrangler && seenFrom(wrangler));
    if (found) return found;
  }
  return undefined;
}

function fetched(): string {
  console.error(`scrip: taking the runtime of Workers from npm, miniflare ${VERSION}: some 200 MB, the first time only.
  'npm install --save-dev wrangler@${WRANGLER}' keeps it in your project instead.`);
  const told = "process.stdout.write(process.env.PATH)";
  const args = ["exec", "--yes", "--prefer-offline", `--package=miniflare@${VERSION}`, "--", "node", "-e", told];
  const { status, stdout } = spawnSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  // npm puts the commands of what it has fetched first.
  const beside = (stdout ?? "").split(delimiter).map((folder) => join(folder, "..", "miniflare", "package.json"));
  const found = beside.find((file) => existsSync(file));
  if (status !== 0 || found === undefined) {
    throw new Error(
      `The runtime of Workers could not be fetched; npm's reason is above. 'npm install --save-dev wrangler@${WRANGLER}' in ` +
        "your project does as well.",
    );
  }
  return found;
}

const { Miniflare } = await import(pathToFileURL(createRequire(installed() ?? fetched()).resolve("miniflare")).href);

export { Miniflare };
