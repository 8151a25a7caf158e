// Browsers have to fetch the module, so init() is awaited before anything else.

import { face } from "./face.js";
import load from "./scrip.js";

let isReady = false;
let loading;

// Bundlers recognize the expression of the default and ship the module along.
export function init(source = new URL("./scrip_bg.wasm", import.meta.url)) {
  loading ??= load({ module_or_path: source }).then(
    () => {
      isReady = true;
    },
    (error) => {
      // A module that did not arrive may arrive the next time.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

function ready() {
  if (isReady) return;
  const error = new Error("scrip-wallet is not loaded yet; await init() first.");
  error.code = "not_initialized";
  throw error;
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
