/** Bounds how many transfers run at once; the others wait in the order in which they came. */
import type { Counters } from "./stats.ts";

export class TransferSlots {
  readonly #max: number;
  readonly #counters: Counters;
  readonly #waiting = new Set<() => void>();

  constructor(max: number, counters: Counters) {
    this.#max = max;
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
    if (transfers.running < this.#max) begin();
    else this.#waiting.add(begin);
    transfers.waiting = this.#waiting.size;
    return () => {
      if (state === "waiting") this.#waiting.delete(begin);
      if (state === "running") transfers.running -= 1;
      state = "over";
      this.#startNext();
    };
  }

  #startNext(): void {
    const { transfers } = this.#counters;
    for (const begin of this.#waiting) {
      if (transfers.running >= this.#max) break;
      this.#waiting.delete(begin);
      begin();
    }
    transfers.waiting = this.#waiting.size;
  }
}
