/** Profiles: numbers for the combinations of facts that entries have, of which there are few. */

import { plainProfile } from "../indicator/entry/block.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, preparing, transact } from "./database.ts";

export class Profiles {
  readonly #db: Database;
  readonly #sql;
  readonly #known = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The number of a combination, made where it is new; 0 where nothing is known. */
  numberOf(facts: Facts): number {
    const text = textOf(facts);
    if (text === "{}") return plainProfile;
    let number = this.#known.get(text);
    if (number === undefined) {
      number = transact(this.#db, () => {
        this.#sql("INSERT INTO profile (facts) VALUES (?) ON CONFLICT DO NOTHING").run(text);
        return this.#sql("SELECT id FROM profile WHERE facts = ?").pluck().get(text) as number;
      });
      this.#known.set(text, number);
    }
    return number;
  }

  /** All that there are, by number; without number 0. A store of an older schema has none. */
  all(): Map<number, Facts> {
    if (this.#sql("SELECT 1 FROM sqlite_schema WHERE name = 'profile'").get() === undefined) return new Map();
    const rows = this.#sql("SELECT id, facts FROM profile ORDER BY id").all() as { id: number; facts: string }[];
    return new Map(rows.map(({ id, facts }) => [id, JSON.parse(facts) as Facts]));
  }
}

/** Equal for equal facts. */
function textOf(facts: Facts): string {
  return JSON.stringify(Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))));
}
