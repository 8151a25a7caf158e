// The Worker as it is, with a clock that is CLOCK_AHEAD_MS ahead of the real one. Its alarms come by that clock, too.

import { env } from "cloudflare:workers";
import worker, { WalletObject as Punctual } from "./index.js";

const ahead = Number(env.CLOCK_AHEAD_MS);
const realNow = Date.now;
Date.now = () => realNow() + ahead;

export class WalletObject extends Punctual {
  constructor(state, env) {
    const { storage } = state;
    const setAlarm = storage.setAlarm.bind(storage);
    const getAlarm = storage.getAlarm.bind(storage);
    storage.setAlarm = (at) => setAlarm(at - ahead);
    storage.getAlarm = async () => {
      const at = await getAlarm();
      return at === null ? null : at + ahead;
    };
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
