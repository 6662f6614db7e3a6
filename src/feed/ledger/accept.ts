/**
 * Takes what a source with facts reports into the ledger, and compiles its snapshot; and compiles it anew when what it
 * reported begins, ends or fades. The limit is looked at before the first row is written.
 *
 * Rows and snapshot are written in many transactions. A source is unfinished from the first row that was written until its
 * snapshot counts: one that is found so was killed in between, and all its rows are compiled.
 */
import { nowSeconds } from "../../base/clock.ts";
import type { SourceConfig } from "../../config/types.ts";
import { shownKey } from "../../indicator/entry/shown-key.ts";
import { maskedName, mentionsMasked } from "../../indicator/facts/masked.ts";
import { samplesMax } from "../../indicator/rejects.ts";
import { goneSince } from "../../store/gone-names.ts";
import type { Ledger, LedgerRow } from "../../store/ledger.ts";
import { changesListedMax, type Draft, type Snapshot } from "../../store/snapshots.ts";
import type { Turnover } from "../../store/source-turnover.ts";
import type { Accepted } from "../accept.ts";
import { type Feed, isSourceReadOtherwise } from "../feed.ts";
import { newToday } from "../hold.ts";
import { emptinessOf, keptRejects, surpriseOf } from "../limit.ts";
import type { RefreshOptions } from "../options.ts";
import { onCutLine } from "../remarks.ts";
import { BoundedProfiles } from "./bounded-profiles.ts";
import { countsAfter, type ReportsOfChanges, rowsOfChanges } from "./changed-lines.ts";
import { changedRows } from "./changed-rows.ts";
import type { ProfileNumbers } from "./compile.ts";
import { compiledWith, compilingOf } from "./compiling.ts";
import { lookAtReports } from "./look.ts";
import { newByOrganisation } from "./new-by-organisation.ts";
import { nextCompile } from "./next-compile.ts";
import type { ReportCounts, Reports } from "./reports.ts";
import {
  allRows,
  type Before,
  type CompiledDraft,
  compileSnapshot,
  dueRows,
  overlaid,
  tryChanges,
} from "./snapshot.ts";
import { dated, type KeyRows, type SyncOptions, syncRows, type WantedRow } from "./sync.ts";
import type { Reviewing } from "./verdict.ts";

/** A list of malicious names. */
export type SourceFeed = Extract<Feed, { role: "block" }>;

/** What was read of a source, and the snapshot that it may replace. */
export interface ReportsReading {
  /** Of the whole list; where only changed lines were read, without its entries. */
  readonly reports: Reports | ReportCounts;
  /** Where only these were read. */
  readonly changes?: ReportsOfChanges;
  readonly fingerprint: string;
  readonly format: string;
  readonly current: Snapshot | undefined;
}

/** Takes in what was read, if it may be. @throws OperatorError SOURCE_EMPTY */
export function acceptReports(
  feed: SourceFeed,
  options: RefreshOptions,
  read: ReportsReading & { readonly reports: Reports },
): Accepted {
  const accepted = acceptRead(feed, options, read);
  if (accepted === "beyond") throw new RangeError("A whole list is held by what it says");
  return accepted;
}

/** Takes in the changed lines of a list; undefined where all of it must be read. */
export function acceptChanges(
  feed: SourceFeed,
  options: RefreshOptions,
  changes: ReportsOfChanges,
  read: Pick<ReportsReading, "fingerprint" | "format">,
): Extract<Accepted, { remarks: unknown }> | undefined {
  const { current } = changes;
  const accepted = acceptRead(feed, options, { ...read, reports: countsAfter(changes), changes, current });
  return accepted === "beyond" || accepted.outcome === "held" ? undefined : accepted;
}

