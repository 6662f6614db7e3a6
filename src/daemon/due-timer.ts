/**
 * Wakes when what a source reported begins, ends or fades. Such times are of the clock that people set, timers go by
 * another: so it looks at the clock now and then, and a clock that is set on, or a machine that slept, delays nothing for long.
 */
import type { Clock } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";

/** Between two looks at the clock. */
const lookMs = 60_000;
/** However much is due: a build a second at most. */
const waitMsMin = 1000;

export class DueTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Calls `onDue` once, at a time (Unix seconds) or soon after it; undefined for never. What was set before is off. */
  set(due: number | undefined): void {
    clearTimeout(this.#timer);
    if (due === undefined) return;
    const left = 1000 * due - this.#clock.nowMs();
    this.#timer = startTimer(() => this.#look(due), Math.min(lookMs, Math.max(waitMsMin, left)));
  }

  #look(due: number): void {
    if (this.#clock.nowMs() >= 1000 * due) this.#onDue();
    else this.set(due);
  }
}
