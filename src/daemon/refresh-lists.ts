/** The first part of a build: refreshes every source, every allow list and every guard list. */

import type { Clock } from "../base/clock.ts";
import { failedForSpace } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { guardListsOf } from "../config/guards.ts";
import { isManual } from "../config/source-kinds.ts";
import type { Config, SourceConfig } from "../config/types.ts";
import { noGuardInForce } from "../config/warnings.ts";
import { type Feed, storedName } from "../feed/feed.ts";
import { guardFeed } from "../feed/guard-list.ts";
import { isManualFeed, type ManualFeed, tryRefreshManual } from "../feed/ledger/manual.ts";
import type { RefreshOptions } from "../feed/options.ts";
import { readPopularity } from "../feed/popularity.ts";
import { type Refreshed, refresh } from "../feed/refresh.ts";
import { spaceError } from "./space.ts";
import type { BuildPool } from "./worker-pool.ts";

export interface GuardOutcome extends Refreshed {
  readonly seconds: number;
}

export interface SourceOutcome extends GuardOutcome {
  readonly role: "block" | "allow";
}

/** What is refreshed how. Lists go by their ids; those of guards have `guard:` in front. */
export interface RefreshListsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Read every list. */
  readonly full: boolean;
  /** Lists to take though they are empty or changed beyond their guard. */
  readonly accept: ReadonlySet<string>;
  /** Lists to read though their file looks untouched. */
  readonly reread?: ReadonlySet<string>;
  readonly onProgress?: (step: { readonly kind: "source" | "guard"; readonly id: string }) => void;
}

/** What lists are refreshed with. */
export interface Refreshing extends Pick<RefreshOptions, "snapshots" | "ledger" | "profiles" | "holds" | "turnovers"> {
  readonly pool: BuildPool;
  /** Deletes what was written of a list that found no room; takes its stored name. */
  readonly discard: (stored: string) => void;
}

/**
 * Refreshes every list. One that fails is warned of at each build, for as long as it does. One that the disk has no room for
 * leaves its room to those behind it.
 */
export async function refreshLists(
  options: RefreshListsOptions,
  { discard, ...kept }: Refreshing,
): Promise<{ readonly sources: readonly SourceOutcome[]; readonly guards: readonly GuardOutcome[] }> {
  const { config, clock, logger } = options;
  if (config.guards.length === 0) logger.warn({}, noGuardInForce);
  const feeds: (Feed | ManualFeed)[] = [
    ...config.sources.map(feedOfSource),
    ...config.allow.map((list) => ({ role: "allow" as const, list })),
    ...guardListsOf(config.guards).map(guardFeed),
  ];
  const popularity = popularityOf(config);
  const sources: SourceOutcome[] = [];
  const guards: GuardOutcome[] = [];
  for (const feed of feeds) {
    const { role, list } = feed;
    const { id } = list;
    // Guards that come with the program are small, and hardly ever read.
    if (role !== "guard") options.onProgress?.({ kind: "source", id });
    else if (!list.builtIn) options.onProgress?.({ kind: "guard", id });
    const name = isManualFeed(feed) ? id : storedName(feed);
    const started = clock.nowMs();
    const reread = options.full || options.reread?.has(name) === true;
    const { historySeconds } = config;
    const how = { ...kept, clock, historySeconds, reread, accept: options.accept.has(name), popularity };
    let refreshed = isManualFeed(feed) ? tryRefreshManual(feed, how) : await refresh(feed, how);
    if (failedForSpace(refreshed.error)) {
      refreshed = { ...refreshed, error: spaceError(refreshed.error, config) };
      await kept.pool.idle();
      discard(name);
    }
    const seconds = (clock.nowMs() - started) / 1000;
    if (role === "guard") guards.push({ ...refreshed, seconds });
    else sources.push({ ...refreshed, role, seconds });
    warnOf(role, refreshed, logger);
  }
  return { sources, guards };
}

/** How well known names are, read when it is first asked for. */
export function popularityOf({ guards }: Pick<Config, "guards">): RefreshOptions["popularity"] {
  let read: ReturnType<typeof readPopularity> | undefined;
  return () => (read ??= readPopularity(guardListsOf(guards)));
}

function feedOfSource(list: SourceConfig): Feed | ManualFeed {
  return isManual(list) ? { role: "block", list } : { role: "block", list };
}

function warnOf(role: Feed["role"], refreshed: Refreshed, logger: Logger): void {
  const { id, error, fault, stale, remarks, snapshot } = refreshed;
  const [list, one] = role === "guard" ? [{ guard: id }, "copy"] : [{ source: id }, "one"];
  for (const { level, message } of remarks) logger[level](list, message);
  for (const said of [fault?.error, stale]) {
    if (said === undefined) continue;
    const { code, message, remedy } = said;
    logger.warn({ ...list, code }, `${message}. ${remedy}`);
  }
  if (error === undefined) return;
  const kept = snapshot === undefined ? `there is no earlier ${one}` : `the last good ${one} stays in force`;
  logger.warn({ ...list, code: error.code }, `${error.message}; ${kept}. ${error.remedy}`);
}
