/** What `explain` and the list of hits say guards did, held against what the merge did. */
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { keyToText } from "../../src/dns/name.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { guardHits } from "../../src/mill/guard-hits.ts";
import { openCurrent } from "../../src/mill/inputs.ts";
import { policyOf } from "../../src/mill/policy.ts";
import { addressKey, ownerOfPrefix, type Prefix, parsePrefix, prefixToText } from "../../src/rpz/address.ts";
import { prefixesOfRange } from "../../src/rpz/range.ts";
import { modelOf } from "../model/resolver-model.ts";
import { type Entries, intended, name, sourceFlags } from "./entries.ts";
import { type GuardList, guardLists, leftOf } from "./guard-model.ts";
import { byName, type KeyEntries, type Lists, StoredLists, sourceOf, zone } from "./stored-lists.ts";

const lists = new StoredLists();
afterAll(() => lists.close());

const source = fc.array(fc.tuple(name, sourceFlags), { maxLength: 10 }).map((entries): Entries => new Map(entries));
const overrides = fc.array(fc.subarray(["g0", "g1", "g2"], { maxLength: 1 }), { minLength: 2, maxLength: 2 });

function worldOf(sources: readonly KeyEntries[], guards: readonly GuardList[], overridden: readonly string[][]): Lists {
  const listed = guards.map((guard) => ({ ...guard, listed: byName(guard.entries) }));
  const config = lists.withGuards(lists.worldOf(sources, []), listed);
  return { ...config, sources: config.sources.map((one, i) => ({ ...one, overrideGuards: overridden[i] ?? [] })) };
}

const hitsOf = (config: Lists) => [...guardHits(policyOf(zone, config), openCurrent(lists.snapshots))];

