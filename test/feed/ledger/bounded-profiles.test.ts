import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../../../src/config/selection.ts";
import { BoundedProfiles, cutCategory, type KnownProfiles } from "../../../src/feed/ledger/bounded-profiles.ts";
import { distributions, type Facts, paps, tlps } from "../../../src/indicator/facts/facts.ts";
import { known } from "../../../src/indicator/facts/report.ts";
import { faultsOf } from "../../store/consistency.ts";
import { LedgerFixture } from "./ledger-fixture.ts";

const none: KnownProfiles = { has: () => false, count: () => 0, countOfSource: () => 0 };

class Numbers {
  readonly made: Facts[] = [];
  numberOf(facts: Facts): number {
    const at = this.made.findIndex((other) => JSON.stringify(other) === JSON.stringify(facts));
    return at >= 0 ? at : this.made.push(facts) - 1;
  }
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const facts = fc
  .record({
    category: optional(fc.constantFrom("one", "two", "three", "four")),
    confidence: optional(fc.nat(100)),
    tlp: optional(fc.constantFrom(...tlps)),
    pap: optional(fc.constantFrom(...paps)),
    distribution: optional(fc.constantFrom(...distributions)),
    sharingGroup: optional(fc.constantFrom("g1", "g2")),
    organisation: optional(fc.string({ maxLength: 3 })),
    campaign: optional(fc.string({ maxLength: 3 })),
    hidesSource: optional(fc.constant(true)),
  })
  .map((all): Facts => known(all));
const take = fc.record({
  categories: fc.subarray(["one", "two", "three"]),
  minConfidence: fc.nat(100),
  maxTlp: fc.constantFrom(...tlps),
  maxPap: fc.constantFrom(...paps),
  audience: fc.constantFrom("own" as const, "others" as const),
});

describe("a source with more combinations of facts than are kept", () => {
  test("makes no more than its limits and what its markings and confidences come to", () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 120 }), (all) => {
        const numbers = new Numbers();
        const bounded = new BoundedProfiles(numbers, none, [5, 10]);
        for (const one of all) bounded.of(one);
        const coarse = numbers.made.filter(
          ({ category, confidence, sharingGroup, organisation, campaign }) =>
            (category === undefined || category === cutCategory) &&
            (confidence === undefined || confidence % 5 === 0) &&
            sharingGroup === undefined &&
            organisation === undefined &&
            campaign === undefined,
        );
        expect(numbers.made.length - coarse.length).toBeLessThanOrEqual(10);
        expect(
          numbers.made.filter(({ organisation, campaign }) => organisation ?? campaign).length,
        ).toBeLessThanOrEqual(5);
      }),
    );
  });

  test("is taken by no zone that would not take it by all of its facts, and shown to nobody else", () => {
    fc.assert(
      fc.property(facts, take, fc.boolean(), fc.constantFrom(0, 7, 20), (one, zone, isNamed, before) => {
        const numbers = new Numbers();
        const bounded = new BoundedProfiles(
          numbers,
          { ...none, count: () => before, countOfSource: () => before },
          [5, 10],
        );
        const kept = numbers.made[bounded.of(one).number] as Facts;
        const source = { category: "one", confidence: 50, tlp: "clear", pap: "clear" } as const;
        const refusal = (facts: Facts) => refusalOf(zone, isNamed, { ...source, ...facts });
        if (refusal(kept) === undefined) expect(refusal(one)).toBeUndefined();
        for (const fact of ["tlp", "pap", "distribution", "hidesSource"] as const) expect(kept[fact]).toBe(one[fact]);
      }),
    );
  });

  test("says in words what is left out, and counts the profiles of its own rows alone", () => {
    const one = { category: "one", confidence: 33, sharingGroup: "g", organisation: "o", campaign: "c" };
    const at = (count: number, countOfSource: number) =>
      new BoundedProfiles(
        new Numbers(),
        { ...none, count: () => count, countOfSource: () => countOfSource },
        [5, 10],
      ).of(one).cut;
    expect(at(4, 99)).toBeUndefined();
    expect(at(99, 4)).toBeUndefined();
    expect(at(99, 5)).toBe("organisation: o; campaign: c");
    expect(at(99, 10)).toBe("category: one; sharing group: g; organisation: o; campaign: c");
    const all = { has: () => true, count: () => 99, countOfSource: () => 99 };
    expect(new BoundedProfiles(new Numbers(), all, [5, 10]).of(one).cut).toBeUndefined();
  });
});

test("a list each of whose rows has its own campaign is taken, bounded, counted and read back", {
  timeout: 60_000,
}, async () => {
  const header = "id,domain,type,who,what,ref";
  const rows = (from: number, count: number): string =>
    [
      header,
      ...Array.from(
        { length: count },
        (_, i) => `${from + i},n${from + i}.example,t${(from + i) % 3},w,c${from + i},r`,
      ),
    ].join("\n");
  const fixture = new LedgerFixture([]);
  fixture.configure(
    ", limit: {percent: 1000}, fields: {id: id, category: type, organisation: who, campaign: what, reference: ref}",
  );
  fixture.write("list.csv", rows(0, 50_100));
  await fixture.build();
  const profiles = (): number =>
    fixture.read((db) => db.prepare("SELECT count(*) FROM profile").pluck().get() as number);
  expect(profiles()).toBe(50_003);
  expect(fixture.snapshot()).toMatchObject({ entries: 50_100, rejects: { "facts-cut": { count: 100 } } });
  const references = fixture.rows().map(({ reference }) => reference);
  expect(references.filter((reference) => reference === "r")).toHaveLength(50_000);
  expect(references).toContain("r; organisation: w; campaign: c9999");
  // Others come in their place; what was withdrawn is kept, and counts.
  fixture.write("list.csv", rows(200, 50_100));
  await fixture.build();
  expect(profiles()).toBe(50_003);
  expect(fixture.snapshot().rejects["facts-cut"]?.count).toBe(200);
  expect(fixture.read(faultsOf)).toEqual([]);
});
