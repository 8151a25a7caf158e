// What every entry exports, once the module is there.

import * as core from "./scrip.js";

/** The functions of the core; `ready` sees to it that the module is loaded, or throws. */
export function face(ready) {
  return {
    foldEntries(entries, at) {
      ready();
      return core.foldEntries(entries, timeText(at));
    },
    verifyEntries(entries) {
      ready();
      return core.verifyEntries(entries);
    },
    estimate(events, prices) {
      ready();
      return core.estimate(events, prices);
    },
    normalizeUsage(usage) {
      ready();
      return JSON.parse(core.normalizeUsage(JSON.stringify(usage ?? null)));
    },
    formatAmount(amount, options) {
      ready();
      return core.formatAmount(amount, options);
    },
  };
}

/** A text is read by the core, to the microsecond; dates and milliseconds become one here. */
function timeText(at) {
  if (at === undefined || typeof at === "string") return at;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
