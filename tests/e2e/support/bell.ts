// Timers that ring when a test says so, so that nobody waits for them and none is early.

import { eventually } from "./patience.ts";

export class Bell {
  readonly #set = new Set<() => void>();

  readonly timer = (then: () => void): (() => void) => {
    this.#set.add(then);
    return () => void this.#set.delete(then);
  };

  /** Whatever is set now rings. */
  ring(): void {
    for (const then of [...this.#set]) {
      this.#set.delete(then);
      then();
    }
  }

  /** Rings again and again until this has ended. */
  async until(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    void work.finally(() => {
      isOver = true;
    });
    await eventually(() => {
      this.ring();
      return isOver;
    }, "it ends");
  }
}
