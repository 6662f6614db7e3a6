import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGuards } from "./parse-guards.ts";

const format = "warninglist";
const listOf = (list: unknown, type: unknown = "string", more: object = {}): string =>
  JSON.stringify({ description: "d", list, matching_attributes: ["domain"], name: "n", type, version: 1, ...more });

describe("a warninglist", () => {
  const vectors: readonly [what: string, list: string, entries: readonly string[], rejects: readonly string[]][] = [
    ["of strings", listOf(["A.Example", "b.example"]), ["a.example name", "b.example name"], []],
    ["whose type stands before its list", '{"type":"hostname","list":["a.example"]}', ["a.example name"], []],
    [
      "with comments as values",
      listOf({ "a.example": "why", "b.example": { x: ["c.example"] } }),
      ["a.example name", "b.example name"],
      [],
    ],
    [
      "with dots in front widens nothing",
      listOf([".a.example", "*.b.example"]),
      ["a.example name", "b.example name"],
      [],
    ],
    [
      "of addresses",
      listOf(["192.0.2.0/24", "2001:db8::1", "10.0.0.0/8"], "cidr"),
      ["192.0.2.0/24 name", "2001:db8::1 name", "10.0.0.0/8 name"],
      [],
    ],
    ["with escapes", '{"type":"string","list":["b\\u00fccher.example"]}', ["xn--bcher-kva.example name"], []],
    ["with a byte order mark", `\uFEFF${listOf(["a.example"])}`, ["a.example name"], []],
    [
      "with other keys that hold lists",
      listOf(["a.example"], "string", { other: { list: ["b.example"] }, more: [["c.example"]] }),
      ["a.example name"],
      [],
    ],
    [
      "with what is no entry",
      listOf(["a.example", 5, null, true, {}, ["b.example"], "", "com", "a b", "\u0001"]),
      ["a.example name"],
      [
        "not-text@1",
        "not-text@1",
        "not-text@1",
        "not-text@1",
        "not-text@1",
        "empty-item@1",
        "single-label@1",
        "free-text@1",
        "binary@1",
      ],
    ],
  ];
  test.each(vectors)("%s", (_, list, entries, rejects) => {
    expect(parseGuards({ format }, list)).toEqual({
      entries,
      rejects,
      lines: 1,
      isCutShort: false,
      why: undefined,
      remedy: undefined,
    });
  });

  test("of top-level domains is refused with what to do", () => {
    const { why, remedy } = parseGuards({ format }, listOf(["AAA", "COM", "XN--P1AI"]));
    expect(why).toBe('its entries are single labels, such as "AAA", each of which would guard a whole registry');
    expect(remedy).toMatch(/public-suffixes/);
  });

  test("guards all beneath with scope subtree", () => {
    const { entries } = parseGuards({ format, scope: "subtree" }, listOf([".a.example", "b.example"], "hostname"));
    expect(entries).toEqual(["a.example name beneath", "b.example name beneath"]);
  });

  test("rejects carry the line that they stand on", () => {
    const list = '{\n"list": [\n"a.example",\n"com"\n],\n"type": "string"}\n';
    expect(parseGuards({ format }, list)).toMatchObject({ rejects: ["single-label@4"], lines: 6 });
  });

  const refusals: readonly [what: string, list: string, why: RegExp][] = [
    ["that is empty", "", /is empty/],
    ["that is blank", " \n", /is empty/],
    ["that is a web page", "<!DOCTYPE html>\n<p>moved", /no JSON from line 1 on/],
    ["that is a plain list", "a.example\nb.example\n", /no JSON from line 2 on/],
    [
      "that breaks off in the middle of its syntax",
      '{"type":"string",\n"list":["a.example",}',
      /no JSON from line 2 on/,
    ],
    ["that is an array", '["a.example"]', /is no object/],
    ["that is text", '"a.example"', /is no object/],
    ["that is several documents", `${listOf(["a.example"])}\n${listOf(["b.example"])}`, /more than one JSON document/],
    ["without a list", '{"type":"string"}', /no `list`/],
    ["whose list is text", '{"type":"string","list":"a.example"}', /no `list`/],
    ["without a type", '{"list":["a.example"]}', /no `type`/],
    ["of an unknown type", listOf(["a.example"], "globs"), /type "globs" is none of string, hostname, cidr/],
    ["whose type is no text", listOf(["a.example"], 5), /type "5" is none of/],
    ["of substrings", listOf(["google"], "substring"), /type is "substring".*order of names/],
    ["of patterns", listOf(["/x/"], "regex"), /type is "regex".*order of names/],
    ["of two types", '{"type":"string","type":"regex","list":["a.example"]}', /type is "regex"/],
    ["nested beyond reason", `{"type":"string","list":${"[".repeat(300)}`, /no JSON from line 1 on/],
  ];
  test.each(refusals)("%s is refused", (_, list, why) => {
    expect(parseGuards({ format }, list).why).toMatch(why);
  });

  test("that is cut short says so", () => {
    const whole = listOf(["a.example", "b.example"]);
    for (let end = 1; end < whole.length; end++) {
      const { isCutShort } = parseGuards({ format }, whole.slice(0, end));
      expect(isCutShort, whole.slice(0, end)).toBe(true);
    }
    expect(parseGuards({ format }, whole).isCutShort).toBe(false);
  });

  test("with an entry of 8 MiB costs that entry", () => {
    const list = listOf(["a.example", "x".repeat(8 * 1024 * 1024), "b.example"]);
    expect(parseGuards({ format }, list)).toMatchObject({
      entries: ["a.example name", "b.example name"],
      rejects: ["line-too-long@1"],
    });
  });

  test("property: the entries are those that JSON.parse finds, wherever chunks end", () => {
    const name = fc.constantFrom("a.example", ".b.example", "com", "", "x y", "bücher.example", '"q".example');
    const lists = fc.oneof(
      fc.array(name, { maxLength: 8 }),
      fc.uniqueArray(name, { maxLength: 5 }).map((names) => Object.fromEntries(names.map((text) => [text, "why"]))),
    );
    fc.assert(
      fc.property(lists, fc.array(fc.nat(200), { maxLength: 4 }), fc.boolean(), (list, cuts, pretty) => {
        const text = JSON.stringify({ list, name: "n", type: "string" }, null, pretty ? 2 : undefined);
        const { entries, rejects, why } = parseGuards({ format }, text, cuts);
        const given = Array.isArray(list) ? list : Object.keys(list);
        expect(entries.length + rejects.length).toBe(given.length);
        expect(entries.length).toBe(given.filter((entry) => /^\.?[a-zü]+\.example$/.test(entry)).length);
        const isOfLabels = given.length > 0 && given.every((entry) => entry === "com");
        expect(why === undefined).toBe(!isOfLabels);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
