/**
 * What people do to the entries that they keep: rows and snapshot are written, then the zones that take the source are
 * published, all while the store is locked. Lists are not read for it, unless a zone was never built.
 */
import type { ManualSourceConfig } from "../config/types.ts";
import type { ActContext } from "../feed/ledger/acts.ts";
import { type Acts, refreshManual, takeActs, timeOfSource } from "../feed/ledger/manual.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import type { Ledger, LedgerRow } from "../store/ledger.ts";
import { type ActOptions, effectsOf, type PlannedEntry, withActLock } from "./act-on-rows.ts";
import { type BuildStore, refreshAll } from "./build.ts";
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

export interface KeepOptions extends ActOptions {
  readonly source: ManualSourceConfig;
  /** Says what to do, by what there is. What it throws ends all, with nothing written. */
  readonly plan: (rows: KeptRows, context: ActContext) => EntryPlan;
  /** Called before anything is published. */
  readonly onPlanned: (entries: readonly PlannedEntry[]) => void;
}

/**
 * Does what the plan says, and publishes the zones that take the source.
 * @throws OperatorError what the plan throws, BUILD_HELD after `waitMs`, STORE_UNUSABLE, STORE_TOO_NEW, STORE_NO_SPACE
 */
export function keepEntries(options: KeepOptions): Promise<readonly KeptZone[]> {
  return withActLock(options, (store) => keepIn(store, options));
}

async function keepIn(
  store: BuildStore,
  { config, source, plan, onPlanned, dryRun }: KeepOptions,
): Promise<KeptZone[]> {
  const { snapshots, ledger } = store;
  const feed = { role: "block", list: source } as const;
  const { historySeconds } = config;
  const options = { ...store, profiles: snapshots.profiles, clock: store.options.clock, historySeconds };
  // Without guards and allow lists nothing may be blocked, and these are read with everything else.
  const isFirst = isFirstBuild(store, zonesTaking(config, source));
  if (isFirst) await refreshAll(store);
  else refreshManual(feed, options);
  const before = snapshots.current(source.id)?.id;
  const context = { at: timeOfSource(feed, options), profiles: snapshots.profiles, fades: source.decay !== undefined };
  const planned = plan(rowsOf(ledger, source.id), context);
  if (planned.acts.length > 0) takeActs(feed, options, planned);
  const inputs = before === undefined ? {} : { [source.id]: before };
  onPlanned(effectsOf(store, config, { source, rows: planned.shown, at: context.at }, inputs));
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
