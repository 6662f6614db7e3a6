/**
 * Deletes rows of the ledger that their source has not reported for long, and references that no row has any more, a little
 * at a time. What a source still reports stays, ended or not: it would come back with the next reading, as if it were new.
 */
import { type Database, fileOf, hasTable, preparing, transact, transactSmall } from "./database.ts";
import { hasSpaceFor } from "./disk-space.ts";

/** Rows that are deleted in one transaction; each may lie in a page of its own, of the table and of an index. */
const rowsAtOnce = 256;
/** The same where the disk is nearly full: about 1 MiB of pages in the log. */
const rowsAtOnceWithoutSpace = 8;
/** Octets of pages that a row which is deleted makes the log hold, at most. */
const pagesOfRow = 2 * 65_536;
/** References that are deleted in one transaction: they lie side by side. */
const referencesAtOnce = 2000;
/** References that may be left without a row before all are looked through, and the share of all of them. */
const staleMin = 100_000;
const staleShare = 0.25;

/** Deletes rows that were withdrawn up to a time (Unix seconds). No reference may be remembered by a `Ledger` meanwhile. */
export function expireRows(db: Database, upTo: number): void {
  const sql = preparing(db);
  const file = fileOf(db);
  let deleted = 0;
  for (;;) {
    const hasSpace = file === undefined || hasSpaceFor(file, rowsAtOnce * pagesOfRow);
    const limit = hasSpace ? rowsAtOnce : rowsAtOnceWithoutSpace;
    const old = sql("SELECT id FROM ledger WHERE state = 2 AND changed_at <= ? ORDER BY changed_at LIMIT ?");
    const ids = old.pluck().all(upTo, limit) as number[];
    if (ids.length > 0) {
      transactSmall(db, () => {
        for (const id of ids) sql("DELETE FROM ledger WHERE id = ?").run(id);
      });
    }
    deleted += ids.length;
    if (ids.length < limit) break;
  }
  if (areStale(sql, deleted)) sweepReferences(db);
  else if (deleted > 0) transact(db, () => noteStale(sql, deleted));
}

/** Deletes references that no row has. A store of an older schema has none. */
export function sweepReferences(db: Database): void {
  const sql = preparing(db);
  if (!hasTable(sql, "upkeep")) return;
  const newest = newestReference(sql);
  const unused = "SELECT id FROM reference WHERE id NOT IN (SELECT reference FROM ledger WHERE reference IS NOT NULL)";
  const ids = sql(unused).pluck().all() as number[];
  for (let at = 0; at < ids.length; at += referencesAtOnce) {
    transactSmall(db, () => {
      for (const id of ids.slice(at, at + referencesAtOnce)) sql("DELETE FROM reference WHERE id = ?").run(id);
    });
  }
  transact(db, () => {
    put(sql, "references swept up to", newest);
    put(sql, "references left", sql("SELECT count(*) FROM reference").pluck().get() as number);
    put(sql, "rows deleted since", 0);
  });
}

type Sql = ReturnType<typeof preparing>;

/** Whether enough references may be without a row: one is left by each that was made since, or whose row went. */
function areStale(sql: Sql, deleted: number): boolean {
  const stale = newestReference(sql) - get(sql, "references swept up to") + get(sql, "rows deleted since") + deleted;
  return stale > Math.max(staleMin, staleShare * get(sql, "references left"));
}

function noteStale(sql: Sql, deleted: number): void {
  put(sql, "rows deleted since", get(sql, "rows deleted since") + deleted);
}

function newestReference(sql: Sql): number {
  return (sql("SELECT max(id) FROM reference").pluck().get() as number | null) ?? 0;
}

type Upkeep = "references swept up to" | "references left" | "rows deleted since";

function get(sql: Sql, name: Upkeep): number {
  return (sql("SELECT value FROM upkeep WHERE name = ?").pluck().get(name) as number | undefined) ?? 0;
}

function put(sql: Sql, name: Upkeep, value: number): void {
  sql("INSERT INTO upkeep (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value").run(
    name,
    value,
  );
}
