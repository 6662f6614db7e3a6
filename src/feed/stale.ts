/**
 * Whether a source is older than it may be. That is said, and nothing follows by itself: what a silent source lists stays blocked,
 * since its host is down far more often than all of its entries are wrong, and an attacker who can keep a list from being fetched
 * must not thereby empty it. Entries that are to fade with age have `decay`.
 */
import { statSync } from "node:fs";
import { isoTime } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListSourceConfig } from "../config/types.ts";
import { readCopyState } from "./fetch/copy-state.ts";

const daySeconds = 86_400;
/** Of a list that is fetched: a week, in which somebody has looked at most hosts that are down. */
const fetchedAgeSeconds = 7 * daySeconds;
/** Of one that is seldom fetched: so many of its fetches. */
const fetchesMin = 3;

/** For how long a source may go unconfirmed, in seconds; undefined where it may for ever, as a file that nobody said it of. */
export function maxAgeOf({ guard, fetch }: Pick<ListSourceConfig, "guard" | "fetch">): number | undefined {
  if (guard?.maxAgeSeconds !== undefined) return guard.maxAgeSeconds;
  return fetch === undefined ? undefined : Math.max(fetchedAgeSeconds, fetchesMin * fetch.everySeconds);
}

/**
 * When it was last sure that the list is what its publisher says, Unix seconds: its host confirmed the copy, or the file was
 * written. Undefined where there is neither.
 */
export function confirmedAt({ from, fetch }: Pick<ListSourceConfig, "from" | "fetch">): number | undefined {
  if (fetch !== undefined) return readCopyState(from)?.copy?.checkedAt;
  const stat = statSync(from, { throwIfNoEntry: false });
  return stat === undefined ? undefined : Math.floor(stat.mtimeMs / 1000);
}

/** What is to be said of a source that is too old; undefined where it is not. `now` is in Unix seconds. */
export function staleOf(list: ListSourceConfig, now: number): OperatorError | undefined {
  const maxAge = maxAgeOf(list);
  const confirmed = maxAge === undefined ? undefined : confirmedAt(list);
  if (maxAge === undefined || confirmed === undefined || now - confirmed <= maxAge) return undefined;
  const [does, remedy] =
    list.fetch === undefined
      ? ["was last written", "See why nobody writes it any more"]
      : ["was last confirmed by its host", `See \`rpzmill source show ${list.id}\` for its last fetch`];
  return new OperatorError(
    "SOURCE_STALE",
    `Cannot call "${list.from}" up to date: it ${does} ${isoTime(confirmed)}, longer ago than its maxAge of ${ageInWords(maxAge)}; what it lists stays blocked`,
    `${remedy}, or set guard.maxAge`,
  );
}

function ageInWords(seconds: number): string {
  return seconds % daySeconds === 0 ? `${seconds / daySeconds}d` : `${Math.round(seconds / 3600)}h`;
}
