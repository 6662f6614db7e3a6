/**
 * Zones on hold: what the inputs of now would change in them is beyond their limit, so they stay as they are until
 * somebody accepts it. The change itself is not kept, only how large it is and what it was computed from.
 */
import { type Database, hasTable, preparing, transact } from "./database.ts";

export interface HoldRow {
  /** Unix seconds; of the first build that put the zone on hold, whatever would have changed then. */
  readonly since: number;
  /** What would change, and what that was computed from; a JSON value of the caller's. */
  readonly change: unknown;
}

export class Holds {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The hold on a zone; undefined where there is none. A store of an older schema knows no holds. */
  find(zone: number): HoldRow | undefined {
    if (!hasTable(this.#sql, "hold")) return undefined;
    const row = this.#sql("SELECT since, change FROM hold WHERE zone = ?").get(zone) as
      | { since: number; change: string }
      | undefined;
    if (row === undefined) return undefined;
    return { since: row.since, change: JSON.parse(row.change) };
  }

  put(zone: number, { since, change }: HoldRow): void {
    transact(this.#db, () => {
      this.#sql("INSERT OR REPLACE INTO hold (zone, since, change) VALUES (?, ?, ?)").run(
        zone,
        since,
        JSON.stringify(change),
      );
    });
  }

  release(zone: number): void {
    transact(this.#db, () => this.#sql("DELETE FROM hold WHERE zone = ?").run(zone));
  }
}
