/** What MISP events come to: each word of an event, an object or an attribute that decides something. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonUnits } from "../../../src/indicator/format/json-units.ts";
import type { MispReading } from "../../../src/indicator/format/misp.ts";
import { reduceEvent } from "../../../src/indicator/format/misp-reduce.ts";
import { collect, entriesOf, parse } from "../parse.ts";
import { read } from "./said-facts.ts";

const uuid = "5c6983c8-3af8-4304-869c-4800d6c1883c";
const eventUuid = "5b646415-7b48-40d5-86b4-c0070acd0835";
const orgc = { name: "CERT Example", uuid: "5a68c02d-959c-4c8a-a571-0dcac0a8060a" };

type Json = Record<string, unknown>;
const attribute = (more: Json = {}): Json => ({ uuid, type: "domain", value: "a.example", to_ids: true, ...more });
const event = (more: Json = {}): Json => ({ uuid: eventUuid, published: true, Attribute: [attribute()], ...more });
const tags = (...names: string[]): Json => ({ Tag: names.map((name) => ({ name })) });

function readEvent(one: Json, misp: MispReading = {}) {
  return read({ format: "misp", misp }, JSON.stringify({ Event: one }));
}
/** The first report of an event. */
const reportOf = (one: Json, misp: MispReading = {}) => readEvent(one, misp).said[0]?.[1];
const factsOf = (one: Json, misp: MispReading = {}) => {
  const { event: _, ...facts } = reportOf(one, misp)?.facts ?? {};
  return facts;
};
const withAttribute = (more: Json, ofEvent: Json = {}): Json => event({ Attribute: [attribute(more)], ...ofEvent });

