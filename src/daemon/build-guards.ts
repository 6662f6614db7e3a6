/** The guards' part of a build: refreshes their lists. */
import { noGuardInForce } from "../config/warnings.ts";
import { guardFeed } from "../feed/guard-list.ts";
import { type Refreshed, refresh } from "../feed/refresh.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { BuildOptions } from "./build.ts";
import type { BuildPool } from "./worker-pool.ts";

export interface GuardOutcome extends Refreshed {
  readonly seconds: number;
}

/** Refreshes every guard list. One that fails is warned of at each build, for as long as it does. */
export async function refreshGuards(
  options: BuildOptions,
  snapshots: Snapshots,
  pool: BuildPool,
): Promise<GuardOutcome[]> {
  const { config, clock, logger } = options;
  if (config.guards.length === 0) logger.warn({}, noGuardInForce);
  const outcomes: GuardOutcome[] = [];
  for (const guard of config.guards) {
    const { id } = guard;
    // Those that come with the program are small, and hardly ever read.
    if (!guard.builtIn) options.onProgress?.({ kind: "guard", id });
    const started = clock.nowMs();
    const accept = options.accept.has(storedNameOfGuard(id));
    const refreshed = await refresh(guardFeed(guard), { snapshots, pool, clock, reread: options.full, accept });
    outcomes.push({ ...refreshed, seconds: (clock.nowMs() - started) / 1000 });
    const { error, snapshot } = refreshed;
    if (error === undefined) continue;
    const kept = snapshot === undefined ? "there is no earlier copy" : "the last good copy stays in force";
    logger.warn({ guard: id, code: error.code }, `${error.message}; ${kept}. ${error.remedy}`);
  }
  return outcomes;
}