/** `beyond`: changed lines are beyond a bound of the source. */
function acceptRead(feed: SourceFeed, options: RefreshOptions, read: ReportsReading): Accepted | "beyond" {
  const { ledger, profiles } = options;
  const { reports, changes, fingerprint, format, current } = read;
  const { list } = feed;
  const isWhole = !options.accept && changes === undefined;
  const emptiness = isWhole ? emptinessOf(feed, reports.given, current, reports.rejects) : undefined;
  const now = nowSeconds(options.clock);
  const at = compileTime(now, current);
  const known = ledger.sourceOf(list.id);
  const before: Before = {
    previous: current,
    all: known === undefined || known.isUnfinished || known.compiling !== compiledWith(list),
  };
  let cut: string[] = [];
  let cutCount = 0;
  const keysOf = (numbers: ProfileNumbers, source: number | undefined, all: boolean): Iterable<KeyRows> => {
    const bounded = new BoundedProfiles(numbers, {
      has: (facts) => profiles.has(facts),
      count: () => profiles.count(),
      countOfSource: () => (source === undefined ? 0 : ledger.profilesOf(source)),
    });
    cut = [];
    cutCount = 0;
    const sync: SyncOptions = {
      takenAt: at,
      readBefore: current?.takenAt,
      withdraws: () => true,
      profileOf: (facts) => bounded.of(facts),
      factsOf: (profile) => numbers.factsOf(profile),
      reviewing: { trust: list.trust, decisionsAt: decisionsOf(ledger, known?.source) },
      reviewsAnew: before.all,
      onCut: (key, facts) => {
        cutCount += 1;
        if (cut.length >= samplesMax) return;
        cut.push(mentionsMasked(facts) ? maskedName(shownKey(key), undefined) : shownKey(key));
      },
    };
    if (changes !== undefined && source !== undefined) return rowsOfChanges(changes, ledger, source, sync);
    if (!("walk" in reports)) throw new RangeError("A source that is read for the first time has no changed lines");
    if (source === undefined) return syncRows(reports.walk(), noRows[Symbol.iterator](), sync);
    return all ? syncRows(reports.walk(), ledger.walk(source), sync) : changedRows(reports, ledger, source, sync);
  };
  let found: Iterable<KeyRows> | undefined;
  if (!options.accept && (current !== undefined || list.guard?.minEntries !== undefined)) {
    const trial = profiles.trial();
    const tryAll = (onKey?: Parameters<typeof tryChanges>[4]) =>
      tryChanges(
        options.snapshots,
        before,
        keysOf(trial, known?.source, before.all),
        compilingOf(list, at, trial),
        onKey,
      );
    const tried = tryAll();
    // Whether a list is empty is told by all of it.
    if (changes !== undefined && tried.entries === 0) return "beyond";
    // What is said of names that stay counts only where nobody decided that they are read otherwise.
    const isOtherwise = current === undefined || isSourceReadOtherwise(feed, current);
    const changed = isOtherwise ? { ...tried, otherwise: 0, toReview: 0 } : tried;
    const organisations = newByOrganisation(list, tried.addedUnder, trial);
    const reading = { before: current?.entries, today: newToday(list, options, now), organisations };
    const change = surpriseOf(list, changed, reading, emptiness);
    if (change !== undefined) {
      // What is held is held by all that the list says.
      if (!("walk" in reports)) return "beyond";
      return { outcome: "held", held: { change, look: (rankOf) => lookAtReports(reports, tryAll, rankOf) } };
    }
    // Most of a large list stays as it is, and need not be walked twice. The rows of a source that was out of the ledger were
    // not among what was tried.
    if (known !== undefined && current !== undefined && tried.found !== undefined)
      found = numbered(tried.found, trial, profiles);
  }
  if (known === undefined && reports.distinct >= manyReports) ledger.beginMany();
  const isNew = writeCompiled(feed, options, { current, all: before.all }, at, {
    // A source that was in the ledger once has rows from then. A draft that shares no block needs every key.
    keys: ({ source }) => {
      if (found !== undefined && source !== undefined) return found;
      const ofSource = source ?? known?.source;
      const keys = keysOf(profiles, ofSource, before.all || current === undefined || source === undefined);
      if (changes === undefined || source !== undefined || ofSource === undefined) return keys;
      return overlaid(allRows(ledger, ofSource), [...keys]);
    },
    facts: ({ entries }) => {
      if (cutCount > 0) reports.rejects.addNames("facts-cut", cutCount, cut);
      return {
        takenAt: now,
        fingerprint,
        format,
        lines: reports.lines,
        entries,
        duplicates: reports.duplicates,
        rejects: keptRejects(reports.rejects),
      };
    },
    compiling: compiledWith(list),
    turnover: ({ added, came, left, addedUnder }) => ({
      added: came,
      removed: left,
      counted: options.accept ? 0 : added,
      organisations: options.accept ? undefined : newByOrganisation(list, addedUnder, profiles),
    }),
  });
  return { outcome: isNew ? "new" : "same", remarks: onCutLine(list.from, reports.rejects) };
}

/** Rows that were tried, with profiles that are kept. */
function* numbered(
  keys: readonly KeyRows[],
  trial: ProfileNumbers,
  kept: ProfileNumbers,
): Generator<KeyRows, undefined> {
  for (const { key, rows, changed } of keys) {
    if (changed.size === 0) {
      yield { key, rows, changed };
      continue;
    }
    const isNew = new Set<WantedRow>();
    const renumbered = rows.map((row) => {
      if (!changed.has(row)) return row;
      const wanted = dated({ ...row, profile: kept.numberOf(trial.factsOf(row.profile)) });
      isNew.add(wanted);
      return wanted;
    });
    yield { key, rows: renumbered, changed: isNew };
  }
  return undefined;
}

