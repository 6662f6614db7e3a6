import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import type { ZoneConfig } from "../../src/config/zone-types.ts";
import { keyOfText } from "../../src/dns/name.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { blockSubtree, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import type { Facts } from "../../src/indicator/facts/facts.ts";
import { guardHits } from "../../src/mill/guard-hits.ts";
import { openCurrent } from "../../src/mill/inputs.ts";
import { Merge, none } from "../../src/mill/merge.ts";
import { policyOf, type ZonePolicy } from "../../src/mill/policy.ts";
import type { Action } from "../../src/rpz/action.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { modelOf, type ResolverAnswer } from "../model/resolver-model.ts";
import type { Rules } from "../model/rules.ts";
import { blocksOf, name, policyFor, RuleSink, readerOf, type Statements } from "./entries.ts";
import {
  actionOf,
  configOf,
  facts,
  factsIn,
  intendedIn,
  listsOf,
  namesIn,
  type ProfileWorld,
  profileWorld,
  profileWorldOf,
  shownIn,
} from "./profile-worlds.ts";
import { allowOf, byName, type KeyEntries, type Lists, StoredLists, sourceOf, zone } from "./stored-lists.ts";

function policyIn(world: ProfileWorld): ZonePolicy {
  const allow = world.allow.map((_, i) => allowOf(`a${i}`));
  return policyOf(world.zone, { ...configOf(world), allow });
}

function mergeOf(world: ProfileWorld) {
  const lists = listsOf(world);
  const sink = new RuleSink();
  const policy = policyIn(world);
  const reader = readerOf((id) => blocksOf(lists.get(id) ?? new Map()), world.profiles);
  return { sink, policy, merge: new Merge(policy, reader, sink) };
}

/** Nodes with what they do, whatever the numbers of actions. */
function nodesOf({ nodes }: RuleSink, { actions }: ZonePolicy) {
  const of = (action: number): Action | undefined => (action === none ? undefined : actions[action]);
  return nodes.map(({ name: owner, self, beneath }) => ({ owner, self: of(self), beneath: of(beneath) }));
}

function rulesOf(sink: RuleSink, policy: ZonePolicy): Rules {
  const rules = new Map<string, Action>();
  for (const { owner, self, beneath } of nodesOf(sink, policy)) {
    if (self !== undefined) rules.set(owner, self);
    if (beneath !== undefined) rules.set(`*.${owner}`, beneath);
  }
  return rules as Rules;
}

