/** A whole build: refreshes every list, then builds every zone, under the build lock. */

import { availableParallelism } from "node:os";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { failedForSpace, failsAlone, OperatorError } from "../base/errors.ts";
import { isManual } from "../config/source-kinds.ts";
import type { Config } from "../config/types.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import { everyKey, rangesBetween } from "../dns/key-range.ts";
import { keyToText } from "../dns/name.ts";
import { buildZone, liftAlone } from "../mill/build-zone.ts";
import { addCounts } from "../mill/counts.ts";
import { isGuardSource } from "../mill/inputs.ts";
import { NameMasks } from "../mill/name-masks.ts";
import { ownGuardsOf, policyOf } from "../mill/policy.ts";
import { buildRange, nothingRebuilt, type RebuildJob, type Rebuilt } from "../mill/rebuild.ts";
import { addRuleChanges, type RuleChangeKind } from "../mill/rule-changes.ts";
import type { ZoneBuild, ZoneResult } from "../mill/zone-build.ts";
import { syncZoneFile } from "../mill/zone-file.ts";
import { type BuildLock, takeBuildLock } from "../store/build-lock.ts";
import type { StoredPart } from "../store/contents.ts";
import {
  type Database,
  emptyLog,
  fileOf,
  openForReading,
  openForWriting,
  openTemporary,
  storeFault,
} from "../store/database.ts";
import { DryEntryActs, DryLedger, DryPolicies, DrySnapshots, DrySourceHolds, DryZones } from "../store/dry-run.ts";
import { EntryActs } from "../store/entry-acts.ts";
import { Holds } from "../store/holds.ts";
import { Ledger } from "../store/ledger.ts";
import { expireRows } from "../store/ledger-retention.ts";
import { makeMaskKey, readMaskKey } from "../store/mask-key.ts";
import { Policies } from "../store/policies.ts";
import { sweepManyProfiles } from "../store/profile-sweep.ts";
import type { ServedState } from "../store/server-state-file.ts";
import { sweepSnapshots } from "../store/snapshot-sweep.ts";
import { type SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { SourceHolds } from "../store/source-holds.ts";
import { Turnovers } from "../store/source-turnover.ts";
import { upgradeStore } from "../store/upgrade.ts";
import { Zones } from "../store/zones.ts";
import { type BelievedClock, believedClock } from "./believed-clock.ts";
import { type GuardOutcome, type RefreshListsOptions, refreshLists, type SourceOutcome } from "./refresh-lists.ts";
import { servedSoFar, transferSeconds } from "./served-state.ts";
import { spaceError, withSpaceNeeded } from "./space.ts";
import { unconfiguredParts } from "./store-upkeep.ts";
import { type BuildPool, singleThreadPool, ThreadPool } from "./worker-pool.ts";

export interface BuildOptions extends RefreshListsOptions {
  /** Apexes of zones to publish though they change beyond their limit. */
  readonly acceptZones?: ReadonlySet<string>;
  /** Only find out what would change: nothing is published, and the store stays as it is. */
  readonly dryRun?: boolean;
  /** Called with each rule that changes. */
  readonly onRule?: (apex: string, kind: RuleChangeKind, name: string) => void;
  /** Whether a store of an older schema is copied before it is brought up to date; true where absent. */
  readonly backup?: boolean;
  /** Worker threads; 1 does all in this thread. */
  readonly workers?: number;
  readonly onProgress?: (step: BuildStep) => void;
}

/** The store as a build writes it, or in a dry run as only that sees it. */
export interface BuildStore {
  readonly db: Database;
  readonly options: BuildOptions;
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
  readonly entryActs: EntryActs;
  readonly zones: Zones;
  readonly policies: Policies;
  readonly holds: Holds;
  readonly sourceHolds: SourceHolds;
  readonly turnovers: Turnovers;
  readonly pool: BuildPool;
  /** When something that is due is to be looked at, by the clock that was passed in. Unix seconds. */
  readonly wakeAt: BelievedClock["wakeAt"];
  /** Deletes what nobody needs any more, and what was written of lists that came to nothing. */
  readonly sweep: () => void;
}

/** What the builds of zones share. */
interface Work extends BuildStore {
  readonly served: ServedState;
}

/** What a build is at. */
export type BuildStep =
  | { readonly kind: "source"; readonly id: string }
  | { readonly kind: "guard"; readonly id: string }
  | { readonly kind: "zone"; readonly apex: string; readonly rules: number }
  | { readonly kind: "file"; readonly apex: string };

export interface ZoneOutcome {
  readonly apex: string;
  /** What came of it; with an error, what was lifted all the same, or in a dry run what there is besides. */
  readonly result: ZoneResult | undefined;
  /** Why the zone was not brought up to date. */
  readonly error: OperatorError | undefined;
  readonly seconds: number;
}

export interface BuildOutcome {
  readonly sources: readonly SourceOutcome[];
  readonly guards: readonly GuardOutcome[];
  readonly zones: readonly ZoneOutcome[];
  /** What the store keeps of zones and sources that the configuration no longer has. */
  readonly unconfigured: readonly StoredPart[];
  readonly dryRun: boolean;
  readonly seconds: number;
}

/** Entries from which on a first build is shared among workers. */
const sharedEntriesMin = 200_000;

/** Builds everything once. @throws OperatorError BUILD_HELD, STORE_UNUSABLE, STORE_TOO_NEW, STORE_NO_SPACE */
export async function build(options: BuildOptions): Promise<BuildOutcome> {
  const { config, clock, dryRun = false } = options;
  const started = clock.nowMs();
  return withStoreLocked(options, takeBuildLock, async (store) => {
    const { sources: refreshed, guards } = await refreshAll(store);
    const zones = await buildZones(store, config.zones);
    const sources = refreshed.map((source) =>
      source.due === undefined ? source : { ...source, due: store.wakeAt(source.due) },
    );
    const unconfigured = unconfiguredParts(store.db, config);
    return { sources, guards, zones, unconfigured, dryRun, seconds: (clock.nowMs() - started) / 1000 };
  });
}

/**
 * Opens the store, locks it, brings it up to date and does some work on it.
 * @throws OperatorError as `build`, and what `lockStore` throws
 */
export async function withStoreLocked<T>(
  options: BuildOptions,
  lockStore: (db: Database, clock: Clock) => BuildLock | Promise<BuildLock>,
  work: (store: BuildStore) => Promise<T>,
): Promise<T> {
  const { config, clock } = options;
  const db = openStore(options);
  // Threads have no way to a store without a name.
  const { workers = availableParallelism() } = options;
  const pool = workers > 1 && fileOf(db) !== undefined ? new ThreadPool(db, workers) : singleThreadPool(db);
  try {
    const lock = await lockStore(db, clock);
    try {
      // What a build without room left in the log may find its place by now.
      emptyLog(db);
      const { dryRun = false } = options;
      // What an upgrade would change can be tried before it.
      if (!dryRun) upgrade(db, options);
      const believed = believedClock(db, clock, options.logger, dryRun ? () => {} : ifThereIsSpace);
      return await withBuildStore(db, { ...options, clock: believed.clock }, { pool, wakeAt: believed.wakeAt }, work);
    } finally {
      // First the workers: after a failure some of them may still be writing.
      await pool.end();
      emptyLog(db);
      lock.release();
    }
  } catch (error) {
    throw withSpaceNeeded(storeFault(db, error), config);
  } finally {
    db.close();
  }
}

/** A dry run makes no store where there is none: it has one of its own, which ends with it. */
function openStore({ config, dryRun = false }: BuildOptions): Database {
  if (!dryRun) return openForWriting(config.databaseFile);
  const known = openForReading(config.databaseFile);
  known?.close();
  return known === undefined ? openTemporary() : openForWriting(config.databaseFile);
}

async function withBuildStore<T>(
  db: Database,
  options: BuildOptions,
  given: Pick<BuildStore, "pool" | "wakeAt">,
  work: (store: BuildStore) => Promise<T>,
): Promise<T> {
  const dry = options.dryRun === true ? new DrySnapshots(db) : undefined;
  const snapshots = dry ?? new Snapshots(db);
  const zones = dry === undefined ? new Zones(db) : new DryZones(db);
  const policies = dry === undefined ? new Policies(db) : new DryPolicies(db);
  const historySince = nowSeconds(options.clock) - options.config.historySeconds;
  const sweep = (): void => {
    if (dry !== undefined) return dry.discardUnfinished();
    ifThereIsSpace(() => zones.sweep());
    ifThereIsSpace(() => sweepSnapshots(db, zones.takenIn(), historySince));
  };
  const ledger = dry === undefined ? new Ledger(db) : new DryLedger(db);
  const entryActs = dry === undefined ? new EntryActs(db) : new DryEntryActs(db);
  const sourceHolds = dry === undefined ? new SourceHolds(db) : new DrySourceHolds(db);
  const zoneHolds = { holds: new Holds(db), sourceHolds, turnovers: new Turnovers(db) };
  const kept = { snapshots, ledger, entryActs, zones, policies, ...zoneHolds };
  try {
    return await work({ db, options, ...kept, ...given, sweep });
  } finally {
    dry?.discardAll();
  }
}

/** Refreshes every list. */
export async function refreshAll(store: BuildStore) {
  const { db, options, snapshots, ledger, pool, sweep, sourceHolds: holds, turnovers } = store;
  // Builds that failed leave snapshots that others have taken the place of.
  if (options.dryRun !== true) {
    sweep();
    // Before rows are written: the ledger remembers their references.
    ifThereIsSpace(() => expireRows(db, nowSeconds(options.clock) - options.config.historySeconds));
    ifThereIsSpace(() => sweepManyProfiles(db));
  }
  ifThereIsSpace(() => ledger.restoreDueIndex());
  const discard = (stored: string): void => {
    ifThereIsSpace(() => ledger.discardUnfinished(stored));
    sweep();
  };
  return refreshLists(options, { snapshots, ledger, profiles: snapshots.profiles, holds, turnovers, pool, discard });
}

/** Builds zones, one after the other, and deletes what nobody needs any more. */
export async function buildZones(store: BuildStore, zones: readonly ZoneConfig[]): Promise<ZoneOutcome[]> {
  const { options, policies, sweep } = store;
  // As late as can be: a server that finds a new store has to write down first what it has served.
  const work: Work = { ...store, served: await servedSoFar(options.config, options.logger) };
  const built: ZoneOutcome[] = [];
  for (const zone of zones) built.push(await buildOne(zone, work));
  if (options.dryRun !== true) sweep();
  policies.sweep();
  return built;
}

function upgrade(db: Database, { backup = true, logger }: BuildOptions): void {
  const done = upgradeStore(db, { backup });
  if (done === undefined) return;
  const { from, to, copy } = done;
  const copied = copy === undefined ? "no copy was made" : `a copy of it as it was is "${copy}"`;
  logger.info({ from, to }, `brought the store from schema ${from} to ${to}; ${copied}`);
}

/** Does what makes room; where that takes room itself and there is none, it can be done another time. */
function ifThereIsSpace(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!failedForSpace(error)) throw error;
  }
}

