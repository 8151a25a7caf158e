// The Worker as it is, with an object that counts the rows it writes.

import worker, { WalletObject as Uncounted } from "./index.js";

let written = 0;

export class WalletObject extends Uncounted {
  constructor(state, env) {
    const { sql } = state.storage;
    const exec = sql.exec.bind(sql);
    sql.exec = (...values) => {
      const cursor = exec(...values);
      written += cursor.rowsWritten;
      return cursor;
    };
    const setAlarm = state.storage.setAlarm.bind(state.storage);
    state.storage.setAlarm = (at) => {
      // The platform counts a set alarm as one row.
      written += 1;
      return setAlarm(at);
    };
    super(state, env);
  }

  calls(name, calls) {
    return super.calls(name, calls);
  }
}

export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/rows-written")) return new Response(String(written));
    return worker.fetch(request, env, context);
  },
};
