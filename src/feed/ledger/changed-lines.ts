/**
 * Of a copy of which it is known which lines went and came, only these are read (`fetch/copy-changes.ts`): what they report is laid over the rows
 * that the ledger has. Where a row is not as the lines that went say, something else happened in between, and all is read.
 */
import { compareBytes } from "../../base/bytes.ts";
import { externalIdOf } from "../../indicator/facts/report.ts";
import { type RejectReport, Rejects, samplesMax } from "../../indicator/rejects.ts";
import type { Ledger, LedgerRow } from "../../store/ledger.ts";
import { isGone } from "../../store/ledger-states.ts";
import type { Snapshot } from "../../store/snapshots.ts";
import { digestOf } from "./digest.ts";
import type { ReportCounts, Reports } from "./reports.ts";
import { type KeyedReport, type KeyRows, type SyncOptions, syncRows } from "./sync.ts";

/** What lines report that went and came, and the snapshot that was made when those that went were there. */
export interface ReportsOfChanges {
  readonly went: Reports;
  readonly came: Reports;
  readonly current: Snapshot;
}

/** Of a name, what was reported of it and what is. */
interface ChangedKey {
  readonly key: Uint8Array;
  readonly went: readonly KeyedReport[];
  readonly came: readonly KeyedReport[];
}

/**
 * Whether the rows of a source are as the lines that went say, and no other line may have reported what came: then what the changed lines say is all
 * that there is to know.
 */
export function fitsRows(ledger: Ledger, source: number, changes: ReportsOfChanges): boolean {
  for (const { key, went, came } of changedKeys(changes)) {
    const rows = new Map(ledger.rowsAt(source, key).map((row) => [row.externalId, row]));
    const wentIds = new Set(went.map(({ text }) => externalIdOf(text)));
    for (const { flags, text } of went) {
      const row = rows.get(externalIdOf(text));
      if (row === undefined || isGone(row.state) || row.digest !== digestOf(flags, text)) return false;
    }
    for (const { text } of came) {
      const id = externalIdOf(text);
      const row = rows.get(id);
      // Rows without an id are known again by what all of a list says.
      if (id === "" || (row !== undefined && !isGone(row.state) && !wentIds.has(id))) return false;
    }
    if (wentIds.has("")) return false;
  }
  return true;
}

/** The names in changed lines with all of their rows: those that went are withdrawn, unless they came again. */
export function* rowsOfChanges(
  changes: ReportsOfChanges,
  ledger: Ledger,
  source: number,
  options: Omit<SyncOptions, "withdraws">,
): Generator<KeyRows, undefined> {
  for (const { key, went, came } of changedKeys(changes)) {
    const gone = new Set(went.map(({ text }) => externalIdOf(text)));
    const withdraws = (row: LedgerRow): boolean => gone.has(row.externalId);
    yield* syncRows(came[Symbol.iterator](), ledger.rowsAt(source, key)[Symbol.iterator](), { ...options, withdraws });
  }
  return undefined;
}

function* changedKeys({ went, came }: Pick<ReportsOfChanges, "went" | "came">): Generator<ChangedKey, undefined> {
  const before = went.walk();
  const after = came.walk();
  let old = before.next();
  let now = after.next();
  while (old.done !== true || now.done !== true) {
    const order = old.done === true ? 1 : now.done === true ? -1 : compareBytes(old.value.key, now.value.key);
    const { key } = (order <= 0 ? old.value : now.value) as KeyedReport;
    const changed = { key, went: [] as KeyedReport[], came: [] as KeyedReport[] };
    for (; old.done !== true && compareBytes(old.value.key, key) === 0; old = before.next())
      changed.went.push(old.value);
    for (; now.done !== true && compareBytes(now.value.key, key) === 0; now = after.next())
      changed.came.push(now.value);
    yield changed;
  }
  return undefined;
}

/** What there is in the whole list. */
export function countsAfter(changes: ReportsOfChanges): ReportCounts {
  const { went, came, current } = changes;
  const rejects = new Rejects();
  rejects.merge(rejectsAfter(changes), 0);
  return {
    lines: countOf(current.lines, went.lines, came.lines),
    rejects,
    given: countOf(current.entries + current.duplicates, went.given, came.given),
    duplicates: countOf(current.duplicates, went.duplicates, came.duplicates),
    distinct: came.distinct,
  };
}

function countOf(before: number, went: number, came: number): number {
  return Math.max(0, before - went + came);
}

/** Rejects of the whole list, with samples of what came, and of before. */
function rejectsAfter({ went, came, current }: ReportsOfChanges): RejectReport {
  const counts: Record<string, number> = {};
  const samples: Record<string, { line: number; text: string }[]> = {};
  const countsOf = (reports: Reports): Readonly<Record<string, number>> => reports.rejects.counts;
  for (const reason of new Set([...Object.keys(current.rejects), ...Object.keys(came.rejects.counts)])) {
    const before = current.rejects[reason];
    const count = countOf(before?.count ?? 0, countsOf(went)[reason] ?? 0, countsOf(came)[reason] ?? 0);
    if (count === 0) continue;
    counts[reason] = count;
    const gone = new Set(samplesOf(went, reason).map(({ text }) => text));
    // The places of lines in a part of a list say nothing.
    const kept = (before?.samples ?? []).filter(({ text }) => !gone.has(text));
    const added = samplesOf(came, reason).map(({ text }) => ({ line: 0, text }));
    samples[reason] = [...kept, ...added].slice(0, samplesMax);
  }
  return { counts, samples };
}

function samplesOf({ rejects }: Reports, reason: string): readonly { readonly line: number; readonly text: string }[] {
  return (rejects.samples as Readonly<Record<string, { line: number; text: string }[]>>)[reason] ?? [];
}
