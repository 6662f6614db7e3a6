/**
 * The clock that a build goes by. One that is far ahead of the last build may be wrong: a machine that starts without a time
 * may be in 2099 for a minute. What ends by it, and what is deleted by it, would be gone for good, and a serial that followed it
 * could not go back. So it is believed once it has been there for an hour; until then the build goes by the last one's time.
 */
import { type Clock, isoTime, nowSeconds, steadyMs } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { compiledAhead, doubtedSince, lastBuilt, noteBuilt, noteDoubt } from "../store/clock-notes.ts";
import type { Database } from "../store/database.ts";

/** A machine that was off for longer waits an hour until entries end. */
const farSeconds = 30 * 86_400;
const doubtSeconds = 3600;

export interface BelievedClock {
  readonly clock: Clock;
  /** When something that is due by this clock is to be looked at, by the clock that was passed in. Unix seconds. */
  wakeAt(due: number): number;
}

/** `note` does what writes to the store, or nothing. */
export function believedClock(
  db: Database,
  clock: Clock,
  logger: Logger,
  note: (work: () => void) => void,
): BelievedClock {
  const now = nowSeconds(clock);
  const last = lastBuilt(db);
  const since = doubtedSince(db);
  const isFar = last !== undefined && now > last + farSeconds;
  // Earlier than the doubt it is another clock that is far ahead.
  const hasStayed = since !== undefined && now >= since + doubtSeconds;
  if (!isFar || hasStayed) {
    note(() => noteBuilt(db, now));
    warnOfSourcesAhead(db, now, logger);
    return { clock, wakeAt: (due) => due };
  }
  const doubted = since === undefined || now < since ? now : since;
  if (doubted !== since) note(() => noteDoubt(db, doubted));
  logger.warn(
    { now: isoTime(now), last: isoTime(last) },
    `the clock says ${isoTime(now)}, far after the last build at ${isoTime(last)}; nothing ends and nothing is deleted by it ` +
      "before it has been there for an hour. Set it where it is wrong; where it is right, wait or run `rpzmill clock trust`",
  );
  const aheadMs = clock.nowMs() - 1000 * last;
  return {
    clock: { nowMs: () => clock.nowMs() - aheadMs, steadyMs: () => steadyMs(clock) },
    wakeAt: (due) => Math.min(due + Math.ceil(aheadMs / 1000), doubted + doubtSeconds),
  };
}

function warnOfSourcesAhead(db: Database, now: number, logger: Logger): void {
  for (const { name, compiledFor } of compiledAhead(db, now + farSeconds)) {
    logger.warn(
      { source: name, compiledFor: isoTime(compiledFor) },
      `what ${name} reports was looked at by a clock that said ${isoTime(compiledFor)}: what ended by then stays ended, and ` +
        "nothing more ends before. Where the clock is right now, run `rpzmill clock trust`",
    );
  }
}