async function buildOne(zone: ZoneConfig, work: Work): Promise<ZoneOutcome> {
  const { options } = work;
  const { config, clock, logger, dryRun = false } = options;
  const { apex } = zone;
  const started = clock.nowMs();
  const { result, error } = await buildOrLift(zone, work);
  const outcome = (error: OperatorError | undefined): ZoneOutcome => {
    if (error !== undefined) logger.error({ zone: apex, code: error.code }, `${error.message}. ${error.remedy}`);
    return { apex, result, error, seconds: (clock.nowMs() - started) / 1000 };
  };
  if (result === undefined) return outcome(error);
  const { servedAhead, serial } = result;
  if (servedAhead !== undefined) {
    const text = `${apex}: the store was behind what has been served; serial ${serial} goes beyond ${servedAhead}`;
    logger.warn({ zone: apex, serial, served: servedAhead }, text);
  }
  if (zone.file && !dryRun) {
    options.onProgress?.({ kind: "file", apex });
    // The file must not take the room that the log still needs.
    emptyLog(work.db);
    try {
      syncZoneFile(work.zones, apex, config.zoneDir);
    } catch (fault) {
      // The zone is published all the same, and the others have nothing to do with its file.
      if (!(fault instanceof OperatorError)) throw fault;
      return outcome(error ?? fault);
    }
  }
  return outcome(error);
}

