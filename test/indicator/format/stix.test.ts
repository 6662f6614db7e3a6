import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntrySink } from "../../../src/indicator/entry/sink.ts";
import { detectFormat } from "../../../src/indicator/format/detect.ts";
import { StixParser } from "../../../src/indicator/format/stix.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";
import { collect, entriesOf, parse } from "../parse.ts";
import { bundle, indicator, named, relation, reportsIn, type StixFields, stixObject, uuid } from "./stix-objects.ts";

const options = { format: "stix" } as const;

describe("how documents come", () => {
  const one = indicator(1, named("a.example"));
  const other = indicator(2, named("b.example"));
  const both = ["+a.example", "+b.example"];

  test.each([
    ["a bundle", bundle(one, other)],
    ["an array", JSON.stringify([one, other])],
    ["an array of bundles", `[${bundle(one)},${bundle(other)}]`],
    ["one object a line", `${JSON.stringify(one)}\n${JSON.stringify(other)}\n`],
    ["bundles behind one another", `${bundle(one)}${bundle(other)}`],
    [
      "answers of TAXII",
      `${JSON.stringify({ more: true, next: "x", objects: [one] })}\n{}\n${JSON.stringify({ objects: [other] })}`,
    ],
    ["objects before the type", JSON.stringify({ objects: [one, other], id: `bundle--${uuid(0)}`, type: "bundle" })],
    ["with a byte order mark", `\ufeff${bundle(one, other)}`],
    ["STIX 2.0", bundle({ ...one, spec_version: undefined, pattern_type: undefined }, other)],
  ])("%s", (_, text) => expect(parse(options, text)).toMatchObject({ entries: both, rejects: [] }));

  test("wherever it is cut", () => {
    const text = Buffer.from(bundle(one, other));
    for (let cut = 0; cut < text.length; cut += 7) expect(parse(options, text, [cut]).entries).toEqual(both);
  });

  test("though the memory of a chunk is used again", () => {
    const text = Buffer.from(`${JSON.stringify(one)}\n${JSON.stringify(other)}\n`);
    const collector = new Collector();
    const parser = new StixParser(new EntrySink(collector, new Rejects(), { role: "block" }), {});
    const memory = Buffer.alloc(50);
    for (let at = 0; at < text.length; at += 50) parser.write(memory.subarray(0, text.copy(memory, 0, at, at + 50)));
    parser.end();
    expect(entriesOf(collector)).toEqual(both);
  });

  test("what is no STIX is refused, and what ends in the middle is told", () => {
    const parser = (text: string, role: "block" | "allow" = "block"): StixParser => {
      const made = new StixParser(new EntrySink(new Collector(), new Rejects(), { role }), {});
      made.write(Buffer.from(text));
      made.end();
      return made;
    };
    expect(parser('{"response": [{"Event": {"info": "x"}}]}').refusal?.why).toMatch(/without a STIX object/);
    expect(parser(bundle(one).slice(0, -10)).isCutShort).toBe(true);
    expect(parser("").refusal).toBeUndefined();
    expect(parser(bundle()).refusal).toBeUndefined();
    expect(parser(bundle(one), "allow").refusal?.why).toMatch(/names to allow/);
  });

  test("more objects than are kept are refused", () => {
    const collector = new Collector();
    const parser = new StixParser(new EntrySink(collector, new Rejects(), { role: "block" }), {}, 2);
    parser.write(Buffer.from(bundle(one, other, relation(3, one, other))));
    parser.end();
    expect(parser.refusal?.why).toMatch(/more than 2 objects/);
    expect(collector.count).toBe(0);
  });
});

