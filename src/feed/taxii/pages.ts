/**
 * Reads the objects of a collection page by page. Servers end pages in many ways that the specification does not know: with `more` and
 * nothing to go on by, with a `next` that has expired, with the same page for ever.
 */
import { FetchFailure } from "../fetch/failure.ts";

/** What a page is asked by. */
export interface PageQuery {
  /** Objects that were added after this time; undefined for all. */
  readonly addedAfter: string | undefined;
  /** Where to go on, as the server said it. */
  readonly next: string | undefined;
  /** Objects wanted at most. */
  readonly limit: number;
}

export interface Page {
  readonly more: boolean;
  readonly next: string | undefined;
  /** Objects in it. */
  readonly objects: number;
  /** Equal where the same versions of the same objects are in it. */
  readonly digest: string;
  /** When the first and the last of its objects were added, as the server says it. */
  readonly addedFirst: string | undefined;
  readonly addedLast: string | undefined;
}

const pagesMax = 100_000;
/** Pages in a row that bring nothing new. Servers that filter after paging send some. */
const idlePagesMax = 1000;
/** The same page so often is a loop. */
const sameObjectsMax = 3;
/** Times in a row that a server may forget where we were. */
const lostPlacesMax = 5;
export const pageLimit = 1000;
const pageLimitMax = 100_000;

/**
 * Asks for all pages from `addedAfter` on; gives when the last of the objects was added, undefined where the server did not say so.
 * `ask` gives undefined where the server no longer knows `next`.
 * @throws FetchFailure where the pages do not end
 */
export async function readPages(
  addedAfter: string | undefined,
  ask: (query: PageQuery) => Promise<Page | undefined>,
): Promise<string | undefined> {
  const asked = new Set<string>();
  const seen = new Set<string>();
  let query: PageQuery = { addedAfter, next: undefined, limit: pageLimit };
  let last: string | undefined;
  let [idle, same, lost] = [0, 0, 0];
  for (let pages = 0; pages < pagesMax; pages++) {
    const page = await ask(query);
    if (page === undefined) {
      lost += 1;
      if (lost > lostPlacesMax) throw endless("its host does not know where it said that more is (400)");
      query = { ...query, addedAfter: last === undefined ? addedAfter : justBefore(last), next: undefined };
      continue;
    }
    if (page.addedLast !== undefined && (last === undefined || isLater(page.addedLast, last))) last = page.addedLast;
    const isNew = page.objects > 0 && !seen.has(page.digest);
    seen.add(page.digest);
    if (isNew) idle = same = lost = 0;
    else if (page.objects > 0) same += 1;
    else idle += 1;
    if (!page.more) return last;
    if (idle > idlePagesMax || same > sameObjectsMax) throw endless("its host sends the same page again and again");
    const { next } = page;
    if (next !== undefined && !asked.has(next)) {
      asked.add(next);
      query = { ...query, next };
    } else query = goOn(query, page, last, isNew);
  }
  throw endless(`it has more than ${pagesMax} pages`);
}

/** What to ask for where a server says that there is more, and not where: by the time at which objects were added. */
function goOn(query: PageQuery, page: Page, last: string | undefined, isNew: boolean): PageQuery {
  const { addedFirst, addedLast } = page;
  if (last === undefined) throw endless("its host says that there is more, and neither where nor from when on");
  // Of more objects than a page has that were added at one time, the rest is on no later page.
  const isOneTime = addedFirst !== undefined && addedFirst === addedLast && page.objects >= query.limit;
  if (isOneTime && query.limit < pageLimitMax) return { ...query, next: undefined, limit: 10 * query.limit };
  // Others may have been added at the time of the last one.
  return { addedAfter: isNew ? justBefore(last) : last, next: undefined, limit: pageLimit };
}

const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|[+]00:00)$/i;

/** A time as servers write it; undefined for what is none. */
export function readTimestamp(text: string | undefined): string | undefined {
  const [, seconds, fraction = ""] = timestamp.exec(text?.trim() ?? "") ?? [];
  if (seconds === undefined || Number.isNaN(Date.parse(`${seconds}Z`))) return undefined;
  return `${seconds.toUpperCase()}.${fraction.slice(0, 6).padEnd(6, "0")}Z`;
}

/** Of two times that `readTimestamp` gave. */
function isLater(a: string, b: string): boolean {
  return a > b;
}

/** A microsecond before a time. */
function justBefore(time: string): string {
  const micros = Number(time.slice(20, 26));
  if (micros > 0) return `${time.slice(0, 20)}${String(micros - 1).padStart(6, "0")}Z`;
  const before = new Date(Date.parse(`${time.slice(0, 19)}Z`) - 1000).toISOString();
  return `${before.slice(0, 19)}.999999Z`;
}

function endless(why: string): FetchFailure {
  return new FetchFailure(why, "Its operator must fix it; the last good copy stays");
}
