/**
 * Deletes rows with their messages a little at a time, since on a disk that these rows have filled there is room for no more
 * in the log. For rows that nobody looks at any more: a process that ends halfway leaves the rest to the next one.
 */
import { type Database, preparing, transactSmall } from "./database.ts";

/** Messages that are deleted in one transaction: about 1 MiB of pages in the log. */
const deletedAtOnce = 64;

/** What of a table goes. The statements take the zone first. */
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

/** Deletes the rows that `select` gives for a zone and a version. */
export function deleteRows(db: Database, { select, remove }: StaleRows, zone: number, version: number): void {
  const sql = preparing(db);
  const stale = sql(select).all(zone, version) as StaleRow[];
  for (let at = 0; at < stale.length; at += deletedAtOnce) {
    transactSmall(db, () => {
      for (const { id, ...key } of stale.slice(at, at + deletedAtOnce)) {
        if (id !== null) sql("DELETE FROM message WHERE id = ?").run(id);
        sql(remove).run(zone, ...Object.values(key));
      }
    });
  }
}

export const removeBlock = "DELETE FROM block WHERE zone = ? AND first_key = ? AND born = ?";
export const removeDifference = "DELETE FROM difference WHERE zone = ? AND version = ? AND kind = ? AND seq = ?";
