/** What a build counts, by range of names: kept with each block, summed in each version. */

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
  /** Names stopped because they are, or would cover, a public suffix. */
  "publicSuffix",
  /** Names left out because with the apex they exceed 255 octets. */
  "tooLong",
] as const;

export type CountName = (typeof countNames)[number];
export type Counts = Record<CountName, number>;

export function noCounts(): Counts {
  return Object.fromEntries(countNames.map((name) => [name, 0])) as Counts;
}

/** Adds `more`, `times` over, to `sum` in place. */
export function addCounts(sum: Counts, more: Readonly<Counts>, times: 1 | -1 = 1): void {
  for (const name of countNames) sum[name] += times * (more[name] ?? 0);
}

/** Counts as short text, for the index rows of which a large zone has tens of thousands. */
export function packCounts(counts: Readonly<Counts>): string {
  return countNames.map((name) => counts[name]).join(" ");
}

export function unpackCounts(text: string): Counts {
  const counts = noCounts();
  text.split(" ").forEach((count, i) => {
    const name = countNames[i];
    if (name !== undefined) counts[name] = Number(count);
  });
  return counts;
}
