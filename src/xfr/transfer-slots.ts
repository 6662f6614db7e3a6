/** Bounds how many transfers run at once; the others wait in the order in which they came. */
import type { Limits } from "./limits.ts";
import type { Counters } from "./stats.ts";

export class TransferSlots {
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #waiting = new Set<() => void>();

  constructor(limits: Limits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /**
   * Calls `start` once there is a place, perhaps at once.
   * @returns gives the place back, or leaves the queue; may be called more than once
   */
  acquire(start: () => void): () => void {
    const { transfers } = this.#counters;
    let state: "waiting" | "running" | "over" = "waiting";
    const begin = (): void => {
      state = "running";
      transfers.running += 1;
      start();
    };
    if (transfers.running < this.#limits.transfersMax) begin();
    else this.#waiting.add(begin);
    transfers.waiting = this.#waiting.size;
    return () => {
      if (state === "waiting") this.#waiting.delete(begin);
      if (state === "running") transfers.running -= 1;
      state = "over";
      this.startNext();
    };
  }

  /** Starts those that wait, as far as there are places; to be called when the limit was raised. */
  startNext(): void {
    const { transfers } = this.#counters;
    for (const begin of this.#waiting) {
      if (transfers.running >= this.#limits.transfersMax) break;
      this.#waiting.delete(begin);
      begin();
    }
    transfers.waiting = this.#waiting.size;
  }
}
