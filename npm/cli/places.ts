// Where data of a local server is, unless somebody says otherwise: in the folder in which the command is given.

import { resolve } from "node:path";

export function persistOf(typed: string | undefined): string {
  return resolve(typed ?? (process.env.PERSIST || ".scrip/dev"));
}
