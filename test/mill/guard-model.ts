/** What guards mean, by definition and name by name: the table of the documentation, and nothing of the merge's ways. */
import fc from "fast-check";
import { type GuardClass, guardClasses, guardFlag } from "../../src/guard/class.ts";
import type { Guard } from "../../src/guard/judge.ts";
import { flag } from "../../src/indicator/entry/collector.ts";
import { type Entries, name } from "./entries.ts";

/** A guard with the names that it lists. */
export interface GuardList extends Guard {
  readonly entries: Entries;
}

type ResolverAnswer = "keep" | "narrow" | "stop";
type Extent = "subtree" | "exact" | "url-host";
/** What the names of rules are: those that are asked for, or those of name servers. */
type Of = "names" | "name servers";

/** Of each class, what becomes of a rule at a guarded name, of a subtree that holds one, and of what lies beneath one. */
const meaning: Readonly<Record<GuardClass, readonly [ResolverAnswer, ResolverAnswer, ResolverAnswer]>> = {
  popular: ["stop", "narrow", "keep"],
  shared: ["stop", "narrow", "keep"],
  "public-suffix": ["stop", "stop", "keep"],
  protected: ["stop", "stop", "stop"],
  infrastructure: ["stop", "stop", "stop"],
  network: ["stop", "stop", "keep"],
};

/** The same for rules on name servers. */
const meaningForServers: typeof meaning = {
  popular: ["stop", "stop", "stop"],
  shared: ["stop", "stop", "keep"],
  "public-suffix": ["stop", "stop", "keep"],
  protected: ["stop", "stop", "stop"],
  infrastructure: ["stop", "stop", "stop"],
  network: ["stop", "stop", "stop"],
};

