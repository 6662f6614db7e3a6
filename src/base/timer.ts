/** Timers that never overflow: Node's take 31 bits of milliseconds, and fire at once beyond. */

/** The longest that a timer waits: 24.8 days. */
const waitMsMax = 2_147_483_647;

/** As `setTimeout`, after `ms` or after the longest that a timer can wait. */
export function startTimer(run: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(run, Math.min(ms, waitMsMax));
}
