/**
 * Zones on hold: what the inputs of now would change in them is beyond their limit, so they stay as they are until
 * somebody accepts it. What is held is not kept, only what it was computed from and how large it is.
 */
import { type Database, preparing, transact } from "./database.ts";

/** `changed`: another action, or another reach: with or without what lies beneath. */
export const ruleChangeKinds = ["added", "removed", "changed"] as const;
export type RuleChangeKind = (typeof ruleChangeKinds)[number];

/** How many rules changed, and in which way; a name with its wildcard is one rule. */
export type RuleChanges = Readonly<Record<RuleChangeKind, number>>;
/** The first names of each kind in canonical order, relative to the apex. */
export type FirstNames = Readonly<Record<RuleChangeKind, readonly string[]>>;

export const noRuleChanges: RuleChanges = { added: 0, removed: 0, changed: 0 };
export const noNames: FirstNames = { added: [], removed: [], changed: [] };

export interface Hold {
  /** Unix seconds; of the first build that held, whatever was held then. */
  readonly since: number;
  readonly rules: RuleChanges;
  readonly first: FirstNames;
  /** All that the change was computed from: while it stays the same, so does the change. */
  readonly computedFrom: string;
}

export class Holds {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The hold on a zone; undefined where there is none. A store of an older schema knows no holds. */
  find(zone: number): Hold | undefined {
    if (!this.#isKnown()) return undefined;
    const row = this.#sql("SELECT since, change FROM hold WHERE zone = ?").get(zone) as
      | { since: number; change: string }
      | undefined;
    if (row === undefined) return undefined;
    return { since: row.since, ...(JSON.parse(row.change) as Omit<Hold, "since">) };
  }

  #isKnown(): boolean {
    return this.#sql("SELECT 1 FROM sqlite_schema WHERE name = 'hold'").get() !== undefined;
  }

  put(zone: number, { since, ...change }: Hold): void {
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
