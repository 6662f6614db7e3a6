/** How long to wait: before another try, and as long as a server asks to be left alone. */
import type { FetchFailure } from "./failure.ts";

/** Tries of one fetch. */
export const triesMax = 3;
/** Before the second try; before each further one four times as long. */
const firstWaitMs = 1000;
/** What a server asks for beyond this waits for the next fetch. */
const waitedMsMax = 30_000;
/** A server that asks for more than a day means that, or is mistaken: the list must not be forgotten. */
export const retryAfterSecondsMax = 86_400;

/** `Retry-After` in seconds from now (RFC 9110 10.2.3); undefined where there is none or it cannot be read. */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text.trim())) return Math.min(Number(text), retryAfterSecondsMax);
  const at = /^[A-Za-z0-9,: +-]{10,40}$/.test(text.trim()) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(0, Math.ceil((at - nowMs) / 1000)), retryAfterSecondsMax);
}

/** Milliseconds to wait before another try after the `tries`th failed; undefined where this fetch is over. */
export function waitBeforeRetry(failure: FetchFailure, tries: number, random: () => number): number | undefined {
  if (!failure.isTransient || tries >= triesMax) return undefined;
  const own = firstWaitMs * 4 ** (tries - 1) * (0.5 + random());
  const asked = 1000 * (failure.retryAfterSeconds ?? 0);
  return asked > waitedMsMax ? undefined : Math.max(own, asked);
}
