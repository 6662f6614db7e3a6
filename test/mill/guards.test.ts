/** Guards in the merge: what they do to each rule, and that no guarded name is blocked by anyone's reading of the zone. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { type GuardClass, guardFlag } from "../../src/guard/class.ts";
import { GuardedNames } from "../../src/guard/guarded-names.ts";
import { blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { modelOf } from "../model/resolver-model.ts";
import { blocksOf, name, shownFor } from "./entries.ts";
import { countsOf, type GuardList, guardLists, isGuarded, leftOf } from "./guard-model.ts";
import { merged, namesToAsk, worldOf } from "./guard-worlds.ts";

const world = worldOf(name);

describe("guards in the merge", () => {
  it("do to each source what their classes say, before anything else counts", () => {
    fc.assert(
      fc.property(world, (given) => {
        const rules = merged(given).rules();
        const left = given.sources.map((source, i) => leftOf(source, given.guards, given.overrides[i]));
        for (const qname of namesToAsk(given)) {
          const meant = shownFor(left, given.allow, qname);
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, qname));
          expect({ qname, shown }).toEqual({ qname, shown: shown.map(() => meant) });
        }
      }),
      { numRuns: 600 },
    );
  });

  it("let no guarded name be blocked, as any resolver reads the zone", () => {
    let guarded = 0;
    fc.assert(
      fc.property(world, (given) => {
        const rules = merged(given).rules();
        const overridden = new Set(given.overrides.slice(0, given.sources.length).flat());
        for (const qname of namesToAsk(given)) {
          if (!given.guards.some((guard) => !overridden.has(guard.id) && isGuarded(guard, qname))) continue;
          guarded += 1;
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, qname));
          for (const verdict of shown) expect(["none", "passthru"], qname).toContain(verdict);
        }
      }),
      { numRuns: 500 },
    );
    // Guards the test itself.
    expect(guarded).toBeGreaterThan(1000);
  });

  it("count each name once for each guard that stopped or narrowed a rule there", () => {
    fc.assert(
      fc.property(world, (given) => {
        const { guards, publicSuffix } = merged(given).counts;
        expect({ guards, publicSuffix }).toEqual(countsOf(given.sources, given.guards, given.overrides));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a guard of each class", () => {
  const shown = (ofClass: GuardClass, listed: number, source: readonly [string, number][]): string[] => {
    const guards = [{ id: "g", class: ofClass, entries: new Map([["site.test", listed]]) }];
    const sink = merged({ sources: [new Map(source)], allow: [], guards, overrides: [] });
    return [...sink.rules().keys(), JSON.stringify(sink.counts.guards)];
  };
  const stopped = '{"g":{"stopped":1,"narrowed":0}}';
  const narrowed = '{"g":{"stopped":0,"narrowed":1}}';

  test.each<[GuardClass, string, number, readonly string[]]>([
    ["popular", "site.test", blockSubtree, [stopped]],
    ["popular", "site.test", flag.blockSelf, [stopped]],
    ["popular", "site.test", flag.blockUrlHost, [stopped]],
    ["popular", "test", blockSubtree, ["test", narrowed]],
    ["popular", "test", flag.blockBeneath, [stopped]],
    ["popular", "test", flag.blockSelf, ["test", "{}"]],
    ["popular", "evil.site.test", blockSubtree, ["evil.site.test", "*.evil.site.test", "{}"]],
    ["shared", "site.test", flag.blockSelf, [stopped]],
    ["shared", "test", blockSubtree, ["test", narrowed]],
    ["shared", "evil.site.test", blockSubtree, ["evil.site.test", "*.evil.site.test", "{}"]],
    ["shared", "evil.site.test", flag.blockUrlHost, ["evil.site.test", "{}"]],
    ["public-suffix", "site.test", flag.blockSelf, [stopped]],
    ["public-suffix", "test", blockSubtree, [stopped]],
    ["public-suffix", "test", flag.blockSelf, ["test", "{}"]],
    ["public-suffix", "evil.site.test", blockSubtree, ["evil.site.test", "*.evil.site.test", "{}"]],
    ["protected", "site.test", flag.blockSelf, [stopped]],
    ["protected", "test", blockSubtree, [stopped]],
    ["protected", "test", flag.blockSelf, ["test", "{}"]],
    ["protected", "evil.site.test", flag.blockUrlHost, [stopped]],
    ["infrastructure", "deep.evil.site.test", blockSubtree, [stopped]],
    ["infrastructure", "test", blockSubtree, [stopped]],
    ["infrastructure", "site-x.test", blockSubtree, ["site-x.test", "*.site-x.test", "{}"]],
    ["network", "site.test", blockSubtree, [stopped]],
    ["network", "site.test", flag.blockSelf, ["site.test", "{}"]],
    ["network", "site.test", flag.blockUrlHost, ["site.test", "{}"]],
    ["network", "test", blockSubtree, [stopped]],
    ["network", "evil.site.test", blockSubtree, ["evil.site.test", "*.evil.site.test", "{}"]],
  ])("%s: a rule for %s", (ofClass, listed, flags, rules) => {
    expect(shown(ofClass, guardFlag.name, [[listed, flags]])).toEqual(rules);
  });

  test("that lists a name for hosts of URLs alone stops these and nothing else", () => {
    const listed = guardFlag.urlHost;
    expect(shown("popular", listed, [["site.test", flag.blockUrlHost]])).toEqual([stopped]);
    expect(shown("popular", listed, [["site.test", flag.blockSelf | flag.blockUrlHost]])).toEqual(["site.test", "{}"]);
    expect(shown("popular", listed, [["test", blockSubtree]])).toEqual(["test", "*.test", "{}"]);
  });

  test("with all beneath a name guards what is there as it does the name", () => {
    const listed = guardFlag.name | guardFlag.beneath;
    expect(shown("shared", listed, [["a.b.site.test", flag.blockSelf]])).toEqual([stopped]);
    expect(shown("shared", guardFlag.beneath, [["site.test", blockSubtree]])).toEqual(["site.test", narrowed]);
    expect(shown("shared", guardFlag.beneath, [["site.test", flag.blockSelf]])).toEqual(["site.test", "{}"]);
  });

  test("of public suffixes leaves the host that a private wildcard matches to be blocked by itself", () => {
    const wildcard = guardFlag.suffixWildcard | guardFlag.privateSuffix;
    const rulesFor = (listed: number, matched: number): string[] => {
      const entries = new Map([["compute.test", listed]]);
      const sources = [new Map([["host.compute.test", matched]])];
      const guards = [{ id: "g", class: "public-suffix" as const, entries }];
      const sink = merged({ sources, allow: [], guards, overrides: [] });
      return [...sink.rules().keys(), JSON.stringify(sink.counts.guards)];
    };
    expect(rulesFor(wildcard, blockSubtree)).toEqual(["host.compute.test", narrowed]);
    expect(rulesFor(wildcard, flag.blockBeneath)).toEqual([stopped]);
    expect(rulesFor(wildcard, flag.blockSelf)).toEqual(["host.compute.test", "{}"]);
    expect(rulesFor(wildcard, flag.blockUrlHost)).toEqual(["host.compute.test", "{}"]);
    // ICANN's: registrants' names lie beneath each.
    expect(rulesFor(guardFlag.suffixWildcard, blockSubtree)).toEqual([stopped]);
    expect(rulesFor(guardFlag.suffixWildcard, flag.blockUrlHost)).toEqual([stopped]);
  });

  test("of several the strictest verdict counts: an exact private suffix is kept unless it is shared too", () => {
    const suffix = {
      id: "psl",
      class: "public-suffix" as const,
      entries: new Map([["app.test", guardFlag.name | guardFlag.privateSuffix]]),
    };
    const shared = { id: "shared", class: "shared" as const, entries: new Map([["app.test", guardFlag.name]]) };
    const sources = [new Map([["app.test", flag.blockSelf]])];
    const rulesOf = (guards: readonly GuardList[]) => [
      ...merged({ sources, allow: [], guards, overrides: [] }).rules(),
    ];
    expect(rulesOf([suffix])).toEqual([["app.test", "nxdomain"]]);
    expect(rulesOf([suffix, shared])).toEqual([]);
  });
});

describe("a walk over guarded names", () => {
  const asked = fc.array(name, { minLength: 1, maxLength: 12 });

  it("judges names in any order as each by itself", () => {
    fc.assert(
      fc.property(guardLists, asked, (guards, names) => {
        const open = () =>
          new GuardedNames(guards, ({ id }) =>
            blocksOf((guards.find((guard) => guard.id === id) as GuardList).entries),
          );
        const walking = open();
        const none = new Uint8Array(guards.length);
        for (const order of [names.toSorted((a, b) => Buffer.compare(keyOfText(a), keyOfText(b))), names]) {
          for (const one of order) {
            const key = keyOfText(one);
            const alone = open();
            alone.moveTo(key, key.length);
            walking.moveTo(key, key.length);
            for (const extent of ["subtree", "exact", "url-host"] as const) {
              expect(walking.judge(extent, none)).toEqual(alone.judge(extent, none));
            }
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("finds its way over lists far longer than what is asked", () => {
    const entries = new Map([
      ["a.mid.test", guardFlag.name],
      ["mid.test", guardFlag.beneath],
    ]);
    for (let i = 0; i < 20_000; i++) entries.set(`n${i}.other${i % 3}.test`, guardFlag.name);
    const names = new GuardedNames([{ id: "g", class: "protected" }], () => blocksOf(entries));
    const listedFor = (asked: string): string | undefined => {
      const key = keyOfText(asked);
      names.moveTo(key, key.length);
      const judgement = names.judge("exact", Uint8Array.of(0));
      return judgement === undefined ? undefined : keyToText(judgement.listed);
    };
    expect(listedFor("x.mid.test")).toBe("mid.test");
    expect(listedFor("x.n7.other1.test")).toBe("n7.other1.test");
    expect(listedFor("other2.test")).toBeUndefined();
    expect(listedFor("z.n19997.other2.test")).toBe("n19997.other2.test");
    expect(listedFor("zzz.test")).toBeUndefined();
    expect(listedFor("a.mid.test")).toBe("a.mid.test");
  });
});
