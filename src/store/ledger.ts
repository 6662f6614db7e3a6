/**
 * The ledger: a row for each thing that a source with facts of its own ever reported. What of it counts is compiled into
 * the source's snapshot (`feed/ledger`); this file finds and writes rows.
 */
import { type Database, fileOf, hasTable, preparing, transact, transactBulk } from "./database.ts";
import { Decisions } from "./decisions.ts";
import { hasSpaceFor } from "./disk-space.ts";
import { RowInserter } from "./insert-rows.ts";
import { insertLedger, type LedgerColumns, ledgerColumns, ledgerRows, readRow, saidBy } from "./ledger-columns.ts";
import { LedgerPast } from "./ledger-past.ts";
import { bytesOf, inSmallParts, pagesOf } from "./ledger-space.ts";
import { isGone, type LedgerState, ledgerStates, type RowCounts } from "./ledger-states.ts";
import { Reviews, type RowReview } from "./reviews.ts";
import { deleteRowsSince, type NewestBefore, newestNow } from "./unfinished-rows.ts";

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
  /** Since when it says so: being seen again is no change. */
  readonly changedAt: number;
  /** When what it says changes next by itself. */
  readonly due: number | undefined;
  /** Since when it is reported again, of a row that was withdrawn once. */
  readonly returned?: number | undefined;
  /** Of a row to be written: what a person must decide on, or null for nothing; where absent, that stays as it is. */
  readonly review?: RowReview | null;
}

export interface LedgerRow extends LedgerFacts {
  readonly id: number;
}

/** A source that is in the ledger. */
export interface LedgerSource {
  readonly source: number;
  /** Rows were written that no snapshot was compiled from: whoever wrote them was killed. */
  readonly isUnfinished: boolean;
  /** What its snapshot was compiled with besides the rows. */
  readonly compiling: string;
  /** How many rows are in each state as of its snapshot; undefined where that is not known. */
  readonly states: RowCounts | undefined;
}

/** Rows read at once while all of a source's are walked. */
const pageRows = 10_000;
/** Rows written in one transaction. */
export const batchRows = 5000;
/** Octets of its place in the index by which rows fall due. */
const dueBytes = 24;
/** References that are remembered while rows are written, but for those of a batch: neighbours often have the same. */
const rememberedReferences = 50_000;
const dueIndex = "ledger_due ON ledger (source, due) WHERE due IS NOT NULL";

const goneStates = ledgerStates.flatMap((state, number) => (isGone(state) ? [number] : [])).join(", ");

/** No key comes before it. */
const firstKey = new Uint8Array(0);
const noOctets = new Uint8Array(0);

export class Ledger {
  readonly #db: Database;
  readonly #sql;
  readonly #references = new Map<string, number>();
  /** What there was before the readings that write, by source. */
  readonly #before = new Map<number, NewestBefore>();
  readonly past: LedgerPast;
  readonly reviews: Reviews;
  readonly decisions: Decisions;

  constructor(db: Database) {
    this.#db = db;
    this.past = new LedgerPast(db);
    this.reviews = new Reviews(db);
    this.decisions = new Decisions(db);
    this.#sql = preparing(db);
  }

