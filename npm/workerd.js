// In Workers the module is imported, compiled already, so there is nothing to wait for.

import { face } from "./face.js";
import { initSync } from "./scrip.js";
import module from "./scrip_bg.wasm";

let isReady = false;

function ready() {
  if (isReady) return;
  initSync({ module });
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
