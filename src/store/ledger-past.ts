/**
 * What rows of the ledger said before: a short row for each time that one came to say something else, written in the
 * transaction that changes it. A row that is merely seen again says nothing else.
 */
import { type Database, hasTable, preparing, transactSmall } from "./database.ts";
import { type LedgerState, ledgerStates } from "./ledger-states.ts";
import { fewAtOnce } from "./row-deletion.ts";

/** What a row said for a time; all times are Unix seconds. */
export interface PastRow {
  readonly since: number;
  /** The first second at which it said something else. */
  readonly until: number;
  readonly flags: number;
  readonly profile: number;
  readonly validFrom: number | undefined;
  readonly validUntil: number | undefined;
  readonly state: LedgerState;
  readonly reference: string | undefined;
  /** How often its end alone was moved meanwhile, and where to last; 0 where it was not. */
  readonly moves: number;
  readonly movedTo: number | undefined;
}

/** Changes of one row that are kept: a source whose every reading changes its rows must not fill the disk. */
const changesMax = 100;
/** Past rows that are deleted in one transaction: they may lie anywhere. */
const deletedAtOnce = 256;
const pagesOfRow = 2;
/** Octets that a past row takes in the database, with its place in the index. */
export const pastBytes = 60;

const said = "flags, profile, valid_from, valid_until, state, reference";

interface Said {
  readonly flags: number;
  readonly profile: number;
  readonly valid_from: number | null;
  readonly valid_until: number | null;
  readonly state: number;
  readonly reference: number | null;
}

export class LedgerPast {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = preparing(db);
  }

  /** Keeps what a row says, where it will say something else from `changedAt` on; in the transaction that changes it. */
  keep(entry: number, changedAt: number): void {
    const old = this.#sql(`SELECT changed_at, ${said} FROM ledger WHERE id = ?`).get(entry) as
      | (Said & { readonly changed_at: number })
      | undefined;
    if (old === undefined || old.changed_at >= changedAt) return;
    const before = this.#sql(
      `SELECT until, ${said} FROM ledger_past WHERE entry = ? ORDER BY until DESC LIMIT ${sameBefore}`,
    ).all(entry) as (Said & { readonly until: number })[];
    const [last] = before;
    // An end that is moved with each reading: the first ends and the last one are worth knowing.
    if (last !== undefined && before.length === sameBefore && before.every((past) => isSameButEnd(past, old))) {
      this.#sql(
        "UPDATE ledger_past SET until = ?, moves = coalesce(moves, 0) + 1, moved_to = ? WHERE entry = ? AND until = ?",
      ).run(changedAt, old.valid_until, entry, last.until);
      return;
    }
    this.#sql(`INSERT INTO ledger_past (entry, until, since, ${said}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
      entry,
      changedAt,
      old.changed_at,
      old.flags,
      old.profile,
      old.valid_from,
      old.valid_until,
      old.state,
      old.reference,
    );
    if (before.length === sameBefore) this.#bound(entry);
  }

  #bound(entry: number): void {
    this.#sql(
      `DELETE FROM ledger_past WHERE entry = ? AND until <=
         (SELECT until FROM ledger_past WHERE entry = ? ORDER BY until DESC LIMIT 1 OFFSET ${changesMax})`,
    ).run(entry, entry);
  }

  /** What a row said before, the oldest first. A store of an older schema knows nothing of it. */
  of(entry: number): PastRow[] {
    if (!hasTable(this.#sql, "ledger_past")) return [];
    const rows = this.#sql(
      `SELECT p.since, p.until, p.flags, p.profile, p.valid_from, p.valid_until, p.state, r.text, p.moves, p.moved_to
       FROM ledger_past p LEFT JOIN reference r ON r.id = p.reference WHERE p.entry = ? ORDER BY p.until`,
    )
      .raw()
      .all(entry) as PastColumns[];
    return rows.map((row) => ({
      since: row[0],
      until: row[1],
      flags: row[2],
      profile: row[3],
      validFrom: row[4] ?? undefined,
      validUntil: row[5] ?? undefined,
      state: ledgerStates[row[6]] as LedgerState,
      reference: row[7] ?? undefined,
      moves: row[8] ?? 0,
      movedTo: row[9] ?? undefined,
    }));
  }
}

/** Past rows that must differ in their end alone before further ones are joined. */
const sameBefore = 2;

function isSameButEnd(a: Said, b: Said): boolean {
  return (
    a.flags === b.flags &&
    a.profile === b.profile &&
    a.valid_from === b.valid_from &&
    a.state === b.state &&
    a.reference === b.reference &&
    a.valid_until !== b.valid_until
  );
}

type PastColumns = [
  since: number,
  until: number,
  flags: number,
  profile: number,
  validFrom: number | null,
  validUntil: number | null,
  state: number,
  reference: string | null,
  moves: number | null,
  movedTo: number | null,
];

/** Deletes what rows said up to a time (Unix seconds), a little at a time. */
export function expirePast(db: Database, upTo: number): void {
  const sql = preparing(db);
  for (;;) {
    const limit = fewAtOnce(db, deletedAtOnce, pagesOfRow);
    const old = sql("SELECT entry, until FROM ledger_past WHERE until <= ? ORDER BY until LIMIT ?");
    const rows = old.all(upTo, limit) as { readonly entry: number; readonly until: number }[];
    if (rows.length > 0) {
      transactSmall(db, () => {
        for (const { entry, until } of rows) {
          sql("DELETE FROM ledger_past WHERE entry = ? AND until = ?").run(entry, until);
        }
      });
    }
    if (rows.length < limit) return;
  }
}
