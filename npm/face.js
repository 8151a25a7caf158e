// What every entry exports, once the module is there.

import * as core from "./scrip.js";

/** The functions of the core; `ready` sees to it that the module is loaded, or throws. */
export function face(ready) {
  return {
    foldEntries(entries, at) {
      ready();
      return core.foldEntries(entries, timeText(at));
    },
    foldMoves(state, moves, at) {
      ready();
      // What is no state or no list is for the core to say.
      return core.foldMoves(String(state), JSON.stringify(moves ?? null), timeText(at));
    },
    verifyEntries(entries) {
      ready();
      return core.verifyEntries(entries);
    },
    verifyReceipt(receipt) {
      ready();
      return core.verifyReceipt(receipt);
    },
    estimate(events, prices) {
      ready();
      return core.estimate(events, prices);
    },
    simulate(question) {
      ready();
      return core.simulate(timed(question));
    },
    affordable(question) {
      ready();
      return core.affordable(timed(question));
    },
    explain(question) {
      ready();
      return core.explain(timed(question));
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

/** A question with its moment as a text. Fields that are there and undefined are left out, as JSON would. */
function timed(question) {
  if (typeof question !== "object" || question === null) return question;
  const fields = Object.entries({ ...question, at: timeText(question.at) });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
