import { getPublicSuffix, parse } from "tldts";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { keyOfText } from "../../src/dns/name.ts";
import { listedSuffixes, SuffixGuard } from "../../src/mill/suffixes.ts";

/** The verdict by definition: what tldts says of the name, and whether a rule of its list lies beneath. */
function expected(name: string, rules: readonly string[]): string {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  if (publicSuffix === name && isIcann === true) return "icann";
  if (publicSuffix === name && isPrivate === true) return "private";
  return rules.some((rule) => rule.endsWith(`.${name}`) || rule === name) ? "above" : "none";
}

describe("the public-suffix guard", () => {
  const rules = listedSuffixes();
  // A few hundred of the list, each with a name above, beside and beneath it.
  const names = rules
    .filter((_, i) => i % 23 === 0)
    .flatMap((rule) => {
      const plain = rule.replace(/^\*\./, "made-up.");
      return [plain, `beneath.${plain}`, `a.b.${plain}`, plain.slice(plain.indexOf(".") + 1)];
    })
    .concat(["www.ck", "a.ck", "city.kawasaki.jp", "x.kawasaki.jp", "kawasaki.jp", "example.com", "evil.example"]);

  it("says what tldts says, in key order and out of it", () => {
    const sorted = [...new Set(names)].sort((a, b) => compareBytes(keyOfText(a), keyOfText(b)));
    for (const order of [sorted, sorted.toReversed()]) {
      const guard = new SuffixGuard();
      const verdicts = order.map((name) => `${name} ${guard.judge(keyOfText(name), keyOfText(name).length)}`);
      expect(verdicts).toEqual(order.map((name) => `${name} ${expected(name, rules)}`));
    }
  });

  it("knows suffixes of both kinds, wildcards and their exceptions", () => {
    const guard = new SuffixGuard();
    const verdict = (name: string): string => guard.judge(keyOfText(name), keyOfText(name).length);
    expect(verdict("co.uk")).toBe("icann");
    expect(verdict("blogspot.com")).toBe("private");
    expect(verdict("anything.ck")).toBe("icann");
    expect(verdict("www.ck")).toBe("none");
    expect(verdict("amazonaws.com")).toBe("above");
    expect(verdict("evil.co.uk")).toBe("none");
    expect(getPublicSuffix("evil.co.uk")).toBe("co.uk");
  });
});
