/** Words for what was rejected of a list, for people. */

import { number } from "../base/counted.ts";
import { isFault, type Note } from "../indicator/rejects.ts";

/** Reasons that are named. */
const namedMax = 3;

/** What entries say of themselves and nobody can read, or no longer say, though they count: `7 unknown-fact`. */
export function doubtsInWords(counts: Readonly<Record<string, number>>): string {
  const doubts = ["unknown-fact", "no-such-fact"] as const satisfies readonly Note[];
  return doubts.flatMap((note) => (counts[note] === undefined ? [] : [`${number(counts[note])} ${note}`])).join(", ");
}

/** The most frequent faults of a list: `12 bad-character, 1 empty-label`; empty where it has none. */
export function rejectsInWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([reason]) => isFault(reason))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, namedMax)
    .map(([reason, count]) => `${number(count)} ${reason}`)
    .join(", ");
}
