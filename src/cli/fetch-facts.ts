/** What is known of the copy of a list that is fetched, for people and for programs. */
import { isoTime } from "../base/clock.ts";
import { placeInWords } from "../config/fetch-kinds.ts";
import type { FetchConfig } from "../config/types.ts";
import { staleInWords } from "../daemon/fetch-words.ts";
import { type FetchError, readCopyState } from "../feed/fetch/copy-state.ts";
import { staleAt } from "../feed/transfer/soa-times.ts";

/** Times are ISO 8601 in UTC; null where there was none. */
export interface FetchFacts {
  /** When an answer last brought the list. */
  readonly fetchedAt: string | null;
  /** When its host last said that the copy is what it has. */
  readonly checkedAt: string | null;
  /** When what it lists was last another. */
  readonly changedAt: string | null;
  readonly nextAt: string | null;
  /** Of a policy zone, from when on it is stale where no primary confirms it before. */
  readonly staleAt: string | null;
  /** Why the last fetch failed. */
  readonly error: FetchError | null;
}

const nothing: FetchFacts = {
  fetchedAt: null,
  checkedAt: null,
  changedAt: null,
  nextAt: null,
  staleAt: null,
  error: null,
};

interface FetchedList {
  /** The copy. */
  readonly from: string;
  readonly fetch?: FetchConfig;
}

/** All null for a list that is a file, and for a source that has no list. */
export function fetchFactsOf(list: FetchedList | undefined): FetchFacts {
  const state = list?.fetch === undefined ? undefined : readCopyState(list.from);
  if (state === undefined) return nothing;
  const { copy, nextAt, error } = state;
  return {
    fetchedAt: timeOf(copy?.fetchedAt),
    checkedAt: timeOf(copy?.checkedAt),
    changedAt: timeOf(copy?.changedAt),
    nextAt: isoTime(nextAt),
    staleAt: timeOf(staleAt(state)),
    error: error ?? null,
  };
}

function timeOf(seconds: number | undefined): string | null {
  return seconds === undefined ? null : isoTime(seconds);
}

/** What is said of the last fetch behind the state of a list; nothing where it went well. */
export function failedInWords({ error, checkedAt }: FetchFacts): string {
  if (error === null) return "";
  return checkedAt === null ? "; the last fetch failed" : `; not fetched since ${checkedAt}`;
}

/** Lines on a list that is fetched; none for one that is a file. */
export function fetchLines(list: FetchedList, nowSeconds: number): [string, string][] {
  if (list.fetch === undefined) return [];
  const { fetchedAt, checkedAt, changedAt, nextAt, staleAt: stale, error } = fetchFactsOf(list);
  const { everySeconds } = list.fetch;
  const lines: [string, string][] = [
    [
      list.fetch.kind === "folder" ? "folder" : "address",
      `${placeInWords(list.fetch)}, every ${ageInWords(everySeconds)}`,
    ],
  ];
  if (checkedAt === null) lines.push(["fetched", "never"]);
  else {
    const age = ageInWords(nowSeconds - Date.parse(checkedAt) / 1000);
    lines.push(["fetched", `${fetchedAt}, changed ${changedAt}, last found the same ${checkedAt}, ${age} ago`]);
  }
  if (stale !== null && Date.parse(stale) / 1000 <= nowSeconds)
    lines.push(["stale", `since ${stale}, ${staleInWords}`]);
  if (nextAt !== null) lines.push(["next fetch", nextAt]);
  if (error !== null) lines.push(["last error", `${error.message}. ${error.remedy}`]);
  return lines;
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** Seconds in the largest unit that fits, as `every` has them. */
export function ageInWords(seconds: number): string {
  for (const [unit, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return `${Math.max(0, Math.floor(seconds))}s`;
}
