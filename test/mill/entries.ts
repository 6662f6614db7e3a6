/** Small made-up inputs for the merge: entries in memory, and what a policy means to do with a name. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { compareBytes } from "../../src/base/bytes.ts";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import type { GuardListConfig } from "../../src/config/types.ts";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import type { Guard } from "../../src/guard/judge.ts";
import { readPublicSuffixes } from "../../src/guard/public-suffix-list.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter } from "../../src/indicator/entry/block.ts";
import { blockSelfBits, blockSubtree, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import type { Facts } from "../../src/indicator/facts/facts.ts";
import { noCounts } from "../../src/mill/counts.ts";
import type { ListReader } from "../../src/mill/inputs.ts";
import { type NodeSink, none } from "../../src/mill/merge.ts";
import type { Selection, ZonePolicy } from "../../src/mill/policy.ts";
import { type Action, encodeAction } from "../../src/rpz/action.ts";
import type { ResolverAnswer } from "../model/resolver-model.ts";
import type { Rules } from "../model/rules.ts";

const label = fc.constantFrom("a", "b", "c-d");
/** Names of up to six labels under three bases, few enough to meet one another. */
export const name = fc
  .tuple(fc.array(label, { maxLength: 4 }), fc.constantFrom("x.test", "x-y.test", "z.example"))
  .map(([labels, base]) => [...labels, base].join("."));
export const blockFlags = fc.constantFrom<number>(
  flag.blockSelf,
  flag.blockUrlHost,
  blockSubtree,
  blockSubtree,
  flag.blockBeneath,
);
export const sourceFlags = fc.oneof(
  { weight: 4, arbitrary: blockFlags },
  { weight: 1, arbitrary: fc.constantFrom<number>(flag.exemptSelf, exemptSubtree, flag.exemptBeneath) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 15 }) },
);

/** The guard of public suffixes that comes with the program. */
export const suffixGuard: Guard = { id: "public-suffixes", class: "public-suffix" };

/** Its list. */
export function suffixEntries(): Entries {
  const list = builtInGuards.find(({ id }) => id === suffixGuard.id) as GuardListConfig;
  const { entries } = readPublicSuffixes(readFileSync(list.from, "utf8"));
  return new Map(entries.map(({ key, flags }) => [keyToText(key), flags]));
}

/** Flags by name. */
export type Entries = ReadonlyMap<string, number>;
/** Flags by profile, in ascending order of these. */
export type Statements = readonly (readonly [profile: number, flags: number])[];
/** What is said by name, in plain entries or under profiles. */
export type AnyEntries = ReadonlyMap<string, number | Statements>;

/** Entries of several profiles for each name; of those of one, the last counts. */
export const statementsOf = (profiles: number, flags: fc.Arbitrary<number>): fc.Arbitrary<Statements> =>
  fc
    .array(fc.tuple(fc.nat({ max: profiles }), flags), { minLength: 1, maxLength: 3 })
    .map((said) => [...new Map(said)].sort(([a], [b]) => a - b));

export function blocksOf(entries: AnyEntries): EntryBlockList {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  const keys = [...entries].map(([name, said]) => ({ key: keyOfText(name), said }));
  for (const { key, said } of keys.sort((a, b) => compareBytes(a.key, b.key))) {
    const statements: Statements = typeof said === "number" ? [[0, said]] : said;
    for (const [profile, flags] of statements) writer.add(key, 0, key.length, flags, 0, profile);
  }
  writer.flush();
  return new EntryBlockList(blocks);
}

/** Reads lists whose entries have one of these profiles, from 1 on, or are plain. */
export function readerOf(open: (id: string) => EntryBlockList, profiles: readonly Facts[] = []): ListReader {
  return { open, factsOf: (profile) => [{}, ...profiles][profile] as Facts };
}

/** Takes every entry of every source that is named. */
export const everything: Selection = {
  categories: [],
  minConfidence: 0,
  maxTlp: "red",
  maxPap: "red",
  audience: "own",
  byCategory: [],
  byDefault: 1,
};