describe("what guards did", () => {
  it("is explained as the merge did it, for every name", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 2 }), guardLists, overrides, (sources, guards, free) => {
        const config = worldOf(sources.map(byName), guards, free);
        const left = sources.map((entries, i) => leftOf(entries, guards, free[i]));
        const rules = lists.merged(config).rules();
        const asked = new Set<string>();
        for (const listed of sources.flatMap((entries) => [...entries.keys()])) {
          for (const beneath of ["", "a.", "q."]) asked.add(beneath + listed);
        }
        for (const qname of asked) {
          const verdict = lists.verdictOf(qname, config);
          const action = verdict?.action ?? undefined;
          expect({ qname, action }).toEqual({ qname, action: intended(left, [], qname) });
          if (verdict !== undefined) expect(verdict.stoppedBy === null).toBe(verdict.action !== null);
          for (const model of Object.values(modelOf)) {
            const answered = model(rules, qname);
            const shown = answered === "none" || answered === "passthru" ? undefined : answered;
            expect({ qname, action }).toEqual({ qname, action: shown });
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  it("is listed as it is explained and counted", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 2 }), guardLists, overrides, (sources, guards, free) => {
        const config = worldOf(sources.map(byName), guards, free);
        const hits = hitsOf(config);
        const listed = new Set(sources.flatMap((entries) => [...entries.keys()]));
        const explained = [...listed].flatMap((one) =>
          (lists.verdictOf(one, config)?.guards ?? []).filter(({ matched }) => matched === one),
        );
        // What blocks only beneath a name is not asked about for the name itself.
        const own = hits.filter(({ matched, source: id }) => {
          const flags = sources[Number(id.slice(1))]?.get(matched) ?? 0;
          return (flags & (flag.blockSelf | flag.blockUrlHost)) !== 0;
        });
        const inOrder = (all: readonly unknown[]) => all.map((hit) => JSON.stringify(hit)).sort();
        expect(inOrder(explained)).toEqual(inOrder(own));

        const counted = new Map<string, Set<string>>();
        for (const { guard, verdict, matched } of hits) {
          const kind = `${guard} ${verdict}`;
          counted.set(kind, (counted.get(kind) ?? new Set()).add(matched));
        }
        for (const { id } of guards) {
          const { stopped, narrowed } = lists.merged(config).counts.guards[id] ?? { stopped: 0, narrowed: 0 };
          expect([id, stopped, narrowed]).toEqual([
            id,
            counted.get(`${id} stop`)?.size ?? 0,
            counted.get(`${id} narrow`)?.size ?? 0,
          ]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

const guards: readonly GuardList[] = [
  { id: "large", class: "popular", entries: new Map([["www.site.test", guardFlag.name]]) },
  { id: "own", class: "protected", entries: new Map([["bank.test", guardFlag.name]]) },
];
const entries: KeyEntries = byName(
  new Map([
    ["site.test", blockSubtree],
    ["www.site.test", flag.blockUrlHost],
    ["login.bank.test", flag.blockSelf],
    ["evil.test", blockSubtree],
  ]),
);

describe("a stop", () => {
  const narrowed = {
    guard: "large",
    class: "popular",
    listed: "www.site.test",
    verdict: "narrow",
    how: "above",
    source: "s0",
    matched: "site.test",
    scope: "subtree",
  };

  test("is explained with its guard, the name that is listed, and what is left", () => {
    const config = worldOf([entries], guards, []);
    expect(lists.verdictOf("site.test", config)).toMatchObject({ action: "nxdomain", guards: [narrowed] });
    expect(lists.verdictOf("mail.site.test", config)).toMatchObject({
      action: null,
      stoppedBy: { by: "guard", source: undefined, matched: "site.test" },
      guards: [narrowed],
    });
    expect(lists.verdictOf("login.bank.test", config)).toMatchObject({
      action: null,
      guards: [{ guard: "own", class: "protected", listed: "bank.test", verdict: "stop", how: "beneath" }],
    });
    expect(lists.verdictOf("evil.test", config)).toMatchObject({ action: "nxdomain", guards: [] });
  });

  test("is gone where the source overrides the guard", () => {
    const config = worldOf([entries], guards, [["large"]]);
    expect(lists.verdictOf("mail.site.test", config)).toMatchObject({ action: "nxdomain", guards: [] });
    expect(hitsOf(config).map(({ guard }) => guard)).toEqual(["own"]);
  });

  test("of a guard that is for other zones does not happen", () => {
    const config = worldOf([entries], guards, []);
    const elsewhere = config.guards.map((guard) => ({ ...guard, zones: ["other.test"] }));
    expect(hitsOf({ ...config, guards: elsewhere })).toEqual([]);
    expect(
      hitsOf({ ...config, guards: config.guards.map((guard) => ({ ...guard, zones: [zone.apex] })) }),
    ).toHaveLength(3);
  });

  test("is listed up to a limit, of one guard, in key order", () => {
    const config = worldOf([entries], guards, []);
    const policy = policyOf(zone, config);
    const names = (options: Parameters<typeof guardHits>[2]) =>
      [...guardHits(policy, openCurrent(lists.snapshots), options)].map(({ matched }) => matched);
    expect(names({})).toEqual(["login.bank.test", "site.test", "www.site.test"]);
    expect(names({ limit: 2 })).toEqual(["login.bank.test", "site.test"]);
    expect(names({ guard: "large" })).toEqual(["site.test", "www.site.test"]);
    expect(names({ guard: "large", limit: 1 })).toEqual(["site.test"]);
  });
});

describe("guarded addresses", () => {
  const prefix = fc
    .tuple(
      fc.constantFrom("192.0.2.0", "192.0.2.5", "192.0.2.255", "2001:db8::5"),
      fc.constantFrom(0, 8, 24, 28, 31, 32),
    )
    .map(([address, length]) => parsePrefix(`${address}/${address.includes(":") ? 96 + length : length}`) as Prefix);
  const prefixes = (maxLength: number) =>
    fc.array(prefix, { maxLength }).map((all) => [...new Map(all.map((one) => [ownerOfPrefix(one), one])).values()]);
  const listing = (all: readonly Prefix[], flags: number): KeyEntries => all.map((one) => [addressKey(one), flags]);
  /** By bits of text, sharing nothing with the code under test. */
  const bitsOf = ({ octets, length }: Prefix): string =>
    `${octets.length}:${[...octets]
      .map((octet) => octet.toString(2).padStart(8, "0"))
      .join("")
      .slice(0, length)}`;

  it("stop each rule that shares an address with one, in sources that do not override them", {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(prefixes(8), prefixes(3), fc.boolean(), (ruled, guarded, free) => {
        const config = lists.withGuards(lists.worldOf([listing(ruled, flag.blockSelf)], []), [
          { id: "g", class: "shared", listed: listing(guarded, guardFlag.name) },
        ]);
        const sources = [sourceOf("s0", 0, { overrideGuards: free ? ["g"] : [] })];
        const overlaps = (one: Prefix): boolean =>
          guarded.some((other) => bitsOf(one).startsWith(bitsOf(other)) || bitsOf(other).startsWith(bitsOf(one)));
        const kept = ruled.filter((one) => free || !overlaps(one)).map((one) => ownerOfPrefix(one));
        const sink = lists.merged({ ...config, sources });
        expect([...sink.rules().keys()].sort()).toEqual(kept.sort());
        const stopped = ruled.length - kept.length;
        expect(sink.counts.guards).toEqual(stopped === 0 ? {} : { g: { stopped, narrowed: 0 } });
        expect(hitsOf({ ...config, sources })).toHaveLength(stopped);
      }),
      { numRuns: 300 },
    );
  });

  test("are told as at a guarded prefix from inside it, and above it from outside", () => {
    const rules = ["192.0.2.7", "192.0.0.0/16", "198.51.100.1"].map((text) => parsePrefix(text) as Prefix);
    const listed = listing([parsePrefix("192.0.2.0/24") as Prefix], guardFlag.name);
    const config = lists.withGuards(lists.worldOf([listing(rules, flag.blockSelf)], []), [
      { id: "cdn", class: "shared", listed },
    ]);
    expect(hitsOf(config)).toMatchObject([
      { matched: "192.0.0.0/16", listed: "192.0.2.0/24", how: "above", verdict: "stop" },
      { matched: "192.0.2.7", listed: "192.0.2.0/24", how: "at", verdict: "stop" },
    ]);
    expect(lists.verdictOf("192.0.2.7", config)).toMatchObject({
      action: null,
      guards: [{ matched: "192.0.0.0/16" }, { matched: "192.0.2.7", guard: "cdn", source: "s0" }],
    });
    expect(keyToText(addressKey(rules[0] as Prefix))).toBe("32.7.2.0.192.rpz-ip");
  });

  test("of a network stop a rule for one of them, or for more, and none for less", () => {
    const rules = ["192.0.2.7", "192.0.2.0/25", "192.0.2.0/24", "192.0.0.0/16"].map(
      (text) => parsePrefix(text) as Prefix,
    );
    const config = lists.withGuards(lists.worldOf([listing(rules, flag.blockSelf)], []), [
      { id: "cloud", class: "network", listed: listing([parsePrefix("192.0.2.0/24") as Prefix], guardFlag.name) },
    ]);
    expect([...lists.merged(config).rules().keys()].sort()).toEqual(["25.0.2.0.192.rpz-ip", "32.7.2.0.192.rpz-ip"]);
    expect(hitsOf(config)).toMatchObject([
      { matched: "192.0.0.0/16", listed: "192.0.2.0/24", how: "above" },
      { matched: "192.0.2.0/24", listed: "192.0.2.0/24", how: "at" },
    ]);
  });

  test.each([
    ["6to4, one address", "2002:c000:207:1::5", "192.0.2.0/24", true],
    ["6to4, its whole site", "2002:c000:207::/48", "192.0.2.0/24", true],
    ["6to4, many sites", "2002:c000::/32", "192.0.2.0/24", true],
    ["6to4 of other addresses", "2002:c000:107::/48", "192.0.2.0/24", false],
    ["Teredo, whose client is inverted", "2001:0:cb00:7101:0:ffff:3fff:fdf8", "192.0.2.7", true],
    ["Teredo, all clients of a server", "2001:0:cb00:7101::/64", "192.0.2.7", true],
    ["Teredo of another client", "2001:0:cb00:7101:0:ffff:3fff:fdf7", "192.0.2.7", false],
    ["Teredo at a guarded server", "2001:0:c000:207:0:ffff:3fff:fdf7", "192.0.2.7", false],
    ["nothing of IPv4", "2001:db8:c000:207::", "192.0.2.7", false],
  ])("of IPv4 are guarded in IPv6: %s", (_, rule, guarded, isStopped) => {
    const config = lists.withGuards(lists.worldOf([listing([parsePrefix(rule) as Prefix], flag.blockSelf)], []), [
      { id: "g", class: "shared", listed: listing([parsePrefix(guarded) as Prefix], guardFlag.name) },
    ]);
    expect(lists.merged(config).rules().size).toBe(isStopped ? 0 : 1);
    expect(hitsOf(config).map(({ listed }) => listed)).toEqual(isStopped ? [guarded] : []);
    expect(lists.verdictOf(rule, config)?.guards).toHaveLength(isStopped ? 1 : 0);
  });
});

describe("a range of addresses", () => {
  const part = flag.blockSelf | flag.rangePart;
  const entriesOf = (texts: readonly string[], flags: number): KeyEntries =>
    texts.map((text) => [addressKey(parsePrefix(text) as Prefix), flags]);
  const worldWith = (parts: readonly string[], plain: readonly string[], overridden: string[] = []): Lists =>
    worldOf(
      [[...entriesOf(parts, part), ...entriesOf(plain, flag.blockSelf)]],
      [{ id: "g", class: "shared", entries: new Map() }],
      [overridden],
    );
  const guarded = (config: Lists, texts: readonly string[]): Lists => {
    lists.store(storedNameOfGuard("g"), entriesOf(texts, guardFlag.name));
    return config;
  };
  const rulesOf = (config: Lists): string[] => [...lists.merged(config).rules().keys()];
  // 192.0.2.0-192.0.3.5
  const parts = ["192.0.2.0/24", "192.0.3.0/30", "192.0.3.4/31"];

  test("is stopped as a whole where it holds a guarded address, and each part is explained", () => {
    const config = guarded(worldWith(parts, []), ["192.0.3.5"]);
    expect(rulesOf(config)).toEqual([]);
    const why = { guard: "g", listed: "192.0.3.5", how: "above", range: "192.0.2.0-192.0.3.5" };
    const [wide, ...narrow] = hitsOf(config);
    expect(wide).toMatchObject({ matched: "192.0.2.0/24", ...why });
    expect(narrow.map(({ matched }) => matched)).toEqual(["192.0.3.0/30", "192.0.3.4/31"]);
    // What is at the guarded address itself needs no word of the range.
    expect(narrow[1]).not.toHaveProperty("range");
    expect(lists.verdictOf("192.0.2.0/24", config)).toMatchObject({ action: null, guards: [why] });
    expect(lists.verdictOf("192.0.2.9", config)).toMatchObject({ action: null, stoppedBy: { by: "guard" } });
    expect(lists.merged(config).counts.guards).toEqual({ g: { stopped: 3, narrowed: 0 } });
  });

  test("is kept where nothing in it is guarded, and where its source overrides the guard", () => {
    expect(rulesOf(guarded(worldWith(parts, []), ["192.0.3.6"]))).toHaveLength(3);
    expect(rulesOf(guarded(worldWith(parts, [], ["g"]), ["192.0.3.5"]))).toHaveLength(3);
  });

  test("takes what the source lists inside it along, and nothing beside it", () => {
    const config = guarded(worldWith(parts, ["192.0.2.8", "192.0.3.6", "192.0.4.0/24"]), ["192.0.3.5"]);
    expect(rulesOf(config).sort()).toEqual(["24.0.4.0.192.rpz-ip", "32.6.3.0.192.rpz-ip"]);
  });

  test("does not reach over a gap, nor from IPv4 to IPv6", () => {
    const config = guarded(worldWith([...parts, "192.0.3.8/30", "2001:db8::/64", "2001:db8:0:1::/65"], []), [
      "192.0.2.1",
    ]);
    expect(rulesOf(config).sort()).toEqual([
      "30.8.3.0.192.rpz-ip",
      "64.zz.db8.2001.rpz-ip",
      "65.zz.1.0.db8.2001.rpz-ip",
    ]);
  });

  test("of IPv6 is stopped in the same way", () => {
    const config = guarded(worldWith(["2001:db8::/64", "2001:db8:0:1::/65"], []), ["2001:db8:0:1::1"]);
    expect(rulesOf(config)).toEqual([]);
    expect(hitsOf(config).find(({ matched }) => matched === "2001:db8::/64")).toMatchObject({
      range: "2001:db8::-2001:db8:0:1:7fff:ffff:ffff:ffff",
    });
  });

  it("is stopped whole or not at all, wherever the guarded addresses are", { timeout: 60_000 }, () => {
    const address = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(address, address), { minLength: 1, maxLength: 4 }),
        fc.array(address),
        (ends, at) => {
          const ranges = ends.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
          const octets = (last: number) => Uint8Array.of(192, 0, 2, last);
          const pieces = ranges.flatMap(([first, last]) => prefixesOfRange(octets(first), octets(last)) ?? []);
          const known = new Map(pieces.map((one) => [ownerOfPrefix(one), one]));
          const config = guarded(
            worldWith([...known.values()].map(prefixToText), []),
            [...new Set(at)].map((last) => `192.0.2.${last}`),
          );
          // By definition: ranges that touch are one.
          const listed = Array.from({ length: 256 }, (_, i) => ranges.some(([first, last]) => first <= i && i <= last));
          const isFree = (from: number, step: number): boolean => {
            for (let i = from; listed[i] === true; i += step) if (at.includes(i)) return false;
            return true;
          };
          const kept = [...known].filter(
            ([
              ,
              {
                octets: [, , , last = 0],
              },
            ]) => isFree(last, 1) && isFree(last, -1),
          );
          expect(rulesOf(config).sort()).toEqual(kept.map(([owner]) => owner).sort());
        },
      ),
      { numRuns: 200 },
    );
  });
});
