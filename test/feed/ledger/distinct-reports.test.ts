/** Reports of one name that are one too many: versions under one id, and more than are kept. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfText } from "../../../src/dns/name.ts";
import { reportsOfKeyMax } from "../../../src/feed/ledger/distinct-reports.ts";
import { keptReports } from "../../../src/feed/ledger/reports.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntryReports } from "../../../src/indicator/entry/reports.ts";
import { sortEntries } from "../../../src/indicator/entry/sort.ts";
import type { Facts } from "../../../src/indicator/facts/facts.ts";
import { decodeReport, encodeReport, type Report } from "../../../src/indicator/facts/report.ts";

type Said = Partial<Report> & { readonly flags?: number };

function keptOf(all: readonly Said[]) {
  const collector = new Collector();
  const reports = new EntryReports();
  collector.reports = reports;
  for (const { flags = 1, ...said } of all) {
    reports.begin(encodeReport({ externalId: "", facts: {}, revoked: false, ...said }));
    collector.add(keyOfText("a.example"), flags);
  }
  const kept = keptReports(collector, reports, sortEntries(collector));
  return { ...kept, said: [...kept.walk()].map(({ text, flags }) => ({ ...decodeReport(text), flags })) };
}

describe("several versions of a report under one id", () => {
  const old: Said = { externalId: "u1", facts: { tlp: "clear" }, validUntil: 2e9, lastSeen: 1.7e9 };
  const late: Said = { externalId: "u1", facts: { tlp: "red" }, validUntil: 1.9e9, lastSeen: 1.8e9 };

  it("the one that was seen last counts, wherever it stands", () => {
    for (const order of [
      [old, late],
      [late, old],
    ]) {
      const { said, distinct, given, versions } = keptOf(order);
      expect(said).toMatchObject([{ facts: { tlp: "red" }, validUntil: 1.9e9 }]);
      expect({ distinct, given, versions }).toEqual({
        distinct: 1,
        given: 2,
        versions: { count: 1, names: ["a.example"] },
      });
    }
  });

  it("where that is not known they are combined strictly", () => {
    const { lastSeen: _, ...undated } = late;
    const { said } = keptOf([
      { ...undated, facts: { tlp: "green", confidence: 80, distribution: "all" }, validFrom: 1.6e9, reference: "b" },
      { ...old, facts: { tlp: "amber", confidence: 30, distribution: "connected", hidesSource: true }, revoked: true },
    ]);
    expect(said).toMatchObject([
      {
        facts: { tlp: "amber", confidence: 30, distribution: "connected", hidesSource: true },
        validFrom: 1.6e9,
        validUntil: 1.9e9,
        revoked: true,
        reference: "b",
      },
    ]);
    const groups: Facts[] = ["one", "two"].map((sharingGroup) => ({ distribution: "sharing-group", sharingGroup }));
    expect(keptOf(groups.map((facts) => ({ externalId: "1", facts }))).said[0]?.facts).toEqual({
      distribution: "organisation",
    });
  });

  it("what they say of the name is joined, and those without an id stay apart", () => {
    expect(keptOf([{ externalId: "1" }, { externalId: "1", flags: 2 }])).toMatchObject({
      said: [{ flags: 3 }],
      versions: { count: 0 },
    });
    const two = keptOf([{ facts: { organisation: "One" } }, { facts: { organisation: "Two" } }, { externalId: "1" }]);
    expect(two.said).toHaveLength(3);
  });

  it("come to the same in any order of the list", () => {
    const version = fc.record({
      externalId: fc.constantFrom("", "1", "11"),
      facts: fc.constantFrom<Facts>({}, { tlp: "clear" }, { tlp: "red", category: "x" }, { category: "y" }),
      validFrom: fc.constantFrom(undefined, 1.5e9, 1.6e9),
      validUntil: fc.constantFrom(undefined, 1.7e9, 1.8e9),
      lastSeen: fc.constantFrom(undefined, 1.5e9, 1.6e9),
      revoked: fc.boolean(),
      reference: fc.constantFrom(undefined, "a", "b"),
      flags: fc.constantFrom(1, 3),
    });
    fc.assert(
      fc.property(
        fc
          .array(version, { maxLength: 6 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const { said } = keptOf(all);
          expect(keptOf(shuffled).said).toEqual(said);
          const ids = said.map(({ externalId }) => externalId).filter((id) => id !== "");
          expect(ids).toEqual([...new Set(ids)]);
          for (const { externalId, revoked } of said) {
            const versions = all.filter((one) => one.externalId === externalId);
            if (externalId !== "" && versions.every((one) => one.lastSeen === undefined)) {
              expect(revoked).toBe(versions.some((one) => one.revoked));
            }
          }
        },
      ),
    );
  });
});

describe("more reports of one name than are kept", () => {
  it("those that end last are kept, wherever they stand", () => {
    const ended: Said[] = Array.from({ length: 1100 }, (_, i) => ({ externalId: `a${i}`, validUntil: 1.6e9 + i }));
    const valid: Said[] = Array.from({ length: 100 }, (_, i) => ({ externalId: `b${i}` }));
    for (const order of [
      [...ended, ...valid],
      [...valid, ...ended],
    ]) {
      const { said, given, distinct, beyondMax } = keptOf(order);
      expect(said.filter(({ validUntil }) => validUntil === undefined)).toHaveLength(100);
      expect({ given, distinct, beyondMax }).toEqual({
        given: 1000,
        distinct: 1000,
        beyondMax: { count: 200, names: ["a.example"] },
      });
    }
  });

  it("at every time and for every combination of facts there is one that counts where there was one", () => {
    const one = fc.record({
      facts: fc.constantFrom<Facts>({}, { tlp: "red" }, { tlp: "clear" }),
      from: fc.integer({ min: 0, max: 20 }),
      until: fc.integer({ min: 0, max: 20 }),
      revoked: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (few) => {
        const base = 1_700_000_000;
        const telling = few.map(({ facts, from, until, revoked }, i) => ({
          externalId: `z${i}`,
          facts,
          validFrom: base + from,
          validUntil: base + until,
          revoked,
        }));
        const filling = Array.from({ length: reportsOfKeyMax }, (_, i) => ({
          externalId: `a${i}`,
          facts: { category: "filling" } as Facts,
          validUntil: base + 100,
        }));
        const { said } = keptOf([...telling, ...filling]);
        const counts = (all: readonly Said[], at: number, tlp: string | undefined): boolean =>
          all.some(
            ({ facts, validFrom = 0, validUntil = 2e9, revoked }) =>
              revoked !== true &&
              facts?.category === undefined &&
              facts?.tlp === tlp &&
              base + at >= validFrom &&
              base + at < validUntil,
          );
        for (let at = 0; at <= 20; at++) {
          for (const tlp of [undefined, "red", "clear"]) expect(counts(said, at, tlp)).toBe(counts(telling, at, tlp));
        }
      }),
      { numRuns: 30 },
    );
  });
});
