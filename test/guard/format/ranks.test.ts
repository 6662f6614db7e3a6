import fc from "fast-check";
import { expect, test } from "vitest";
import { parseGuards } from "./parse-guards.ts";

/** What a list holds but the `www.` hosts of its names, which have a test of their own. */
function parse(...given: Parameters<typeof parseGuards>): ReturnType<typeof parseGuards> {
  const parsed = parseGuards(...given);
  return { ...parsed, entries: parsed.entries.filter((entry) => !entry.startsWith("www.")) };
}

const three = ["a.example name", "b.example name", "c.example name"];
const shapes: readonly [what: string, list: string][] = [
  ["rank and name", "1,a.example\n2,b.example\n3,c.example\n"],
  ["carriage returns, a byte order mark, no final line end", "\uFEFF1,a.example\r\n2,b.example\r\n3,c.example"],
  ["a header", "rank,domain\n1,a.example\n2,b.example\n3,c.example\n"],
  ["a header after a comment", "# top sites\nRank,Domain\n1,a.example\n2,b.example\n3,c.example\n"],
  [
    "quotes and more cells",
    '"Rank","Domain","Score"\n"1","a.example","10"\n"2","b.example","9"\n"3","c.example","8"\n',
  ],
  ["names alone", "a.example\nb.example\nc.example\n"],
  ["tabs", "1\ta.example\n2\tb.example\n3\tc.example\n"],
  ["semicolons", "rank;domain;visits\n1;a.example;10\n2;b.example;9\n3;c.example;8\n"],
  ["the name before its rank", "origin,rank\nhttps://a.example,1\nhttps://b.example,2\nhttps://c.example,3\n"],
  [
    "two kinds of ranks",
    "GlobalRank,TldRank,Domain,TLD,RefSubNets\n1,1,a.example,example,9\n2,1,b.example,example,8\n3,2,c.example,example,7\n",
  ],
  ["a column of names and no rank", "country;domain\nxx;a.example\nxx;b.example\nxx;c.example\n"],
  ["names alone with a header", "domain\r\na.example\r\nb.example\r\nc.example\r\n"],
];

test.each(shapes)("reads %s", (_, list) => {
  expect(parse({ format: "ranks" }, list)).toMatchObject({ entries: three, rejects: [], why: undefined });
});

test("names up to `top` guard, and hosts of URLs ten times deeper", () => {
  const list = Array.from({ length: 25 }, (_, i) => `${i + 1},n${i + 1}.example\n`).join("");
  const { entries, rejects } = parse({ format: "ranks", top: 2 }, list);
  expect(entries).toEqual([
    "n1.example name",
    "n2.example name",
    ...Array.from({ length: 18 }, (_, i) => `n${i + 3}.example urlHost`),
  ]);
  expect(rejects).toEqual(Array.from({ length: 5 }, (_, i) => `beyond-top@${i + 21}`));
});

test("the `www.` host of a name that guards is guarded against URLs, where it has room", () => {
  const long = `${Array.from({ length: 4 }, () => "a".repeat(60)).join(".")}.example`;
  const { entries } = parseGuards({ format: "ranks", top: 3 }, `a.example\n"B.example"\n${long}\n`);
  const hosts = entries.filter((entry) => entry.startsWith("www."));
  expect(hosts).toEqual(["www.a.example urlHost", "www.b.example urlHost"]);
  const deep = parseGuards({ format: "ranks", top: 1 }, "1,a.example\n10,j.example\n11,k.example\n").entries;
  expect(deep.filter((entry) => entry.startsWith("www."))).toEqual(["www.a.example urlHost", "www.j.example urlHost"]);
});

test("the written rank counts, not the line's number", () => {
  const { entries } = parse({ format: "ranks", top: 1 }, "11,far.example\n10,deep.example\n1,top.example\n");
  expect(entries).toEqual(["deep.example urlHost", "top.example name"]);
});

test("without ranks a name counts by its place, after names that were rejected too", () => {
  const { entries, rejects } = parse({ format: "ranks", top: 2 }, "a.example\ncom\nc.example\n");
  expect(entries).toEqual(["a.example name", "c.example urlHost"]);
  expect(rejects).toEqual(["single-label@2"]);
});

test("scope subtree guards all beneath", () => {
  const { entries } = parse({ format: "ranks", top: 1, scope: "subtree" }, "1,a.example\n2,b.example\n");
  expect(entries).toEqual(["a.example name beneath", "b.example urlHost beneath"]);
});

test.each(["0,a.example", "-1,a.example", "1.5,a.example", "x,a.example", ",a.example", "00000000001,a.example"])(
  "a rank that is none is a reject: %s",
  (line) => {
    expect(parse({ format: "ranks", top: 5 }, `1,first.example\n${line}\n`)).toMatchObject({
      entries: ["first.example name"],
      rejects: ["bad-syntax@2"],
    });
  },
);

test("where the name is no name, the line is a reject", () => {
  const list = "1,a.example\n2,com\n3,\n4,a b\n5,192.0.2.1.5\n";
  expect(parse({ format: "ranks" }, list)).toMatchObject({
    entries: ["a.example name"],
    rejects: ["single-label@2", "empty-item@3", "free-text@4", "numeric-tld@5"],
  });
});

test.each([
  ["a table without a header that names its columns", "1,1,a.example,example\n2,1,b.example,example\n"],
  ["a table by blanks", "1 a.example\n2 b.example\n"],
  ["a list of labels", "com\nnet\n"],
])("%s is refused with what to do", (_, list) => {
  const { entries, why, remedy } = parseGuards({ format: "ranks" }, list);
  expect([entries, why]).toEqual([[], "none of its lines is a rank and a name, or a name alone"]);
  expect(remedy).toMatch(/header.*`rank,domain`/);
});

test("the rank of the header's column counts", () => {
  const list = "GlobalRank,TldRank,Domain\n1,1,a.example\n2,1,b.example\n30,1,c.example\n";
  expect(parse({ format: "ranks", top: 1 }, list)).toMatchObject({
    entries: ["a.example name", "b.example urlHost"],
    rejects: ["beyond-top@4"],
  });
});

test("property: a name is read alike on the octets and as text, wherever chunks end", () => {
  const line = fc.record({
    rank: fc.oneof(fc.nat(60).map(String), fc.constantFrom("", "x", "007")),
    name: fc.constantFrom("a.example", "b.c.example", "com", "xn--bcher-kva.example", "a..b", "1.example"),
    end: fc.constantFrom("\n", "\r\n"),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 4 }), (lines, cuts) => {
      const list = lines.map(({ rank, name, end }) => `${rank},${name}${end}`).join("");
      const quoted = lines.map(({ rank, name, end }) => `"${rank}","${name}"${end}`).join("");
      const options = { format: "ranks", top: 3 } as const;
      const expected = parseGuards(options, quoted);
      expect(parseGuards(options, list, cuts)).toEqual(expected);
    }),
    { numRuns: 300, seed: 5 },
  );
});
