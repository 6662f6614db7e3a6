/** The classes of guard lists, and what the entries of such a list say by their flags. What follows is `judge()`'s. */

/** What a guard list is of; each class stops, narrows or keeps rules in its own way. */
export const guardClasses = ["popular", "shared", "public-suffix", "protected", "infrastructure", "network"] as const;
export type GuardClass = (typeof guardClasses)[number];

/**
 * Flags of a guard list's entries, kept in snapshots where a source's entries have those of `entry/collector.ts`. An
 * address or prefix guards all addresses in it.
 *
 * @public
 */
export const guardFlag = {
  /** The name itself is guarded. */
  name: 1,
  /** The name itself is guarded against hosts of URLs alone: it stands deeper in a rank list than `name` reaches. */
  urlHost: 2,
  /** Every name beneath is guarded as the name itself is. */
  beneath: 4,
  /** A rule `*.name` of the Public Suffix List: each child of the name is a public suffix. */
  suffixWildcard: 8,
  /** A rule `!name` of the Public Suffix List: no suffix, though a wildcard above says so. */
  suffixException: 16,
  /** A public suffix of the list's private part; without it, ICANN's. */
  privateSuffix: 32,
  /** What lies beneath the name is not guarded, whatever the class. */
  alone: 64,
} as const;
