// The wallet's object. It is JavaScript, because only a class that extends the runtime's own takes calls from afar, and
// because it outlives the core. What is to be done it asks of `AwakeWallet` in awake.rs.

import { DurableObject } from "cloudflare:workers";
import { AwakeWallet, failed } from "scrip-wasm";
import { coreStarts, guarded, inCore } from "./core.ts";

export class WalletObject extends DurableObject<Env> {
  #awake: { wallet: AwakeWallet; start: number } | undefined;
  #alarmAt: number | undefined;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    // Setting an alarm replaces the one that is set, so what is set has to be known before the first call.
    state.blockConcurrencyWhile(async () => {
      this.#alarmAt = (await state.storage.getAlarm()) ?? 0;
    });
  }

  #wallet(): AwakeWallet {
    if (this.#awake?.start !== coreStarts()) {
      const wallet = inCore(() => new AwakeWallet(this.ctx, this.env, this.#alarmAt));
      this.#awake = { wallet, start: coreStarts() };
      // What is set once this wallet has set alarms, only it knows.
      this.#alarmAt = undefined;
    }
    return this.#awake.wallet;
  }

  /**
   * Answers calls to the wallet of this name, in their order. Nothing waits in here, so calls cannot interleave, and what
   * they write is committed together.
   */
  calls(name: string, calls: string[]): string[] {
    return calls.map((call) => {
      try {
        return inCore(() => this.#wallet().call(name, call));
      } catch (error) {
        const requestId = /"request_id":"(\w+)"/.exec(call)?.[1] ?? "";
        console.error(requestId, error);
        // A new core sees to what this one has left undone, also if nobody calls again.
        this.#wallet();
        return failed(true, requestId);
      }
    });
  }

  /** Tells the directory of all usage that this wallet has recorded. */
  ship(name: string): Promise<void> {
    return guarded(() => this.#wallet().ship(name));
  }

  override async alarm(): Promise<void> {
    // An alarm that keeps throwing is dropped for good.
    await guarded(() => this.#wallet().alarm()).catch((error) => {
      console.error("alarm", error);
      this.#wallet();
    });
  }
}
