/**
 * When a list is asked for next. Times are kept in Unix seconds, by a clock that people set: one that is set back or far ahead
 * must not end the fetching.
 */
import type { CopyState } from "./copy-state.ts";

/** Seconds by which clocks may well differ. */
const slackSeconds = 60;
/** Of an interval, so much either way, so that lists that began together part. */
const jitter = 0.1;
/** The wait after a first failure; each further one doubles it. */
const firstBackoffSeconds = 60;
/** A list that fails for days is still asked for this often, whatever its interval. */
const backoffSecondsMax = 3600;

/** Seconds from a fetch that went well to the next. */
export function secondsAfterSuccess(everySeconds: number, random: () => number): number {
  return spread(everySeconds, random);
}

/** Seconds from the last of so many failed fetches to the next, and no less than the server asked for. `longest` bounds it further. */
export function secondsAfterFailure(
  {
    everySeconds,
    failures,
    retryAfterSeconds = 0,
    longest = backoffSecondsMax,
  }: { everySeconds: number; failures: number; retryAfterSeconds?: number | undefined; longest?: number },
  random: () => number,
): number {
  const backoff = firstBackoffSeconds * 2 ** Math.min(failures - 1, 20);
  return Math.max(spread(Math.min(backoff, backoffSecondsMax, 4 * everySeconds, longest), random), retryAfterSeconds);
}

function spread(seconds: number, random: () => number): number {
  return Math.round(seconds * (1 - jitter + 2 * jitter * random()));
}

/**
 * Seconds until a list is due; 0 where it is. What was never tried is, and what was tried at a time that is yet to come, since
 * nobody knows how long ago that was. An interval that is shorter now counts at once.
 */
export function secondsUntilDue(state: CopyState | undefined, everySeconds: number, nowSeconds: number): number {
  if (state === undefined || state.triedAt > nowSeconds + slackSeconds) return 0;
  const { triedAt, nextAt, failures } = state;
  const longest = failures > 0 ? nextAt - triedAt : (1 + jitter) * everySeconds;
  return Math.max(0, Math.ceil(Math.min(nextAt, triedAt + longest) - nowSeconds));
}
