import { readFileSync } from "node:fs";
import { parse } from "tldts";
import { describe, expect, it, test } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { GuardedNames } from "../../src/guard/guarded-names.ts";
import { readPublicSuffixes } from "../../src/guard/public-suffix-list.ts";
import { blocksOf, suffixEntries, suffixGuard } from "../mill/entries.ts";

const file = builtInGuards.find(({ class: ofClass }) => ofClass === "public-suffix")?.from ?? "";
/** The rules as they stand in the file, marks included, without the reader under test. */
const written = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => /^[^#\s]/.test(line));
const rules = new Set(written);

/** The verdicts by definition: what tldts says of the name, and whether a rule of the file lies beneath. */
function expected(name: string, above: ReadonlySet<string>): string {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  if (publicSuffix === name && isIcann === true) return "subtree stop, exact stop, url-host stop";
  if (publicSuffix === name && isPrivate === true) {
    // What a wildcard alone makes a suffix is one customer's host.
    const isMatched = rules.has(`*.${name.slice(name.indexOf(".") + 1)}`) && !rules.has(name);
    if (isMatched) return `subtree ${above.has(name) ? "stop" : "narrow"}, exact keep, url-host keep`;
    return "subtree stop, exact keep, url-host stop";
  }
  return `subtree ${above.has(name) ? "stop" : "keep"}, exact keep, url-host keep`;
}

function namesAbove(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}

function guardOf(entries: ReadonlyMap<string, number>): (name: string) => string {
  const names = new GuardedNames([suffixGuard], () => blocksOf(entries));
  const overridden = Uint8Array.of(0);
  return (name) => {
    const key = keyOfText(name);
    names.moveTo(key, key.length);
    return (["subtree", "exact", "url-host"] as const)
      .map((extent) => `${extent} ${names.judge(extent, overridden)?.verdict ?? "keep"}`)
      .join(", ");
  };
}

describe("the built-in list of public suffixes", () => {
  // `*.x` lies beneath x; `!y.x` is no suffix.
  const suffixes = written.filter((rule) => !rule.startsWith("!"));
  const above = new Set(suffixes.flatMap(namesAbove));
  // Every rule, and for some of them a name above, beside and beneath it.
  const names = written
    .flatMap((rule, i) => {
      const plain = rule.replace(/^\*\./, "made-up.").replace(/^!/, "");
      return i % 11 === 0 ? [plain, `beneath.${plain}`, `a.b.${plain}`, ...namesAbove(plain)] : [plain];
    })
    .concat([
      "www.ck",
      "a.ck",
      "ck",
      "city.kawasaki.jp",
      "x.kawasaki.jp",
      "kawasaki.jp",
      "example.com",
      "evil.example",
    ]);

  it("does to a rule what tldts says, in key order and out of it", { timeout: 60_000 }, () => {
    const sorted = [...new Set(names)].sort((a, b) => compareBytes(keyOfText(a), keyOfText(b)));
    expect(sorted.length).toBeGreaterThan(10_000);
    const shuffled = sorted.filter((_, i) => i % 7 === 0).toReversed();
    for (const order of [sorted, shuffled]) {
      const verdict = guardOf(suffixEntries());
      const differences = order.flatMap((name) => {
        const got = verdict(name);
        return got === expected(name, above) ? [] : [{ name, got, expected: expected(name, above) }];
      });
      expect(differences).toEqual([]);
    }
  });

  it("holds suffixes of both kinds, wildcards and their exceptions", () => {
    const verdict = guardOf(suffixEntries());
    expect(verdict("co.uk")).toContain("exact stop");
    expect(verdict("blogspot.com")).toBe("subtree stop, exact keep, url-host stop");
    expect(verdict("anything.ck")).toContain("exact stop");
    expect(verdict("www.ck")).toBe("subtree keep, exact keep, url-host keep");
    expect(verdict("amazonaws.com")).toBe("subtree stop, exact keep, url-host keep");
    expect(verdict("evil.co.uk")).toContain("subtree keep");
  });
});

describe("a list in the format of the Public Suffix List", () => {
  const { name, suffixWildcard, suffixException, privateSuffix } = guardFlag;
  const read = (...lines: readonly string[]) => {
    const { entries, rejects } = readPublicSuffixes(lines.join("\n"));
    return { entries: entries.map(({ key, flags }) => [keyToText(key), flags]), rejects };
  };
  const icann = "// ===BEGIN ICANN DOMAINS===";
  const own = "// ===BEGIN PRIVATE DOMAINS===";

  test.each<[string, readonly string[], [string, number][]]>([
    [
      "rules in key order",
      [icann, "uk", "co.uk", "com"],
      [
        ["com", name],
        ["uk", name],
        ["co.uk", name],
      ],
    ],
    [
      "a wildcard and its exception",
      ["*.ck", "!www.ck"],
      [
        ["ck", suffixWildcard],
        ["www.ck", suffixException],
      ],
    ],
    [
      "sections",
      [icann, "com", "// ===END ICANN DOMAINS===", own, "web.app"],
      [
        ["web.app", name | privateSuffix],
        ["com", name],
      ],
    ],
    [
      "sections in comments of another kind",
      ["# ===BEGIN PRIVATE DOMAINS===", "web.app"],
      [["web.app", name | privateSuffix]],
    ],
    ["what follows the private section as ICANN's", [own, "// ===END PRIVATE DOMAINS===", "com"], [["com", name]]],
    [
      "names in UTF-8, in A-labels and in upper case",
      ["рф", "xn--p1ai", "COM"],
      [
        ["com", name],
        ["xn--p1ai", name],
      ],
    ],
    [
      "up to the first blank of a line",
      ["  com  and more", "uk\t// note"],
      [
        ["com", name],
        ["uk", name],
      ],
    ],
    ["a name and its wildcard as one", ["er", "*.er"], [["er", name | suffixWildcard]]],
    ["as ICANN's what is so in one rule only", ["er", own, "*.er"], [["er", name | suffixWildcard]]],
    [
      "a mark at the start and ends of lines of any kind",
      ["\uFEFFcom\r", "uk\r"],
      [
        ["com", name],
        ["uk", name],
      ],
    ],
    ["nothing", [], []],
    ["comments alone", ["// a.b", "#c.d", ""], []],
  ])("is read: %s", (_, lines, entries) => {
    const sorted = [...entries].sort(([a], [b]) => compareBytes(keyOfText(a), keyOfText(b)));
    expect(read(...lines)).toEqual({ entries: sorted, rejects: [] });
  });

  test.each([
    "*",
    "a.*.b",
    "!*.b",
    "a..b",
    ".com",
    "com.",
    "a,b",
    "ab\u200B\u00AD.\u2028",
    `${"l".repeat(64)}.com`,
    "!",
  ])("rejects %j, and reads on", (line) => {
    expect(read("com", line, "uk")).toEqual({
      entries: [
        ["com", name],
        ["uk", name],
      ],
      rejects: [{ line: 2, text: line }],
    });
  });
});