  /** What is known of a source; undefined where it is not in the ledger, or the store is of a schema without one. */
  sourceOf(name: string): LedgerSource | undefined {
    if (!hasTable(this.#sql, "ledger")) return undefined;
    const row = this.#sql("SELECT l.* FROM source s JOIN ledger_source l ON l.source = s.id WHERE s.name = ?").get(
      name,
    ) as SourceRow | undefined;
    if (row === undefined) return undefined;
    const { source, unfinished, compiling, states } = row;
    const counts = typeof states === "string" ? (JSON.parse(states) as RowCounts) : undefined;
    return { source, isUnfinished: unfinished === 1, compiling, states: counts };
  }

  /** Every source that may have rows, also one that is no longer in the ledger. */
  sources(): { readonly id: number; readonly name: string }[] {
    if (!hasTable(this.#sql, "ledger")) return [];
    return this.#sql("SELECT id, name FROM source ORDER BY name").all() as { id: number; name: string }[];
  }

  /**
   * The rows of a source by key and external id, a page at a time: all, or those of keys from `fromKey` on and before `toKey`.
   * Rows that are written meanwhile do not come up, and keys and ids of rows never change.
   */
  *walk(source: number, fromKey = firstKey, toKey?: Uint8Array): Generator<LedgerRow, undefined> {
    const newest = (this.#sql("SELECT max(id) FROM ledger").pluck().get() as number | null) ?? 0;
    const end = toKey === undefined ? "" : "AND l.key < ?";
    const page = (after: string) =>
      this.#sql(
        `SELECT ${ledgerColumns} ${ledgerRows} WHERE l.source = ? AND ${after} ${end} AND l.id <= ?
         ORDER BY l.key, l.external_id LIMIT ${pageRows}`,
      ).raw();
    const bound = toKey === undefined ? [newest] : [toKey, newest];
    let rows = page("l.key >= ?").all(source, fromKey, ...bound) as LedgerColumns[];
    for (;;) {
      for (const row of rows) yield readRow(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return undefined;
      rows = page("(l.key, l.external_id) > (?, ?)").all(source, last[1], last[2], ...bound) as LedgerColumns[];
    }
  }

  /**
   * The keys of a source from `fromKey` on and before `toKey` with the digest of each row, which stands in decimal behind its
   * key and has a comma behind it, in the order of keys and ids; rows that were withdrawn are left out. Undefined where
   * one of them is due by `at`.
   */
  digests(source: number, fromKey: Uint8Array, toKey: Uint8Array | undefined, at: number): Uint8Array | undefined {
    const end = toKey === undefined ? "" : "AND key < ?";
    const bound = toKey === undefined ? [] : [toKey];
    const [digests, due] = this.#sql(
      `SELECT CAST(group_concat(key || digest || ',', '') AS BLOB), min(due) FROM ledger INDEXED BY ledger_by_key
       WHERE source = ? AND key >= ? ${end} AND state NOT IN (${goneStates})`,
    )
      .raw()
      .get(source, fromKey, ...bound) as [digests: Uint8Array | null, due: number | null];
    return due !== null && due <= at ? undefined : (digests ?? noOctets);
  }

  /** Whether a source ever reported anything that is kept. */
  hasRows(source: number): boolean {
    return this.#sql("SELECT 1 FROM ledger WHERE source = ? LIMIT 1").get(source) !== undefined;
  }

  /** How many profiles the rows of a source have; reads all of them. */
  profilesOf(source: number): number {
    return this.#sql("SELECT count(DISTINCT profile) FROM ledger WHERE source = ?").pluck().get(source) as number;
  }

  /** All that a source ever reported of a name or an address. */
  rowsAt(source: number, key: Uint8Array): LedgerRow[] {
    const rows = this.#sql(
      `SELECT ${ledgerColumns} ${ledgerRows} WHERE l.source = ? AND l.key = ? ORDER BY l.external_id`,
    )
      .raw()
      .all(source, key) as LedgerColumns[];
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

  /**
   * The next time before another at which something that a source said begins or ends by its dates; undefined where nothing
   * does. A row that fades before it ends falls due for that first.
   */
  nextDated(source: number, before: number): number | undefined {
    const dated = this.#sql(
      "SELECT min(CASE WHEN due = valid_from THEN due ELSE valid_until END) FROM ledger WHERE source = ? AND due < ?",
    );
    const next = dated.pluck().get(source, before) as number | null;
    return next === null || next >= before ? undefined : next;
  }

  /**
   * Writes rows: new ones, and those with an id as they are from now on. It is one transaction where there is room for it in the
   * log, else several. The source is unfinished until `finish()`.
   */
  write(source: number, rows: readonly (LedgerFacts & { readonly id?: number })[]): void {
    const file = fileOf(this.#db);
    const newest = this.#newest();
    if (file === undefined || hasSpaceFor(file, bytesOf(rows), pagesOf(rows, newest)))
      this.#write(source, rows, newest);
    else for (const part of inSmallParts(rows, newest)) this.#write(source, part, newest);
  }

  /** The highest number of a row. */
  #newest(): number {
    return (this.#sql("SELECT max(id) FROM ledger").pluck().get() as number | null) ?? 0;
  }

  #write(source: number, rows: readonly (LedgerFacts & { readonly id?: number })[], newest: number): void {
    const begin = this.#sql(
      `INSERT INTO ledger_source (source, unfinished, compiling) VALUES (?, 1, '')
       ON CONFLICT (source) DO UPDATE SET unfinished = 1 WHERE unfinished = 0`,
    );
    const update = this.#sql(
      `UPDATE ledger SET flags = ?, digest = ?, profile = ?, valid_from = ?, valid_until = ?, first_seen = ?, last_seen = ?,
         state = ?, reference = ?, changed_at = ?, due = ?, returned = ? WHERE id = ?`,
    );
    if (this.#references.size > rememberedReferences) this.#references.clear();
    if (!this.#before.has(source)) this.#before.set(source, newestNow(this.#db));
    this.#transactRows(rows, newest, () => {
      begin.run(source);
      const references = new RowInserter(this.#sql, "INSERT INTO reference (id, text)", 2);
      const highest = this.#sql("SELECT max(id) FROM reference").pluck().get() as number | null;
      let next = (highest ?? 0) + 1;
      const inserter = new RowInserter(this.#sql, insertLedger, 15);
      const reviews = this.reviews.writer(this.#newest());
      for (const row of rows) {
        let reference = this.#referenceOf(row);
        if (reference === undefined && row.reference !== undefined) {
          reference = next++;
          references.add([reference, row.reference]);
          this.#references.set(row.reference, reference);
        }
        reviews.put(row);
        if (row.id === undefined) inserter.add([source, row.key, row.externalId], saidBy(row, reference));
        else {
          this.past.keep(row.id, row.changedAt);
          update.run(...saidBy(row, reference), row.id);
        }
      }
      references.finish();
      inserter.finish();
      reviews.finish();
    });
  }

  #transactRows(rows: Parameters<typeof bytesOf>[0], newest: number, work: () => void): void {
    try {
      transactBulk(this.#db, bytesOf(rows), work, pagesOf(rows, newest));
    } catch (error) {
      // What it numbered is in no row.
      this.#references.clear();
      throw error;
    }
  }

  /**
   * Says that many rows of a source will be written that had none. Times at which rows fall due come in no order, and each
   * would cost a page of the log; so `finish()` makes their index anew. Without it all is found as well, more slowly.
   */
  beginMany(): void {
    transact(this.#db, () => this.#db.exec("DROP INDEX IF EXISTS ledger_due"));
  }

  /** Makes the index again that `beginMany()` took away; it may have been in a process that was killed. */
  restoreDueIndex(): void {
    if (this.#sql("SELECT 1 FROM sqlite_schema WHERE name = 'ledger_due'").get() !== undefined) return;
    const rows = this.#sql("SELECT count(*) FROM ledger").pluck().get() as number;
    transactBulk(this.#db, rows * dueBytes, () => this.#db.exec(`CREATE INDEX ${dueIndex}`));
  }

  /** Brings a snapshot that was compiled from rows into force, by `commit`, in one transaction. */
  finish(source: number, compiling: string, isUnfinished: boolean, commit: () => void, states?: RowCounts): void {
    this.restoreDueIndex();
    transact(this.#db, () => {
      commit();
      this.#sql(
        `INSERT INTO ledger_source (source, unfinished, compiling, states) VALUES (?, ?, ?, ?)
         ON CONFLICT (source) DO UPDATE SET
           unfinished = excluded.unfinished, compiling = excluded.compiling, states = excluded.states`,
      ).run(source, isUnfinished ? 1 : 0, compiling, states === undefined ? null : JSON.stringify(states));
    });
    this.#before.delete(source);
  }

  /**
   * Deletes the rows that a reading added which found no room: those of this process, and where the source never had a
   * snapshot, of others that were killed.
   */
  discardUnfinished(name: string): void {
    const known = this.sourceOf(name);
    if (known?.isUnfinished !== true) return;
    const { source } = known;
    const before = this.#before.get(source);
    const isFirst = this.#sql("SELECT 1 FROM source WHERE id = ? AND snapshot IS NULL").get(source) !== undefined;
    if (before === undefined && !isFirst) return;
    this.#references.clear();
    deleteRowsSince(
      this.#db,
      source,
      isFirst ? { row: 0, reference: before?.reference ?? 0 } : (before as NewestBefore),
    );
    this.#before.delete(source);
  }

  /** Takes a source out of the ledger, which is read without facts from a time on (Unix seconds): its rows stay. */
  leave(source: number, at: number): void {
    let rows: LedgerRow[] = [];
    for (const row of this.walk(source)) {
      if (isGone(row.state)) continue;
      rows.push({ ...row, state: "unread", changedAt: Math.max(at, row.changedAt), due: undefined });
      if (rows.length < batchRows) continue;
      this.write(source, rows);
      rows = [];
    }
    if (rows.length > 0) this.write(source, rows);
    transact(this.#db, () => void this.#sql("DELETE FROM ledger_source WHERE source = ?").run(source));
    this.#before.delete(source);
  }

  /** The number of a row's reference, where it is known or the row has it already. */
  #referenceOf({ reference, id }: LedgerFacts & { readonly id?: number }): number | undefined {
    if (reference === undefined) return undefined;
    return this.#references.get(reference) ?? (id === undefined ? undefined : this.#ownOf(id, reference));
  }

  /** The number of a reference where a row has it already. */
  #ownOf(row: number, text: string): number | undefined {
    return this.#sql("SELECT r.id FROM ledger l JOIN reference r ON r.id = l.reference WHERE l.id = ? AND r.text = ?")
      .pluck()
      .get(row, text) as number | undefined;
  }
}

interface SourceRow {
  readonly source: number;
  readonly unfinished: number;
  readonly compiling: string;
  /** Absent in older schemas. */
  readonly states?: string | null;
}
