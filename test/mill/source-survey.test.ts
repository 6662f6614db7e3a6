/** What sources have that no other has, and what is allowed of it, against a model that looks at one name at a time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { keyOfText } from "../../src/dns/name.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter } from "../../src/indicator/entry/block.ts";
import { allowFlag } from "../../src/indicator/entry/collector.ts";
import type { Facts } from "../../src/indicator/facts/facts.ts";
import { type SurveyedSource, surveySources } from "../../src/mill/source-survey.ts";

const uuid = "5cf66e53-b5f8-43e7-be9a-49880a3b4631";
/** By profile; 0 and 1 name nobody. */
const facts: readonly Facts[] = [
  {},
  { confidence: 90 },
  { organisation: `Acme ${uuid}` },
  { organisation: `ACME Ltd ${uuid.toUpperCase()}` },
  { organisation: "Other" },
  { organisation: "other", confidence: 10 },
];
const organisationOf = (profile: number): string | undefined =>
  [undefined, undefined, "acme", "acme", "o", "o"][profile];

/** Profiles by name. */
type Source = ReadonlyMap<string, readonly number[]>;
/** Flags by name. */
type Allow = ReadonlyMap<string, number>;

/** Blocks of a few octets, so that walks pass from one to the next. */
function listOf(entries: readonly (readonly [name: string, flags: number, profiles: readonly number[]])[]) {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block), 40);
  const keyed = entries.map(([name, flags, profiles]) => ({ key: keyOfText(name), flags, profiles }));
  for (const { key, flags, profiles } of keyed.sort((a, b) => compareBytes(a.key, b.key))) {
    for (const profile of [...new Set(profiles)].sort((a, b) => a - b))
      writer.add(key, 0, key.length, flags, 1, profile);
  }
  writer.flush();
  return new EntryBlockList(blocks);
}

const survey = (sources: readonly Source[], allow: readonly Allow[] = []): SurveyedSource[] => {
  const counts = surveySources(
    sources.map((source, i) => ({
      id: `s${i}`,
      blocks: listOf([...source].map(([name, profiles]) => [name, 1, profiles] as const)),
    })),
    allow.map((list) => ({ blocks: listOf([...list].map(([name, flags]) => [name, flags, [0]] as const)) })),
    (profile) => facts[profile] ?? {},
  );
  return sources.map((_, i) => counts[`s${i}`] as SurveyedSource);
};

function model(sources: readonly Source[], allow: readonly Allow[]): SurveyedSource[] {
  const ownersOf = (i: number, name: string): Set<string> =>
    new Set((sources[i]?.get(name) ?? []).map((profile) => organisationOf(profile) ?? `source ${i}`));
  const isAllowed = (name: string): boolean =>
    allow.some((list) =>
      [...list].some(
        ([listed, flags]) =>
          (listed === name && (flags & allowFlag.self) !== 0) ||
          (name.endsWith(`.${listed}`) && (flags & allowFlag.beneath) !== 0),
      ),
    );
  return sources.map((source, i) => {
    const names = [...source.keys()];
    const isUnique = (name: string): boolean => {
      const own = ownersOf(i, name);
      return sources.every((_, j) => j === i || [...ownersOf(j, name)].every((owner) => own.has(owner)));
    };
    return {
      names: names.length,
      unique: names.filter(isUnique).length,
      allowed: names.filter(isAllowed).length,
    };
  });
}

const name = fc.constantFrom("a.x", "b.x", "b.a.x", "c.b.a.x", "x", "x-y", "ab.x", "a.y", "y", "z.a.y");
const source = fc
  .array(fc.tuple(name, fc.array(fc.nat(facts.length - 1), { minLength: 1, maxLength: 4 })), { maxLength: 8 })
  .map((entries): Source => new Map(entries));
const allowList = fc
  .array(fc.tuple(name, fc.constantFrom(1, 2, 3)), { maxLength: 3 })
  .map((entries): Allow => new Map(entries));

describe("a survey of sources", () => {
  test("counts as a model does that compares each name with all sources and allow lists", () => {
    fc.assert(
      fc.property(fc.array(source, { maxLength: 5 }), fc.array(allowList, { maxLength: 2 }), (sources, allow) => {
        expect(survey(sources, allow)).toEqual(model(sources, allow));
      }),
      { numRuns: 500 },
    );
  });

  test("holds a name for one organisation's alone, whichever sources bring it", () => {
    const brings = (profile: number): Source => new Map([["a.x", [profile]]]);
    expect(survey([brings(2), brings(3)]).map(({ unique }) => unique)).toEqual([1, 1]);
    expect(survey([brings(2), brings(4)]).map(({ unique }) => unique)).toEqual([0, 0]);
    expect(survey([brings(0), brings(1)]).map(({ unique }) => unique)).toEqual([0, 0]);
    expect(survey([new Map([["a.x", [2, 4]]]), brings(2)]).map(({ unique }) => unique)).toEqual([1, 0]);
  });

  test("counts nothing where there is nothing", () => {
    expect(survey([])).toEqual([]);
    expect(survey([new Map()])).toEqual([{ names: 0, unique: 0, allowed: 0 }]);
  });
});
