// The Worker as it is, with a clock that a test moves while sockets are open, and a line of the log whenever a wallet's
// object comes into memory. An alarm rings when the test says so, and wallets find the directory silent when it says so.

import worker, { WalletObject as Plain } from "./index.js";

let ahead = 0;
const realNow = Date.now;
Date.now = () => realNow() + ahead;

let isSilent = false;

/** The directory as wallets reach it. */
const directory = (real) =>
  new Proxy(real, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "constructor" || typeof value !== "function") return value;
      return (...given) => {
        if (isSilent && name === "batch") throw new Error("the directory is silent");
        return value.apply(target, given);
      };
    },
  });

export class WalletObject extends Plain {
  constructor(state, env) {
    super(state, { ...env, DIRECTORY: directory(env.DIRECTORY) });
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
    const [, word, value] = /^\/test\/(pass|ring|silent)\/(.+)$/.exec(new URL(request.url).pathname) ?? [];
    if (word === undefined) return worker.fetch(request, env, life);
    if (word === "pass") ahead += Number(value);
    else if (word === "silent") isSilent = value === "yes";
    else await env.WALLETS.get(env.WALLETS.idFromName(decodeURIComponent(value))).ring();
    return new Response(null, { status: 204 });
  },
};
