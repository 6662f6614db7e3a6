/** Compiles a source's rows of the ledger into a draft of its snapshot: only names whose rows changed, or fell due. */
import { compareBytes } from "../../base/bytes.ts";
import { EntryBlockList, type EntryBlocks, EntryCursor } from "../../indicator/entry/block.ts";
import { Statements } from "../../indicator/entry/statements.ts";
import { batchRows, type Ledger } from "../../store/ledger.ts";
import type { Draft, Snapshot, Snapshots } from "../../store/snapshots.ts";
import { type DraftChanges, DraftWriter } from "../draft-writer.ts";
import type { NamesChanged } from "../limit.ts";
import { type Compiled, type Compiling, compileKey, countsAt } from "./compile.ts";
import { StateTally } from "./states.ts";
import type { KeyRows, WantedRow } from "./sync.ts";

/** What a draft is compared with. */
export interface Before {
  /** The snapshot before; undefined where there is none. */
  readonly previous: Pick<Snapshot, "id" | "entries" | "compiledFor"> | undefined;
  /** Whether names whose rows stayed as they are may have been compiled otherwise before. */
  readonly all: boolean;
}

export interface CompileTask extends Before {
  readonly source: number;
  readonly draft: Draft;
  readonly changesMax: number;
  readonly goneSince: number | undefined;
}

/** What changed of the names, whatever the reason. */
interface KeysChanged extends NamesChanged {
  readonly addedUnder: ReadonlyMap<number, number>;
  /** Names that count now and did not before, and the reverse. */
  readonly came: number;
  readonly left: number;
}

export interface CompiledDraft extends DraftChanges, KeysChanged {
  readonly states: StateTally;
}

/** `keys` come in order, each with all its rows; those that changed are written. */
export function compileSnapshot(
  { snapshots, ledger }: { readonly snapshots: Snapshots; readonly ledger: Pick<Ledger, "write"> },
  task: CompileTask,
  keys: Iterable<KeyRows>,
  compiling: Compiling,
): CompiledDraft {
  const { draft, previous, changesMax, source } = task;
  const writer = new DraftWriter(snapshots, {
    draft,
    previous: previous?.id,
    from: undefined,
    to: undefined,
    changesMax,
    takenAt: compiling.at,
    goneSince: task.goneSince,
  });
  const all = task.all || previous === undefined || draft.source === undefined;
  const states = new StateTally(compiling, previous?.compiledFor, all);
  let rows: WantedRow[] = [];
  const flush = (): void => {
    if (rows.length > 0) ledger.write(source, rows);
    rows = [];
  };
  const changed = compileKeys(snapshots, { previous, all }, keys, compiling, (key, said, compiled, before, now) => {
    said.rows.forEach((row, i) => {
      const due = compiled[i]?.due;
      if (said.changed.has(row)) {
        row.due = due;
        rows.push(row);
      } else if (row.due !== due) rows.push({ ...row, due });
    });
    states.add(said, (row) => compiled[row]?.counts === true);
    if (rows.length >= batchRows) flush();
    writer.put(key, key.length, before, now);
  });
  flush();
  return { ...changed, ...writer.finish(), states };
}

/** What `compileSnapshot` would change. */
export interface TrialChanges extends KeysChanged {
  /** The keys that it would look at, with their rows; undefined where these are many. */
  readonly found: readonly KeyRows[] | undefined;
}

/** Rows that a trial remembers, some 500 octets each. */
const foundRowsMax = 100_000;

/** Compiles without writing anything; `onKey` is told what is said of each key that it looks at, before and now. */
export function tryChanges(
  snapshots: Snapshots,
  before: Before,
  keys: Iterable<KeyRows>,
  compiling: Compiling,
  onKey?: (key: Uint8Array, before: Statements, now: Statements) => void,
): TrialChanges {
  let found: KeyRows[] = [];
  let rows = 0;
  const changed = compileKeys(snapshots, before, keys, compiling, (key, said, _, wasSaid, isSaid) => {
    onKey?.(key, wasSaid, isSaid);
    rows += said.rows.length;
    if (rows <= foundRowsMax) found.push(said);
    else found = [];
  });
  return { ...changed, found: rows <= foundRowsMax ? found : undefined };
}

type Take = (
  key: Uint8Array,
  rows: KeyRows,
  compiled: readonly Compiled[],
  before: Statements,
  now: Statements,
) => void;

