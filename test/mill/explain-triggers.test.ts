/** Explanations of rules of every trigger: what they say is what the rules do. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blockSelfBits, blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { explainName } from "../../src/mill/explain.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { type AddressTrigger, addressTriggers, type RuleTrigger, ruleTriggers } from "../../src/rpz/label.ts";
import { modelOf } from "../model/resolver-model.ts";
import type { Rules } from "../model/rules.ts";
import { blockFlags, sourceFlags } from "./entries.ts";
import { byName, type Lists, StoredLists, zone } from "./stored-lists.ts";
import { anyList, rulesIn, servers, triggerOfOwner, triggerSet } from "./trigger-worlds.ts";

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

  it("say of a protected name, listed or not, that rules on its name servers hit it all the same", () => {
    const source = new Map([
      ["mine.test", flag.blockSelf as number],
      ["ns.evil.test.rpz-nsdname", flag.blockSelf],
      [ownerOfPrefix(parsePrefix("192.0.2.0/24") as Prefix, "nsip"), flag.blockSelf],
    ]);
    const guarded = (ofClass: "protected" | "popular", allow: string[] = []): Lists => {
      const allowed = allow.map((name) => byName(new Map([[name, flag.blockSelf as number]])));
      const listed = byName(new Map([["mine.test", flag.blockSelf as number]]));
      return lists.withGuards(lists.worldOf([byName(source)], allowed), [{ id: "mynames", class: ofClass, listed }]);
    };
    const said = (name: string, config: Lists, triggers: readonly RuleTrigger[]) =>
      explainName(`qname ${name}`, withTriggers(config, triggers), lists.snapshots).verdicts.map(
        (one) => one.stillHitBy,
      );
    const own = guarded("protected");
    expect(said("mine.test", own, ["qname", "nsdname"])).toEqual([["nsdname"]]);
    expect(said("www.mine.test", own, ["qname", "nsdname", "nsip"])).toEqual([["nsdname", "nsip"]]);
    expect(said("other.test", own, ["qname", "nsdname", "nsip"])).toEqual([]);
    expect(said("mine.test", own, ["qname", "response-ip"])).toEqual([[]]);
    expect(said("www.mine.test", own, ["qname", "response-ip"])).toEqual([]);
    expect(said("mine.test", guarded("popular"), ["qname", "nsdname"])).toEqual([[]]);
    expect(said("mine.test", guarded("protected", ["mine.test"]), ["qname", "nsdname"])).toEqual([[]]);
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