describe("a MISP attribute", () => {
  it.each([
    ["domain", "a.example", ["+a.example +*.a.example"], {}],
    ["domain", "A[.]Example", ["+a.example +*.a.example"], {}],
    ["hostname", "h.a.example", ["+h.a.example"], {}],
    ["hostname|port", "h.a.example|8080", ["+h.a.example"], {}],
    ["domain|ip", "a.example|192.0.2.1", ["+a.example"], {}],
    ["url", "https://w.a.example/login?x=1", ["+w.a.example"], {}],
    ["uri", "http://w.a.example/", ["+w.a.example"], {}],
    ["url", "http://203.0.113.5/x", [], { "url-host-address": 1 }],
    ["ip-dst", "198.18.0.1", [], { "address-not-taken": 1 }],
    ["domain", "8.8.4.4", [], { "address-for-name": 1 }],
    ["domain|ip", "a.example|10.0.0.1", ["+a.example"], {}],
    ["ip-src", "8.8.4.4", [], { filtered: 1 }],
    ["sha256", "00", [], { "other-type": 1 }],
    ["comment", "deleted", [], { "other-type": 1 }],
    ["domain", "not a name", [], { "free-text": 1 }],
    ["domain", "", [], { "empty-item": 1 }],
    ["constructor", "a.example", [], { "other-type": 1 }],
  ])("of type %s that says %s blocks %j", (type, value, entries, rejects) => {
    const { said, rejects: counts } = readEvent(withAttribute({ type, value }));
    expect([said.map(([entry]) => entry), counts]).toEqual([entries, rejects]);
  });

  it("gives addresses where these are taken, and of pairs both", () => {
    const all = [
      ["ip-dst", "8.8.4.4"],
      ["ip-dst|port", "8.8.8.8|443"],
      ["domain|ip", "a.example|9.9.9.9"],
      ["ip-src", "1.1.1.1"],
    ].map(([type, value]) => attribute({ type, value }));
    const { said } = readEvent(event({ Attribute: all }), { takesAddresses: true });
    expect(said.map(([entry]) => entry)).toEqual(["+8.8.4.4", "+8.8.8.8", "+a.example", "+9.9.9.9"]);
    const { said: sources } = readEvent(event({ Attribute: all }), { takesAddresses: true, types: ["ip-src"] });
    expect(sources.map(([entry]) => entry)).toEqual(["+1.1.1.1"]);
  });

  it.each([
    ["deleted", { deleted: true }, "deleted"],
    ["deleted, as older ones write it", { deleted: "1" }, "deleted"],
    ["for information only", { to_ids: false }, "not-for-detection"],
    ["for information only, as older ones write it", { to_ids: "0" }, "not-for-detection"],
    ["without a word on what it is for", { to_ids: undefined }, "not-for-detection"],
  ])("that is %s is reported as taken back, and counted", (_, more, reason) => {
    const { said, rejects } = readEvent(withAttribute(more));
    expect(said[0]?.[1]).toMatchObject({ externalId: uuid, revoked: true });
    expect(rejects).toEqual({ [reason]: 1 });
  });

  it("counts for nothing in an event that is not published, and counts where none says whether it is", () => {
    expect(readEvent(event({ published: false }))).toEqual({ said: [], rejects: { unpublished: 1 } });
    expect(readEvent(event({ published: undefined })).said).toHaveLength(1);
  });

  it("has its UUID, its event and who wrote that", () => {
    const one = { ...event({ Orgc: orgc, Org: { name: "Other", uuid } }), ...tags("tlp:green") };
    expect(reportOf(one, { linkStart: "https://misp.example/events/view/" })).toEqual({
      externalId: uuid,
      reference: `https://misp.example/events/view/${eventUuid}`,
      facts: { tlp: "green", organisation: `CERT Example ${orgc.uuid}`, event: eventUuid },
    });
  });

  it.each([
    [["tlp:green"], ["tlp:amber"], { tlp: "amber" }],
    [["tlp:red"], ["tlp:clear"], { tlp: "red" }],
    [["tlp:white"], [], { tlp: "clear" }],
    [["TLP:AMBER+STRICT"], ["PAP:GREEN"], { tlp: "amber+strict", pap: "green" }],
    [["PAP:WHITE"], ["PAP:RED"], { pap: "red" }],
    [["tlp:ex:chr"], ["tlp:green"], { tlp: "green", hidesSource: true }],
    [["tlp:unclear"], [], { tlp: "red" }],
    [['admiralty-scale:source-reliability="b"'], [], { confidence: 75 }],
    [
      ['admiralty-scale:source-reliability="a"'],
      ['estimative-language:confidence-in-analytic-judgment="moderate"'],
      { confidence: 55 },
    ],
    [['admiralty-scale:source-reliability="f"'], [], {}],
    [
      ['misp-galaxy:malpedia="Emotet"'],
      ['misp-galaxy:threat-actor="APT 28"'],
      { family: "Emotet", campaign: "APT 28" },
    ],
    [['misp-galaxy:ransomware="LockBit"'], [], { category: "ransomware", family: "LockBit" }],
    [['ecsirt:malicious-code="c2server"'], [], { category: "c2" }],
    [['rsit:fraud="phishing"'], [], { category: "phishing" }],
    [["osint", "type:OSINT"], [], {}],
  ])("with the event's tags %j and its own %j has the facts %j", (ofEvent, own, facts) => {
    expect(factsOf(withAttribute(tags(...own), tags(...ofEvent)))).toEqual(facts);
  });

  it("has the category that the source's own table says", () => {
    const one = withAttribute(tags('rsit:fraud="phishing"'));
    expect(factsOf(one, { categories: { 'RSIT:fraud="phishing"': "scam" } })).toEqual({ category: "scam" });
  });

  it("has families and campaigns of galaxies, as of tags", () => {
    const Galaxy = [
      { type: "threat-actor", GalaxyCluster: [{ type: "threat-actor", value: "Sofacy" }] },
      { type: "stealer", GalaxyCluster: [{ tag_name: 'misp-galaxy:stealer="RedLine"' }] },
    ];
    expect(factsOf(event({ Galaxy }))).toMatchObject({ campaign: "Sofacy", family: "RedLine" });
  });

  it.each([
    ["3", undefined, "5", { distribution: "all" }],
    ["3", "1", "5", { distribution: "community" }],
    ["3", "5", "0", { distribution: "organisation" }],
    ["1", "3", "3", { distribution: "community" }],
    [undefined, undefined, "5", {}],
    ["3", undefined, "9", { distribution: "organisation" }],
  ])("of distribution %s, %s and %s has %j", (ofEvent, ofObject, own, facts) => {
    const one = attribute({ distribution: own });
    const inObject = { Attribute: [], Object: [{ name: "domain-ip", distribution: ofObject, Attribute: [one] }] };
    expect(factsOf(event({ distribution: ofEvent, ...inObject }))).toEqual(facts);
  });

  it("keeps the sharing group, and of two groups nobody is a member that is known of", () => {
    const group = { distribution: "4", SharingGroup: { uuid: "5a68c02d-0000-4c8a-a571-0dcac0a8060a" } };
    expect(factsOf(event(group))).toEqual({ distribution: "sharing-group", sharingGroup: group.SharingGroup.uuid });
    expect(factsOf(withAttribute({ distribution: "4", sharing_group_id: "7" }, group))).toEqual({
      distribution: "organisation",
    });
  });

  it("in an object that describes a URL is no more than its host", () => {
    const parts = [
      attribute({ value: "w.a.example", object_relation: "domain" }),
      attribute({ type: "ip-dst", value: "8.8.4.4", object_relation: "ip" }),
      attribute({ type: "url", value: "https://w.a.example/x" }),
    ];
    const { said, rejects } = readEvent(event({ Attribute: [], Object: [{ name: "url", Attribute: parts }] }), {
      takesAddresses: true,
    });
    expect(said.map(([entry]) => entry)).toEqual(["+w.a.example", "+w.a.example"]);
    expect(rejects).toEqual({ "url-host-address": 1 });
  });

  it("in an object that is deleted is deleted", () => {
    const deleted = [{ name: "domain-ip", deleted: true, Attribute: [attribute()] }];
    expect(readEvent(event({ Attribute: [], Object: deleted })).rejects).toEqual({ deleted: 1 });
  });

  it.each([
    ["its own time of change", { timestamp: "1700000000" }, { lastSeen: 1_700_000_000 }],
    [
      "its own times",
      {
        timestamp: 1_700_000_000,
        first_seen: "2026-08-13T00:00:00+00:00",
        last_seen: "2026-08-14T00:00:00.000000+00:00",
      },
      { firstSeen: 1_786_579_200, lastSeen: 1_786_665_600 },
    ],
    [
      "its last sighting, earlier or not",
      { timestamp: "1790000000", Sighting: [sighting("0", 1_780_000_000), sighting("0", 1_770_000_000)] },
      { lastSeen: 1_780_000_000 },
    ],
    [
      "no sighting of our own",
      { timestamp: "1700000000", Sighting: [sighting("0", 1_780_000_000, "our-isp")] },
      { lastSeen: 1_700_000_000 },
    ],
    [
      "a sighting that ends it",
      { timestamp: "1700000000", Sighting: [sighting("0", 1_770_000_000), sighting("2", 1_780_000_000)] },
      { lastSeen: 1_770_000_000, validUntil: 1_780_000_000 },
    ],
    [
      "a sighting after the one that ended it",
      { timestamp: "1700000000", Sighting: [sighting("2", 1_770_000_000), sighting("0", 1_780_000_000)] },
      { lastSeen: 1_780_000_000 },
    ],
  ])("was last seen at %s", (_, more, times) => {
    const {
      facts: _facts,
      externalId: _id,
      reference: _reference,
      ...said
    } = reportOf(withAttribute(more), { ownSightings: ["OUR-ISP"] }) ?? {};
    expect(said).toEqual(times);
  });

  it("that somebody calls a false positive counts, with a note", () => {
    const { said, rejects } = readEvent(withAttribute({ Sighting: [sighting("1", 1_780_000_000)] }));
    expect([said.length, rejects]).toEqual([1, { "false-positive-sighting": 1 }]);
  });

  it("in a warning list counts with a note, or not at all where the source is to be read so", () => {
    const one = withAttribute({ warnings: [{ name: "Top 1000" }] });
    expect(readEvent(one)).toMatchObject({ said: [["+a.example +*.a.example", {}]], rejects: { "in-warninglist": 1 } });
    const { said, rejects } = readEvent(one, { warninglistHits: "reject" });
    expect([said[0]?.[1].revoked, rejects]).toEqual([true, { warninglisted: 1 }]);
  });

  it("ends where all decay models say so, if the source is to be read so", () => {
    const scores = (...decayed: boolean[]) =>
      withAttribute({ decay_score: decayed.map((one) => ({ score: 1, decayed: one })) });
    expect(readEvent(scores(true)).rejects).toEqual({});
    expect(readEvent(scores(true, true), { followsDecay: true }).rejects).toEqual({ decayed: 1 });
    expect(readEvent(scores(true, false), { followsDecay: true }).rejects).toEqual({});
    expect(readEvent(scores(), { followsDecay: true }).rejects).toEqual({});
  });

  it.each([
    [["!tlp:red"], ["tlp:red"], true],
    [["!TLP:red"], ["tlp:green"], false],
    [["osint"], ["osint"], false],
    [["osint"], [], true],
    [["osint", "cert"], ["cert"], false],
    [["misp-galaxy:%"], ['misp-galaxy:rat="X"'], false],
    [["!a.b"], ["axb"], false],
  ])("by the filter %j with the tags %j is taken back: %s", (filter, names, isRevoked) => {
    expect(reportOf(event(tags(...names)), { tags: filter })?.revoked ?? false).toBe(isRevoked);
  });

  it("that is only proposed does not count", () => {
    const proposed = [attribute({ value: "p.example" })];
    const { said } = readEvent(withAttribute({ ShadowAttribute: proposed }, { ShadowAttribute: proposed }));
    expect(said).toHaveLength(1);
  });
});

