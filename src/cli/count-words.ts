/** Words for what a merge counted, for people. */

import { number } from "../base/counted.ts";
import { type CountName, type Counts, countNames } from "../mill/counts.ts";

const words: Readonly<Record<Exclude<CountName, "rules" | "records">, string>> = {
  covered: "covered by a rule above",
  allowed: "stopped by an allow list",
  excepted: "exempted by a source",
  publicSuffix: "stopped as public suffixes",
  tooLong: "too long beneath the apex",
  unselected: "not selected by the zone",
};

/** What did not become a rule: `12 covered by a rule above, 1 stopped by an allow list`; empty where nothing was. */
export function stopsInWords(counts: Readonly<Partial<Counts>>): string {
  const parts: string[] = [];
  const guards = Object.entries(counts.guards ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const name of countNames) {
    const count = counts[name] ?? 0;
    // The guards of public suffixes are among the guards below.
    if (name === "rules" || name === "records" || (name === "publicSuffix" && guards.length > 0)) continue;
    if (count > 0) parts.push(`${number(count)} ${words[name]}`);
  }
  for (const [id, { stopped, narrowed }] of guards) {
    if (stopped > 0) parts.push(`${number(stopped)} stopped by the guard ${id}`);
    if (narrowed > 0) parts.push(`${number(narrowed)} narrowed by the guard ${id}`);
  }
  return parts.join(", ");
}
