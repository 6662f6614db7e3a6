/** Takes in rows that people changed: rows, what is noted of it and snapshot are one transaction, so that a kill leaves all or nothing. */
import { compareBytes } from "../../base/bytes.ts";
import type { Ledger, LedgerRow } from "../../store/ledger.ts";
import type { Draft, Snapshot } from "../../store/snapshots.ts";
import { type AgingFeed, type Compilers, type CompileWork, writeCompiled } from "./accept.ts";
import { allRows, overlaid } from "./snapshot.ts";
import type { KeyRows, WantedRow } from "./sync.ts";

/** Octets that a row takes, about, with its texts and its places in the indexes. */
const rowBytes = 600;

interface TakeWork extends Pick<CompileWork, "facts" | "compiling"> {
  /** Unix seconds. */
  readonly at: number;
  readonly isUnfinished: boolean;
  /** Notes what was done to rows of a source, in one transaction with what `write` writes: about `bytes` octets. */
  note(source: number, bytes: number, write: () => void): void;
}

/**
 * Writes rows that people changed, of each key all that there are, by key; what fell due must have been compiled. Says whether
 * the snapshot is a new one.
 */
export function takeRows(
  { list }: AgingFeed,
  options: Omit<Compilers, "ledger" | "onStopped"> & { readonly ledger: Ledger },
  keys: readonly KeyRows[],
  { at, facts, compiling, isUnfinished, note }: TakeWork,
): boolean {
  const { snapshots, ledger, profiles, historySeconds } = options;
  const current = snapshots.current(list.id) as Snapshot;
  const gathered: WantedRow[] = [];
  const together: Compilers["ledger"] = {
    sourceOf: (name) => ledger.sourceOf(name),
    write: (_, rows) => void gathered.push(...rows),
    finish: (source, with_, unfinished, commit, states) =>
      note(source, rowBytes * gathered.length, () => {
        const bringIn = (): void => {
          ledger.write(source, gathered);
          commit();
        };
        ledger.finish(source, with_, unfinished, bringIn, states);
      }),
  };
  const stored = (): Iterable<KeyRows> => {
    const source = ledger.sourceOf(list.id)?.source;
    return source === undefined ? [] : allRows(ledger, source);
  };
  return writeCompiled(
    { list },
    { snapshots, profiles, historySeconds, ledger: together },
    { current, all: false },
    at,
    {
      keys: (draft: Draft) => (draft.source === undefined ? overlaid(stored(), keys) : keys),
      facts,
      compiling,
      isUnfinished,
    },
  );
}

/** Changed rows by key, each with the other rows of its key. */
export function keysOfChanged(
  changed: readonly WantedRow[],
  rowsAt: (key: Uint8Array) => readonly LedgerRow[],
): KeyRows[] {
  const byKey = new Map<string, WantedRow[]>();
  for (const row of changed) {
    const name = Buffer.from(row.key).toString("latin1");
    byKey.set(name, [...(byKey.get(name) ?? []), row]);
  }
  return [...byKey.values()]
    .map((rows): KeyRows => {
      const { key } = rows[0] as WantedRow;
      const ids = new Set(rows.map(({ externalId }) => externalId));
      const others = rowsAt(key).filter(({ externalId }) => !ids.has(externalId));
      const all = [...others, ...rows].sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
      return { key, rows: all, changed: new Set(rows) };
    })
    .sort((a, b) => compareBytes(a.key, b.key));
}
