/** What acts of people on rows of sources share: waiting for the store, what rows come to, and publishing what takes them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { mayTake } from "../config/selection.ts";
import type { Config, SourceConfig, ZoneConfig } from "../config/types.ts";
import { compileRow } from "../feed/ledger/compile.ts";
import { compilingOf } from "../feed/ledger/compiling.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type EntryEffect, EntryEffects } from "../mill/entry-effect.ts";
import { policyOf } from "../mill/policy.ts";
import { currentInputs } from "../mill/zone-inputs.ts";
import { type BuildLock, takeBuildLock } from "../store/build-lock.ts";
import type { Database } from "../store/database.ts";
import type { SnapshotIds } from "../store/snapshots.ts";
import { type BuildOptions, type BuildStore, buildZones, withStoreLocked, type ZoneOutcome } from "./build.ts";

export interface ActOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dryRun: boolean;
  /** Milliseconds to wait for a build that runs. */
  readonly waitMs: number;
}

/** What rows come to. */
export interface PlannedEntry {
  readonly row: WantedRow;
  /** Whether it counts as of now. */
  readonly counts: boolean;
  /** As of when, Unix seconds. */
  readonly at: number;
  readonly facts: Facts;
  /** What age has left of its confidence; undefined where nothing is known of it. */
  readonly confidenceNow: number | undefined;
  /** Of each zone that takes the source. */
  readonly effects: readonly EntryEffect[];
}

export interface KeptZone extends ZoneOutcome {
  /** Whether the zone takes one of the sources: others are built beside those where some were never built. */
  readonly isTaking: boolean;
  /** Whether what is served takes in what the sources say now. */
  readonly takesEntries: boolean;
}

/** Locks the store, waiting for a build that runs, and does some work on it. @throws OperatorError as `keepEntries` */
export function withActLock<T>(options: ActOptions, work: (store: BuildStore) => Promise<T>): Promise<T> {
  const { config, clock, logger, dryRun } = options;
  // From when the store is locked there is one time, however long it takes.
  let nowMs: number | undefined;
  const build: BuildOptions = {
    config,
    clock: { nowMs: () => nowMs ?? clock.nowMs() },
    logger,
    dryRun,
    full: false,
    accept: new Set<string>(),
    workers: 1,
  };
  return withStoreLocked(build, lockPatiently(options), (store) => {
    nowMs = clock.nowMs();
    return work(store);
  });
}

/** Zones that take one of some sources. */
export function zonesTaking({ zones }: Config, sources: readonly SourceConfig[]): ZoneConfig[] {
  return zones.filter((zone) => sources.some((source) => mayTake(zone.take, source)));
}

export function hasVersion({ zones }: BuildStore, apex: string): boolean {
  const id = zones.find(apex);
  return id !== undefined && zones.current(id) !== undefined;
}

/** Builds what does not take in yet what the sources say, or all zones; of a dry run, what it would. */
export async function publishActs(
  store: BuildStore,
  {
    config,
    dryRun,
    sources,
    all,
  }: Pick<ActOptions, "config" | "dryRun"> & {
    readonly sources: readonly SourceConfig[];
    readonly all: boolean;
  },
): Promise<KeptZone[]> {
  const { snapshots, zones } = store;
  const taking = zonesTaking(config, sources);
  const takesEntries = (zone: ZoneConfig): boolean => {
    const id = zones.find(zone.apex);
    const inputs = id === undefined ? undefined : zones.current(id)?.inputs;
    const own = sources.filter((source) => mayTake(zone.take, source));
    return inputs !== undefined && own.every((source) => inputs[source.id] === snapshots.current(source.id)?.id);
  };
  // Also where nothing was done now: whoever did it before may have been killed.
  const behind = taking.filter((zone) => !takesEntries(zone));
  const built = behind.length === 0 ? [] : await buildZones(store, all ? config.zones : behind);
  return built.map((outcome) => {
    const zone = taking.find(({ apex }) => apex === outcome.apex);
    const isPublished = outcome.error === undefined && outcome.result?.hold === undefined;
    const takes = zone !== undefined && (dryRun ? isPublished : takesEntries(zone));
    return { ...outcome, isTaking: zone !== undefined, takesEntries: takes };
  });
}

/** Rows of a source, and what there was before acts on them. */
export interface ActedRows {
  readonly source: SourceConfig;
  readonly rows: readonly WantedRow[];
  /** Unix seconds: up to when the source is compiled. */
  readonly at: number;
}

/** What rows come to in the zones that take their source; `before` are the sources' snapshots without the acts. */
export function effectsOf(
  { snapshots }: BuildStore,
  config: Config,
  { source, rows, at }: ActedRows,
  before: SnapshotIds,
): PlannedEntry[] {
  const compiling = compilingOf(source, at, snapshots.profiles);
  const zones = zonesTaking(config, [source]).map((zone) => {
    const policy = policyOf(zone, config);
    const after = currentInputs(policy, snapshots);
    const own = Object.fromEntries(Object.entries(before).filter(([id]) => Object.hasOwn(after, id)));
    return new EntryEffects(policy, snapshots, { ...after, ...own }, after);
  });
  return rows.map((row) => {
    const { counts, profile } = compileRow(row, compiling);
    const now = snapshots.profiles.factsOf(profile);
    const effects = zones.flatMap((zone) => zone.of({ ...row, source: source.id, facts: now }) ?? []);
    const facts = snapshots.profiles.factsOf(row.profile);
    return { row, counts, at, facts, confidenceNow: now.confidence, effects };
  });
}

/** Between two looks at the lock. */
const lookMs = 50;

/** Waits for a build that runs, and says so once. */
function lockPatiently({ waitMs, logger }: Pick<ActOptions, "waitMs" | "logger">) {
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
