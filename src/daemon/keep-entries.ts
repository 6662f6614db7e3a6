/**
 * What people do to the entries that they keep: rows and snapshot are written, then the zones that take the source are
 * published, all while the store is locked. Lists are not read for it, unless a zone was never built.
 */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Config, ManualSourceConfig, ZoneConfig } from "../config/types.ts";
import type { ActContext } from "../feed/ledger/acts.ts";
import { compileRow } from "../feed/ledger/compile.ts";
import { compilingOf } from "../feed/ledger/compiling.ts";
import { type Acts, refreshManual, takeActs, timeOfSource } from "../feed/ledger/manual.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type EntryEffect, EntryEffects } from "../mill/entry-effect.ts";
import { policyOf } from "../mill/policy.ts";
import { currentInputs } from "../mill/zone-inputs.ts";
import type { Ledger, LedgerRow } from "../store/ledger.ts";
import type { SnapshotIds } from "../store/snapshots.ts";
import { type BuildStore, refreshAll, withStoreLocked } from "./build.ts";
import { lockPatiently } from "./lock-patiently.ts";
import { isFirstBuild, type KeptZone, publishSource, zonesTaking } from "./publish-source.ts";

/** The rows of a source, to plan acts on. */
export interface KeptRows {
  rowsAt(key: Uint8Array): LedgerRow[];
  /** All rows with an id that somebody gave, by key. */
  rowsOfId(externalId: string): LedgerRow[];
}

/** What is to be done, and of which rows it is worth a word what they come to. */
export interface EntryPlan extends Acts {
  readonly shown: readonly WantedRow[];
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

export interface KeepOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: ManualSourceConfig;
  readonly dryRun: boolean;
  /** Milliseconds to wait for a build that runs. */
  readonly waitMs: number;
  /** Says what to do, by what there is. What it throws ends all, with nothing written. */
  readonly plan: (rows: KeptRows, context: ActContext) => EntryPlan;
  /** Called before anything is published. */
  readonly onPlanned: (entries: readonly PlannedEntry[]) => void;
}

/**
 * Does what the plan says, and publishes the zones that take the source.
 * @throws OperatorError what the plan throws, BUILD_HELD after `waitMs`, STORE_UNUSABLE, STORE_TOO_NEW, STORE_NO_SPACE
 */
export async function keepEntries(options: KeepOptions): Promise<readonly KeptZone[]> {
  const { config, clock, logger, dryRun } = options;
  // From when the store is locked there is one time, however long it takes.
  let nowMs: number | undefined;
  const build = {
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
    return keepIn(store, options);
  });
}

async function keepIn(
  store: BuildStore,
  { config, source, plan, onPlanned, dryRun }: KeepOptions,
): Promise<KeptZone[]> {
  const { snapshots, ledger } = store;
  const feed = { role: "block", list: source } as const;
  const { historySeconds } = config;
  const options = { ...store, profiles: snapshots.profiles, clock: store.options.clock, historySeconds };
  const taking = zonesTaking(config, source);
  // Without guards and allow lists nothing may be blocked, and these are read with everything else.
  const isFirst = isFirstBuild(store, taking);
  if (isFirst) await refreshAll(store);
  else refreshManual(feed, options);
  const before = snapshots.current(source.id)?.id;
  const context = { at: timeOfSource(feed, options), profiles: snapshots.profiles, fades: source.decay !== undefined };
  const planned = plan(rowsOf(ledger, source.id), context);
  if (planned.acts.length > 0) takeActs(feed, options, planned);
  onPlanned(effectsOf(store, planned, { config, source, taking, before, at: context.at }));
  return publishSource(store, source, { isFirst, dryRun });
}

function rowsOf(ledger: Ledger, id: string): KeptRows {
  const source = ledger.sourceOf(id)?.source;
  if (source === undefined) return { rowsAt: () => [], rowsOfId: () => [] };
  return {
    rowsAt: (key) => ledger.rowsAt(source, key),
    rowsOfId: (externalId) => [...ledger.walk(source)].filter((row) => row.externalId === externalId),
  };
}

interface Effecting {
  readonly config: Config;
  readonly source: ManualSourceConfig;
  readonly taking: readonly ZoneConfig[];
  /** The source's snapshot without the acts. */
  readonly before: number | undefined;
  readonly at: number;
}

function effectsOf(
  { snapshots }: BuildStore,
  { shown }: EntryPlan,
  { config, source, taking, before, at }: Effecting,
): PlannedEntry[] {
  const compiling = compilingOf(source, at, snapshots.profiles);
  const zones = taking.map((zone) => {
    const policy = policyOf(zone, config);
    const after = currentInputs(policy, snapshots);
    const inputs: SnapshotIds = before === undefined ? after : { ...after, [source.id]: before };
    return new EntryEffects(policy, snapshots, inputs, after);
  });
  return shown.map((row) => {
    const { counts, profile } = compileRow(row, compiling);
    const now = snapshots.profiles.factsOf(profile);
    const effects = zones.flatMap((zone) => zone.of({ ...row, source: source.id, facts: now }) ?? []);
    const facts = snapshots.profiles.factsOf(row.profile);
    return { row, counts, at, facts, confidenceNow: now.confidence, effects };
  });
}
