/** What people decided on entries that waited for them: a row for each decision, which nothing changes afterwards. */
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, hasTable, preparing, transactBulk } from "./database.ts";
import type { LedgerFacts } from "./ledger.ts";

export const verdicts = ["accepted", "rejected"] as const;
export type Verdict = (typeof verdicts)[number];

/** What was decided on. */
export interface DecidedClaim extends Pick<LedgerFacts, "flags" | "reference"> {
  readonly facts: Facts;
  readonly review: string;
  readonly detail: string | undefined;
}

export interface Decision extends Pick<LedgerFacts, "key"> {
  /** As in the ledger; empty where the source gives none. */
  readonly externalId: string;
  readonly digest: Uint8Array;
  /** Unix seconds. */
  readonly at: number;
  readonly verdict: Verdict;
  /** Who decided, as they call themselves. */
  readonly by: string;
  readonly reason: string;
  readonly said: DecidedClaim;
}

/** Octets that a decision takes besides its texts. */
const decisionBytes = 120;

interface DecisionRow {
  readonly external_id: string;
  readonly digest: Uint8Array;
  readonly at: number;
  readonly verdict: number;
  readonly label: string;
  readonly reason: string;
  readonly said: string;
}

export class Decisions {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** Notes decisions, in one transaction with what `work` writes: about `bytes` octets. */
  noteWith(source: number, decisions: readonly Decision[], bytes: number, work: () => void): void {
    const rows = decisions.map((decision) => ({ decision, said: JSON.stringify(decision.said) }));
    const size = rows.reduce((sum, { decision, said }) => sum + bytesOf(decision) + said.length, bytes);
    const insert = this.#sql(
      `INSERT INTO decision (source, key, external_id, digest, at, verdict, label, reason, said)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    transactBulk(this.#db, size, () => {
      work();
      for (const { decision, said } of rows) {
        const { key, externalId, digest, at, verdict, by, reason } = decision;
        insert.run(source, key, externalId, digest, at, verdicts.indexOf(verdict), by, reason, said);
      }
    });
  }

  /** Whether anything was ever decided on entries of a source. */
  hasAny(source: number): boolean {
    if (!hasTable(this.#sql, "decision")) return false;
    return this.#sql("SELECT 1 FROM decision WHERE source = ? LIMIT 1").get(source) !== undefined;
  }

  /** All that was decided on entries of a name or an address, the first decision first. */
  at(source: number, key: Uint8Array): Decision[] {
    if (!hasTable(this.#sql, "decision")) return [];
    const rows = this.#sql(
      "SELECT external_id, digest, at, verdict, label, reason, said FROM decision WHERE source = ? AND key = ? ORDER BY id",
    ).all(source, key) as DecisionRow[];
    return rows.map((row) => ({
      key,
      externalId: row.external_id,
      digest: row.digest,
      at: row.at,
      verdict: verdicts[row.verdict] as Verdict,
      by: row.label,
      reason: row.reason,
      said: JSON.parse(row.said) as DecidedClaim,
    }));
  }
}

function bytesOf({ key, externalId, by, reason }: Decision): number {
  return decisionBytes + 2 * key.length + externalId.length + by.length + 2 * reason.length;
}
