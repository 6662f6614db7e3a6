/**
 * What a guarded name does to a rule: the one table that the merge, the changed ranges and `explain` go by. How names
 * are found is left to `guarded-names.ts`, and addresses to `mill/guarded-addresses.ts`.
 */
import type { GuardClass } from "./class.ts";
import type { Computed } from "./computed.ts";

/** `narrow` leaves a rule for a name with all beneath it to the name alone. */
export type GuardVerdict = "keep" | "narrow" | "stop";

/** Where a rule is, seen from the guarded name: at it, above it with the name in its subtree, or beneath it. */
export type Position = "at" | "above" | "beneath";

/**
 * What a rule blocks: a name with all beneath it, the name alone, the name alone because a URL is at that host; an address or
 * prefix of servers; every domain of a name server, or of all beneath its name; or clients of an address or prefix.
 */
export const extents = ["subtree", "exact", "url-host", "address", "name-server", "name-servers", "clients"] as const;
export type Extent = (typeof extents)[number];

/**
 * Which public suffix a guarded name is: ICANN's, one of the private part, or one that a wildcard of the private part
 * makes of each child of a name.
 */
export type SuffixKind = "icann" | "private" | "private-wildcard";

/** A guard of a zone. The strictest verdict counts; of guards with the same one, the first id is named, wherever each lists what. */
export interface Guard {
  readonly id: string;
  readonly class: GuardClass;
  /** What it guards without a list. */
  readonly computed?: Computed;
}

type Verdicts = Readonly<Record<Extent, GuardVerdict>>;
type Row = Readonly<Record<Position, Verdicts>>;

const all = (verdict: GuardVerdict): Verdicts =>
  Object.fromEntries(extents.map((extent) => [extent, verdict])) as Record<Extent, GuardVerdict>;
const keep = all("keep");
/** Lists of servers say nothing of who queries. */
const stop: Verdicts = { ...all("stop"), clients: "keep" };
/**
 * An exact rule above a guarded name does not reach it. A prefix cannot be narrowed. A rule on name servers would take every
 * domain that these serve along, so it is never narrowed either.
 */
const stopSubtree: Verdicts = { ...keep, subtree: "stop", address: "stop", "name-servers": "stop" };
const narrowSubtree: Verdicts = { ...stopSubtree, subtree: "narrow" };
/** Beneath a large site's name stand its own name servers, whatever else does. */
const stopServers: Verdicts = { ...keep, "name-server": "stop", "name-servers": "stop" };
/** An operator's own are guarded in whatever they are. */
const stopOwn = all("stop");

const verdicts: Readonly<Record<GuardClass, Row>> = {
  // Malware on a large site's subdomain is real, so what lies beneath is kept.
  popular: { at: stop, above: narrowSubtree, beneath: stopServers },
  // Customers' names lie beneath. The host of a URL is an exact rule already.
  shared: { at: stop, above: narrowSubtree, beneath: keep },
  // Above a suffix is a part of a registry: even its exact name is nobody's site, yet it takes nobody down.
  "public-suffix": { at: stop, above: stopSubtree, beneath: keep },
  protected: { at: stopOwn, above: { ...stopSubtree, clients: "stop" }, beneath: stopOwn },
  infrastructure: { at: stop, above: stopSubtree, beneath: stop },
  // Each customer's address is its own, and may be malicious; the whole is not.
  network: { at: { ...stopSubtree, "name-server": "stop" }, above: stopSubtree, beneath: stopServers },
};

/** What is done at private suffixes; ICANN's are as their class has it. */
const suffixVerdicts: Readonly<Record<Exclude<SuffixKind, "icann">, Verdicts>> = {
  // The exact name is its provider's own site, which may well be blocked, while the host of a URL there is everybody's.
  private: { ...stop, exact: "keep" },
  // The name is one customer's host; what lies beneath it may be anybody's.
  "private-wildcard": narrowSubtree,
};

/** Whether a guarded name of this class has a say over such rules beneath it. */
export function judgesBeneath(guardClass: GuardClass, extent: Extent): boolean {
  return verdicts[guardClass].beneath[extent] !== "keep";
}

/** The verdict on one rule; `suffix` says which public suffix the guarded name is, where it is one. */
export function judge(
  guardClass: GuardClass,
  position: Position,
  extent: Extent,
  suffix: SuffixKind = "icann",
): GuardVerdict {
  if (suffix !== "icann" && position === "at") return suffixVerdicts[suffix][extent];
  return verdicts[guardClass][position][extent];
}

const strictness: Readonly<Record<GuardVerdict, number>> = { keep: 0, narrow: 1, stop: 2 };

/** Whether one verdict is stricter than the other. */
export function isStricter(one: GuardVerdict, other: GuardVerdict): boolean {
  return strictness[one] > strictness[other];
}