/** Gives what is said of each key that may have changed, before and now. */
function compileKeys(
  snapshots: Snapshots,
  { previous, all }: Before,
  keys: Iterable<KeyRows>,
  compiling: Compiling,
  take: Take,
): KeysChanged {
  const old = new EntryCursor(previous === undefined ? new EntryBlockList([]) : snapshots.blocks(previous.id));
  const before = new Statements();
  const now = new Statements();
  let entries = previous?.entries ?? 0;
  let added = 0;
  let missing = 0;
  let unreadable = 0;
  let takenBack = 0;
  let toReview = 0;
  let otherwise = 0;
  let came = 0;
  let left = 0;
  const addedUnder = new Map<number, number>();
  for (const said of all && previous !== undefined ? withListed(keys, snapshots.blocks(previous.id)) : keys) {
    const { key } = said;
    const isDue = said.rows.some(({ due }) => due !== undefined && due <= compiling.at);
    if (!all && !isDue && said.changed.size === 0) continue;
    const compiled = compileKey(said.rows, compiling, now);
    before.clear();
    if (previous !== undefined) {
      old.seek(key);
      if (old.isAt(key)) before.take(old);
    }
    // A source whose snapshot had no rows so far knows no better when it saw a name first.
    if (now.count > 0) now.keepTimes(before, now.seen[0] as number);
    if (before.count === 0 && now.count > 0) {
      came += 1;
      if (isBegunByList(said, compiling)) {
        added += 1;
        if (previous !== undefined) countProfiles(now, addedUnder);
      }
    }
    if (before.count > 0 && now.count === 0) {
      left += 1;
      const why = whyGone(said, compiling);
      if (why === "taken-back") takenBack += 1;
      if (why === "review") toReview += 1;
      if (why === "gone" || why === "unreadable") missing += 1;
      if (why === "unreadable") unreadable += 1;
    }
    if (before.count > 0 && now.count > 0 && said.changed.size > 0 && before.allFlags !== now.allFlags) otherwise += 1;
    entries += now.count - before.count;
    take(key, said, compiled, before, now);
  }
  return { entries, added, missing, otherwise, unreadable, takenBack, toReview, addedUnder, came, left };
}

/** Adds one to each profile of a name. */
function countProfiles({ count, profiles }: Statements, counts: Map<number, number>): void {
  for (let i = 0; i < count; i++) {
    const profile = profiles[i] as number;
    counts.set(profile, (counts.get(profile) ?? 0) + 1);
  }
}

/** Whether a name counts since the list says something else, and not by itself. */
function isBegunByList({ rows, changed }: KeyRows, compiling: Compiling): boolean {
  return rows.some((row) => changed.has(row) && (row.was === undefined || !countsAt(row.was, compiling)));
}

/** `review`: a person must decide anew, since something else is reported. */
type WhyGone = "gone" | "unreadable" | "review" | "taken-back" | "by-itself";

/** Why no row of a name counts any more: rows that would not count in any case have no part in it. */
function whyGone({ rows, changed }: KeyRows, compiling: Compiling): WhyGone {
  // It was listed before there were rows.
  if (rows.length === 0) return "gone";
  let why: WhyGone = "by-itself";
  for (const row of rows) {
    if (!changed.has(row) || (row.was !== undefined && !countsAt(row.was, compiling))) continue;
    if (row.state === "withdrawn") return "gone";
    if (row.state === "unreadable") why = "unreadable";
    else if (row.state === "review" && why !== "unreadable") why = "review";
    else if (why === "by-itself") why = "taken-back";
  }
  return why;
}

const noRows: ReadonlySet<WantedRow> = new Set();

/** Keys with those between them that are listed and have no rows: of a snapshot that was not compiled from rows. */
function* withListed(keys: Iterable<KeyRows>, blocks: EntryBlocks): Generator<KeyRows, undefined> {
  const listed = new EntryCursor(blocks);
  listed.rewind();
  const keyAt = (): Uint8Array => listed.key.subarray(0, listed.keyBytes);
  const without = (): KeyRows => ({ key: keyAt().slice(), rows: [], changed: noRows });
  const pass = (): void => {
    while (listed.repeats) listed.advance();
    listed.advance();
  };
  for (const said of keys) {
    for (; listed.live && compareBytes(keyAt(), said.key) < 0; pass()) yield without();
    yield said;
    if (listed.live && compareBytes(keyAt(), said.key) === 0) pass();
  }
  for (; listed.live; pass()) yield without();
  return undefined;
}

/** Rows of the keys that fall due up to a time, for `compileSnapshot`. */
export function* dueRows(ledger: Ledger, source: number, at: number): Generator<KeyRows, undefined> {
  for (const key of ledger.keysDue(source, at)) yield { key, rows: ledger.rowsAt(source, key), changed: noRows };
  return undefined;
}

/** All rows of a source by their keys, for a draft that shares nothing. */
export function* allRows(ledger: Ledger, source: number): Generator<KeyRows, undefined> {
  let rows: WantedRow[] = [];
  for (const row of ledger.walk(source)) {
    const key = rows[0]?.key;
    if (key !== undefined && compareBytes(key, row.key) !== 0) {
      yield { key, rows, changed: noRows };
      rows = [];
    }
    rows.push(row);
  }
  const key = rows[0]?.key;
  if (key !== undefined) yield { key, rows, changed: noRows };
  return undefined;
}

/** All keys, in the place of those that changed these. */
export function* overlaid(all: Iterable<KeyRows>, changed: readonly KeyRows[]): Generator<KeyRows, undefined> {
  let next = 0;
  for (const said of all) {
    for (; next < changed.length; next++) {
      const other = changed[next] as KeyRows;
      const order = compareBytes(other.key, said.key);
      if (order > 0) break;
      yield other;
      if (order === 0) {
        next += 1;
        break;
      }
    }
    const last = changed[next - 1];
    if (last === undefined || compareBytes(last.key, said.key) !== 0) yield said;
  }
  yield* changed.slice(next);
  return undefined;
}
