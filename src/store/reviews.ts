/** Which rows of the ledger a person must decide on or has decided on, what they look at for that, and since when they wait. */
import { equalBytes } from "../base/bytes.ts";
import { type Database, hasTable, preparing } from "./database.ts";
import { RowInserter } from "./insert-rows.ts";
import { type LedgerState, ledgerStates } from "./ledger-states.ts";

/** What a person decides on. */
export interface RowReview {
  /** Why, in one word. */
  readonly reason: string;
  /** What is to be known for that: a pattern, a comment. */
  readonly detail: string | undefined;
  /** Of all that is decided on: where it differs, it is another thing to decide. */
  readonly digest: Uint8Array;
  /** Unix seconds: since when it waits where it waits for the first time. */
  readonly at: number;
}

export interface StoredReview extends Omit<RowReview, "at"> {
  /** By which people name it: never used again, and another one where something else is to be decided. */
  readonly id: number;
  /** The row of the ledger. */
  readonly entry: number;
  /** Unix seconds: since when it waits; undefined while it does not. */
  readonly since: number | undefined;
}

/** A row of the ledger that waits, with what tells its source and its name. */
export interface WaitingReview extends StoredReview {
  readonly source: number;
  readonly key: Uint8Array;
  readonly externalId: string;
}

/** Octets that a review takes besides its detail. */
export const reviewBytes = 70;

interface ReviewedRow {
  readonly id?: number;
  readonly state: LedgerState;
  readonly review?: RowReview | null;
}

const columns = "v.id, v.entry, v.reason, v.detail, v.digest, v.since";
const waitingColumns = `${columns}, l.source, l.key, l.external_id`;
const reviewState = ledgerStates.indexOf("review");

/** What has ended by a time no longer waits. */
const fromWaiting = `FROM review v JOIN ledger l ON l.id = v.entry
  WHERE v.since IS NOT NULL AND l.state = ${reviewState} AND (l.valid_until IS NULL OR l.valid_until > ?)`;

export class Reviews {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = preparing(db);
  }

  /** What is to be decided on a row of the ledger, or was. A store of an older schema has none. */
  of(entry: number): StoredReview | undefined {
    if (!hasTable(this.#sql, "review")) return undefined;
    const row = this.#sql(`SELECT ${columns} FROM review v WHERE v.entry = ?`).raw().get(entry);
    return row === undefined ? undefined : readReview(row as Columns);
  }

  byId(id: number): WaitingReview | undefined {
    if (!hasTable(this.#sql, "review")) return undefined;
    const found = this.#sql(`SELECT ${waitingColumns} FROM review v JOIN ledger l ON l.id = v.entry WHERE v.id = ?`);
    const row = found.raw().get(id);
    return row === undefined ? undefined : readWaiting(row as WaitingColumns);
  }

  /** Whether a review once had this number. */
  wasGiven(id: number): boolean {
    if (!hasTable(this.#sql, "review")) return false;
    const last = this.#sql("SELECT seq FROM sqlite_sequence WHERE name = 'review'").pluck().get() as number | undefined;
    return last !== undefined && id <= last;
  }

  /** What waits at a time (Unix seconds), the oldest first, after the one of a number. */
  *waiting(at: number, after = 0): Generator<WaitingReview, undefined> {
    if (!hasTable(this.#sql, "review")) return undefined;
    const page = this.#sql(
      `SELECT ${waitingColumns} ${fromWaiting} AND v.id > ? ORDER BY v.id LIMIT ${pageRows}`,
    ).raw();
    for (let last = after; ; ) {
      const rows = page.all(at, last) as WaitingColumns[];
      for (const row of rows) yield readWaiting(row);
      if (rows.length < pageRows) return undefined;
      last = (rows.at(-1) as WaitingColumns)[0];
    }
  }

  /** How many wait at a time (Unix seconds), by source and reason, with since when the first of each does. */
  counts(
    at: number,
  ): readonly { readonly source: string; readonly reason: string; readonly count: number; readonly since: number }[] {
    if (!hasTable(this.#sql, "review")) return [];
    return this.#sql(
      `SELECT s.name AS source, w.reason, count(*) AS count, min(w.since) AS since FROM
         (SELECT l.source, v.reason, v.since ${fromWaiting}) w JOIN source s ON s.id = w.source
       GROUP BY s.name, w.reason ORDER BY s.name, w.reason`,
    ).all(at) as { source: string; reason: string; count: number; since: number }[];
  }

  /** Writes what becomes of reviews beside rows, in their transaction; new rows get the numbers behind `newest`, in order. */
  writer(newest: number): { put(row: ReviewedRow): void; finish(): void } {
    const hasAny = this.#sql("SELECT 1 FROM review LIMIT 1").get() !== undefined;
    const inserter = new RowInserter(this.#sql, "INSERT INTO review (entry, reason, detail, digest, since)", 5);
    let next = newest + 1;
    const put = (row: ReviewedRow): void => {
      const entry = row.id ?? next++;
      const { review } = row;
      const isNew = row.id === undefined || !hasAny;
      if (review === null || review === undefined) {
        if (isNew) return;
        if (review === null) this.#sql("DELETE FROM review WHERE entry = ?").run(entry);
        else if (row.state !== "review") this.#sql("UPDATE review SET since = NULL WHERE entry = ?").run(entry);
        return;
      }
      const old = isNew ? undefined : this.of(entry);
      const isSame = old !== undefined && equalBytes(old.digest, review.digest);
      const since = row.state === "review" ? ((isSame ? old.since : undefined) ?? review.at) : null;
      if (isSame) {
        this.#sql("UPDATE review SET since = ? WHERE entry = ?").run(since, entry);
        return;
      }
      if (old !== undefined) this.#sql("DELETE FROM review WHERE entry = ?").run(entry);
      inserter.add([entry, review.reason, review.detail ?? null, review.digest, since]);
    };
    return { put, finish: () => inserter.finish() };
  }
}

/** Rows read at once while all that wait are walked. */
const pageRows = 1000;

type Columns = [
  id: number,
  entry: number,
  reason: string,
  detail: string | null,
  digest: Uint8Array,
  since: number | null,
];

type WaitingColumns = [...Columns, source: number, key: Uint8Array, externalId: string];

function readReview([id, entry, reason, detail, digest, since]: Columns | WaitingColumns): StoredReview {
  return { id, entry, reason, detail: detail ?? undefined, digest, since: since ?? undefined };
}

function readWaiting(row: WaitingColumns): WaitingReview {
  return { ...readReview(row), source: row[6], key: row[7], externalId: row[8] };
}
