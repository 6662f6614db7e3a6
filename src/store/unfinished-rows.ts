/** Takes back what a reading added to the ledger that came to nothing, a little at a time: rows, and what they refer to. */
import { type Database, preparing, transact, transactSmall } from "./database.ts";
import { fewAtOnce } from "./row-deletion.ts";

/** The newest row and the newest reference before a reading. */
export interface NewestBefore {
  readonly row: number;
  readonly reference: number;
}

/** Rows or references that are deleted in one transaction: they lie side by side, but for their places in indexes. */
const rowsAtOnce = 256;
/** Pages of a row: its own, and those of two indexes. */
const pagesOfRow = 3;

export function newestNow(db: Database): NewestBefore {
  const sql = preparing(db);
  const newest = (table: string): number => (sql(`SELECT max(id) FROM ${table}`).pluck().get() as number | null) ?? 0;
  return { row: newest("ledger"), reference: newest("reference") };
}

/**
 * Deletes what a source got after `before`, and where that is all it ever had, the source from the ledger. Rows that were
 * there stay as they are.
 */
export function deleteRowsSince(db: Database, source: number, before: NewestBefore): void {
  const sql = preparing(db);
  const rows = "SELECT id FROM ledger NOT INDEXED WHERE id > ? AND source = ? ORDER BY id LIMIT ?";
  deleteAll(db, "ledger", (limit) => sql(rows).pluck().all(before.row, source, limit) as number[]);
  const references = `SELECT id FROM reference WHERE id > ? AND id NOT IN
    (SELECT reference FROM ledger WHERE reference IS NOT NULL
      UNION SELECT reference FROM ledger_past WHERE reference IS NOT NULL)`;
  const unused = sql(references).pluck().all(before.reference) as number[];
  deleteAll(db, "reference", (limit) => unused.splice(0, limit));
  transact(db, () => {
    const left = "NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.source = ledger_source.source)";
    const never = "(SELECT snapshot FROM source WHERE id = source) IS NULL";
    sql(`DELETE FROM ledger_source WHERE source = ? AND ${left} AND ${never}`).run(source);
  });
}

function deleteAll(db: Database, table: "ledger" | "reference", next: (limit: number) => number[]): void {
  const sql = preparing(db);
  for (;;) {
    const limit = fewAtOnce(db, rowsAtOnce, pagesOfRow);
    const ids = next(limit);
    if (ids.length === 0) return;
    transactSmall(db, () => {
      for (const id of ids) {
        if (table === "ledger") {
          sql("DELETE FROM ledger_past WHERE entry = ?").run(id);
          sql("DELETE FROM review WHERE entry = ?").run(id);
        }
        sql(`DELETE FROM ${table} WHERE id = ?`).run(id);
      }
    });
  }
}
