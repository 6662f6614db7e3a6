/**
 * The ledger: a row for each thing that a source with facts of its own ever reported. What of it counts is compiled into
 * the source's snapshot (`feed/compile.ts`); this file finds and writes rows.
 */
import { type Database, preparing, transact } from "./database.ts";

/** `withdrawn`: the source no longer reports it. */
export const ledgerStates = ["reported", "revoked", "withdrawn"] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** What a row says; all times are Unix seconds. */
export interface LedgerFacts {
  readonly key: Uint8Array;
  readonly externalId: string;
  /** Bits of `flag`. */
  readonly flags: number;
  /** Of the report as it was read, 0..2^53-1. */
  readonly digest: number;
  readonly profile: number;
  /** The first second at which it counts; undefined for always. */
  readonly validFrom: number | undefined;
  /** The first second at which it no longer counts; undefined for ever. */
  readonly validUntil: number | undefined;
  readonly firstSeen: number;
  /** Undefined where it was still there when the source was last read. */
  readonly lastSeen: number | undefined;
  readonly state: LedgerState;
  readonly reference: string | undefined;
  readonly changedAt: number;
  /** When what it says changes next by itself. */
  readonly due: number | undefined;
}

export interface LedgerRow extends LedgerFacts {
  readonly id: number;
}

/** Rows read at once while all of a source's are walked. */
const pageRows = 10_000;
/** References remembered while rows are written: neighbours often have the same. */
const rememberedReferences = 10_000;

const columns = `l.id, l.key, l.external_id, l.flags, l.digest, l.profile, l.valid_from, l.valid_until, l.first_seen,
  l.last_seen, l.state, r.text, l.changed_at, l.due`;
const from = "FROM ledger l LEFT JOIN reference r ON r.id = l.reference";

export class Ledger {
  readonly #db: Database;
  readonly #sql;
  readonly #references = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /**
   * All rows of a source by key and external id, a page at a time. Rows that are written meanwhile do not come up, and
   * keys and ids of rows never change.
   */
  *walk(source: number): Generator<LedgerRow, undefined> {
    const newest = (this.#sql("SELECT max(id) FROM ledger").pluck().get() as number | null) ?? 0;
    const page = this.#sql(
      `SELECT ${columns} ${from} WHERE l.source = ? AND (l.key, l.external_id) > (?, ?) AND l.id <= ?
       ORDER BY l.key, l.external_id LIMIT ${pageRows}`,
    ).raw();
    let after: [Uint8Array, string] = [new Uint8Array(0), ""];
    for (;;) {
      const rows = page.all(source, ...after, newest) as Columns[];
      for (const row of rows) yield readRow(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return undefined;
      after = [last[1], last[2]];
    }
  }

  /** All that a source ever reported of a name or an address. */
  rowsAt(source: number, key: Uint8Array): LedgerRow[] {
    const rows = this.#sql(`SELECT ${columns} ${from} WHERE l.source = ? AND l.key = ? ORDER BY l.external_id`)
      .raw()
      .all(source, key) as Columns[];
    return rows.map(readRow);
  }

  byExternalId(source: number, externalId: string): LedgerRow[] {
    const rows = this.#sql(`SELECT ${columns} ${from} WHERE l.source = ? AND l.external_id = ? AND l.external_id <> ''`)
      .raw()
      .all(source, externalId) as Columns[];
    return rows.map(readRow);
  }

  /** Keys of which what a source says changes by itself up to a time, in order. */
  keysDue(source: number, upTo: number): Uint8Array[] {
    return this.#sql("SELECT DISTINCT key FROM ledger WHERE source = ? AND due <= ? ORDER BY key")
      .pluck()
      .all(source, upTo) as Uint8Array[];
  }

  /** The next time at which something that a source said changes by itself; undefined where nothing will. */
  nextDue(source: number): number | undefined {
    const due = this.#sql("SELECT min(due) FROM ledger WHERE source = ? AND due IS NOT NULL").pluck().get(source);
    return (due as number | null) ?? undefined;
  }

  /** Writes rows, in one transaction: new ones, and those with an id as they are from now on. */
  write(source: number, rows: readonly (LedgerFacts & { readonly id?: number })[]): void {
    const insert = this.#sql(
      `INSERT INTO ledger (source, key, external_id, flags, digest, profile, valid_from, valid_until, first_seen, last_seen,
         state, reference, changed_at, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const update = this.#sql(
      `UPDATE ledger SET flags = ?, digest = ?, profile = ?, valid_from = ?, valid_until = ?, first_seen = ?, last_seen = ?,
         state = ?, reference = ?, changed_at = ?, due = ? WHERE id = ?`,
    );
    transact(this.#db, () => {
      for (const row of rows) {
        const said = [
          row.flags,
          row.digest,
          row.profile,
          row.validFrom ?? null,
          row.validUntil ?? null,
          row.firstSeen,
          row.lastSeen ?? null,
          ledgerStates.indexOf(row.state),
          row.reference === undefined ? null : this.#reference(row.reference),
          row.changedAt,
          row.due ?? null,
        ];
        if (row.id === undefined) insert.run(source, row.key, row.externalId, ...said);
        else update.run(...said, row.id);
      }
    });
  }

  #reference(text: string): number {
    let id = this.#references.get(text);
    if (id !== undefined) return id;
    this.#sql("INSERT INTO reference (text) VALUES (?) ON CONFLICT DO NOTHING").run(text);
    id = this.#sql("SELECT id FROM reference WHERE text = ?").pluck().get(text) as number;
    if (this.#references.size === rememberedReferences) this.#references.clear();
    this.#references.set(text, id);
    return id;
  }
}

type Columns = [
  id: number,
  key: Uint8Array,
  externalId: string,
  flags: number,
  digest: number,
  profile: number,
  validFrom: number | null,
  validUntil: number | null,
  firstSeen: number,
  lastSeen: number | null,
  state: number,
  reference: string | null,
  changedAt: number,
  due: number | null,
];

function readRow(row: Columns): LedgerRow {
  return {
    id: row[0],
    key: row[1],
    externalId: row[2],
    flags: row[3],
    digest: row[4],
    profile: row[5],
    validFrom: row[6] ?? undefined,
    validUntil: row[7] ?? undefined,
    firstSeen: row[8],
    lastSeen: row[9] ?? undefined,
    state: ledgerStates[row[10]] as LedgerState,
    reference: row[11] ?? undefined,
    changedAt: row[12],
    due: row[13] ?? undefined,
  };
}
