import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { blockSubtree, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { explainName, type ZoneVerdict } from "../../src/mill/explain.ts";
import { addressKey, ownerOfPrefix, type Prefix, parsePrefix, prefixToText } from "../../src/rpz/address.ts";
import { blockFlags, type Entries, intended, name, sourceFlags, suffixEntries, suffixGuard } from "../mill/entries.ts";
import { allowOf, byName, type Lists, StoredLists, sourceOf, zone } from "../mill/stored-lists.ts";
import { modelOf } from "../model/resolver-model.ts";

const lists = new StoredLists();
afterAll(() => lists.close());
const { snapshots } = lists;
lists.store("guard:public-suffixes", byName(suffixEntries()));

/** What must hold between the parts of a verdict. */
function expectSound(verdict: ZoneVerdict | undefined, { sources }: Lists): void {
  if (verdict === undefined) return;
  const { action, because, stoppedBy } = verdict;
  expect(because.length > 0 || stoppedBy?.by === "allow").toBe(true);
  expect(stoppedBy === null).toBe(action !== null);
  if (action === null) return;
  const decides = sources.find(({ id }) => id === because[0]?.source);
  expect(action).toBe(zone.action.byCategory[decides?.category ?? ""]);
}

const namesOf = (flags: fc.Arbitrary<number>, maxLength: number) =>
  fc.array(fc.tuple(name, flags), { maxLength }).map((entries): Entries => new Map(entries));

describe("an explanation", () => {
  it("gives the action that the zone has for every name", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(namesOf(sourceFlags, 12), { minLength: 1, maxLength: 3 }),
        fc.array(namesOf(blockFlags, 4), { maxLength: 2 }),
        (sources, allow) => {
          const config = lists.worldOf(sources.map(byName), allow.map(byName));
          const rules = lists.merged(config).rules();
          const asked = new Set<string>();
          for (const listed of [...sources, ...allow].flatMap((entries) => [...entries.keys()])) {
            for (const beneath of ["", "a.", "q.", "zz.q."]) asked.add(beneath + listed);
            asked.add(listed.slice(listed.indexOf(".") + 1));
          }
          for (const qname of asked) {
            if (!qname.includes(".")) continue;
            const verdict = lists.verdictOf(qname, config);
            expectSound(verdict, config);
            const action = verdict?.action ?? undefined;
            expect({ qname, action }).toEqual({ qname, action: intended(sources, allow, qname) });
            for (const model of Object.values(modelOf)) {
              const answered = model(rules, qname);
              const meant = answered === "none" || answered === "passthru" ? undefined : answered;
              expect({ qname, action }).toEqual({ qname, action: meant });
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  const prefix = fc
    .tuple(
      fc.constantFrom("192.0.2.0", "192.0.2.5", "192.0.2.255", "2001:db8::5"),
      fc.constantFrom(24, 28, 31, 32, 128),
    )
    .map(([address, length]) =>
      parsePrefix(`${address}/${address.includes(":") ? 96 + (length % 33) : Math.min(length, 32)}`),
    );
  const prefixesOf = (flags: fc.Arbitrary<number>, maxLength: number) =>
    fc.array(fc.tuple(prefix, flags), { maxLength }).map((entries) => {
      const byKey = new Map(
        entries.map(([listed, flags]) => [ownerOfPrefix(listed as Prefix), [listed as Prefix, flags] as const]),
      );
      return [...byKey.values()];
    });
  const toEntries = (list: readonly (readonly [Prefix, number])[]) =>
    list.map(([listed, flags]) => [addressKey(listed), flags] as const);

  it("gives the action that the zone has for every address, by its longest prefix", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(prefixesOf(fc.constantFrom<number>(flag.blockSelf, flag.blockSelf, flag.exemptSelf), 6), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.array(prefixesOf(fc.constant(flag.blockSelf), 2), { maxLength: 2 }),
        (sources, allow) => {
          const config = lists.worldOf(sources.map(toEntries), allow.map(toEntries));
          const rules = lists.merged(config).rules();
          for (const address of [
            "192.0.2.0",
            "192.0.2.1",
            "192.0.2.5",
            "192.0.2.200",
            "192.0.2.255",
            "2001:db8::5",
            "2001:db8::6",
          ]) {
            const bits = address.includes(":") ? 128 : 32;
            let answered: string | undefined;
            for (let length = bits; length >= 0 && answered === undefined; length--) {
              answered = rules.get(ownerOfPrefix(parsePrefix(`${address}/${length}`) as Prefix)) as string | undefined;
            }
            const verdict = lists.verdictOf(address, config);
            expectSound(verdict, config);
            const meant = answered === "passthru" ? undefined : answered;
            expect({ address, action: verdict?.action ?? undefined }).toEqual({ address, action: meant });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("what stops a block is told", () => {
  const config = (): Lists => {
    lists.store(
      "s0",
      byName(
        new Map([
          ["bad.test", blockSubtree],
          ["ok.bad.test", exemptSubtree],
          ["co.uk", blockSubtree],
        ]),
      ),
    );
    lists.store(
      "s1",
      byName(
        new Map([
          ["ok.bad.test", flag.blockSelf],
          ["github.io", flag.blockSelf],
          ["uk", flag.blockSelf],
        ]),
      ),
    );
    lists.store("a0", byName(new Map([["safe.bad.test", blockSubtree]])));
    return {
      sources: [sourceOf("s0", 0), sourceOf("s1", 1)],
      allow: [allowOf("a0")],
      guards: builtInGuards.filter((guard) => guard.class === "public-suffix"),
      zones: [zone],
    };
  };
  const cause = (source: string, matched: string, scope: "exact" | "subtree") => ({
    source,
    matched,
    scope,
    category: source === "s0" ? "c0" : "c1",
    confidence: source === "s0" ? 90 : 89,
    firstSeen: "2020-09-13T12:26:40Z",
    lastSeen: "2023-11-14T22:13:20Z",
  });

  test("an allow list, with the entry that covers the name", () => {
    expect(lists.verdictOf("www.safe.bad.test", config())).toEqual({
      apex: "rpz.test",
      trigger: "qname",
      action: null,
      localData: undefined,
      because: [cause("s0", "bad.test", "subtree")],
      stoppedBy: { by: "allow", source: "a0", matched: "safe.bad.test" },
      endedBy: null,
      stillHitBy: [],
      guards: [],
      onHold: null,
      pending: null,
    });
  });

  test("the source's own exception", () => {
    expect(lists.verdictOf("x.ok.bad.test", config())).toMatchObject({
      action: null,
      because: [cause("s0", "bad.test", "subtree")],
      stoppedBy: { by: "exception", source: "s0", matched: "ok.bad.test" },
    });
  });

  test("an exception stops its own source only, and the other one decides", () => {
    expect(lists.verdictOf("ok.bad.test", config())).toMatchObject({
      action: "nodata",
      because: [cause("s1", "ok.bad.test", "exact"), cause("s0", "bad.test", "subtree")],
      stoppedBy: null,
    });
  });

  test("the public-suffix guard, for the suffix and for all beneath it", () => {
    for (const asked of ["co.uk", "shop.co.uk"]) {
      expect(lists.verdictOf(asked, config())).toMatchObject({
        action: null,
        because: [cause("s0", "co.uk", "subtree")],
        stoppedBy: { by: "public-suffix", source: undefined, matched: "co.uk" },
      });
    }
  });

  test("nothing for an exact private suffix, nor where the source may block public suffixes", () => {
    expect(lists.verdictOf("github.io", config())).toMatchObject({ action: "nodata", stoppedBy: null });
    const free = { ...config(), sources: [sourceOf("s0", 0, { overrideGuards: [suffixGuard.id] })] };
    expect(lists.verdictOf("shop.co.uk", free)).toMatchObject({ action: "nxdomain", stoppedBy: null });
  });

  test("an allow entry where nothing would be blocked", () => {
    const { sources, allow, guards, zones } = config();
    lists.store("s0", byName(new Map([["other.test", blockSubtree]])));
    expect(lists.verdictOf("safe.bad.test", { sources, allow, guards, zones })).toMatchObject({
      action: null,
      because: [],
      stoppedBy: { by: "allow", source: "a0" },
    });
    expect(lists.verdictOf("bad.test", { sources, allow, guards, zones })).toBeUndefined();
  });
});

describe("addresses", () => {
  const entry = (text: string): readonly [Uint8Array, number] => [
    addressKey(parsePrefix(text) as Prefix),
    flag.blockSelf,
  ];
  const config = (): Lists => {
    lists.store("s0", [entry("192.0.2.0/24"), entry("2001:db8::/32")]);
    lists.store("s1", [entry("192.0.2.7")]);
    lists.store("a0", [entry("192.0.2.64/28")]);
    return {
      sources: [sourceOf("s0", 0), sourceOf("s1", 1)],
      allow: [allowOf("a0")],
      guards: builtInGuards.filter((guard) => guard.class === "public-suffix"),
      zones: [zone],
    };
  };

  test.each([
    ["192.0.2.7", "192.0.2.7", "nodata", ["192.0.2.7", "192.0.2.0/24"]],
    ["192.0.2.8", "192.0.2.8", "nxdomain", ["192.0.2.0/24"]],
    ["192.0.2.128/25", "192.0.2.128/25", "nxdomain", ["192.0.2.0/24"]],
    ["2001:DB8:0::1", "2001:db8::1", "nxdomain", ["2001:db8::/32"]],
    ["192[.]0[.]2[.]8", "192.0.2.8", "nxdomain", ["192.0.2.0/24"]],
    ["[2001:db8::1]", "2001:db8::1", "nxdomain", ["2001:db8::/32"]],
  ])("%s", (asked, name, action, matched) => {
    const explained = explainName(asked, config(), snapshots);
    expect(explained.name).toBe(name);
    expect(explained.verdicts).toMatchObject([{ trigger: "response-ip", action, stoppedBy: null }]);
    expect(explained.verdicts[0]?.because.map((cause) => cause.matched)).toEqual(matched);
  });

  test("an allowed prefix stops what it holds", () => {
    expect(lists.verdictOf("192.0.2.70", config())).toMatchObject({
      action: null,
      stoppedBy: { by: "allow", source: "a0", matched: "192.0.2.64/28" },
    });
    expect(prefixToText(parsePrefix("192.0.2.64/28") as Prefix)).toBe("192.0.2.64/28");
  });

  test("an address outside, and one of another family, have no verdict", () => {
    for (const asked of ["198.51.100.1", "2001:db9::1", "10.0.0.1"])
      expect(lists.verdictOf(asked, config())).toBeUndefined();
  });
});

describe("names as people write them", () => {
  const config = (): Lists => {
    lists.store(
      "s0",
      byName(
        new Map([
          ["xn--bcher-kva.test", blockSubtree],
          ["bad.test", flag.blockSelf],
        ]),
      ),
    );
    return {
      sources: [sourceOf("s0", 0)],
      allow: [],
      guards: builtInGuards.filter((guard) => guard.class === "public-suffix"),
      zones: [zone],
    };
  };

  test.each([
    ["BAD.test.", "bad.test"],
    [" bad.test\n", "bad.test"],
    ["bad[.]test", "bad.test"],
    ["bad(dot)test", "bad.test"],
    ["hxxps://bad.test/", "bad.test"],
    ["b\u00fccher.test", "xn--bcher-kva.test"],
    ["WWW.B\u00dcCHER.test", "www.xn--bcher-kva.test"],
    ["xn--bcher-kva.test", "xn--bcher-kva.test"],
  ])("%j", (asked, name) => {
    const explained = explainName(asked, config(), snapshots);
    expect(explained.name).toBe(name);
    expect(explained.verdicts).toMatchObject([{ action: "nxdomain" }]);
  });

  test.each([
    "",
    " ",
    "bad",
    "a..b",
    "bad.test/path",
    "two words",
    "http://",
    "1.2.3",
    "1.2.3.4.5",
    "::1::",
    "192.0.2.1/40",
    `${"l".repeat(64)}.test`,
    `${"a.".repeat(130)}test`,
    "xn--zzzz\u00e9.test",
    "a@b.test",
    "bad.test:53:53",
  ])("%j is neither a name nor an address", (asked) => {
    expect(() => explainName(asked, config(), snapshots)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: expect.stringContaining(`Cannot explain "${asked}": `),
        remedy: expect.stringContaining("domain name"),
      }),
    );
  });
});
