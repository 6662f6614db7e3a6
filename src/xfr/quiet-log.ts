/** Keeps strangers from filling the log: a bounded number of lines a minute, and then how many were left out. */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";

const linesPerMinuteMax = 30;
const minuteMs = 60_000;

export class QuietLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #minute = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const minute = Math.floor(this.#clock.nowMs() / minuteMs);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#lines = 0;
    }
    if (this.#lines >= linesPerMinuteMax) {
      this.#leftOut += 1;
      return;
    }
    this.#lines += 1;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#logger.warn(leftOut === 0 ? fields : { ...fields, leftOut }, message);
  }
}