/** Builds a zone; where it cannot be built, only what people lift of it. */
async function buildOrLift(zone: ZoneConfig, work: Work): Promise<Pick<ZoneOutcome, "result" | "error">> {
  const build = zoneBuildOf(zone, work);
  try {
    const result = await buildZone(build);
    return { result, error: result.refused };
  } catch (thrown) {
    const error = zoneError(thrown, work.options.config);
    await makeSpace(zone, work);
    try {
      return { result: await liftAlone({ ...build, onRule: undefined }), error };
    } catch (fault) {
      zoneError(fault, work.options.config);
      await makeSpace(zone, work);
      return { result: undefined, error };
    }
  }
}

/** What keeps one zone from being built, the others not among them. @throws what was thrown, where it is not of that kind */
function zoneError(thrown: unknown, config: Config): OperatorError {
  if (failedForSpace(thrown)) return spaceError(thrown, config);
  if (!failsAlone(thrown)) throw thrown;
  return thrown;
}

/** Leaves to others what was written of a zone. */
async function makeSpace({ apex }: ZoneConfig, { db, pool, zones }: Work): Promise<void> {
  await pool.idle();
  const zone = zones.find(apex);
  if (zone !== undefined) ifThereIsSpace(() => void zones.begin(zone));
  emptyLog(db);
}