describe("which objects act", () => {
  test.each<[string, StixFields, string[], string[]]>([
    ["an indicator", indicator(1, named("a.example")), ["+a.example"], []],
    ["a name that was seen", stixObject("domain-name", 1, { value: "a.example" }), [], ["not-an-indicator@1"]],
    [
      "observed data of 2.0",
      stixObject("observed-data", 1, { objects: { 0: { type: "domain-name", value: "a.example" } } }),
      [],
      ["not-an-indicator@1"],
    ],
    ["an unknown object", stixObject("x-thing", 1, { value: "a.example" }), [], []],
    ["another language", indicator(1, "rule x {}", { pattern_type: "yara" }), [], ["other-pattern-type@1"]],
    [
      "a benign one",
      indicator(1, named("a.example"), { indicator_types: ["benign"] }),
      ["+a.example"],
      ["marked-legitimate@1"],
    ],
    [
      "one not for detection",
      indicator(1, named("a.example"), { labels: ['misp:to_ids="False"'] }),
      ["+a.example"],
      ["not-for-detection@1"],
    ],
    ["a pattern that is none", indicator(1, "domain-name:value = 'a.example'"), [], ["pattern-unreadable@1"]],
    ["no pattern", indicator(1, "", { pattern: undefined }), [], ["pattern-unreadable@1"]],
    ["a file", indicator(1, "[file:name = 'x']"), [], ["pattern-inexpressible@1"]],
    ["what is not meant", indicator(1, "[domain-name:value != 'a.example']"), [], ["pattern-negated@1"]],
    ["an address", indicator(1, "[ipv4-addr:value = '192.0.2.1']"), [], ["address-not-taken@1"]],
    ["a URL", indicator(1, "[url:value = 'https://a.example/x']"), ["+a.example"], []],
    ["a URL of an address", indicator(1, "[url:value = 'https://192.0.2.1/x']"), [], ["url-host-address@1"]],
    ["what lies beneath", indicator(1, "[domain-name:value LIKE '%.a.example']"), ["+*.a.example"], []],
    ["a top-level domain", indicator(1, "[domain-name:value LIKE '%.example']"), [], ["single-label@1"]],
    ["words", indicator(1, named("domain a.example")), [], ["free-text@1"]],
    [
      "with a port",
      indicator(1, "[domain-name:value = 'a.example' AND network-traffic:dst_port = 80]"),
      ["+a.example"],
      ["pattern-widened@1"],
    ],
    [
      "half of it a file",
      indicator(1, "[domain-name:value = 'a.example' OR file:name = 'x']"),
      ["+a.example"],
      ["pattern-partial@1"],
    ],
    [
      "for a person",
      indicator(1, "[domain-name:value = 'a.example'] REPEATS 5 TIMES"),
      ["+a.example"],
      ["needs-review@1"],
    ],
    ["no id", { ...indicator(1, named("a.example")), id: undefined }, [], ["not-a-stix-object@1"]],
    [
      "an id of another type",
      { ...indicator(1, named("a.example")), id: `malware--${uuid(1)}` },
      [],
      ["not-a-stix-object@1"],
    ],
  ])("%s", (_, object, entries, rejects) => expect(parse(options, bundle(object))).toMatchObject({ entries, rejects }));

  test("scalars beside objects are rejects", () => {
    expect(parse(options, bundle(indicator(1, named("a.example")), "x", 5)).rejects).toEqual([
      "not-a-stix-object@1",
      "not-a-stix-object@1",
    ]);
  });

  test("addresses are taken where they are asked for, names whatever the scope of the source", () => {
    const text = bundle(
      indicator(1, "[ipv4-addr:value ISSUBSET '192.0.2.0/24' OR network-traffic:dst_ref.value = '2001:4860::1']"),
      indicator(2, named("a.example")),
    );
    expect(parse({ ...options, stix: { takesAddresses: true }, scope: "subtree" }, text)).toMatchObject({
      entries: ["+192.0.2.0/24", "+2001:4860::1", "+a.example"],
    });
  });
});

