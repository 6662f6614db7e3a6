/**
 * Deletes rows with their messages a little at a time, since on a disk that these rows have filled there is room for no more
 * in the log. For rows that nobody looks at any more: a process that ends halfway leaves the rest to the next one.
 */
import { type Database, fileOf, preparing, transactSmall } from "./database.ts";
import { hasSpaceFor } from "./disk-space.ts";

/** Messages that are deleted in one transaction. */
const deletedAtOnce = 64;
/** The same where room is short. Each message may lie in a page of its own: about half a mebibyte in the log. */
const deletedAtOnceMin = 8;

/**
 * How many rows one transaction may delete: `rows`, or few where there is no room for their pages in the log. Each row has
 * `pages` at most.
 */
export function fewAtOnce(db: Database, rows: number, pages: number): number {
  const file = fileOf(db);
  return file === undefined || hasSpaceFor(file, 0, rows * pages) ? rows : deletedAtOnceMin;
}

/** What of a table goes. The statements take whose rows they are first: a zone, a source or a snapshot. */
export interface StaleRows {
  /** Gives the message of each row as `id`, null where it has none, and then the rest of its key. */
  readonly select: string;
  /** Deletes the row of a key. */
  readonly remove: string;
}

interface StaleRow {
  readonly id: number | null;
  readonly [column: string]: unknown;
}

/** Deletes the rows that `select` gives for an owner and what else it takes. */
export function deleteRows(
  db: Database,
  { select, remove }: StaleRows,
  owner: number,
  ...bound: readonly (number | string)[]
): void {
  const sql = preparing(db);
  const stale = sql(select).all(owner, ...bound) as StaleRow[];
  for (let at = 0; at < stale.length; ) {
    const end = at + fewAtOnce(db, deletedAtOnce, 1);
    const some = stale.slice(at, end);
    at = end;
    transactSmall(db, () => {
      for (const { id, ...key } of some) {
        if (id !== null) sql("DELETE FROM message WHERE id = ?").run(id);
        sql(remove).run(owner, ...Object.values(key));
      }
    });
  }
}

export const removeBlock = "DELETE FROM block WHERE zone = ? AND first_key = ? AND born = ?";
export const removeDifference = "DELETE FROM difference WHERE zone = ? AND version = ? AND kind = ? AND seq = ?";
export const removeEntries = "DELETE FROM entry_block WHERE source = ? AND first_key = ? AND created = ?";
export const removeOwnBlock = "DELETE FROM snapshot_block WHERE snapshot = ? AND kind = ? AND first_key = ?";
