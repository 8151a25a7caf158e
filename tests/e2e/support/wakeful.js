// The Worker as it is, with a clock that a test moves while sockets are open, and a line of the log whenever a wallet's
// object comes into memory. An alarm rings when the test says so.

import worker, { WalletObject as Plain } from "./index.js";

let ahead = 0;
const realNow = Date.now;
Date.now = () => realNow() + ahead;

export class WalletObject extends Plain {
  constructor(state, env) {
    super(state, env);
    console.log("a wallet wakes");
  }

  calls(name, calls) {
    return super.calls(name, calls);
  }

  ship(name) {
    return super.ship(name);
  }

  ring() {
    return this.alarm();
  }
}

export default {
  ...worker,
  async fetch(request, env, life) {
    const [, word, value] = /^\/test\/(pass|ring)\/(.+)$/.exec(new URL(request.url).pathname) ?? [];
    if (word === undefined) return worker.fetch(request, env, life);
    if (word === "pass") ahead += Number(value);
    else await env.WALLETS.get(env.WALLETS.idFromName(value)).ring();
    return new Response(null, { status: 204 });
  },
};
