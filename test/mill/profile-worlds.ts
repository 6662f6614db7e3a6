/** Small made-up zones whose entries have facts of their own, and what is meant by them, name by name. */
import fc from "fast-check";
import type { ListSourceConfig } from "../../src/config/types.ts";
import type { TakeConfig, ZoneConfig } from "../../src/config/zone-types.ts";
import { blockSelfBits, flag } from "../../src/indicator/entry/collector.ts";
import { distributions, type Facts, paps, tlps } from "../../src/indicator/facts/facts.ts";
import { known } from "../../src/indicator/facts/report.ts";
import type { Action } from "../../src/rpz/action.ts";
import {
  type AnyEntries,
  blockFlags,
  type Entries,
  name,
  type Statements,
  sourceFlags,
  statementsOf,
} from "./entries.ts";
import { type Lists, sourceOf, zone } from "./stored-lists.ts";

export interface ProfileWorld {
  /** Of profiles 1, 2 … */
  readonly profiles: readonly Facts[];
  readonly sources: readonly { readonly config: ListSourceConfig; readonly entries: ReadonlyMap<string, Statements> }[];
  readonly allow: readonly Entries[];
  readonly zone: ZoneConfig;
}

/** Some of them are no category of any source or zone. */
const category = fc.constantFrom("c0", "c1", "c2", "constructor");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

export const facts: fc.Arbitrary<Facts> = fc
  .record({
    category: maybe(category),
    confidence: maybe(fc.constantFrom(0, 30, 60, 100)),
    tlp: maybe(fc.constantFrom(...tlps)),
    pap: maybe(fc.constantFrom(...paps)),
    distribution: maybe(fc.constantFrom(...distributions)),
  })
  .map((all) =>
    known({ sharingGroup: undefined, organisation: undefined, campaign: undefined, hidesSource: undefined, ...all }),
  );

/** All facts that entries may have of their own. */
const fields = { category: 1, confidence: 2, tlp: 3, pap: 4, distribution: 5 };

const config = fc
  .record({
    category: fc.constantFrom("c0", "c1"),
    confidence: fc.constantFrom(20, 50, 80),
    tlp: fc.constantFrom("clear", "amber", "red"),
    pap: fc.constantFrom("clear", "amber"),
  })
  .map((said): Partial<ListSourceConfig> => ({ ...said, format: "csv", fields }));

const take: fc.Arbitrary<TakeConfig> = fc
  .record({
    sources: fc.subarray(["s0", "s1", "s2"]),
    categories: fc.subarray(["c0", "c1", "c2"], { minLength: 1 }),
    minConfidence: fc.constantFrom(0, 40),
    maxTlp: fc.constantFrom("clear", "amber", "red"),
    maxPap: fc.constantFrom("green", "red"),
    audience: fc.constantFrom("own", "others"),
  })
  .map((said) => ({ ...said, triggers: ["qname", "response-ip"] as const }));

const plainAction = fc.constantFrom<Action>("nxdomain", "nodata");
const actions: fc.Arbitrary<ZoneConfig["action"]> = fc.record({
  default: plainAction,
  byCategory: fc
    .uniqueArray(fc.tuple(fc.constantFrom("c2", "c1", "c0"), plainAction), { selector: ([of]) => of })
    .map((pairs) => Object.fromEntries(pairs)),
});

/** Worlds over names few enough to meet one another, with what sources and allow lists may say of one. */
export function profileWorldOf(
  names: fc.Arbitrary<string>,
  ofSource: fc.Arbitrary<number>,
  ofAllow: fc.Arbitrary<number>,
): fc.Arbitrary<ProfileWorld> {
  return fc.array(facts, { minLength: 1, maxLength: 6 }).chain((profiles) => {
    const entries = fc
      .array(fc.tuple(names, statementsOf(profiles.length, ofSource)), { maxLength: 10 })
      .map((all) => new Map(all));
    const allowed = fc.array(fc.tuple(names, ofAllow), { maxLength: 3 }).map((all): Entries => new Map(all));
    return fc.record({
      profiles: fc.constant(profiles),
      sources: fc
        .array(fc.tuple(config, entries), { minLength: 1, maxLength: 3 })
        .map((all) => all.map(([more, said], i) => ({ config: sourceOf(`s${i}`, i, more), entries: said }))),
      allow: fc.array(allowed, { maxLength: 1 }),
      zone: fc.record({ take, action: actions }).map((said): ZoneConfig => ({ ...zone, ...said })),
    });
  });
}

export const profileWorld: fc.Arbitrary<ProfileWorld> = profileWorldOf(name, sourceFlags, blockFlags);

export const factsIn = ({ profiles }: Pick<ProfileWorld, "profiles">, profile: number): Facts =>
  profile === 0 ? {} : (profiles[profile - 1] as Facts);