function parentOf(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

function namesAbove(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}

/** Verdicts that one guard has on a rule. */
function verdictsOf({ class: ofClass, entries }: GuardList, name: string, extent: Extent, of: Of): ResolverAnswer[] {
  const [at, above, beneath] = (of === "names" ? meaning : meaningForServers)[ofClass];
  const own = entries.get(name) ?? 0;
  const listing = extent === "url-host" ? guardFlag.name | guardFlag.urlHost : guardFlag.name;
  const verdicts: ResolverAnswer[] = [];
  const isPrivate = (flags: number): boolean => (flags & guardFlag.privateSuffix) !== 0;
  const isOne = extent !== "subtree";
  // One name of a network may be blocked, and so may the site that a private suffix is.
  const listedAs = (flags: number): ResolverAnswer =>
    of === "names" && ((isOne && ofClass === "network") || (extent === "exact" && isPrivate(flags))) ? "keep" : at;
  // What a private wildcard matches is one customer's host: blocked by itself, and no more.
  const partly = of === "names" ? "narrow" : "stop";
  const matchedAs = (flags: number): ResolverAnswer => (isPrivate(flags) ? (isOne ? "keep" : partly) : at);
  if (own & listing) verdicts.push(listedAs(own));
  const parent = entries.get(parentOf(name)) ?? 0;
  if (name.includes(".") && parent & guardFlag.suffixWildcard && !(own & guardFlag.suffixException))
    verdicts.push(matchedAs(parent));
  for (const higher of namesAbove(name)) {
    const flags = entries.get(higher) ?? 0;
    if (flags & guardFlag.beneath) verdicts.push(listedAs(flags));
    if (flags & listing && !(flags & guardFlag.alone)) verdicts.push(beneath);
  }
  if (extent !== "subtree") return verdicts;
  if (own & (guardFlag.beneath | guardFlag.suffixWildcard)) verdicts.push(above);
  const holding = guardFlag.name | guardFlag.beneath | guardFlag.suffixWildcard;
  for (const [listed, flags] of entries) if (flags & holding && listed.endsWith(`.${name}`)) verdicts.push(above);
  return verdicts;
}

/** The guard that decides on a rule, the first of those with the strictest verdict, and what it does; undefined where the rule is kept. */
function decisionOn(guards: readonly GuardList[], name: string, extent: Extent, of: Of): Decision | undefined {
  for (const verdict of ["stop", "narrow"] as const) {
    const guard = guards.find((one) => verdictsOf(one, name, extent, of).includes(verdict));
    if (guard !== undefined) return { guard, verdict };
  }
  return undefined;
}

interface Decision {
  readonly guard: GuardList;
  readonly verdict: "narrow" | "stop";
}

/** What the guards that a source does not override leave of one entry of it, and what they decided. */
function judgeEntry(
  guards: readonly GuardList[],
  name: string,
  flags: number,
  of: Of = "names",
): { readonly left: number; readonly decisions: readonly Decision[] } {
  const decisions: Decision[] = [];
  let left = flags;
  const remains = (bits: number): number => (left &= ~bits) & flag.blockSelf;
  if (flags & flag.blockBeneath) {
    const decision = decisionOn(guards, name, "subtree", of);
    if (decision !== undefined) {
      const remaining = remains(flag.blockBeneath | (decision.verdict === "stop" ? flag.blockSelf : 0));
      decisions.push({ ...decision, verdict: remaining === 0 ? "stop" : "narrow" });
    }
  } else if (flags & flag.blockSelf) {
    const decision = decisionOn(guards, name, "exact", of);
    if (decision !== undefined) {
      left &= ~flag.blockSelf;
      decisions.push(decision);
    }
  }
  // A name that is listed plainly is more than the host of a URL.
  if (flags & flag.blockSelf) left &= ~flag.blockUrlHost;
  else if (flags & flag.blockUrlHost) {
    const decision = decisionOn(guards, name, of === "names" ? "url-host" : "exact", of);
    if (decision !== undefined) {
      left &= ~flag.blockUrlHost;
      decisions.push(decision);
    }
  }
  return { left, decisions };
}

function notOverridden(guards: readonly GuardList[], overridden: readonly string[]): GuardList[] {
  return guards.filter(({ id }) => !overridden.includes(id));
}

/** What the guards that a source does not override leave of it. */
export function leftOf(
  source: Entries,
  guards: readonly GuardList[],
  overridden: readonly string[] = [],
  of: Of = "names",
): Entries {
  const active = notOverridden(guards, overridden);
  return new Map([...source].map(([name, flags]) => [name, judgeEntry(active, name, flags, of).left]));
}

/** What a zone counts of its guards: each name once for each guard that stopped a rule there, and that narrowed one. */
export function countsOf(
  sources: readonly Entries[],
  guards: readonly GuardList[],
  overrides: readonly (readonly string[])[],
): { readonly guards: Record<string, { stopped: number; narrowed: number }>; readonly publicSuffix: number } {
  const byName = new Map<string, Decision[]>();
  sources.forEach((source, i) => {
    const active = notOverridden(guards, overrides[i] ?? []);
    for (const [name, flags] of source) {
      byName.set(name, [...(byName.get(name) ?? []), ...judgeEntry(active, name, flags).decisions]);
    }
  });
  const all = [...byName.values()];
  const namesWhere = (isIt: (decision: Decision) => boolean): number => all.filter((made) => made.some(isIt)).length;
  const counts = guards.map(({ id }) => {
    const count = (verdict: Decision["verdict"]): number =>
      namesWhere((made) => made.guard.id === id && made.verdict === verdict);
    return [id, { stopped: count("stop"), narrowed: count("narrow") }] as const;
  });
  return {
    guards: Object.fromEntries(counts.filter(([, { stopped, narrowed }]) => stopped + narrowed > 0)),
    publicSuffix: namesWhere(({ guard, verdict }) => guard.class === "public-suffix" && verdict === "stop"),
  };
}

/** Names that nothing may block: those a guard lists, those beneath where it says so. */
export function isGuarded({ class: ofClass, entries }: GuardList, name: string): boolean {
  if (ofClass === "network") return false;
  const own = entries.get(name) ?? 0;
  if (own & guardFlag.name && !(own & guardFlag.privateSuffix)) return true;
  const above = namesAbove(name).map((higher) => entries.get(higher) ?? 0);
  if (above.some((flags) => flags & guardFlag.beneath && !(flags & guardFlag.privateSuffix))) return true;
  const judgesBeneath = ofClass === "protected" || ofClass === "infrastructure";
  return judgesBeneath && above.some((flags) => flags & guardFlag.name && !(flags & guardFlag.alone));
}

const plainFlags = fc.constantFrom<number>(
  guardFlag.name,
  guardFlag.name,
  guardFlag.urlHost,
  guardFlag.name | guardFlag.beneath,
  guardFlag.beneath,
  guardFlag.name | guardFlag.alone,
);
const suffixFlags = fc.constantFrom<number>(
  guardFlag.name,
  guardFlag.name | guardFlag.privateSuffix,
  guardFlag.suffixWildcard,
  guardFlag.suffixWildcard | guardFlag.privateSuffix,
  guardFlag.name | guardFlag.suffixWildcard,
  guardFlag.suffixException,
);

/** Flags that a guard of a class may list a name with. */
export function guardFlagsOf(ofClass: GuardClass): fc.Arbitrary<number> {
  return ofClass === "public-suffix" ? suffixFlags : plainFlags;
}

/** Up to three guards g0, g1, g2 of any class, that list some of these names. */
export function guardListsOf(names: fc.Arbitrary<string>): fc.Arbitrary<readonly GuardList[]> {
  const guardList = fc
    .constantFrom(...guardClasses)
    .chain((ofClass) =>
      fc
        .array(fc.tuple(names, guardFlagsOf(ofClass)), { maxLength: 4 })
        .map((entries) => ({ class: ofClass, entries: new Map(entries) })),
    );
  return fc.array(guardList, { maxLength: 3 }).map((all) => all.map((list, i) => ({ id: `g${i}`, ...list })));
}

export const guardLists: fc.Arbitrary<readonly GuardList[]> = guardListsOf(name);
