// Makes the directory of `wrangler dev` ready: applies the migrations that it lacks, and refuses a live side. PERSIST (default
// .wrangler/state) is the folder of its data, the one that `wrangler dev --persist-to` would name.

import { join } from "node:path";
import { refuseLiveSide, refuseLiveWrangler } from "./local.ts";
import { openDirectory } from "./persist.ts";
import { root } from "./project.ts";

const persist = process.env.PERSIST || join(root, ".wrangler", "state");
try {
  const isLocal = refuseLiveWrangler();
  const directory = openDirectory(persist);
  if (isLocal) refuseLiveSide(directory, persist);
  directory.close();
} catch (error) {
  console.error(`scrip: ${(error as Error).message}`);
  process.exitCode = 1;
}
