/** Numbers that the upkeep of the store remembers from one time to the next. */
import { type Database, hasTable, preparing } from "./database.ts";

export type UpkeepName =
  | "references swept up to"
  | "references left"
  | "rows deleted since"
  | "profiles swept up to"
  | "profiles left"
  /** Unix seconds. */
  | "last built"
  /** Unix seconds. */
  | "clock doubted since";

export class Upkeep {
  readonly #sql;

  constructor(sql: ReturnType<typeof preparing>) {
    this.#sql = sql;
  }

  get(name: UpkeepName): number | undefined {
    return this.#sql("SELECT value FROM upkeep WHERE name = ?").pluck().get(name) as number | undefined;
  }

  put(name: UpkeepName, value: number): void {
    const insert = "INSERT INTO upkeep (name, value) VALUES (?, ?)";
    this.#sql(`${insert} ON CONFLICT (name) DO UPDATE SET value = excluded.value`).run(name, value);
  }

  remove(name: UpkeepName): void {
    this.#sql("DELETE FROM upkeep WHERE name = ?").run(name);
  }
}

/** Undefined where the store is of a schema without any. */
export function upkeepOf(db: Database): Upkeep | undefined {
  const sql = preparing(db);
  return hasTable(sql, "upkeep") ? new Upkeep(sql) : undefined;
}
