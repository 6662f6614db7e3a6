/**
 * The room that rows of the ledger take when they are written: octets that they add, and pages that they change. Rows that
 * change lie all over a large table, and a page goes to the log as a whole, however little of it changes.
 */
import { pageBytes } from "./disk-space.ts";
import type { LedgerFacts } from "./ledger.ts";
import { pastBytes } from "./ledger-past.ts";
import { reviewBytes } from "./reviews.ts";

/** Octets of a row besides its texts, with its places in the indexes. */
export const rowBytes = 150;
/** The same of the row alone. */
const rowBytesAlone = 80;
/** Rows of a page of the index by name and id, and of the one by the times at which they fall due, at least. */
const namesOfPage = 400;
const timesOfPage = 1500;
/** The last page of each table, and those above in its tree. */
const always = 6;
/** Pages that one transaction touches at most where room is short: 1.5 MiB. */
const pagesOfPart = 24;
/** Octets that it adds at most then. */
const bytesOfPart = 128 * 1024;

type WrittenRow = LedgerFacts & { readonly id?: number };

/** Octets that rows take in the database, about. */
export function bytesOf(rows: readonly WrittenRow[]): number {
  return rows.reduce((sum, row) => sum + bytesOfRow(row), 0);
}

function bytesOfRow({ id, key, externalId, reference, review }: WrittenRow): number {
  // Key and id stand in an index as well, and of a row that changes what it said before is kept.
  const before = id === undefined ? 0 : pastBytes;
  const reviewed = review ? reviewBytes + 3 * (review.detail?.length ?? 0) : 0;
  return before + reviewed + rowBytes + 2 * key.length + 3 * externalId.length + 2 * (reference?.length ?? 0);
}

/** Counts pages while rows are added in the order in which they are written. */
class PageCount {
  readonly #newest: number;
  readonly #rowsOfPage: number;
  readonly #tablePages = new Set<number>();
  #names = 0;
  #times = 0;

  /** `newest` is the highest number of a row. */
  constructor(newest: number, rowsOfPage: number) {
    this.#newest = newest;
    this.#rowsOfPage = rowsOfPage;
  }

  add({ id, due }: WrittenRow): void {
    if (id === undefined) this.#names += 1;
    else this.#tablePages.add(Math.floor(id / this.#rowsOfPage));
    // Where it stood, and where it stands from now on.
    if (id !== undefined || due !== undefined) this.#times += 2;
  }

  get pages(): number {
    const names = Math.min(this.#names, Math.ceil(this.#newest / namesOfPage));
    const times = Math.min(this.#times, Math.ceil(this.#newest / timesOfPage));
    // What the rows of a page said before stands in a page elsewhere.
    return always + 2 * this.#tablePages.size + names + times;
  }
}

/** Rows of a page, where others are about as long as these. */
function rowsOfPageLike(rows: readonly WrittenRow[]): number {
  const texts = rows.reduce((sum, { key, externalId }) => sum + key.length + externalId.length, 0);
  return Math.max(1, Math.floor(pageBytes / (rowBytesAlone + texts / Math.max(1, rows.length))));
}

/** Pages that rows touch besides those that they add, at most. `newest` is the highest number of a row. */
export function pagesOf(rows: readonly WrittenRow[], newest: number): number {
  const count = new PageCount(newest, rowsOfPageLike(rows));
  for (const row of rows) count.add(row);
  return count.pages;
}

/** The same rows, in parts each of which adds and changes little. */
export function* inSmallParts<Row extends WrittenRow>(
  rows: readonly Row[],
  newest: number,
): Generator<Row[], undefined> {
  let part: Row[] = [];
  const rowsOfPage = rowsOfPageLike(rows);
  let count = new PageCount(newest, rowsOfPage);
  let bytes = 0;
  for (const row of rows) {
    part.push(row);
    count.add(row);
    bytes += bytesOfRow(row);
    if (count.pages < pagesOfPart && bytes < bytesOfPart) continue;
    yield part;
    part = [];
    bytes = 0;
    count = new PageCount(newest, rowsOfPage);
  }
  if (part.length > 0) yield part;
  return undefined;
}
