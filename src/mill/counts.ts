/** What a build counts, by range of names: kept with each block, summed in each version. */
import type { ZoneVersionRow } from "../store/zones.ts";

export const countNames = [
  /** Rules in the zone: a name, with its wildcard where it has one, is one. */
  "rules",
  /** Their RRs, without the apex. */
  "records",
  /** Names dropped because a rule above them does the same. */
  "covered",
  /** Names stopped by an allow entry. */
  "allowed",
  /** Names stopped by an exception in the source itself. */
  "excepted",
  /** Names at which a guard of public suffixes stopped a rule; part of `guards`. */
  "publicSuffix",
  /** Names left out because with the apex they exceed 255 octets. */
  "tooLong",
  /** Names that are listed by entries alone that the zone does not take: not sure enough, too confidential, of another category. */
  "unselected",
] as const;

export type CountName = (typeof countNames)[number];

/** Names at which a guard stopped or narrowed a rule of some source. */
export interface GuardCount {
  stopped: number;
  narrowed: number;
}

export type Counts = Record<CountName, number> & {
  /** By id of the guard; those that did nothing are absent. */
  readonly guards: Record<string, GuardCount>;
};

export function noCounts(): Counts {
  return { ...(Object.fromEntries(countNames.map((name) => [name, 0])) as Record<CountName, number>), guards: {} };
}

/** The counts of a version; those that it was not built with are 0. */
export function countsOf({ counts }: Pick<ZoneVersionRow, "counts">): Counts {
  return { ...noCounts(), ...counts };
}

/** Adds `more`, `times` over, to `sum` in place. */
export function addCounts(sum: Counts, more: Readonly<Counts>, times: 1 | -1 = 1): void {
  for (const name of countNames) sum[name] += times * (more[name] ?? 0);
  for (const [id, { stopped, narrowed }] of Object.entries(more.guards)) {
    addGuardCount(sum, id, times * stopped, times * narrowed);
  }
}

/** Adds to what one guard did. */
export function addGuardCount({ guards }: Counts, id: string, stopped: number, narrowed: number): void {
  // An id may be the name of something that every object has.
  const known = Object.hasOwn(guards, id) ? guards[id] : undefined;
  const count = known ?? { stopped: 0, narrowed: 0 };
  guards[id] = count;
  count.stopped += stopped;
  count.narrowed += narrowed;
  if (count.stopped === 0 && count.narrowed === 0) delete guards[id];
}

/** What was counted so far; the counter itself starts again at nothing. */
export function takeCounts(counter: Counts): Counts {
  const taken = { ...counter, guards: { ...counter.guards } };
  for (const name of countNames) counter[name] = 0;
  for (const id of Object.keys(counter.guards)) delete counter.guards[id];
  return taken;
}

export function isNothing(counts: Readonly<Counts>): boolean {
  return countNames.every((name) => counts[name] === 0) && Object.keys(counts.guards).length === 0;
}

/**
 * Counts as short text, for the index rows of which a large zone has tens of thousands: the numbers of `countNames`, then
 * `id=stopped/narrowed` for each guard that did something.
 */
export function packCounts(counts: Readonly<Counts>): string {
  const guards = Object.keys(counts.guards)
    .sort()
    .map((id) => ` ${id}=${counts.guards[id]?.stopped}/${counts.guards[id]?.narrowed}`);
  return countNames.map((name) => counts[name]).join(" ") + guards.join("");
}

export function unpackCounts(text: string): Counts {
  const counts = noCounts();
  text.split(" ").forEach((part, i) => {
    // What was packed before a count was added has fewer numbers.
    const name = part.includes("=") ? undefined : countNames[i];
    if (name !== undefined) {
      counts[name] = Number(part);
      return;
    }
    const [id, numbers] = part.split("=") as [string, string];
    const [stopped, narrowed] = numbers.split("/").map(Number) as [number, number];
    addGuardCount(counts, id, stopped, narrowed);
  });
  return counts;
}