export function listsOf({ sources, allow }: Pick<ProfileWorld, "sources" | "allow">): ReadonlyMap<string, AnyEntries> {
  return new Map<string, AnyEntries>([
    ...sources.map(({ entries }, i) => [`s${i}`, entries] as const),
    ...allow.map((entries, i) => [`a${i}`, entries] as const),
  ]);
}

const order = { clear: 0, green: 1, amber: 2, "amber+strict": 3, red: 4 } as const;

/** What the zone does with an entry, by what docs/configuration.md says; undefined where it does not take it. */
export function actionOf(world: ProfileWorld, source: ListSourceConfig, said: Facts): Action | undefined {
  const { take: wanted, action } = world.zone;
  const kind = said.category ?? source.category;
  if (!wanted.sources.includes(source.id) && !wanted.categories.includes(kind)) return undefined;
  if ((said.confidence ?? source.confidence) < wanted.minConfidence) return undefined;
  if (order[said.tlp ?? source.tlp] > order[wanted.maxTlp]) return undefined;
  if (order[said.pap ?? source.pap] > order[wanted.maxPap]) return undefined;
  const isForFew = said.distribution === "organisation" || said.distribution === "sharing-group";
  if (isForFew && wanted.audience === "others") return undefined;
  const chosen = Object.entries(action.byCategory).find(([of]) => of === kind);
  return chosen === undefined ? action.default : chosen[1];
}

function namesAbove(of: string): string[] {
  const labels = of.split(".");
  return labels
    .map((_, i) => labels.slice(i).join("."))
    .slice(1)
    .reverse();
}

/**
 * What is meant for a name: the deepest statement of each source that the zone takes counts, an exception before it,
 * whatever its entry says of itself; of one name's statements, those whose action stands first in the configuration.
 */
export function intendedIn(world: ProfileWorld, asked: string): Action | undefined {
  const above = namesAbove(asked);
  for (const list of world.allow) {
    if ((list.get(asked) ?? 0) & blockSelfBits) return undefined;
    if (above.some((ancestor) => (list.get(ancestor) ?? 0) & flag.blockBeneath)) return undefined;
  }
  const { byCategory, default: rest } = world.zone.action;
  const first = [...Object.values(byCategory), rest];
  const ranked = world.sources.toSorted(
    (a, b) => b.config.confidence - a.config.confidence || (a.config.id < b.config.id ? -1 : 1),
  );
  let best: { readonly depth: number; readonly action: Action } | undefined;
  for (const { config: of, entries } of ranked) {
    const blocks = (at: string, bits: number): Action | undefined => {
      const found = (entries.get(at) ?? [])
        .filter(([, flags]) => flags & bits)
        .map(([profile]) => actionOf(world, of, factsIn(world, profile)));
      return first.find((action) => found.includes(action));
    };
    const exempts = (at: string, bit: number): boolean => (entries.get(at) ?? []).some(([, flags]) => flags & bit);
    if (exempts(asked, flag.exemptSelf)) continue;
    const own = blocks(asked, blockSelfBits);
    let said = own === undefined ? undefined : { depth: above.length, action: own };
    if (said === undefined) {
      for (const [depth, ancestor] of above.entries()) {
        if (exempts(ancestor, flag.exemptBeneath)) said = undefined;
        else {
          const action = blocks(ancestor, flag.blockBeneath);
          if (action !== undefined) said = { depth, action };
        }
      }
    }
    if (said !== undefined && (best === undefined || said.depth > best.depth)) best = said;
  }
  return best?.action;
}

/** What a resolver shows in a zone that says no more than is meant. */
export function shownIn(world: ProfileWorld, asked: string): Action | "none" {
  const action = intendedIn(world, asked);
  if (action !== undefined) return action;
  const isAround = namesAbove(asked).some((ancestor) => intendedIn(world, `unlisted.${ancestor}`) !== undefined);
  return isAround ? "passthru" : "none";
}

/** Names listed anywhere, those above them, and some beneath each. */
export function namesIn(world: ProfileWorld): Set<string> {
  const asked = new Set<string>();
  for (const list of listsOf(world).values()) {
    for (const listed of list.keys()) {
      const labels = listed.split(".");
      for (let i = 0; i < labels.length - 1; i++) {
        for (const beneath of ["", "a.", "q.", "zz.q."]) asked.add(beneath + labels.slice(i).join("."));
      }
    }
  }
  return asked;
}

/** The world as a configuration. */
export function configOf({ sources, zone: of }: Pick<ProfileWorld, "sources" | "zone">): Lists {
  return { sources: sources.map((source) => source.config), allow: [], guards: [], zones: [of] };
}