describe("the merge of entries with facts", () => {
  it("answers what is meant for each entry and says nothing more, in every resolver alike", () => {
    fc.assert(
      fc.property(profileWorld, (world) => {
        const { sink, policy, merge } = mergeOf(world);
        merge.run();
        const rules = rulesOf(sink, policy);
        for (const qname of namesIn(world)) {
          const meant = shownIn(world, qname) as ResolverAnswer;
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, qname));
          expect({ qname, shown }).toEqual({ qname, shown: shown.map(() => meant) });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("counts the names that are listed by such entries alone as the zone does not take", () => {
    fc.assert(
      fc.property(profileWorld, (world) => {
        const { sink, policy, merge } = mergeOf(world);
        merge.run();
        const inputs = world.sources.filter(({ config }) => policy.sources.some(({ id }) => id === config.id));
        const refused = new Set<string>();
        const taken = new Set<string>();
        for (const { config, entries } of inputs) {
          for (const [listed, said] of entries) {
            for (const [profile, flags] of said) {
              if ((flags & (blockSubtree | flag.blockUrlHost)) === 0) continue;
              (actionOf(world, config, factsIn(world, profile)) === undefined ? refused : taken).add(listed);
            }
          }
        }
        expect(sink.counts.unselected).toBe([...refused].filter((listed) => !taken.has(listed)).length);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same nodes over ranges as over everything, wherever it is cut", () => {
    fc.assert(
      fc.property(profileWorld, fc.array(name, { maxLength: 4 }), fc.boolean(), (world, cuts, anew) => {
        const whole = mergeOf(world);
        whole.merge.run();
        const keys = [...new Set(cuts)].map(keyOfText).sort(Buffer.compare);
        const bounds = [undefined, ...keys, undefined];
        const nodes = [];
        let part = mergeOf(world);
        for (let i = 1; i < bounds.length; i++) {
          if (anew) part = mergeOf(world);
          const before = part.sink.nodes.length;
          part.merge.run(bounds[i - 1], bounds[i]);
          nodes.push(...part.sink.nodes.slice(before));
        }
        expect(nodes).toEqual(whole.sink.nodes);
        if (!anew) expect(part.sink.counts).toEqual(whole.sink.counts);
      }),
      { numRuns: 500 },
    );
  });

  it("makes of one profile for each source what a configuration that says the same makes of plain entries", () => {
    fc.assert(
      fc.property(profileWorld, fc.array(facts, { minLength: 3, maxLength: 3 }), (world, ofSources) => {
        // A source's confidence decides between sources, and a configuration has no distribution.
        const profiles = world.sources.map(({ config }, i): Facts => {
          const { distribution: _, ...said } = ofSources[i] as Facts;
          return { ...said, confidence: config.confidence };
        });
        const withProfile = (profile: (i: number) => number) =>
          world.sources.map(({ config, entries }, i) => ({
            config,
            entries: new Map(
              [...entries].map(([listed, said]) => {
                const flags = said.reduce((all, [, bits]) => all | bits, 0);
                return [listed, [[profile(i), flags] as const]];
              }),
            ),
          }));
        const said = mergeOf({ ...world, profiles, sources: withProfile((i) => i + 1) });
        const plain = withProfile(() => 0).map(({ config: { fields: _, ...config }, entries }, i) => ({
          config: { ...config, ...profiles[i] },
          entries,
        }));
        const configured = mergeOf({ ...world, sources: plain });
        said.merge.run();
        configured.merge.run();
        expect(nodesOf(said.sink, said.policy)).toEqual(nodesOf(configured.sink, configured.policy));
        // A source of which a zone takes nothing is no input of it, and its entries are not counted.
        expect({ ...said.sink.counts, unselected: 0 }).toEqual({ ...configured.sink.counts, unselected: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it("does with hundreds of profiles what it does with those few that they come to", () => {
    const categories = ["phishing", "botnet"];
    const profiles = Array.from(
      { length: 500 },
      (_, i): Facts => ({
        category: categories[i % 2] as string,
        confidence: i % 5 === 0 ? 10 : 60,
        campaign: `campaign ${i}`,
      }),
    );
    const entries = new Map(profiles.map((_, i) => [`n${i}.test`, [[i + 1, flag.blockSelf] as const]]));
    const world: ProfileWorld = {
      profiles,
      sources: [{ config: sourceOf("s0", 0, { format: "csv", fields: { category: 1 } }), entries }],
      allow: [],
      zone: {
        ...zone,
        take: { ...zone.take, categories, minConfidence: 50 },
        action: { default: "nxdomain", byCategory: { botnet: "nodata" } },
      },
    };
    const { sink, policy, merge } = mergeOf(world);
    merge.run();
    const rules = rulesOf(sink, policy);
    expect(rules.size).toBe(400);
    for (const [i] of profiles.entries()) {
      expect(rules.get(`n${i}.test`)).toBe(i % 5 === 0 ? undefined : i % 2 === 0 ? "nxdomain" : "nodata");
    }
  });
});

test.each<[string, Statements]>([
  [
    "plainly first",
    [
      [1, flag.blockSelf],
      [2, flag.blockUrlHost],
    ],
  ],
  [
    "as the host of a URL first",
    [
      [1, flag.blockUrlHost],
      [2, flag.blockSelf],
    ],
  ],
])("a name that two entries list, %s, is more than the host of a URL", (_, said) => {
  const guard = { id: "deep", class: "popular" as const };
  const open = (id: string) =>
    blocksOf(id === "s0" ? new Map([["site.test", said]]) : new Map([["site.test", guardFlag.urlHost]]));
  const sink = new RuleSink();
  new Merge(policyFor(1, 0, [guard]), readerOf(open, [{ campaign: "one" }, { campaign: "two" }]), sink).run();
  expect([...sink.rules().keys()]).toEqual(["site.test"]);
});

const lists = new StoredLists();
afterAll(() => lists.close());
const { profiles } = lists.snapshots;

/** The lists of a world in the store, under numbers that the store gives their profiles. */
function stored(world: ProfileWorld): Lists {
  const numbers = [0, ...world.profiles.map((one) => profiles.numberOf(one))];
  for (const [id, entries] of listsOf(world)) {
    const renumbered: KeyEntries = byName(entries).map(([key, said]) => {
      if (typeof said === "number") return [key, said];
      const byNumber = new Map<number, number>();
      for (const [profile, flags] of said) {
        const number = numbers[profile] as number;
        byNumber.set(number, (byNumber.get(number) ?? 0) | flags);
      }
      return [key, [...byNumber].sort(([a], [b]) => a - b)];
    });
    lists.store(id, renumbered);
  }
  return { ...configOf(world), allow: world.allow.map((_, i) => allowOf(`a${i}`)) };
}

describe("an explanation of entries with facts", () => {
  it("gives the action that the zone has for every name, by entries that the zone takes", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(profileWorld, (world) => {
        const config = stored(world);
        for (const qname of namesIn(world)) {
          const { action, because } = lists.verdictOf(qname, config) ?? { action: null, because: [] };
          expect({ qname, action }).toEqual({ qname, action: intendedIn(world, qname) ?? null });
          for (const { source, matched, category, confidence, tlp } of because) {
            const { config: of, entries } = world.sources[Number(source.slice(1))] as ProfileWorld["sources"][number];
            const said = (entries.get(matched) ?? []).map(([profile]) => factsIn(world, profile));
            const isSaid = said.some(
              (one) =>
                (one.category ?? of.category) === category &&
                (one.confidence ?? of.confidence) === confidence &&
                (one.tlp ?? (of.tlp === "clear" ? undefined : of.tlp)) === tlp,
            );
            expect(isSaid).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  const owners = ["192.0.2.0/24", "192.0.2.0/28", "192.0.2.0/31", "192.0.2.5", "2001:db8::/96", "2001:db8::5"].map(
    (text) => ownerOfPrefix(parsePrefix(text) as Prefix),
  );
  const addressWorld = profileWorldOf(
    fc.constantFrom(...owners),
    fc.constantFrom<number>(flag.blockSelf, flag.blockSelf, flag.exemptSelf),
    fc.constant<number>(flag.blockSelf),
  );

  it("gives the action that the zone has for every address, by its longest prefix", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(addressWorld, (world) => {
        const { sink, policy, merge } = mergeOf(world);
        merge.run();
        const rules = rulesOf(sink, policy);
        const config = stored(world);
        for (const address of ["192.0.2.0", "192.0.2.1", "192.0.2.5", "192.0.2.200", "2001:db8::5", "2001:db8::6"]) {
          const bits = address.includes(":") ? 128 : 32;
          const lengths = Array.from({ length: bits + 1 }, (_, i) => bits - i);
          const answered = lengths
            .map((length) => rules.get(ownerOfPrefix(parsePrefix(`${address}/${length}`) as Prefix)))
            .find((rule) => rule !== undefined);
          const action = lists.verdictOf(address, config)?.action ?? undefined;
          expect({ address, action }).toEqual({ address, action: answered === "passthru" ? undefined : answered });
        }
      }),
      { numRuns: 300 },
    );
  });

  const entry = { source: "s0", category: "c0", confidence: 90, scope: "subtree", matched: "evil.test" };
  const world = (said: readonly Facts[], more: Partial<ProfileWorld["zone"]["take"]> = {}): ProfileWorld => ({
    profiles: said,
    sources: [
      {
        config: sourceOf("s0", 0, { format: "csv", fields: { category: 1, tlp: 2 } }),
        entries: new Map([["evil.test", said.map((_, i) => [i + 1, blockSubtree] as const)]]),
      },
    ],
    allow: [],
    zone: { ...zone, take: { ...zone.take, ...more } },
  });

  test("says what is known of each entry, the deciding one first", () => {
    const said: Facts[] = [
      { category: "c1", tlp: "amber", campaign: "Emotet" },
      { organisation: "CERT", distribution: "all" },
    ];
    expect(lists.verdictOf("www.evil.test", stored(world(said)))).toMatchObject({
      action: "nxdomain",
      because: [
        { ...entry, organisation: "CERT", distribution: "all" },
        { ...entry, category: "c1", tlp: "amber", campaign: "Emotet" },
      ],
    });
  });

  test("names a guard once for entries that list the name alike, whatever they lead to", () => {
    const guarded = { id: "own", class: "protected" as const };
    const config = lists.withGuards(stored(world([{}, { category: "c1" }])), [
      { ...guarded, listed: byName(new Map([["evil.test", guardFlag.name]])) },
    ]);
    const hit = { guard: "own", source: "s0", matched: "evil.test", scope: "subtree", verdict: "stop" };
    expect(lists.verdictOf("evil.test", config)).toMatchObject({ action: null, guards: [hit] });
    const policy = policyOf(config.zones[0] as ZoneConfig, config);
    expect([...guardHits(policy, openCurrent(lists.snapshots))]).toMatchObject([hit]);
    expect(lists.merged(config).nodes).toEqual([]);
  });

  test("leaves out entries that the zone does not take", () => {
    const said: Facts[] = [{ tlp: "red" }, { category: "c1" }];
    expect(lists.verdictOf("evil.test", stored(world(said)))).toMatchObject({
      action: "nodata",
      because: [{ ...entry, category: "c1" }],
    });
    expect(lists.verdictOf("evil.test", stored(world([{ tlp: "red" }], { maxTlp: "red" })))?.action).toBe("nxdomain");
  });

  test.each<[string, Facts]>([
    ["tlp", { tlp: "red", confidence: 0, distribution: "organisation" }],
    ["pap", { pap: "amber" }],
    ["distribution", { distribution: "sharing-group" }],
  ])("says that a zone does not take what lists a name, for its %s", (reason, said) => {
    expect(lists.verdictOf("www.evil.test", stored(world([said])))).toMatchObject({
      action: null,
      because: [],
      stoppedBy: { by: "take", source: "s0", matched: "evil.test", reason },
      guards: [],
    });
    // What else is listed there counts, and is all that is said.
    expect(lists.verdictOf("www.evil.test", stored(world([said, {}])))).toMatchObject({
      action: "nxdomain",
      stoppedBy: null,
    });
  });

  test("says nothing of entries whose category is another zone's", () => {
    expect(lists.verdictOf("evil.test", stored(world([{ category: "adult", tlp: "red" }])))).toBeUndefined();
  });

  test("names the source whose exception counts though the zone does not take the entry with it", () => {
    const given = world([{ tlp: "red" }, {}]);
    const [only] = given.sources;
    const entries = new Map([
      ["evil.test", [[0, blockSubtree] as const]],
      ["good.evil.test", [[1, exemptSubtree] as const]],
    ]);
    const sources = [{ ...(only as NonNullable<typeof only>), entries }];
    expect(lists.verdictOf("good.evil.test", stored({ ...given, sources }))).toMatchObject({
      action: null,
      stoppedBy: { by: "exception", source: "s0", matched: "good.evil.test" },
    });
  });
});
