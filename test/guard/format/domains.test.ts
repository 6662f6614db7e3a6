import { expect, test } from "vitest";
import { parseGuards } from "./parse-guards.ts";

const three = ["a.example name", "b.example name", "c.example name"];

const vectors: readonly [what: string, list: string, entries: readonly string[], rejects: readonly string[]][] = [
  ["a name guards itself", "Bank.Example\n", ["bank.example name"], []],
  ["no final line end, a final dot", "bank.example.", ["bank.example name"], []],
  [
    "a marked name guards all beneath",
    "*.a.example\n.b.example\n",
    ["a.example name beneath", "b.example name beneath"],
    [],
  ],
  [
    "carriage returns and byte order marks",
    "\uFEFFa.example\r\n\uFEFFb.example\r\n",
    ["a.example name", "b.example name"],
    [],
  ],
  ["comments and blank lines", "# a\n; b\n// c\n\n \na.example # why\n", ["a.example name"], []],
  ["a URL without a scheme", "//a.example\n", ["a.example name"], []],
  ["a name in a comment", "#a.example\n", [], ["not-taken@1"]],
  ["internationalised names", "bücher.example\n", ["xn--bcher-kva.example name"], []],
  ["addresses and prefixes", "192.0.2.1\n2001:db8::/32\n", ["192.0.2.1 name", "2001:db8::/32 name"], []],
  [
    "prefixes that no rule may block",
    "10.0.0.0/8\n224.0.0.0/4\nfe80::/10\n",
    ["10.0.0.0/8 name", "224.0.0.0/4 name", "fe80::/10 name"],
    [],
  ],
  ["every address there is", "0.0.0.0/0\n::/0\n", [], ["prefix-too-short@1", "prefix-too-short@2"]],
  ["a top-level domain", "com\n*.net\n", [], ["single-label@1", "single-label@2"]],
  [
    "a top-level domain of private networks",
    "local\n.LAN.\n*.corp\n",
    ["local name", "lan name beneath", "corp name beneath"],
    [],
  ],
  ["a host written as a URL", "https://bank.example/\n", ["bank.example name"], []],
  [
    "the host of a page",
    "https://bank.example/login?x\nhttp://192.0.2.1:8080/\n",
    ["bank.example name", "192.0.2.1 name"],
    [],
  ],
  [
    "rules and exceptions of other lists",
    "||a.example^\n@@||b.example^\n@@||c.example\n||d.example^$important ## ours\n@@||192.0.2.1^\n",
    ["a.example name beneath", "b.example name beneath", "c.example name beneath", "d.example name beneath"].concat(
      "192.0.2.1 name",
    ),
    [],
  ],
  ["rules for a name alone", "|a.example^\n@@|b.example^\n@@c.example\n", three, []],
  ["a rule for what is beneath", "||*.a.example^\n", ["a.example name beneath"], []],
  [
    "rules that say something else",
    "||a.example^$third-party\n@@/a/\n||b.*^\n||com^\n||c.example^$badfilter\n||d.example^$$\n||e.example##^\n",
    [],
    [
      "unsupported-option@1",
      "unsupported-option@5",
      "regular-expression@2",
      "wildcard@3",
      "single-label@4",
      "bad-syntax@6",
      "bad-character@7",
    ],
  ],
  ["a word behind a name", "a.example ours\n*.b.example\tours\n", ["a.example name", "b.example name beneath"], []],
  ["words behind a name", "a.example is ours\n", [], ["free-text@1"]],
  ["a range of addresses", "192.0.2.0-192.0.2.255\n", ["192.0.2.0/24 name"], []],
  [
    "what is no name",
    "two words\na..b\n<html>\n\u0000\n",
    [],
    ["free-text@1", "empty-label@2", "bad-character@3", "binary@4"],
  ],
];

test.each(vectors)("%s", (_, list, entries, rejects) => {
  expect(parseGuards({ format: "domains" }, list)).toMatchObject({ entries, rejects, why: undefined });
});

test("scope subtree guards all beneath each name, and adds nothing to an address", () => {
  const { entries } = parseGuards({ format: "domains", scope: "subtree" }, "a.example\nbücher.example\n192.0.2.1\n");
  expect(entries).toEqual(["a.example name beneath", "xn--bcher-kva.example name beneath", "192.0.2.1 name"]);
});

test("octets that are not UTF-8 cost their line", () => {
  const list = Buffer.from("a.example\nb\xfccher.example\nc.example\n", "latin1");
  expect(parseGuards({ format: "domains" }, list)).toMatchObject({
    entries: ["a.example name", "c.example name"],
    rejects: ["not-utf8@2"],
    lines: 3,
  });
});
