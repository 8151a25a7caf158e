// Node reads the module from disk when it is first needed, so there is nothing to wait for.

import { readFileSync } from "node:fs";
import { face } from "./face.js";
import { initSync } from "./scrip.js";

let isReady = false;

function ready() {
  if (isReady) return;
  initSync({ module: readFileSync(new URL("./scrip_bg.wasm", import.meta.url)) });
  isReady = true;
}

export async function init() {
  ready();
}

export const {
  foldEntries,
  foldMoves,
  verifyEntries,
  verifyReceipt,
  estimate,
  simulate,
  affordable,
  explain,
  normalizeUsage,
  formatAmount,
} = face(ready);
