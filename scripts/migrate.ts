// Applies the migrations that the directory of `wrangler dev` lacks. PERSIST (default .wrangler/state) is the folder of its data,
// the one that `wrangler dev --persist-to` would name.

import { join } from "node:path";
import { openDirectory } from "./persist.ts";
import { root } from "./project.ts";

openDirectory(process.env.PERSIST || join(root, ".wrangler", "state")).close();
