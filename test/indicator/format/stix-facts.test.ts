/** What STIX objects say of an indicator: times, confidence, who made it, what it indicates, how it is marked. */
import { describe, expect, test } from "vitest";
import { decodeReport, type Report } from "../../../src/indicator/facts/report.ts";
import { collect, parse } from "../parse.ts";
import { bundle, indicator, named, relation, reportsIn, type StixFields, stixObject, uuid } from "./stix-objects.ts";

const options = { format: "stix" } as const;

/** The one report of one indicator with other objects around it. */
function reportOf(fields: StixFields, ...others: readonly StixFields[]): Report {
  const all = reportsIn(bundle(...others, indicator(1, named("a.example"), fields)));
  expect(all.map(([entry]) => entry)).toEqual(["+a.example"]);
  return (all[0] as [string, Report])[1];
}

describe("what is reported", () => {
  const identity = stixObject("identity", 10, { name: "Example CERT" });
  const family = stixObject("malware", 11, { name: "Poison", is_family: true, malware_types: ["ransomware"] });
  const campaign = stixObject("campaign", 12, { name: "Autumn" });
  const actor = stixObject("threat-actor", 13, { name: "Somebody" });
  const self = indicator(1, named("a.example"));

  test("times, confidence, reference", () => {
    expect(
      reportOf({
        valid_from: "2026-01-02T00:00:00.5Z",
        valid_until: "2027-01-01T00:00:00Z",
        confidence: 85,
        external_references: [{ source_name: "x" }, { source_name: "y", url: "https://news.example/1" }],
      }),
    ).toMatchObject({
      externalId: `indicator--${uuid(1)}`,
      validFrom: 1_767_312_000,
      validUntil: 1_798_761_600,
      firstSeen: 1_767_225_600,
      lastSeen: 1_767_225_600,
      revoked: false,
      reference: "https://news.example/1",
      facts: { confidence: 85 },
    });
    expect(reportOf({}).reference).toBe(`indicator--${uuid(1)}`);
  });

  test("who made it, by name and UUID, or by UUID alone", () => {
    const made = { created_by_ref: identity["id"] };
    expect(reportOf(made, identity).facts.organisation).toBe(`Example CERT ${uuid(10)}`);
    expect(reportOf(made).facts.organisation).toBe(uuid(10));
  });

  test("what it indicates, in whatever order", () => {
    const others = [
      family,
      campaign,
      actor,
      relation(20, self, family),
      relation(21, self, campaign),
      relation(22, self, actor),
    ];
    const expected = { family: "Poison", campaign: "Autumn", category: "ransomware" };
    expect(reportOf({}, ...others).facts).toMatchObject(expected);
    expect(reportOf({}, ...others.toReversed()).facts).toMatchObject(expected);
    expect(reportOf({}, actor, relation(22, self, actor)).facts).toMatchObject({ campaign: "Somebody" });
  });

  test("nothing by a relationship that was revoked, or is another", () => {
    expect(reportOf({}, family, relation(20, self, family, { revoked: true })).facts.family).toBeUndefined();
    expect(
      reportOf({}, family, relation(20, self, family, { relationship_type: "based-on" })).facts.family,
    ).toBeUndefined();
    expect(reportOf({}, { ...family, revoked: true }, relation(20, self, family)).facts.family).toBeUndefined();
  });

  test("the report or grouping that it stands in", () => {
    const grouping = stixObject("grouping", 30, { object_refs: [self["id"]] });
    const other = stixObject("report", 31, { object_refs: [self["id"], family["id"]] });
    expect(reportOf({}, other, grouping).facts.event).toBe(uuid(30));
  });

  test("the category by types, labels, malware and kill chain, and by the source's own table first", () => {
    expect(reportOf({ indicator_types: ["malicious-activity"] }).facts.category).toBe("malware");
    expect(reportOf({ labels: ['rsit:fraud="phishing"'] }).facts.category).toBe("phishing");
    const phase = { kill_chain_name: "lockheed-martin-cyber-kill-chain", phase_name: "command-and-control" };
    expect(reportOf({ kill_chain_phases: [phase] }).facts.category).toBe("c2");
    const { collector } = collect(
      { ...options, stix: { categories: { "malicious-activity": "own" } } },
      Buffer.from(bundle({ ...self, indicator_types: ["malicious-activity"], labels: ["phishing"] })),
    );
    expect(decodeReport(collector.reports?.textOf(0) ?? "").facts.category).toBe("own");
  });

  test("why it waits, with its pattern", () => {
    const pattern = "[domain-name:value = 'a.example'] FOLLOWEDBY [file:name = 'x']";
    expect(reportsIn(bundle(indicator(1, pattern)))[0]?.[1]).toMatchObject({ review: "sequence", detail: pattern });
    const mixed = "[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] REPEATS 2 TIMES";
    expect(reportsIn(bundle(indicator(1, mixed))).map(([entry, { review }]) => [entry, review])).toEqual([
      ["+a.example", undefined],
      ["+b.example", "repeated"],
    ]);
  });

  test.each<[string, StixFields, object]>([
    ["a start that is none", { valid_from: "2022-101-27T00:00:00Z" }, { unreadable: "times" }],
    ["an end that is none", { valid_until: 5 }, { unreadable: "times" }],
    ["a revocation that is none", { revoked: "no" }, { unreadable: "use" }],
    ["a marking that is not there", { object_marking_refs: [`marking-definition--${uuid(9)}`] }, { unreadable: "use" }],
    ["a marking in words that is none", { labels: ["tlp:purple"] }, { unreadable: "use" }],
  ])("%s makes it one that does not count as it stands", (_, fields, expected) => {
    expect(reportOf(fields)).toMatchObject(expected);
    expect(parse(options, bundle(indicator(1, named("a.example"), fields))).rejects).toEqual(["bad-fact@1"]);
  });

  test("a confidence and times that do not decide are unknown, and it counts", () => {
    expect(reportOf({ confidence: 900 })).toMatchObject({ facts: { confidence: 0 } });
    expect(reportOf({ confidence: 900 }).unreadable).toBeUndefined();
    expect(reportOf({ created: "yesterday" }).firstSeen).toBeUndefined();
    expect(parse(options, bundle(indicator(1, named("a.example"), { confidence: 900 }))).rejects).toEqual([
      "unknown-fact@1",
    ]);
  });
});

