/** Profiles: numbers for the combinations of facts that entries have, of which there are few. */

import { plainProfile } from "../indicator/entry/block.ts";
import { profilesMax } from "../indicator/entry/change-lists.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, hasTable, preparing, storeDamage, transact } from "./database.ts";

export class Profiles {
  readonly #db: Database;
  readonly #sql;
  readonly #known = new Map<string, number>();
  readonly #facts = new Map<number, Facts>();

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The number of a combination, made where it is new; 0 where nothing is known. */
  numberOf(facts: Facts): number {
    // Facts that were read alike have their keys in one order; another order is one look in the table more.
    const known = this.#known.get(JSON.stringify(facts));
    if (known !== undefined) return known;
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
    this.#known.set(JSON.stringify(facts), number);
    return number;
  }

  /** Whether a combination has a number already. */
  has(facts: Facts): boolean {
    const text = textOf(facts);
    return text === "{}" || this.#known.has(text) || (hasTable(this.#sql, "profile") && this.#isStored(text));
  }

  #isStored(text: string): boolean {
    return this.#sql("SELECT 1 FROM profile WHERE facts = ?").get(text) !== undefined;
  }

  /** How many combinations there are. */
  count(): number {
    if (!hasTable(this.#sql, "profile")) return 0;
    return this.#sql("SELECT count(*) FROM profile").pluck().get() as number;
  }

  /** The facts of a combination by its number. @throws OperatorError STORE_UNUSABLE where there is none */
  factsOf(number: number): Facts {
    if (number === plainProfile) return {};
    let facts = this.#facts.get(number);
    if (facts === undefined) {
      const text = this.#sql("SELECT facts FROM profile WHERE id = ?").pluck().get(number) as string | undefined;
      if (text === undefined) throw storeDamage(this.#db, `profile ${number}`);
      this.#facts.set(number, (facts = JSON.parse(text) as Facts));
    }
    return facts;
  }

  /** Whether other connections find what the numbers stand for. */
  get areShared(): boolean {
    return true;
  }

  /** Numbers for a trial. */
  trial(): TrialProfiles {
    return new TrialProfiles(this);
  }

  /** All that there are, by number; without number 0. A store of an older schema has none. */
  all(): Map<number, Facts> {
    if (!hasTable(this.#sql, "profile")) return new Map();
    const rows = this.#sql("SELECT id, facts FROM profile ORDER BY id").all() as { id: number; facts: string }[];
    return new Map(rows.map(({ id, facts }) => [id, JSON.parse(facts) as Facts]));
  }
}

/** Equal for equal facts. */
function textOf(facts: Facts): string {
  return JSON.stringify(Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Numbers of a trial, of which nothing is kept: those of the store, and for new combinations others from here on. */
const trialNumber = profilesMax / 2;

class TrialProfiles {
  readonly #kept: Pick<Profiles, "factsOf">;
  readonly #numbers = new Map<string, number>();
  readonly #facts: Facts[] = [];

  constructor(kept: Pick<Profiles, "factsOf">) {
    this.#kept = kept;
  }

  numberOf(facts: Facts): number {
    const text = textOf(facts);
    if (text === "{}") return plainProfile;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = trialNumber + this.#facts.push(facts) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  factsOf(number: number): Facts {
    return number < trialNumber ? this.#kept.factsOf(number) : (this.#facts[number - trialNumber] as Facts);
  }
}
