// The wallet's object. It is JavaScript, because only a class that extends the runtime's own takes calls from afar, and
// because it outlives the core. What is to be done it asks of `AwakeWallet` in awake.rs.

import { DurableObject } from "cloudflare:workers";
import { AwakeWallet, failed, failure_line } from "scrip-wasm";
import { guarded, inCore, oncePerStart } from "./core.ts";

export class WalletObject extends DurableObject<Env> {
  #alarmAt: number | undefined;
  readonly #wallet = oncePerStart(() => {
    const alarmAt = this.#alarmAt;
    this.#alarmAt = undefined; // Which alarm is set once a wallet has set others, only that one knows.
    return new AwakeWallet(this.ctx, this.env, alarmAt);
  });
  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    // Setting an alarm replaces the one that is set, so what is set has to be known before the first call.
    state.blockConcurrencyWhile(async () => {
      this.#alarmAt = (await state.storage.getAlarm()) ?? 0;
    });
  }
  /** A trap is logged. A new core sees to what the old one has left undone, also if nobody calls again. */
  #trapped(during: string, error: unknown, requestId = "") {
    console.error(failure_line(during, requestId, error));
    this.#wallet();
  }
  /** Answers calls to the wallet of this name, in their order. Nothing waits in here, so calls cannot interleave. */
  calls(name: string, calls: string[]): string[] {
    let room = 4_194_304; // Characters of replies: a message has 32 MiB, and a character two bytes.
    return calls.flatMap((call) => {
      if (room < 0) return []; // It has not happened, and comes again alone.
      try {
        const reply = inCore(() => this.#wallet().call(name, call));
        room -= reply.length;
        return reply;
      } catch (error) {
        const requestId = /"request_id":"(\w+)"/.exec(call)?.[1] ?? "";
        this.#trapped("call", error, requestId);
        return failed(true, requestId);
      }
    });
  }
  /** Tells the directory of all usage that this wallet has recorded. */
  ship(name: string): Promise<void> {
    return guarded(() => this.#wallet().ship(name));
  }
  /** Somebody watches; whoever comes this way was let through by the edge. What is said to a socket is not heard. */
  override fetch(request: Request): Response {
    return inCore(() => this.#wallet().watch(request));
  }
  override webSocketMessage(): void {}
  override webSocketClose(): void {}
  override webSocketError(): void {}
  override async alarm(): Promise<void> {
    // An alarm that keeps throwing is dropped for good.
    await guarded(() => this.#wallet().alarm()).catch((error) => this.#trapped("alarm", error));
  }
}
