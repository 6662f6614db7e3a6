/**
 * Deletes rows of the ledger that their source has not reported for long, and references that no row has any more, a little
 * at a time. What a source still reports stays, ended or not: it would come back with the next reading, as if it were new.
 */
import { type Database, hasTable, preparing, transact, transactSmall } from "./database.ts";
import { expirePast } from "./ledger-past.ts";
import { fewAtOnce } from "./row-deletion.ts";
import { type Upkeep, upkeepOf } from "./upkeep.ts";

/** Rows that are deleted in one transaction. */
const rowsAtOnce = 256;
/** Each row may lie in a page of its own, of the table and of an index. */
const pagesOfRow = 2;
/** References that are deleted in one transaction: they lie side by side. */
const referencesAtOnce = 2000;
/** References that may be left without a row before all are looked through, and the share of all of them. */
const staleMin = 100_000;
const staleShare = 0.25;

const withdrawn = "json_extract(states, '$.withdrawn')";
const uncount = `UPDATE ledger_source SET states = json_set(states, '$.withdrawn', ${withdrawn} - 1)
  WHERE source = ? AND ${withdrawn} > 0`;

/** Deletes rows that were withdrawn up to a time (Unix seconds), and what rows said up to then. No reference may be remembered by a `Ledger` meanwhile. */
export function expireRows(db: Database, upTo: number): void {
  const sql = preparing(db);
  expirePast(db, upTo);
  let deleted = 0;
  for (;;) {
    const limit = fewAtOnce(db, rowsAtOnce, pagesOfRow);
    const old = sql(
      "SELECT id, source FROM ledger WHERE state IN (2, 5) AND changed_at <= ? ORDER BY changed_at LIMIT ?",
    );
    const rows = old.all(upTo, limit) as { readonly id: number; readonly source: number }[];
    if (rows.length > 0) {
      transactSmall(db, () => {
        for (const { id, source } of rows) {
          // Rows of sources that are read without facts are not counted.
          sql(uncount).run(source);
          sql("DELETE FROM ledger WHERE id = ?").run(id);
          // The next row that is new may have its number.
          sql("DELETE FROM ledger_past WHERE entry = ?").run(id);
          sql("DELETE FROM review WHERE entry = ?").run(id);
        }
      });
    }
    deleted += rows.length;
    if (rows.length < limit) break;
  }
  const upkeep = upkeepOf(db) as Upkeep;
  const stale = (upkeep.get("rows deleted since") ?? 0) + deleted;
  if (areMany(sql, upkeep, stale)) sweepReferences(db);
  else if (deleted > 0) transact(db, () => upkeep.put("rows deleted since", stale));
}

/** Deletes references that no row has. A store of an older schema has none. */
export function sweepReferences(db: Database): void {
  const sql = preparing(db);
  const upkeep = upkeepOf(db);
  if (upkeep === undefined) return;
  const newest = newestReference(sql);
  const past = hasTable(sql, "ledger_past")
    ? "UNION SELECT reference FROM ledger_past WHERE reference IS NOT NULL"
    : "";
  const used = `SELECT reference FROM ledger WHERE reference IS NOT NULL ${past}`;
  const unused = `SELECT id FROM reference WHERE id NOT IN (${used})`;
  const ids = sql(unused).pluck().all() as number[];
  for (let at = 0; at < ids.length; at += referencesAtOnce) {
    transactSmall(db, () => {
      for (const id of ids.slice(at, at + referencesAtOnce)) sql("DELETE FROM reference WHERE id = ?").run(id);
    });
  }
  transact(db, () => {
    upkeep.put("references swept up to", newest);
    upkeep.put("references left", sql("SELECT count(*) FROM reference").pluck().get() as number);
    upkeep.put("rows deleted since", 0);
  });
}

/** Whether enough references may be without a row: one is left by each that was made since, or whose row went. */
function areMany(sql: ReturnType<typeof preparing>, upkeep: Upkeep, deleted: number): boolean {
  const stale = newestReference(sql) - (upkeep.get("references swept up to") ?? 0) + deleted;
  return stale > Math.max(staleMin, staleShare * (upkeep.get("references left") ?? 0));
}

function newestReference(sql: ReturnType<typeof preparing>): number {
  return (sql("SELECT max(id) FROM reference").pluck().get() as number | null) ?? 0;
}
