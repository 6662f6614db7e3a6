/** Zones of all five triggers: each section by itself, and what allow lists and guards say in it. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import type { GuardClass } from "../../src/guard/class.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { type GuardEffect, guardHits } from "../../src/mill/guard-hits.ts";
import { Merge, type NodeSink } from "../../src/mill/merge.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { type AddressTrigger, addressTriggers } from "../../src/rpz/label.ts";
import { modelOf } from "../model/resolver-model.ts";
import {
  blockFlags,
  blocksOf,
  type Entries,
  intended,
  name,
  policyFor,
  RuleSink,
  readerOf,
  shownFor,
  sourceFlags,
} from "./entries.ts";
import { type GuardList, guardLists, leftOf } from "./guard-model.ts";
import { merged, namesToAsk, type World, worldOf } from "./guard-worlds.ts";
import { anyList, anyOwner, prefixes, rulesIn, servers, triggerOfOwner, triggerSet } from "./trigger-worlds.ts";

const world = worldOf(name);

/** Entries as those of another section. */
function beneath(label: string, entries: Entries): Entries {
  return new Map([...entries].map(([listed, flags]) => [`${listed}.${label}`, flags]));
}

describe("rules on name servers", () => {
  it("are merged as those on names, with guards that are stricter and allow lists for either", () => {
    fc.assert(
      fc.property(world, fc.array(fc.boolean(), { minLength: 1, maxLength: 1 }), (given, [asPlain = false]) => {
        const sources = given.sources.map((source) => beneath(servers, source));
        const allow = asPlain ? given.allow : given.allow.map((list) => beneath(servers, list));
        const rules = rulesIn(servers, merged({ ...given, sources, allow }, ["nsdname"]).rules());
        const left = given.sources.map((source, i) => leftOf(source, given.guards, given.overrides[i], "name servers"));
        for (const asked of namesToAsk(given)) {
          const meant = shownFor(left, given.allow, asked);
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, asked));
          expect({ asked, shown }).toEqual({ asked, shown: shown.map(() => meant) });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leave the rules on names beside them as they are, but for allowed names, which pass by rules of their own", () => {
    fc.assert(
      fc.property(world, fc.subarray(["nsdname", "nsip"] as const, { minLength: 1 }), (given, more) => {
        const both = { ...given, sources: given.sources.map((all) => new Map([...all, ...beneath(servers, all)])) };
        const rules = rulesIn(undefined, merged(both, ["qname", ...more]).rules());
        const left = given.sources.map((source, i) => leftOf(source, given.guards, given.overrides[i]));
        for (const asked of namesToAsk(given)) {
          const isAllowed = intended([new Map([[asked, flag.blockSelf]])], given.allow, asked) === undefined;
          const meant = isAllowed ? "passthru" : shownFor(left, given.allow, asked);
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, asked));
          expect({ asked, shown }).toEqual({ asked, shown: shown.map(() => meant) });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("let allowed names pass in a zone that takes no names, and nothing else by name", () => {
    const given: World = {
      sources: [new Map([["bad.x.test", blockSubtree]])],
      allow: [
        new Map([
          ["ok.x.test", flag.blockSelf],
          ["z.example", blockSubtree],
          ["a.z.example", flag.blockSelf],
        ]),
      ],
      guards: [],
      overrides: [],
    };
    expect([...merged(given, ["nsip"]).rules()]).toEqual([
      ["z.example", "passthru"],
      ["*.z.example", "passthru"],
      ["ok.x.test", "passthru"],
    ]);
    expect([...merged(given, ["response-ip", "client-ip"]).rules()]).toEqual([]);
  });

  const shown = (ofClass: GuardClass, listed: number, rule: string, flags: number): string[] => {
    const guards = [{ id: "g", class: ofClass, entries: new Map([["site.test", listed]]) }];
    const source = beneath(servers, new Map([[rule, flags]]));
    const sink = merged({ sources: [source], allow: [], guards, overrides: [] }, ["nsdname"]);
    return [...rulesIn(servers, sink.rules()).keys()];
  };

  test.each<[GuardClass, string, number, readonly string[]]>([
    ["popular", "site.test", flag.blockSelf, []],
    ["popular", "ns1.site.test", flag.blockSelf, []],
    ["popular", "ns1.site.test", blockSubtree, []],
    ["popular", "test", blockSubtree, []],
    ["popular", "other.test", blockSubtree, ["other.test", "*.other.test"]],
    ["shared", "site.test", flag.blockSelf, []],
    ["shared", "ns1.customer.site.test", flag.blockSelf, ["ns1.customer.site.test"]],
    ["public-suffix", "site.test", flag.blockSelf, []],
    [
      "public-suffix",
      "ns1.registrant.site.test",
      blockSubtree,
      ["ns1.registrant.site.test", "*.ns1.registrant.site.test"],
    ],
    ["protected", "ns1.site.test", flag.blockSelf, []],
    ["infrastructure", "ns1.site.test", flag.blockSelf, []],
    ["network", "site.test", flag.blockSelf, []],
    ["network", "ns1.site.test", flag.blockSelf, []],
  ])("beside a guard of class %s, for %s", (ofClass, rule, flags, rules) => {
    expect(shown(ofClass, guardFlag.name, rule, flags)).toEqual(rules);
  });

  test("at a private suffix are stopped, which one on the name alone is not", () => {
    const listed = guardFlag.name | guardFlag.privateSuffix;
    expect(shown("public-suffix", listed, "site.test", flag.blockSelf)).toEqual([]);
    expect(shown("public-suffix", listed, "ns.site.test", flag.blockSelf)).toEqual(["ns.site.test"]);
  });
});

const listOf = (flags: fc.Arbitrary<number>, maxLength: number) => fc.array(fc.tuple(prefixes, flags), { maxLength });
type PrefixList = readonly (readonly [Prefix, number])[];
const owners = (list: PrefixList, trigger: AddressTrigger): Entries =>
  new Map(list.map(([prefix, flags]) => [ownerOfPrefix(prefix, trigger), flags]));

describe("rules on addresses", () => {
  const addressWorld = fc.record({
    sources: fc.array(listOf(fc.constantFrom<number>(flag.blockSelf, flag.blockSelf, flag.exemptSelf), 6), {
      minLength: 1,
      maxLength: 3,
    }),
    allow: fc.array(listOf(fc.constant(flag.blockSelf), 2), { maxLength: 1 }),
    guarded: listOf(fc.constant<number>(guardFlag.name), 2),
    ofClass: fc.constantFrom<GuardClass>("popular", "protected", "network"),
    isPlain: fc.boolean(),
  });
  type AddressWorld = typeof addressWorld extends fc.Arbitrary<infer T> ? T : never;

  const rulesOf = (given: AddressWorld, trigger: AddressTrigger): [string, unknown][] => {
    const guards: GuardList[] = [{ id: "g0", class: given.ofClass, entries: owners(given.guarded, "response-ip") }];
    const sink = merged(
      {
        sources: given.sources.map((list) => owners(list, trigger)),
        allow: given.allow.map((list) => owners(list, given.isPlain ? "response-ip" : trigger)),
        guards,
        overrides: [],
      },
      [trigger],
    );
    return [...sink.rules()].map(([owner, action]) => [owner.replace(/rpz-[a-z-]+$/, "*"), action]);
  };
  const sorted = (rules: [string, unknown][]) => rules.toSorted(([a], [b]) => (a < b ? -1 : 1));

  it("on addresses of name servers are what the same lists say of answers", () => {
    fc.assert(
      fc.property(addressWorld, (given) => {
        expect(sorted(rulesOf(given, "nsip"))).toEqual(sorted(rulesOf(given, "response-ip")));
      }),
      { numRuns: 300 },
    );
  });

  it("on clients are, too, but that guards judge them only where they protect the operator's own", () => {
    fc.assert(
      fc.property(addressWorld, (given) => {
        const judged = given.ofClass === "protected" ? given : { ...given, guarded: [] };
        expect(sorted(rulesOf(given, "client-ip"))).toEqual(sorted(rulesOf(judged, "response-ip")));
      }),
      { numRuns: 300 },
    );
  });

  it("of an allow list that names one trigger count for that alone", () => {
    const blocked = parsePrefix("192.0.2.5") as Prefix;
    const all = new Map(addressTriggers.map((trigger) => [ownerOfPrefix(blocked, trigger), flag.blockSelf as number]));
    const left = (allowed: AddressTrigger): string[] => {
      const allow = [new Map([[ownerOfPrefix(blocked, allowed), flag.blockSelf as number]])];
      return [
        ...merged({ sources: [all], allow, guards: [], overrides: [] }, addressTriggers)
          .rules()
          .keys(),
      ].sort();
    };
    const owner = (trigger: AddressTrigger): string => ownerOfPrefix(blocked, trigger);
    expect(left("nsip")).toEqual([owner("client-ip"), owner("response-ip")]);
    expect(left("client-ip")).toEqual([owner("response-ip"), owner("nsip")]);
    expect(left("response-ip")).toEqual([]);
  });
});

/** What a zone counts of its guards, by their hits: each name once for each guard. */
function countsOfHits(hits: readonly GuardEffect[]): Record<string, { stopped: number; narrowed: number }> {
  const namesOf = (id: string, verdict: GuardEffect["verdict"]): number =>
    new Set(hits.filter((hit) => hit.guard === id && hit.verdict === verdict).map(({ matched }) => matched)).size;
  const ids = [...new Set(hits.map(({ guard }) => guard))];
  return Object.fromEntries(ids.map((id) => [id, { stopped: namesOf(id, "stop"), narrowed: namesOf(id, "narrow") }]));
}

describe("a zone of all triggers", () => {
  it("is the same over ranges as over everything, wherever it is cut, and counts what guards did", () => {
    const lists = fc.record({
      sources: fc.array(anyList(sourceFlags, 14), { minLength: 1, maxLength: 2 }),
      allow: fc.array(anyList(blockFlags, 5), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        lists,
        guardLists,
        triggerSet,
        fc.array(anyOwner, { maxLength: 4 }),
        (given, guards, triggers, cuts) => {
          const open = new Map<string, Entries>();
          given.sources.forEach((entries, i) => open.set(`s${i}`, entries));
          given.allow.forEach((entries, i) => open.set(`a${i}`, entries));
          for (const { id, entries } of guards) open.set(storedNameOfGuard(id), entries);
          const policy = { ...policyFor(given.sources.length, given.allow.length, guards), triggers };
          const merge = (sink: NodeSink): Merge =>
            new Merge(
              policy,
              readerOf((id) => blocksOf(open.get(id) ?? new Map())),
              sink,
            );
          const whole = new RuleSink();
          merge(whole).run();
          const bounds = [undefined, ...[...new Set(cuts)].map(keyOfText).sort(Buffer.compare), undefined];
          const nodes = bounds.slice(1).flatMap((to, i) => {
            const sink = new RuleSink();
            merge(sink).run(bounds[i], to);
            return sink.nodes;
          });
          expect(nodes).toEqual(whole.nodes);
          const reader = readerOf((id) => blocksOf(open.get(id) ?? new Map()));
          expect(countsOfHits([...guardHits(policy, reader)])).toEqual(whole.counts.guards);
          const taken = new Set(triggers.map((trigger): string => trigger));
          for (const { name: owner } of whole.nodes) {
            const passes = taken.has("nsdname") || taken.has("nsip") ? ["qname"] : [];
            expect([...taken, ...passes]).toContain(triggerOfOwner(owner));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