function sighting(type: string, at: number, source = ""): Json {
  return { type, date_sighting: String(at), source, Organisation: { name: "CIRCL", uuid } };
}

describe("a document of MISP", () => {
  const one = (n: number): Json => ({ Event: event({ Attribute: [attribute({ value: `n${n}.example` })] }) });
  const names = (text: string): string[] => parse({ format: "misp", misp: {} }, text).entries;
  const two = ["+n1.example +*.n1.example", "+n2.example +*.n2.example"];

  it.each([
    ["one event", JSON.stringify(one(1)), two.slice(0, 1)],
    ["one event, indented", JSON.stringify(one(1), undefined, 2), two.slice(0, 1)],
    ["an event without its wrapper", JSON.stringify(one(1)["Event"]), two.slice(0, 1)],
    ["an array of events", JSON.stringify([one(1), one(2)]), two],
    ["an answer", JSON.stringify({ response: [one(1), one(2)] }, undefined, 1), two],
    ["JSON lines", `${JSON.stringify(one(1))}\n${JSON.stringify(one(2))}\n`, two],
    ["an empty answer", JSON.stringify({ response: [] }), []],
    [
      "an answer of attributes",
      JSON.stringify({
        response: {
          Attribute: [
            { ...attribute({ value: "n1.example" }), Event: { uuid: eventUuid, distribution: "3", Orgc: orgc } },
            { ...attribute({ value: "n2.example" }), Event: { uuid: eventUuid, distribution: "0", Orgc: orgc } },
          ],
        },
      }),
      two,
    ],
    ["the list of attributes alone", JSON.stringify([attribute({ value: "n1.example" })]), two.slice(0, 1)],
  ])("is %s", (_, text, expected) => {
    expect(names(text)).toEqual(expected);
    expect(names(`\uFEFF${text}`)).toEqual(expected);
  });

  it("says the same wherever its octets are cut", () => {
    const text = JSON.stringify({
      response: [one(1), { Event: event({ info: 'a "}]\\', ...tags("tlp:red") }) }, one(2)],
    });
    const whole = parse({ format: "misp", misp: {} }, text);
    const cutAt = fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cutAt, (cuts) => {
        expect(parse({ format: "misp", misp: {} }, text, cuts)).toEqual(whole);
      }),
    );
  });

  it("that breaks off is cut short, and one event that is broken costs that event", () => {
    const text = `${JSON.stringify(one(1))}\n{"Event": {"uuid": tru}}\n{"x": 1}\n${JSON.stringify(one(2))}`;
    expect(parse({ format: "misp", misp: {} }, text)).toMatchObject({
      entries: two,
      rejects: ["bad-syntax@2", "no-such-column@3"],
    });
    expect(parse({ format: "misp", misp: {} }, `${JSON.stringify(one(1))}]`).rejects).toEqual(["bad-syntax@1"]);
  });

  it("takes no more memory than one unit may, and passes over a unit that has more", () => {
    const units: string[] = [];
    const tooLong: number[] = [];
    const taker = {
      unit: (octets: Uint8Array) => void units.push(Buffer.from(octets).toString()),
      tooLong: (line: number) => void tooLong.push(line),
    };
    const reader = new JsonUnits(taker, 64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    reader.write(Buffer.from('{"a": 1}\n{"Event": "'));
    const chunk = new Uint8Array(1 << 20).fill(0x61);
    for (let i = 0; i < 64; i++) reader.write(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    reader.write(Buffer.from('"}\n{"b": 2}'));
    expect([reader.end(), units, tooLong]).toEqual([true, ['{"a": 1}', '{"b": 2}'], [2]]);
  });

  it("that is no JSON is one reject", () => {
    expect(parse({ format: "misp", misp: {} }, "a.example\nb.example\n")).toMatchObject({
      entries: [],
      rejects: ["bad-syntax@1"],
    });
  });

  it("throws on nothing", () => {
    const value = fc.oneof(
      fc.json().map((text) => JSON.parse(text) as unknown),
      fc.constantFrom("domain", "a.example", eventUuid),
    );
    const keys = fc.constantFrom(
      "uuid",
      "type",
      "value",
      "to_ids",
      "Tag",
      "Object",
      "Galaxy",
      "Orgc",
      "distribution",
      "Sighting",
    );
    const record = fc.dictionary(keys, value);
    const document = fc.record({
      Event: fc.record({ Attribute: fc.array(record), Object: fc.array(record), Tag: value }),
    });
    fc.assert(
      fc.property(fc.oneof(document, fc.anything()), (one) => {
        parse({ format: "misp", misp: { followsDecay: true, takesAddresses: true } }, JSON.stringify(one) ?? "");
      }),
    );
  });

  it("is read the same when it was reduced", () => {
    const full = withAttribute(
      { ...tags("tlp:amber"), Sighting: [sighting("0", 1_780_000_000)], distribution: "4", sharing_group_id: "7" },
      {
        Orgc: orgc,
        distribution: "3",
        info: "x",
        ...tags("tlp:green"),
        Object: [{ name: "url", Attribute: [attribute()] }],
      },
    );
    const reduced = `{"Event":{"uuid":"${eventUuid}",${reduceEvent(full).members}}}`;
    expect(read({ format: "misp", misp: {} }, reduced)).toEqual(readEvent(full));
    expect(entriesOf(collect({ format: "misp", misp: {} }, Buffer.from(reduced)).collector)).toHaveLength(2);
  });
});
