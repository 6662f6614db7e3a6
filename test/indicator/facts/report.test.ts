import fc from "fast-check";
import { expect, it } from "vitest";
import { distributions, paps, tlps } from "../../../src/indicator/facts/facts.ts";
import { decodeReport, encodeReport, externalIdOf, known, type Report } from "../../../src/indicator/facts/report.ts";

const label = fc.option(fc.string({ minLength: 1, unit: "grapheme" }), { nil: undefined });
const time = fc.option(fc.nat(2 ** 31), { nil: undefined });
const report: fc.Arbitrary<Report> = fc.record({
  externalId: fc.string({ unit: "grapheme" }).map((id) => id.replaceAll("\n", "")),
  facts: fc
    .record({
      category: label,
      confidence: fc.option(fc.nat(100), { nil: undefined }),
      tlp: fc.constantFrom(undefined, ...tlps),
      pap: fc.constantFrom(undefined, ...paps),
      distribution: fc.constantFrom(undefined, ...distributions),
      sharingGroup: label,
      organisation: label,
      campaign: label,
      family: label,
      event: label,
      hidesSource: fc.constantFrom(undefined, true),
    })
    .map((facts) => known(facts)),
  validFrom: time,
  validUntil: time,
  firstSeen: time,
  lastSeen: time,
  revoked: fc.boolean(),
  reference: label,
  review: label,
  detail: label,
});

it("a report is read back from its text, and equal reports have equal texts", () => {
  fc.assert(
    fc.property(report, report, (a, b) => {
      const text = encodeReport(a);
      expect(decodeReport(text)).toEqual(a);
      expect(externalIdOf(text)).toBe(a.externalId);
      expect(encodeReport(b) === text).toBe(
        JSON.stringify(decodeReport(encodeReport(b))) === JSON.stringify(decodeReport(text)),
      );
    }),
  );
});

it("what is least is not taken for unknown", () => {
  const facts = { confidence: 0, tlp: "clear", pap: "clear", distribution: "organisation" } as const;
  for (const [fact, value] of Object.entries(facts)) {
    const report = { externalId: "", facts: { [fact]: value }, revoked: false };
    expect(decodeReport(encodeReport(report)).facts).toEqual(report.facts);
  }
});

it("a report of nothing but the name is short", () => {
  expect(encodeReport({ externalId: "", facts: {}, revoked: false })).toBe("\n[]");
});
