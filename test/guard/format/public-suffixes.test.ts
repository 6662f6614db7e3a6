import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../../src/config/built-in-guards.ts";
import { parseGuards } from "./parse-guards.ts";

const format = "public-suffixes";
const list = (icann: string, own = ""): string =>
  `// the list\n// ===BEGIN ICANN DOMAINS===\n${icann}// ===END ICANN DOMAINS===\n` +
  `// ===BEGIN PRIVATE DOMAINS===\n${own}// ===END PRIVATE DOMAINS===\n`;

describe("public suffixes", () => {
  test("are read with their wildcards, exceptions and sections, wherever chunks end", () => {
    const text = list("com\n*.ck\n!www.ck\n公司.cn\n", "blogspot.example\n");
    const entries = [
      "ck wildcard",
      "www.ck exception",
      "xn--55qx5d.cn name",
      "com name",
      "blogspot.example name private",
    ];
    for (const cuts of [[], [60, 61, 75], [1, 2, 3]]) {
      expect(parseGuards({ format }, text, cuts)).toMatchObject({ entries, rejects: [], lines: 10, why: undefined });
    }
  });

  test("that are no rules are rejects", () => {
    expect(parseGuards({ format }, list("com\na..b\n"))).toMatchObject({
      entries: ["com name"],
      rejects: ["bad-syntax@4"],
    });
  });

  test.each([
    ["a plain list of names", "a.example\nb.example\n", /no section of ICANN domains/],
    ["an empty file", "", /no section of ICANN domains/],
    ["a list cut short", list("com\n", "blogspot.example\n").slice(0, -30), /section of PRIVATE domains has no end/],
    ["octets that are not UTF-8", Buffer.from([0x63, 0xff]), /not UTF-8/],
    ["more than 16 MiB", new Uint8Array(16 * 1024 * 1024 + 1), /more than 16777216 octets/],
  ])("are not read from %s", (_, text, why) => {
    expect(parseGuards({ format }, text)).toMatchObject({ entries: [], why: expect.stringMatching(why) });
  });
});

describe("the built-in guards", () => {
  test.each(builtInGuards.map((guard) => [guard.id, guard] as const))("%s is read without a reject", (_, guard) => {
    const { entries, rejects, why } = parseGuards(guard, readFileSync(guard.from));
    expect({ rejects, why }).toEqual({ rejects: [], why: undefined });
    expect(entries.length).toBeGreaterThan(100);
    expect(new Set(entries.map((entry) => entry.split(" ")[0])).size).toBe(entries.length);
  });
});