/** Compiles what began, ended or faded by now, and says whether anything changed by it. */
export function compileDue(
  feed: AgingFeed,
  options: Pick<RefreshOptions, "snapshots" | "ledger" | "profiles" | "clock" | "historySeconds">,
): boolean {
  const { ledger, snapshots } = options;
  const known = ledger.sourceOf(feed.list.id);
  const current = snapshots.current(feed.list.id);
  if (known === undefined || current?.compiledFor === undefined) return false;
  const at = compileTime(nowSeconds(options.clock), current);
  const next = nextCompile(feed.list.id, options);
  if (next === undefined || next > at) return false;
  return writeCompiled(feed, options, { current, all: false }, at, {
    keys: (draft) => (draft.source === undefined ? allRows(ledger, known.source) : dueRows(ledger, known.source, at)),
    facts: ({ entries }) => ({ ...current, entries, since: at }),
    compiling: known.compiling,
    isUnfinished: known.isUnfinished,
  });
}

/** What was decided on entries of a source, looked up only where there is anything. */
function decisionsOf({ decisions }: Ledger, source: number | undefined): Reviewing["decisionsAt"] {
  if (source === undefined || !decisions.hasAny(source)) return () => [];
  return (key) => decisions.at(source, key);
}

const noRows: readonly LedgerRow[] = [];
/** Reports of a source that is new from which on its rows are many. */
const manyReports = 50_000;

/** Time does not go back: what ended once has ended, whatever the clock says now. */
export function compileTime(now: number, current: Snapshot | undefined): number {
  return Math.max(now, current?.compiledFor ?? 0);
}

/** A source, as far as compiling its rows goes. */
export interface AgingFeed {
  readonly list: Pick<SourceConfig, "id" | "confidence" | "decay">;
}

/** What rows are compiled with. */
export interface Compilers extends Pick<RefreshOptions, "snapshots" | "profiles" | "historySeconds" | "onStopped"> {
  readonly ledger: Pick<Ledger, "write" | "finish" | "sourceOf">;
}

export interface CompileWork {
  keys(draft: Draft): Iterable<KeyRows>;
  /** What the snapshot says of itself. */
  facts(compiled: CompiledDraft): Omit<Parameters<RefreshOptions["snapshots"]["commit"]>[1], "previous" | "changes">;
  readonly compiling: string;
  /** Whether rows that are not among `keys` still wait to be compiled. */
  readonly isUnfinished?: boolean;
  /** What came and went by it; absent: all by itself or by a person's word, so that none of it counts. */
  turnover?(compiled: CompiledDraft): Turnover;
}

/** Writes rows and a snapshot; where the snapshot would be as it was, the one in force stays. Says whether it is new. */
export function writeCompiled(
  { list }: AgingFeed,
  { snapshots, ledger, profiles, historySeconds, onStopped }: Compilers,
  { current, all }: { readonly current: Snapshot | undefined; readonly all: boolean },
  at: number,
  work: CompileWork,
): boolean {
  const draft = snapshots.begin(list.id);
  const changesMax = changesListedMax(current?.entries ?? 0);
  const task = {
    source: draft.source ?? 0,
    draft,
    previous: current,
    all,
    changesMax,
    goneSince: goneSince(at, historySeconds),
  };
  // No row and no snapshot has a profile that is not there.
  const writing: Pick<Ledger, "write"> = {
    write: (source, rows) => {
      profiles.write();
      ledger.write(source, rows);
    },
  };
  const compiling = compilingOf(list, at, profiles);
  const compiled = compileSnapshot({ snapshots, ledger: writing }, task, work.keys(draft), compiling);
  profiles.write();
  const facts = { ...work.facts(compiled), compiledFor: at };
  const isNew = current === undefined || compiled.changes > 0;
  const bringIn = (): void => {
    if (!isNew) {
      snapshots.discard(draft);
      snapshots.touch(current.id, facts);
      return;
    }
    const changes = current === undefined || !compiled.areListed ? undefined : compiled.changes;
    const retired = current === undefined ? "all" : compiled.retired;
    const turnover = work.turnover?.(compiled) ?? { added: compiled.came, removed: compiled.left, counted: 0 };
    snapshots.commit(
      draft,
      { ...facts, previous: current?.id, changes },
      retired,
      current === undefined ? undefined : turnover,
    );
  };
  const states = compiled.states.counts(ledger.sourceOf(list.id)?.states);
  ledger.finish(task.source, work.compiling, work.isUnfinished === true, bringIn, states);
  onStopped?.(compiled.states.stopped);
  return isNew;
}
