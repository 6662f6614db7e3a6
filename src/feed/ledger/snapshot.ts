/** Compiles a source's rows of the ledger into a draft of its snapshot: only names whose rows changed, or fell due. */
import { type EntryBlocks, EntryCursor } from "../../indicator/entry/block.ts";
import { Statements } from "../../indicator/entry/statements.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { Draft, Snapshots } from "../../store/snapshots.ts";
import { type DraftChanges, DraftWriter } from "../draft-writer.ts";
import { type Compiling, compileKey } from "./compile.ts";
import type { KeyRows, WantedRow } from "./sync.ts";

export interface CompileTask {
  readonly source: number;
  readonly draft: Draft;
  /** The snapshot before; undefined where there is none. */
  readonly previous: { readonly id: number; readonly entries: number } | undefined;
  /** Whether names whose rows stayed as they are may have been compiled otherwise before. */
  readonly all: boolean;
  readonly changesMax: number;
}

export interface CompiledDraft extends DraftChanges {
  readonly entries: number;
  /** Names that count now and did not before. */
  readonly added: number;
  /** Names that counted before and do not now. */
  readonly missing: number;
}

/** Rows written in one transaction. */
const batchRows = 5000;

/** `keys` come in order, each with all its rows; those that changed are written. */
export function compileSnapshot(
  { snapshots, ledger }: { readonly snapshots: Snapshots; readonly ledger: Ledger },
  task: CompileTask,
  keys: Iterable<KeyRows>,
  compiling: Compiling,
): CompiledDraft {
  const { draft, previous, changesMax, source } = task;
  const old = new EntryCursor(previous === undefined ? noBlocks : snapshots.blocks(previous.id));
  const writer = new DraftWriter(snapshots, {
    draft,
    previous: previous?.id,
    from: undefined,
    to: undefined,
    changesMax,
  });
  const writesAll = task.all || previous === undefined || draft.source === undefined;
  const before = new Statements();
  const now = new Statements();
  let entries = previous?.entries ?? 0;
  let added = 0;
  let missing = 0;
  let rows: WantedRow[] = [];
  const flush = (): void => {
    if (rows.length > 0) ledger.write(source, rows);
    rows = [];
  };
  for (const { key, rows: said, changed } of keys) {
    const isDue = said.some(({ due }) => due !== undefined && due <= compiling.at);
    if (!writesAll && !isDue && changed.size === 0) continue;
    const compiled = compileKey(said, compiling, now);
    said.forEach((row, i) => {
      const due = compiled[i]?.due;
      if (changed.has(row) || row.due !== due) rows.push({ ...row, due });
    });
    if (rows.length >= batchRows) flush();
    before.clear();
    old.seek(key);
    if (old.live && Buffer.compare(old.key.subarray(0, old.keyBytes), key) === 0) before.take(old);
    if (before.count === 0 && now.count > 0) added += 1;
    if (before.count > 0 && now.count === 0) missing += 1;
    entries += now.count - before.count;
    writer.put(key, key.length, before, now);
  }
  flush();
  return { entries, added, missing, ...writer.finish() };
}

const noBlocks: EntryBlocks = { at: () => undefined, first: () => undefined, next: () => undefined };

/** Rows of the keys that fall due up to a time, for `compileSnapshot`. */
export function* dueRows(ledger: Ledger, source: number, at: number): Generator<KeyRows, undefined> {
  const nothing: ReadonlySet<WantedRow> = new Set();
  for (const key of ledger.keysDue(source, at)) yield { key, rows: ledger.rowsAt(source, key), changed: nothing };
  return undefined;
}
