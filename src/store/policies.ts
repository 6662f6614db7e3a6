/**
 * The policies that kept versions were built with, each once, by its fingerprint: from them a zone on hold is built again
 * when an allow list changes. What a policy is made of is the caller's; the store keeps text.
 */
import { type Database, hasTable, preparing, transact } from "./database.ts";

export class Policies {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The text of a policy; undefined where it was never kept. A store of an older schema keeps none. */
  find(fingerprint: string): string | undefined {
    if (!hasTable(this.#sql, "policy")) return undefined;
    return this.#sql("SELECT text FROM policy WHERE fingerprint = ?").pluck().get(fingerprint) as string | undefined;
  }

  /** Keeps a policy; before the version that is built with it is published. */
  keep(fingerprint: string, text: string): void {
    if (this.find(fingerprint) !== undefined) return;
    transact(this.#db, () => {
      this.#sql("INSERT OR IGNORE INTO policy (fingerprint, text) VALUES (?, ?)").run(fingerprint, text);
    });
  }

  /** Deletes the policies that no kept version was built with. */
  sweep(): void {
    const stale = "FROM policy WHERE fingerprint NOT IN (SELECT policy FROM version)";
    if (this.#sql(`SELECT 1 ${stale} LIMIT 1`).get() === undefined) return;
    transact(this.#db, () => this.#sql(`DELETE ${stale}`).run());
  }
}
