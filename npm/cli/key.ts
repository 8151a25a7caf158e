// `npx scrip-wallet key`: an API key, for a server on this machine or for a deployment.

import { orderKey } from "../../scripts/key.ts";
import { persistOf } from "./places.ts";

interface Values {
  account?: string;
  mode?: string;
  name?: string;
  remote?: boolean;
  persist?: string;
}

export async function key({ account, mode = "test", name = "default", remote, persist }: Values): Promise<void> {
  if (!account) throw new Error("--account is missing; for example: npx scrip-wallet key --account acme");
  if (mode !== "test" && mode !== "live") throw new Error(`--mode must be test or live, not '${mode}'.`);
  if (mode === "live" && !remote) {
    throw new Error("--mode live needs --remote: a local server has no live side.");
  }
  // Without a terminal npx takes what is installed, or asks for it.
  const place = remote ? { cwd: process.cwd(), wrangler: ["npx", "wrangler"] } : { persist: persistOf(persist) };
  orderKey({ account, mode, name, place });
}
