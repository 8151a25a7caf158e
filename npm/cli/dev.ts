// `npx scrip-wallet dev`: the Worker of this package on this machine, by the server that serves it where it is developed.

import { resolve } from "node:path";
import { root } from "../../scripts/project.ts";
import { serve } from "../../scripts/serve.ts";
import { persistOf } from "./places.ts";

export async function dev({ port, persist }: { port?: string; persist?: string }): Promise<void> {
  await serve({
    port: port ?? (process.env.PORT || "8787"),
    persist: persistOf(persist),
    folder: resolve(root, "worker"),
  });
}
