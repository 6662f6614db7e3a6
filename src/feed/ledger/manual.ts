/**
 * Sources whose entries people keep: their rows are changed by acts, and their snapshots compiled from the rows as those of
 * any source with facts. Rows, acts and snapshot are one transaction: a kill leaves all of it or nothing.
 */
import { nowSeconds } from "../../base/clock.ts";
import { failsAlone } from "../../base/errors.ts";
import { isManual, manualFormat } from "../../config/source-kinds.ts";
import type { ManualSourceConfig } from "../../config/types.ts";
import type { EntryAct, EntryActs } from "../../store/entry-acts.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { RowCounts } from "../../store/ledger-states.ts";
import type { Draft, Snapshot } from "../../store/snapshots.ts";
import type { Feed } from "../feed.ts";
import type { RefreshOptions } from "../options.ts";
import type { Refreshed } from "../refresh.ts";
import { compileDue, compileTime, writeCompiled } from "./accept.ts";
import { compiledWith } from "./compiling.ts";
import { nextCompile } from "./next-compile.ts";
import { allRows, type CompiledDraft, overlaid } from "./snapshot.ts";
import type { KeyRows, WantedRow } from "./sync.ts";

/** A source whose entries people keep. */
export interface ManualFeed {
  readonly role: "block";
  readonly list: ManualSourceConfig;
}

/** Whether people keep the entries of a source, as against a list. */
export function isManualFeed(feed: Feed | ManualFeed): feed is ManualFeed {
  return feed.role === "block" && isManual(feed.list);
}

type ManualOptions = Pick<RefreshOptions, "snapshots" | "ledger" | "profiles" | "clock" | "historySeconds">;

/** The time up to which the source is compiled, Unix seconds: no earlier than it was before. */
export function timeOfSource({ list }: ManualFeed, { snapshots, clock }: ManualOptions): number {
  return compileTime(nowSeconds(clock), snapshots.current(list.id));
}

/** Whether the snapshot in force is what the rows say, but for what has fallen due. */
export function isCompiled({ list }: ManualFeed, { snapshots, ledger }: Pick<ManualOptions, "snapshots" | "ledger">) {
  const known = ledger.sourceOf(list.id);
  const isManual = snapshots.current(list.id)?.fingerprint === manualFormat;
  return isManual && known?.isUnfinished === false && known.compiling === compiledWith(list);
}

/**
 * Brings the snapshot in line with the rows: a first one, which may be empty; all of it where what decides besides the rows is
 * another; and what began, ended or faded by now.
 */
export function refreshManual(feed: ManualFeed, options: ManualOptions): Refreshed {
  const { list } = feed;
  const { snapshots, ledger } = options;
  let stopped: RowCounts = {};
  const watched = { ...options, onStopped: (counts: RowCounts) => void (stopped = counts) };
  const isNew = isCompiled(feed, options) ? compileDue(feed, watched) : compileAll(feed, watched);
  const known = ledger.sourceOf(list.id);
  return {
    id: list.id,
    outcome: isNew ? "new" : "untouched",
    snapshot: snapshots.current(list.id),
    error: undefined,
    formatReason: undefined,
    fault: undefined,
    due: nextCompile(list.id, options),
    remarks: [],
    states: known?.states,
    stopped,
  };
}

/** As `refreshManual`; that the disk has no room for it is in the result. */
export function tryRefreshManual(feed: ManualFeed, options: ManualOptions): Refreshed {
  try {
    return refreshManual(feed, options);
  } catch (error) {
    if (!failsAlone(error)) throw error;
    const snapshot = options.snapshots.current(feed.list.id);
    const states = options.ledger.sourceOf(feed.list.id)?.states;
    const nothing = { formatReason: undefined, fault: undefined, due: undefined, remarks: [], states, stopped: {} };
    return { id: feed.list.id, outcome: "failed", snapshot, error, ...nothing };
  }
}

function compileAll(feed: ManualFeed, options: ManualOptions): boolean {
  const { list } = feed;
  const { snapshots, ledger } = options;
  const current = snapshots.current(list.id);
  const known = ledger.sourceOf(list.id);
  return writeCompiled(feed, options, { current, all: true }, timeOfSource(feed, options), {
    keys: ({ source = known?.source }) => (source === undefined ? [] : allRows(ledger, source)),
    facts: (compiled) => factsOf(compiled, nowSeconds(options.clock)),
    compiling: compiledWith(list),
  });
}

function factsOf({ entries }: Pick<CompiledDraft, "entries">, takenAt: number) {
  return {
    takenAt,
    fingerprint: manualFormat,
    format: manualFormat,
    lines: entries,
    entries,
    duplicates: 0,
    rejects: {},
  };
}

/** Rows that people changed, of each key all that there are, by key; and what they did. */
export interface Acts {
  readonly keys: readonly KeyRows[];
  readonly acts: readonly EntryAct[];
}

/** Octets that a row takes, about, with its texts and its places in the indexes. */
const rowBytes = 600;

/** Takes acts in; the source must be compiled. Says whether the snapshot is a new one. */
export function takeActs(
  feed: ManualFeed,
  options: ManualOptions & { readonly entryActs: Pick<EntryActs, "noteWith"> },
  { keys, acts }: Acts,
): boolean {
  const { list } = feed;
  const { snapshots, ledger, profiles, entryActs, clock, historySeconds } = options;
  const current = snapshots.current(list.id) as Snapshot;
  const gathered: WantedRow[] = [];
  const together: Pick<Ledger, "write" | "finish" | "sourceOf"> = {
    sourceOf: (name) => ledger.sourceOf(name),
    write: (_, rows) => void gathered.push(...rows),
    finish: (source, compiling, isUnfinished, commit, states) =>
      entryActs.noteWith(source, acts, rowBytes * gathered.length, () => {
        const bringIn = (): void => {
          ledger.write(source, gathered);
          commit();
        };
        ledger.finish(source, compiling, isUnfinished, bringIn, states);
      }),
  };
  const stored = (): Iterable<KeyRows> => {
    const source = ledger.sourceOf(list.id)?.source;
    return source === undefined ? [] : allRows(ledger, source);
  };
  const at = timeOfSource(feed, options);
  return writeCompiled(feed, { snapshots, profiles, historySeconds, ledger: together }, { current, all: false }, at, {
    keys: (draft: Draft) => (draft.source === undefined ? overlaid(stored(), keys) : keys),
    facts: (compiled) => ({ ...factsOf(compiled, nowSeconds(clock)), since: at }),
    compiling: compiledWith(list),
  });
}
