/** What people did to entries that they keep: a row for each act, which nothing changes afterwards. */
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, hasTable, preparing, transactBulk } from "./database.ts";
import type { LedgerFacts } from "./ledger.ts";

export const actKinds = ["added", "changed", "ended"] as const;
export type ActKind = (typeof actKinds)[number];

/** What an entry says from an act on; times are Unix seconds. */
export interface ActClaim extends Pick<LedgerFacts, "flags" | "validFrom" | "validUntil" | "reference"> {
  readonly facts: Facts;
}

export interface EntryAct extends Pick<LedgerFacts, "key" | "externalId"> {
  /** Unix seconds. */
  readonly at: number;
  readonly kind: ActKind;
  /** Who did it, as they call themselves. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly said: ActClaim;
}

/** Octets that an act takes besides its texts. */
const actBytes = 100;

interface ActRow {
  external_id: string;
  at: number;
  kind: number;
  label: string | null;
  reason: string | null;
  said: string;
}

export class EntryActs {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** Notes acts, in one transaction with what `work` writes: about `bytes` octets. */
  noteWith(source: number, acts: readonly EntryAct[], bytes: number, work: () => void): void {
    const rows = acts.map((act) => ({ act, said: JSON.stringify(act.said) }));
    const size = rows.reduce((sum, { act, said }) => sum + actBytes + 2 * act.key.length + said.length, bytes);
    const insert = this.#sql(
      "INSERT INTO entry_act (source, key, external_id, at, kind, label, reason, said) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    transactBulk(this.#db, size, () => {
      work();
      for (const { act, said } of rows) {
        const { key, externalId, at, kind, by, reason } = act;
        insert.run(source, key, externalId, at, actKinds.indexOf(kind), by ?? null, reason ?? null, said);
      }
    });
  }

  /** All that was done to entries of a name or an address, the first act first. */
  at(source: number, key: Uint8Array): EntryAct[] {
    if (!hasTable(this.#sql, "entry_act")) return [];
    const rows = this.#sql(
      "SELECT external_id, at, kind, label, reason, said FROM entry_act WHERE source = ? AND key = ? ORDER BY id",
    ).all(source, key) as ActRow[];
    return rows.map((row) => ({
      key,
      externalId: row.external_id,
      at: row.at,
      kind: actKinds[row.kind] as ActKind,
      by: row.label ?? undefined,
      reason: row.reason ?? undefined,
      said: JSON.parse(row.said) as ActClaim,
    }));
  }
}
