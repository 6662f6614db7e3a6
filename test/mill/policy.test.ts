import { expect, test } from "vitest";
import type { ZoneConfig } from "../../src/config/zone-types.ts";
import { policyOf, policyOfVersion, type ZonePolicy } from "../../src/mill/policy.ts";
import { Ranks } from "../../src/mill/ranks.ts";
import type { Policies } from "../../src/store/policies.ts";
import { type Lists, sourceOf, zone } from "./stored-lists.ts";

const config: Lists = {
  sources: [sourceOf("s0", 0), sourceOf("s1", 1), sourceOf("idle", 2, { category: "idle" })],
  allow: [],
  guards: [],
  zones: [zone],
};

const fingerprintOf = (take: Partial<ZoneConfig["take"]>, more: Partial<ZoneConfig> = {}): string =>
  policyOf({ ...zone, take: { ...zone.take, ...take }, ...more }, config).fingerprint;

test.each<[string, Partial<ZoneConfig["take"]>, Partial<ZoneConfig>]>([
  ["maxTlp", { maxTlp: "red" }, {}],
  ["maxPap", { maxPap: "red" }, {}],
  ["audience", { audience: "own" }, {}],
  ["minConfidence", { minConfidence: 1 }, {}],
  ["a category", { categories: ["c0", "c1", "c2"] }, {}],
  ["the order of actions", {}, { action: { default: "nxdomain", byCategory: { c1: "nodata", c0: "nxdomain" } } }],
])("another fingerprint comes of %s", (_, take, more) => {
  expect(fingerprintOf(take, more)).not.toBe(fingerprintOf({}));
});

test("the same fingerprint comes of what decides nothing", () => {
  expect(fingerprintOf({ categories: ["c1", "c0"] }, { keep: { versions: 9, seconds: 9 } })).toBe(fingerprintOf({}));
});

test("sources whose entries have no categories of their own have one rank each, others one for each action", () => {
  const fields = { category: 1 };
  const ranksOf = (sources: Lists["sources"]) => {
    const policy = policyOf(zone, { ...config, sources });
    const { sources: of, actions } = new Ranks(policy, () => ({}));
    return [...of].map((source, rank) => [policy.sources[source]?.id, policy.actions[actions[rank] as number]]);
  };
  expect(ranksOf(config.sources)).toEqual([
    ["s0", "nxdomain"],
    ["s1", "nodata"],
  ]);
  expect(ranksOf([sourceOf("s0", 0, { fields }), sourceOf("s1", 1)])).toEqual([
    ["s0", "nxdomain"],
    ["s0", "nodata"],
    ["s1", "nodata"],
  ]);
});

test.each([0, 1, 7, 65_535, 65_536, 2 ** 31 - 1, 2 ** 32 - 1])(
  "profile %i has its rank in a small table",
  (profile) => {
    const asked: number[] = [];
    const ranks = new Ranks(policyOf(zone, config), (number) => {
      asked.push(number);
      return number === profile ? { tlp: "red" } : {};
    });
    const before = process.memoryUsage().arrayBuffers;
    expect([profile, profile + 1, profile].map((one) => ranks.rankOf(1, one))).toEqual([-1, 1, -1]);
    expect(asked).toEqual([profile, profile + 1]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 21);
  },
);

test("a policy of before entries had facts takes every entry and does what it did", () => {
  const known = policyOf(zone, { ...config, sources: [] });
  const built = policyOf(zone, config);
  const { selection: _, ...inputs } = JSON.parse(built.text) as {
    selection: unknown;
    sources: Record<string, unknown>[];
  };
  const sources = inputs.sources.map(({ id, category, confidence, overrideGuards, action }) => {
    return { id, category, confidence, overrideGuards, action };
  });
  const text = JSON.stringify({ ...inputs, sources });
  const policies = { find: () => text } as unknown as Policies;
  const older = policyOfVersion(policies, { policy: "older" }, known) as ZonePolicy;
  expect(older.actions).toEqual(built.actions);
  const ranks = new Ranks(older, () => ({}));
  expect([...ranks.actions]).toEqual(built.sources.map(({ action }) => action));
  expect(built.sources.map((_source, i) => ranks.rankOf(i, 0))).toEqual([0, 1]);
});