describe("markings", () => {
  const amber = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
  const red2 = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
  const marking = (n: number, fields: StixFields): StixFields => stixObject("marking-definition", n, fields);
  const refTo = (...objects: readonly StixFields[]): StixFields => ({
    object_marking_refs: objects.map(({ id }) => id),
  });
  const green = marking(40, { definition_type: "tlp", definition: { tlp: "green" } });
  const strict = marking(41, { extensions: { "extension-definition--x": { tlp_2_0: "amber+strict" } } });
  const papRed = marking(42, { definition_type: "statement", definition: { statement: "PAP:RED" } });
  const papName = marking(43, { name: "PAP:AMBER", definition_type: "PAP", definition: { PAP: "PAP:AMBER" } });
  const chatham = marking(44, { definition_type: "statement", definition: { statement: "tlp:ex:chr" } });
  const copyright = marking(45, { definition_type: "statement", definition: { statement: "Copyright (c) Example" } });
  const purple = marking(46, { definition_type: "tlp", definition: { tlp: "purple" } });

  test.each<[string, StixFields, readonly StixFields[], object]>([
    ["TLP 1 by its id alone", { object_marking_refs: [amber] }, [], { tlp: "amber" }],
    ["TLP 2 by its id alone", { object_marking_refs: [red2] }, [], { tlp: "red" }],
    ["TLP by its definition", refTo(green), [green], { tlp: "green" }],
    ["TLP 2 by its extension", refTo(strict), [strict], { tlp: "amber+strict" }],
    ["the strictest of several", refTo(strict, green), [green, strict], { tlp: "amber+strict" }],
    [
      "those of parts, too",
      { ...refTo(green), granular_markings: [{ marking_ref: red2, selectors: ["description"] }] },
      [green],
      { tlp: "red" },
    ],
    ["PAP in a statement", refTo(papRed), [papRed], { pap: "red" }],
    ["PAP by a name", refTo(papName), [papName], { pap: "amber" }],
    ["a source that is not to be named", refTo(chatham), [chatham], { hidesSource: true }],
    ["a statement that is none of these", refTo(copyright), [copyright], { tlp: undefined, pap: undefined }],
    ["labels", { labels: ["tlp:amber", "PAP:GREEN"] }, [], { tlp: "amber", pap: "green" }],
    [
      "those of what it stands in",
      {},
      [
        green,
        stixObject("grouping", 50, { ...refTo(green), labels: ["tlp:red"], object_refs: [`indicator--${uuid(1)}`] }),
      ],
      { tlp: "red" },
    ],
  ])("%s", (_, fields, others, facts) =>
    expect(reportOf(fields, ...others).facts).toMatchObject(JSON.parse(JSON.stringify(facts))),
  );

  test("one of TLP that cannot be read is never passed over", () => {
    expect(reportOf(refTo(purple), purple).unreadable).toBe("use");
  });
});
