/**
 * What people decide of a list that its guard holds back. The decision is noted first, with the content that it is of; then an
 * approved list is read and taken, and the zones that take it are published, all while the store is locked. Where that does not
 * come to its end, the next build takes it.
 */
import type { Clock } from "../base/clock.ts";
import { nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Config, ListSourceConfig } from "../config/types.ts";
import { type ListHold, listHoldOf } from "../feed/hold.ts";
import { type Refreshed, refresh } from "../feed/refresh.ts";
import type { HoldVerdict } from "../store/source-holds.ts";
import { type BuildStore, refreshAll, withStoreLocked } from "./build.ts";
import { lockPatiently } from "./lock-patiently.ts";
import { isFirstBuild, type KeptZone, publishSource, zonesTaking } from "./publish-source.ts";
import { popularityOf } from "./refresh-lists.ts";

export interface DecideOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: ListSourceConfig;
  readonly verdict: HoldVerdict;
  /** Who decides, and why. */
  readonly by: string;
  readonly reason: string;
  /** The first digits of the content that was looked at; undefined: whatever is on hold. */
  readonly content: string | undefined;
  /** Milliseconds to wait for a build that runs. */
  readonly waitMs: number;
}

export interface Decided {
  /** What the decision is of. */
  readonly of: ListHold;
  /** What came of the list; undefined where it was rejected. */
  readonly refreshed: Refreshed | undefined;
  readonly zones: readonly KeptZone[];
}

/** @throws OperatorError NOT_FOUND where nothing, or another content, is on hold; BUILD_HELD after `waitMs`, STORE_UNUSABLE, STORE_TOO_NEW, STORE_NO_SPACE */
export async function decideSource(options: DecideOptions): Promise<Decided> {
  const { config, clock, logger } = options;
  const build = { config, clock, logger, full: false, accept: new Set<string>() };
  return withStoreLocked(build, lockPatiently(options), (store) => decideIn(store, options));
}

async function decideIn(store: BuildStore, options: DecideOptions): Promise<Decided> {
  const { config, source, verdict, by, reason } = options;
  const { sourceHolds: holds } = store;
  const of = wantedHold(listHoldOf({ holds }, source.id), options);
  holds.decide(of.hold, { at: nowSeconds(store.options.clock), verdict, by, reason });
  if (verdict === "rejected") return { of, refreshed: undefined, zones: [] };
  // Without guards and allow lists nothing may be blocked, and these are read with everything else.
  const isFirst = isFirstBuild(store, zonesTaking(config, source));
  const refreshed = isFirst ? await refreshFirst(store, source.id) : await refreshAlone(store, source);
  return { of, refreshed, zones: await publishSource(store, source, { isFirst, dryRun: false }) };
}

function wantedHold(
  held: ListHold | undefined,
  { source: { id }, verdict, content }: Pick<DecideOptions, "source" | "verdict" | "content">,
): ListHold {
  const does = verdict === "approved" ? "approve" : "reject";
  if (held === undefined) {
    throw new OperatorError(
      "NOT_FOUND",
      `Cannot ${does} what "${id}" says: nothing of it is on hold`,
      `See \`rpzmill source show ${id}\`; a build puts what is beyond a guard on hold`,
    );
  }
  if (content === undefined || held.hold.content.startsWith(content.toLowerCase())) return held;
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot ${does} the content ${content} of "${id}": what is on hold now is ${held.hold.content.slice(0, content.length)}`,
    `Look at \`rpzmill source held ${id}\` again: the list has changed since`,
  );
}

async function refreshFirst(store: BuildStore, id: string): Promise<Refreshed | undefined> {
  const { sources } = await refreshAll(store);
  return sources.find((source) => source.id === id);
}

function refreshAlone(store: BuildStore, list: ListSourceConfig): Promise<Refreshed> {
  const { snapshots, ledger, pool, turnovers, sourceHolds: holds, options } = store;
  const { config, clock } = options;
  const { historySeconds } = config;
  const kept = { snapshots, ledger, profiles: snapshots.profiles, holds, turnovers, pool, clock, historySeconds };
  const how = { ...kept, popularity: popularityOf(config), reread: false, accept: false };
  return refresh({ role: "block", list }, how);
}
