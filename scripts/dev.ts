// `make dev`: the Worker in the foreground. PORT (default 8787) is where it listens, PERSIST (default .scrip/dev) the folder that
// keeps all its data.

import { join } from "node:path";
import { root } from "./project.ts";
import { serve } from "./serve.ts";

await serve({
  port: process.env.PORT || "8787",
  persist: process.env.PERSIST || join(root, ".scrip", "dev"),
  build: "dev",
});