/** Two actions besides passthru, given to sources in turn. */
export const testActions: readonly Action[] = ["passthru", "nxdomain", "nodata"];

export function policyFor(
  sources: number,
  allow: number,
  guards: readonly Guard[] = [],
  overrides: readonly (readonly string[])[] = [],
): ZonePolicy {
  return {
    apex: Uint8Array.from(Buffer.from(`\x03rpz\x04test\0`, "latin1")),
    apexText: "rpz.test",
    ttl: 60,
    triggers: ["qname", "response-ip"],
    selection: everything,
    sources: Array.from({ length: sources }, (_, i) => ({
      id: `s${i}`,
      category: "c",
      confidence: 50,
      tlp: "clear",
      pap: "clear",
      isNamed: true,
      hasCategories: false,
      action: 1 + (i % 2),
      overrideGuards: overrides[i] ?? [],
    })),
    guards,
    allow: Array.from({ length: allow }, (_, i) => `a${i}`),
    actions: testActions,
    actionRrs: testActions.map((action) => encodeAction(action, 60)),
    apexRrs: () => new Uint8Array(0),
    text: "",
    fingerprint: "",
  };
}

export class RuleSink implements NodeSink {
  readonly counts = noCounts();
  readonly nodes: { name: string; self: number; beneath: number }[] = [];

  node(key: Uint8Array, keyBytes: number, self: number, beneath: number): void {
    this.nodes.push({ name: keyToText(key.slice(0, keyBytes)), self, beneath });
  }

  rules(): Rules {
    const rules = new Map<string, "nxdomain" | "nodata" | "passthru">();
    for (const { name, self, beneath } of this.nodes) {
      if (self !== none) rules.set(name, testActions[self] as "nxdomain");
      if (beneath !== none) rules.set(`*.${name}`, testActions[beneath] as "nxdomain");
    }
    return rules;
  }
}

function namesAbove(name: string): string[] {
  const labels = name.split(".");
  return labels
    .map((_, i) => labels.slice(i).join("."))
    .slice(1)
    .reverse();
}

/**
 * What is meant for a name, by definition and not by the merge's way of working: undefined where it is not blocked.
 * Sources rank in their order; the deepest statement of a source counts, an exception before a block at one name.
 */
export function intended(sources: readonly Entries[], allow: readonly Entries[], name: string): Action | undefined {
  const above = namesAbove(name);
  for (const list of allow) {
    if ((list.get(name) ?? 0) & blockSelfBits) return undefined;
    if (above.some((ancestor) => (list.get(ancestor) ?? 0) & flag.blockBeneath)) return undefined;
  }
  const actionOf = (i: number): Action => testActions[1 + (i % 2)] as Action;
  let best: { depth: number; action: Action } | undefined;
  sources.forEach((source, i) => {
    const own = source.get(name) ?? 0;
    if (own & flag.exemptSelf) return;
    let depth = -1;
    if (own & blockSelfBits) depth = above.length;
    else {
      above.forEach((ancestor, level) => {
        const flags = source.get(ancestor) ?? 0;
        if (flags & flag.exemptBeneath) depth = -1;
        else if (flags & flag.blockBeneath) depth = level;
      });
    }
    if (depth >= 0 && (best === undefined || depth > best.depth)) best = { depth, action: actionOf(i) };
  });
  return (best as { action: Action } | undefined)?.action;
}

/**
 * What a resolver shows for a name, in a zone that says no more than is meant: passthru only where something above is
 * blocked, since it would end the search in other policy zones too.
 */
export function shownFor(sources: readonly Entries[], allow: readonly Entries[], name: string): ResolverAnswer {
  const action = intended(sources, allow, name);
  if (action !== undefined) return action as ResolverAnswer;
  const isAround = namesAbove(name).some((ancestor) => intended(sources, allow, `unlisted.${ancestor}`) !== undefined);
  return isAround ? "passthru" : "none";
}
