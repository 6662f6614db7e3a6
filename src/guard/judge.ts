/**
 * What a guarded name does to a rule: the one table that the merge, the changed ranges and `explain` go by. How names
 * are found is left to `guarded-names.ts` and, for addresses, to the merge.
 */
import type { GuardClass } from "./class.ts";

/** `narrow` leaves a rule for a name with all beneath it to the name alone. */
export type GuardVerdict = "keep" | "narrow" | "stop";

/** Where a rule is, seen from the guarded name: at it, above it with the name in its subtree, or beneath it. */
export type Position = "at" | "above" | "beneath";

/** What a rule blocks: a name with all beneath it, the name alone, or the name alone because a URL is at that host. */
export type Extent = "subtree" | "exact" | "url-host";

/** A guard of a zone. Where several speak with the same verdict, the first of the zone's guards is named. */
export interface Guard {
  readonly id: string;
  readonly class: GuardClass;
}

type Row = Readonly<Record<Position, Readonly<Record<Extent, GuardVerdict>>>>;

const stop = { subtree: "stop", exact: "stop", "url-host": "stop" } as const;
const keep = { subtree: "keep", exact: "keep", "url-host": "keep" } as const;
/** An exact rule above a guarded name does not reach it. */
const narrowSubtree = { ...keep, subtree: "narrow" } as const;
const stopSubtree = { ...keep, subtree: "stop" } as const;

const verdicts: Readonly<Record<GuardClass, Row>> = {
  // Malware on a large site's subdomain is real, so what lies beneath is kept.
  popular: { at: stop, above: narrowSubtree, beneath: keep },
  // Customers' names lie beneath. The host of a URL is an exact rule already.
  shared: { at: stop, above: narrowSubtree, beneath: keep },
  // Above a suffix is a part of a registry: even its exact name is nobody's site, yet it takes nobody down.
  "public-suffix": { at: stop, above: stopSubtree, beneath: keep },
  protected: { at: stop, above: stopSubtree, beneath: stop },
  infrastructure: { at: stop, above: stopSubtree, beneath: stop },
};

/** Whether a guarded name of this class has a say over the rules beneath it. */
export function judgesBeneath(guardClass: GuardClass): boolean {
  return verdicts[guardClass].beneath.subtree !== "keep";
}

/**
 * The verdict on one rule. `isPrivateSuffix` says that the guarded name is a public suffix of the private part: its
 * exact name is its provider's own site, which may well be blocked, while the host of a URL there is everybody's.
 */
export function judge(
  guardClass: GuardClass,
  position: Position,
  extent: Extent,
  isPrivateSuffix = false,
): GuardVerdict {
  if (isPrivateSuffix && position === "at" && extent === "exact") return "keep";
  return verdicts[guardClass][position][extent];
}

const strictness: Readonly<Record<GuardVerdict, number>> = { keep: 0, narrow: 1, stop: 2 };

/** Whether one verdict is stricter than the other. */
export function isStricter(one: GuardVerdict, other: GuardVerdict): boolean {
  return strictness[one] > strictness[other];
}
