/** Zones of all five triggers: each section by itself, what allow lists and guards say in it, and what explanations say. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import type { GuardClass } from "../../src/guard/class.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSelfBits, blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { explainName } from "../../src/mill/explain.ts";
import { Merge, type NodeSink } from "../../src/mill/merge.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { type AddressTrigger, addressTriggers, type RuleTrigger, ruleTriggers } from "../../src/rpz/label.ts";
import { modelOf } from "../model/resolver-model.ts";
import type { Rules } from "../model/rules.ts";
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
import { byName, type Lists, StoredLists, zone } from "./stored-lists.ts";

const servers = "rpz-nsdname";
const world = worldOf(name);

/** Entries as those of another section. */
function beneath(label: string, entries: Entries): Entries {
  return new Map([...entries].map(([listed, flags]) => [`${listed}.${label}`, flags]));
}

/** The rules of one section, by what stands before its label; of names, those outside all sections. */
function rulesIn(label: string | undefined, rules: Rules): Rules {
  return new Map(
    [...rules].flatMap(([owner, action]) => {
      if (label === undefined) return /\.rpz-[a-z-]+$/.test(owner) ? [] : [[owner, action] as const];
      return owner.endsWith(`.${label}`) ? [[owner.slice(0, -label.length - 1), action] as const] : [];
    }),
  );
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

const prefixes = fc
  .constantFrom(
    "192.0.2.0/24",
    "192.0.2.0/26",
    "192.0.2.5",
    "192.0.2.64/26",
    "192.0.2.77",
    "2001:db8::/32",
    "2001:db8::5",
  )
  .map((text) => parsePrefix(text) as Prefix);
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

/** Names and addresses with the triggers of their rules. */
const anyOwner = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 2, arbitrary: name.map((one) => `${one}.${servers}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(prefixes, fc.constantFrom(...addressTriggers)).map(([one, of]) => ownerOfPrefix(one, of)),
  },
);
const triggerSet = fc.subarray([...ruleTriggers], { minLength: 1 });
const anyList = (flags: fc.Arbitrary<number>, maxLength: number) =>
  fc.array(fc.tuple(anyOwner, flags), { maxLength }).map(
    (list): Entries =>
      new Map(
        // An address has nothing beneath it.
        list.map(([owner, flags]) => [owner, /rpz-(?:ip|client-ip|nsip)$/.test(owner) ? flag.blockSelf : flags]),
      ),
  );

describe("a zone of all triggers", () => {
  it("is the same over ranges as over everything, wherever it is cut", () => {
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

function triggerOfOwner(owner: string): RuleTrigger {
  const labels = {
    "rpz-ip": "response-ip",
    "rpz-client-ip": "client-ip",
    "rpz-nsip": "nsip",
    [servers]: "nsdname",
  } as const;
  return labels[owner.slice(owner.lastIndexOf(".") + 1) as keyof typeof labels] ?? "qname";
}

describe("explanations", () => {
  let lists: StoredLists;
  beforeEach(() => {
    lists = new StoredLists();
  });
  afterEach(() => {
    lists.close();
  });
  const withTriggers = (config: Lists, triggers: readonly RuleTrigger[]): Lists => ({
    ...config,
    zones: [{ ...zone, take: { ...zone.take, triggers } }],
  });

  it("say what the rules of each trigger do", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(anyList(sourceFlags, 10), { minLength: 1, maxLength: 2 }),
        fc.array(anyList(blockFlags, 3), { maxLength: 1 }),
        triggerSet,
        (sources, allow, triggers) => {
          const config = withTriggers(
            { ...lists.worldOf(sources.map(byName), allow.map(byName)), guards: [] },
            triggers,
          );
          const rules = lists.merged(config).rules();
          const asked = new Set([...sources, ...allow].flatMap((list) => [...list.keys()].map(plainOf)));
          for (const one of [...asked].flatMap((text) =>
            text.includes("/") || /^[\d.:a-f]+$/.test(text) ? [text] : [text, `q.${text}`],
          )) {
            const { verdicts } = explainName(one, config, lists.snapshots);
            for (const trigger of ruleTriggers) {
              const verdict = verdicts.find((found) => found.trigger === trigger);
              const answer = answerOf(rules, trigger, one);
              const action = answer === "none" || answer === "passthru" ? null : answer;
              expect({ one, trigger, action: verdict?.action ?? null }).toEqual({ one, trigger, action });
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  /** What stands before the label of an owner, as it is asked about. */
  function plainOf(owner: string): string {
    const trigger = triggerOfOwner(owner);
    if (trigger === "qname") return owner;
    if (trigger === "nsdname") return owner.slice(0, -servers.length - 1);
    const [length = "", ...octets] = owner.split(".").slice(0, -1);
    if (!octets.includes("zz")) return `${octets.reverse().join(".")}/${length}`;
    return `${octets
      .reverse()
      .join(":")
      .replace("zz", "")
      .replace(/^2001:db8:*(\d?)$/, "2001:db8::$1")}/${length}`;
  }

  function answerOf(rules: Rules, trigger: RuleTrigger, asked: string): unknown {
    const prefix = parsePrefix(asked);
    const ofAddresses = (addressTriggers as readonly RuleTrigger[]).includes(trigger);
    if ((prefix !== undefined) !== ofAddresses) return "none";
    if (prefix === undefined) return modelOf.BIND(rulesIn(trigger === "qname" ? undefined : servers, rules), asked);
    const [address] = asked.split("/");
    for (let { length } = prefix; length >= 0; length--) {
      const found = rules.get(ownerOfPrefix(parsePrefix(`${address}/${length}`) as Prefix, trigger as AddressTrigger));
      if (found !== undefined) return found;
    }
    return "none";
  }

  it("of one trigger are given where it is asked for", () => {
    const source = new Map([
      ["ns.evil.test", flag.blockSelf as number],
      ["ns.evil.test.rpz-nsdname", blockSubtree],
      [ownerOfPrefix(parsePrefix("192.0.2.0/24") as Prefix, "nsip"), flag.blockSelf],
    ]);
    const config = withTriggers({ ...lists.worldOf([byName(source)], []), guards: [] }, ruleTriggers);
    const shown = (asked: string): string[] =>
      explainName(asked, config, lists.snapshots).verdicts.map(
        ({ trigger, action, because }) => `${trigger} ${action} ${because.map(({ matched }) => matched).join()}`,
      );
    expect(shown("ns.evil.test")).toEqual(["qname nxdomain ns.evil.test", "nsdname nxdomain nsdname ns.evil.test"]);
    expect(shown("a.ns.evil.test")).toEqual(["nsdname nxdomain nsdname ns.evil.test"]);
    expect(shown("nsdname ns.evil.test")).toEqual(["nsdname nxdomain nsdname ns.evil.test"]);
    expect(shown("192.0.2.7")).toEqual(["nsip nxdomain nsip 192.0.2.0/24"]);
    expect(() => shown("nsip ns.evil.test")).toThrow(/no name and no address of that trigger/);
  });

  it("say of an allowed name which rules of its zone hit it all the same", () => {
    const listed = (trigger: AddressTrigger) => ownerOfPrefix(parsePrefix("192.0.2.0/24") as Prefix, trigger);
    const source = new Map([
      [listed("response-ip"), flag.blockSelf as number],
      [listed("client-ip"), flag.blockSelf],
    ]);
    const config = {
      ...lists.worldOf([byName(source)], [byName(new Map([["ok.x.test", flag.blockSelf]]))]),
      guards: [],
    };
    const stillHitBy = (triggers: readonly RuleTrigger[]) =>
      explainName("ok.x.test", withTriggers(config, triggers), lists.snapshots).verdicts[0]?.stillHitBy;
    expect(stillHitBy(["qname"])).toEqual([]);
    expect(stillHitBy(["qname", "response-ip"])).toEqual(["response-ip"]);
    expect(stillHitBy(["qname", "response-ip", "client-ip"])).toEqual(["client-ip", "response-ip"]);
    expect(stillHitBy(["qname", "response-ip", "nsip"])).toEqual([]);
    expect(stillHitBy(["qname", "nsdname", "client-ip"])).toEqual(["client-ip"]);
  });

  it("say that an allowed name ends the search where the zone takes rules on name servers", () => {
    const source = new Map([["ok.x.test", blockSelfBits & flag.blockSelf]]);
    const config = lists.worldOf([byName(source)], [byName(new Map([["ok.x.test", flag.blockSelf]]))]);
    const later = { ...zone, apex: "later.test" };
    const endedBy = (triggers: readonly RuleTrigger[]): (string | null)[] => {
      const first = { ...zone, take: { ...zone.take, triggers } };
      const zones = [first, { ...later, take: zone.take }];
      // The later zone has no allow list.
      const allow = config.allow.map((list) => ({ ...list, zones: [zone.apex] }));
      const all = { ...config, guards: [], allow, zones };
      return explainName("ok.x.test", all, lists.snapshots).verdicts.map((verdict) => verdict.endedBy);
    };
    expect(endedBy(["qname"])).toEqual([null, null]);
    expect(endedBy(["qname", "nsip"])).toEqual([null, zone.apex]);
    expect(endedBy(["nsdname"])).toEqual([null, zone.apex]);
  });
});
