/** What acts of people on rows of sources share: waiting for the store, and what rows come to in the zones that take them. */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Config, SourceConfig } from "../config/types.ts";
import { compileRow } from "../feed/ledger/compile.ts";
import { compilingOf } from "../feed/ledger/compiling.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type EntryEffect, EntryEffects } from "../mill/entry-effect.ts";
import { policyOf } from "../mill/policy.ts";
import { currentInputs } from "../mill/zone-inputs.ts";
import type { SnapshotIds } from "../store/snapshots.ts";
import { type BuildOptions, type BuildStore, withStoreLocked } from "./build.ts";
import { lockPatiently } from "./lock-patiently.ts";
import { zonesTaking } from "./publish-source.ts";

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
  const zones = zonesTaking(config, source).map((zone) => {
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