function zoneBuildOf(zone: ZoneConfig, work: Work): ZoneBuild {
  const { options, snapshots, ledger, zones, policies, holds, served } = work;
  const { config, clock, onRule, dryRun = false } = options;
  const { apex } = zone;
  const masks = new NameMasks(
    config.sources,
    { snapshots, ledger, factsOf: (profile) => snapshots.profiles.factsOf(profile) },
    () => readMaskKey(config.databaseFile),
  );
  // Whoever reads the store later has digests under the same key.
  if (masks.areAny && !dryRun) makeMaskKey(config.databaseFile);
  return {
    zone,
    policy: policyOf(zone, config),
    ownGuards: ownGuardsOf(zone, config),
    manualSources: config.sources.filter(isManual).map(({ id }) => id),
    zones,
    policies,
    holds,
    snapshots,
    ledger,
    clock,
    readableSeconds: readableSeconds(config, served),
    servedSerial: served.serials.get(apex),
    full: options.full,
    accept: options.acceptZones?.has(apex) === true,
    dryRun,
    buildRange: (job, inputs) => buildShared(zone, work, job, inputs),
    onRule: onRule === undefined ? undefined : (kind, key) => onRule(apex, kind, masks.shown(keyToText(key))),
    shownNames: (first) => masks.shownFirst(first),
    onProgress: (rules) => options.onProgress?.({ kind: "zone", apex, rules }),
  };
}

/** Twice as long as a transfer may last, by this configuration or by that of any server there was. */
function readableSeconds(config: Config, served: ServedState): number {
  return 2 * Math.max(transferSeconds(config), served.transferSeconds ?? 0);
}

/** Builds a zone's first version in as many ranges as there are workers. */
async function buildShared(
  zoneConfig: ZoneConfig,
  { options, snapshots, zones, pool }: Work,
  job: RebuildJob,
  inputs: SnapshotIds,
): Promise<Rebuilt> {
  // Rules are listed in order, so on one thread; and a trial's profiles are known to this one alone.
  if (job.onRule !== undefined || !snapshots.profiles.areShared) return buildRange(zones, job, everyKey);
  const { sources, allow, guards } = options.config;
  const { dryRun = false } = options;
  // What guards list makes no rules, and is walked by all workers beside those that do.
  const accepted = Object.entries(inputs).flatMap(([name, id]) =>
    isGuardSource(name) ? [] : (snapshots.byId(id) ?? []),
  );
  const entries = accepted.reduce((sum, snapshot) => sum + snapshot.entries, 0);
  const [largest] = accepted.toSorted((a, b) => b.entries - a.entries);
  const cuts =
    entries < sharedEntriesMin || largest === undefined ? [] : snapshots.sampleKeys(largest.id, pool.size - 1);
  const { zone, version } = job;
  const parts = await Promise.all(
    rangesBetween(cuts).map((range) =>
      pool.buildRange({ zoneConfig, sources, allow, guards, inputs, zone, version, range, dryRun }),
    ),
  );
  const rebuilt = nothingRebuilt();
  for (const part of parts) {
    rebuilt.blocksWritten += part.blocksWritten;
    rebuilt.bytes += part.bytes;
    rebuilt.added += part.added;
    rebuilt.ruleChanges = addRuleChanges(rebuilt.ruleChanges, part.ruleChanges);
    addCounts(rebuilt.counts, part.counts);
  }
  job.onProgress?.(rebuilt.counts.rules);
  return rebuilt;
}