describe("which version counts", () => {
  const at = (second: string, name: string, more: StixFields = {}): StixFields =>
    indicator(1, named(name), { modified: `2026-02-01T00:00:0${second}Z`, ...more });

  test.each<[string, StixFields[], string]>([
    ["the newest, in any order", [at("2", "new.example"), at("1", "old.example")], "+new.example"],
    [
      "by parts of a second",
      [at("1.5", "old.example"), at("1.500001", "new.example"), at("1", "old.example")],
      "+new.example",
    ],
    ["the later of two with one time", [at("1", "old.example"), at("1", "new.example")], "+new.example"],
    [
      "one with a time before one without",
      [at("1", "new.example"), at("1", "old.example", { modified: "?", created: "?" })],
      "+new.example",
    ],
  ])("%s", (_, objects, entry) => {
    expect(reportsIn(bundle(...objects)).map(([name]) => name)).toEqual([entry]);
  });

  test("one that is revoked, also with the time of one that is not", () => {
    const revoked = at("1", "a.example", { revoked: true });
    for (const objects of [
      [revoked, at("1", "a.example")],
      [at("1", "a.example"), revoked],
      [at("0", "a.example"), revoked],
    ]) {
      expect(reportsIn(bundle(...objects)).map(([, report]) => report.revoked)).toEqual([true]);
    }
    expect(reportsIn(bundle(revoked, at("2", "a.example"))).map(([, report]) => report.revoked)).toEqual([false]);
  });
});

test("no octets throw, and nothing comes of what is no JSON", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 3 }), (octets, cuts) => {
      collect(options, octets, cuts);
    }),
  );
  const value = fc.jsonValue({ maxDepth: 4 });
  const fields =
    "id type modified revoked labels object_marking_refs granular_markings pattern confidence valid_from kill_chain_phases external_references object_refs".split(
      " ",
    );
  const change = fc.record({ field: fc.constantFrom(...fields), value });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.nat(3000), (changes, at) => {
      const objects = [
        indicator(1, named("a.example")),
        stixObject("grouping", 2, { object_refs: [`indicator--${uuid(1)}`] }),
      ];
      const changed = objects.map((object) => ({
        ...object,
        ...Object.fromEntries(changes.map((one) => [one.field, one.value])),
      }));
      const text = bundle(...changed);
      collect(options, Buffer.from(text));
      collect(options, Buffer.from(text.slice(0, at) + text.slice(at + 1)));
    }),
  );
});

describe("a list whose format is to be told", () => {
  const one = indicator(1, named("a.example"));

  test.each([
    ["a bundle", bundle(one)],
    ["the start of one", bundle(one).slice(0, 120)],
    ["objects, one a line", `${JSON.stringify(one)}\n`],
    ["an answer of TAXII", JSON.stringify({ more: false, objects: [one] })],
  ])("is STIX: %s", (_, text) => expect(detectFormat(Buffer.from(text)).format).toBe("stix"));

  test("is not STIX where an id has another form", () => {
    expect(detectFormat(Buffer.from('[{"type": "domain", "id": "domain--1", "value": "a.example"}]')).format).toBe(
      "json",
    );
  });
});

test("a document on a line of its own says what it says elsewhere", () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(true, "x".repeat(70_000), "2026-01-01T00:00:00Z", "a\u2028\ud800b"),
  );
  const fields =
    "id type __proto__ revoked labels objects more object_marking_refs pattern confidence valid_from".split(" ");
  const change = fc.record({ field: fc.constantFrom(...fields), value });
  fc.assert(
    // What a member means that stands there twice is not agreed (RFC 8259 section 4).
    fc.property(fc.uniqueArray(change, { maxLength: 3, selector: ({ field }) => field }), (changes) => {
      const texts = [1, 2].map((n) => {
        const entries = [
          ...Object.entries(indicator(n, named(`n${n}.example`))),
          ...changes.map((one) => [one.field, one.value]),
        ];
        return `{${entries.map(([key, said]) => `${JSON.stringify(key)}:${JSON.stringify(said) ?? "null"}`).join(",")}}`;
      });
      const [lines, spaced] = [texts.join("\n"), texts.map((text) => ` ${text}`).join("\n")].map((text) => {
        const { collector, rejects } = collect(options, Buffer.from(text));
        const reports = Array.from({ length: collector.count }, (_, i) => collector.reports?.textOf(i));
        return [entriesOf(collector), reports, rejects.counts];
      });
      expect(lines).toEqual(spaced);
    }),
  );
});
