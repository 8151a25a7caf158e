// How a test waits. No test may depend on the speed of the machine: what must come is waited for long, and what time makes due
// is made due by the clock of a LastingServer, never by a race against a second that passes.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** A wait that succeeds ends at once, so that only a failure takes so long. */
export const PATIENCE_MS = 180_000;

/** Waits until it is so; `told` says what did not come. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  told: string | (() => string),
  everyMs = 20,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await isSo()); await sleep(everyMs)) {
    assert.ok(Date.now() < deadline, typeof told === "string" ? told : told());
  }
}
