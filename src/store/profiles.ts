/** Profiles: numbers for the combinations of facts that entries have, of which there are few. */

import { plainProfile } from "../indicator/entry/block.ts";
import { profilesMax } from "../indicator/entry/change-lists.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, hasTable, preparing, storeDamage, transactBulk } from "./database.ts";
import { RowInserter } from "./insert-rows.ts";

/** Octets that a profile takes besides its facts, which stand in an index as well. */
const profileBytes = 32;

export class Profiles {
  readonly #db: Database;
  readonly #sql;
  readonly #known = new Map<string, number>();
  readonly #facts = new Map<number, Facts>();
  /** Those that are new and not written yet, by number. */
  readonly #unwritten = new Map<number, string>();
  /** The highest number; undefined where that is not known. */
  #newest: number | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /**
   * The number of a combination; 0 where nothing is known. One that is new has its number here alone until `write()`, and no one
   * else may make any meanwhile.
   */
  numberOf(facts: Facts): number {
    // Facts that were read alike have their keys in one order; another order is one look in the table more.
    const known = this.#known.get(JSON.stringify(facts));
    if (known !== undefined) return known;
    const text = textOf(facts);
    if (text === "{}") return plainProfile;
    const number = this.#known.get(text) ?? this.#stored(text) ?? this.#make(text, facts);
    this.#known.set(text, number);
    this.#known.set(JSON.stringify(facts), number);
    return number;
  }

  #make(text: string, facts: Facts): number {
    this.#newest ??= (this.#sql("SELECT max(id) FROM profile").pluck().get() as number | null) ?? 0;
    this.#newest += 1;
    this.#unwritten.set(this.#newest, text);
    this.#facts.set(this.#newest, facts);
    return this.#newest;
  }

  /**
   * Writes those that are new, in one transaction: before anything that has their numbers. Where that fails, their numbers stand
   * for nothing.
   */
  write(): void {
    if (this.#unwritten.size === 0) return;
    let bytes = 0;
    for (const text of this.#unwritten.values()) bytes += profileBytes + 2 * text.length;
    try {
      transactBulk(this.#db, bytes, () => {
        const inserter = new RowInserter(this.#sql, "INSERT INTO profile (id, facts)", 2);
        for (const [number, text] of this.#unwritten) inserter.add([number, text]);
        inserter.finish();
      });
    } catch (error) {
      this.#known.clear();
      for (const number of this.#unwritten.keys()) this.#facts.delete(number);
      this.#newest = undefined;
      throw error;
    } finally {
      this.#unwritten.clear();
    }
  }

  /** Whether a combination has a number already. */
  has(facts: Facts): boolean {
    const text = textOf(facts);
    return (
      text === "{}" || this.#known.has(text) || (hasTable(this.#sql, "profile") && this.#stored(text) !== undefined)
    );
  }

  #stored(text: string): number | undefined {
    return this.#sql("SELECT id FROM profile WHERE facts = ?").pluck().get(text) as number | undefined;
  }

  /** How many combinations there are. */
  count(): number {
    if (!hasTable(this.#sql, "profile")) return 0;
    return this.#unwritten.size + (this.#sql("SELECT count(*) FROM profile").pluck().get() as number);
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
