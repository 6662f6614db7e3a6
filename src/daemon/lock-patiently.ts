/** Takes the build lock for what a person does at once: a build that runs is waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type BuildLock, takeBuildLock } from "../store/build-lock.ts";
import type { Database } from "../store/database.ts";

/** Between two looks at the lock. */
const lookMs = 50;

/** Waits for a build that runs, and says so once. */
export function lockPatiently({ waitMs, logger }: { readonly waitMs: number; readonly logger: Logger }) {
  return async (db: Database, clock: Clock): Promise<BuildLock> => {
    for (let left = waitMs; ; left -= lookMs) {
      try {
        return takeBuildLock(db, clock);
      } catch (error) {
        if (!(error instanceof OperatorError) || error.code !== "BUILD_HELD" || left <= 0) throw error;
        if (left === waitMs) logger.info({}, `${error.message}; waiting for it to end`);
        await sleep(lookMs);
      }
    }
  };
}
