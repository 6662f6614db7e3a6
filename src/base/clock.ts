/** The clock is passed in, so that tests choose the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /**
   * Milliseconds of a clock that nobody sets, the same for all processes until the machine starts anew; a smaller value
   * than one seen before says that it did. Absent where `nowMs` does for that.
   */
  steadyMs?(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => Number(process.hrtime.bigint() / 1_000_000n),
};

/** Whole seconds since the Unix epoch. */
export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}

/** Milliseconds of the clock that nobody sets. */
export function steadyMs(clock: Clock): number {
  return clock.steadyMs?.() ?? clock.nowMs();
}

/** Whole seconds of the clock that nobody sets. */
export function steadySeconds(clock: Clock): number {
  return Math.floor(steadyMs(clock) / 1000);
}

/** Unix seconds as ISO 8601 in UTC: `2025-01-31T12:00:00Z`. */
export function isoTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(".000Z", "Z");
}
