/** Bounds how many transfers run at once; the others wait in the order in which they came. */
import { startTimer } from "../base/timer.ts";
import type { Limits } from "./limits.ts";
import type { Counters } from "./stats.ts";

/** A place among the running transfers. */
export interface SlotTicket {
  /** Gives the place back; further calls do nothing. */
  release(): void;
}

export class TransferSlots {
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #waiting = new Set<() => void>();

  constructor(limits: Limits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /**
   * Resolves to a place as soon as there is one; to undefined once `signal` aborts, or when `transferWaitMs` is over.
   * Who gave up holds no place in the queue.
   */
  acquire(signal: AbortSignal): Promise<SlotTicket | undefined> {
    const { transfers } = this.#counters;
    if (signal.aborted) return Promise.resolve(undefined);
    if (transfers.running < this.#limits.transfersMax) return Promise.resolve(this.#issue());
    return new Promise((resolve) => {
      const settle = (ticket: SlotTicket | undefined): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#waiting.delete(grant);
        transfers.waiting = this.#waiting.size;
        resolve(ticket);
      };
      const grant = (): void => settle(this.#issue());
      const giveUp = (): void => settle(undefined);
      const timer = startTimer(giveUp, this.#limits.transferWaitMs).unref();
      signal.addEventListener("abort", giveUp);
      this.#waiting.add(grant);
      transfers.waiting = this.#waiting.size;
    });
  }

  #issue(): SlotTicket {
    const { transfers } = this.#counters;
    transfers.running += 1;
    let isReleased = false;
    return {
      release: () => {
        if (isReleased) return;
        isReleased = true;
        transfers.running -= 1;
        this.startNext();
      },
    };
  }

  /** Grants what places there are; to be called when the limit was raised. */
  startNext(): void {
    for (const grant of this.#waiting) {
      if (this.#counters.transfers.running >= this.#limits.transfersMax) break;
      grant();
    }
  }
}
