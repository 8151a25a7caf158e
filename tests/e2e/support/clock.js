// The Worker as it is, with a clock that is CLOCK_BEHIND_MS behind. What is due by that clock before the real time of
// now gets its alarm for the same moment by the runtime's own clock. What is due later keeps the very alarm that the
// Worker asked for: it is there for the next server on the same folder, whose clock is the real one.

import { env } from "cloudflare:workers";
import worker, { WalletObject as Punctual } from "./index.js";

const behind = Number(env.CLOCK_BEHIND_MS);
const realNow = Date.now;
Date.now = () => realNow() - behind;

export class WalletObject extends Punctual {
  constructor(state, env) {
    const { storage } = state;
    const setAlarm = storage.setAlarm.bind(storage);
    storage.setAlarm = (at) => setAlarm(at > realNow() ? at : at + behind);
    // Which of the two an alarm is cannot be told from it. None is known, so what is due sets its own again.
    storage.getAlarm = async () => null;
    super(state, env);
  }

  calls(name, calls) {
    return super.calls(name, calls);
  }

  ship(name) {
    return super.ship(name);
  }
}

export default worker;
