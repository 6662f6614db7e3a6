/** The text of the public suffix list against tldts's own `parse`: each rule, and names made from its labels. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parse } from "tldts";
import { describe, expect, it } from "vitest";

type Kind = "icann" | "private";

/** Rules by text, as the list writes them. */
function readRules(): Map<string, Kind> {
  const rules = new Map<string, Kind>();
  let kind: Kind | undefined;
  for (const line of readFileSync(new URL("../../guards/public-suffixes.txt", import.meta.url), "utf8").split("\n")) {
    if (line.startsWith("# ===BEGIN ")) kind = line.includes("ICANN") ? "icann" : "private";
    else if (line.startsWith("# ===END ")) kind = undefined;
    if (line === "" || line.startsWith("#")) continue;
    if (kind === undefined) throw new Error(`A rule outside the sections: ${line}`);
    rules.set(line, kind);
  }
  return rules;
}

const rules = readRules();

/** The list's algorithm (https://publicsuffix.org/list/): an exception, else the longest rule, else the last label. */
function suffixOf(name: string): string {
  const labels = name.split(".");
  const from = (at: number): string => labels.slice(at).join(".");
  for (let at = 0; at < labels.length; at++) {
    if (rules.has(`!${from(at)}`)) return `${from(at + 1)} ${rules.get(`!${from(at)}`)}`;
    const kind = rules.get(from(at)) ?? (at + 1 < labels.length ? rules.get(`*.${from(at + 1)}`) : undefined);
    if (kind !== undefined) return `${from(at)} ${kind}`;
  }
  return `${labels.at(-1)} none`;
}

function parsedSuffixOf(name: string): string {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  return `${publicSuffix} ${isIcann === true ? "icann" : isPrivate === true ? "private" : "none"}`;
}

function disagreements(names: readonly string[]): string[] {
  return names
    .map((name) => `${name}: ${suffixOf(name)}, parse says ${parsedSuffixOf(name)}`)
    .filter((line) => !/: (.*), parse says \1$/.test(line));
}

describe("the public suffix list as text", () => {
  it("holds rules of each form, and both kinds", () => {
    const texts = [...rules.keys()];
    expect(texts.filter((text) => !/^(!|\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+$/.test(text))).toEqual([]);
    expect([...rules.values()].filter((kind) => kind === "icann").length).toBeGreaterThan(6000);
    expect([...rules.values()].filter((kind) => kind === "private").length).toBeGreaterThan(3000);
    expect(texts.filter((text) => text.startsWith("*.")).length).toBeGreaterThan(200);
    expect(rules.get("*.ck")).toBe("icann");
    expect(rules.get("!www.ck")).toBe("icann");
    expect(rules.get("co.uk")).toBe("icann");
    expect(rules.get("github.io")).toBe("private");
    // In Unicode in the original.
    expect(rules.get("xn--p1ai")).toBe("icann");
    expect(rules.get("xn--55qx5d.cn")).toBe("icann");
  });

  it("says of each rule, of names beneath it and of its parent what parse says", () => {
    const names = [...rules.keys()].flatMap((text) => {
      const name = text.replace(/^!/, "").replace(/^\*\./, "made-up.");
      const parent = name.slice(name.indexOf(".") + 1);
      return [name, `www.${name}`, `a.b.${name}`, parent, `made-up.${parent}`];
    });
    expect(disagreements(names)).toEqual([]);
  });

  it("says what parse says of any name made of its labels", () => {
    const plain = [...rules.keys()].map((text) => text.replace(/^!|^\*\./, ""));
    const labels = [...new Set(plain.flatMap((name) => name.split(".")))];
    const name = fc
      .tuple(fc.constantFrom(...plain), fc.array(fc.constantFrom(...labels), { maxLength: 3 }), fc.nat({ max: 2 }))
      .map(([rule, before, dropped]) => [...before, ...rule.split(".").slice(dropped)].join("."))
      .filter((text) => text !== "");
    fc.assert(
      fc.property(name, (text) => {
        expect(disagreements([text])).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
  });
});
