/** The cases of the STIX pattern validator and the examples of the specification, where these are at hand. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isFault, readPattern } from "../../../src/indicator/stix/read-pattern.ts";
import { pythonStrings } from "./python-cases.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/stix/", import.meta.url));
const isHere = existsSync(folder);

test("published cases are at hand", () => {
  if (process.env["CI"] !== undefined) expect(isHere, "published cases of STIX patterns are missing").toBe(true);
  else if (!isHere) console.warn("SKIPPED: the published cases of STIX patterns are not at hand");
});

describe.runIf(isHere)("published cases", () => {
  const read = (file: string): string => readFileSync(`${folder}${file}`, "utf8");

  test("all patterns that pass are read", () => {
    const passing = pythonStrings(read("pattern-validator-pass-cases.py.txt"));
    const faults = passing.map((text) => [text, readPattern(text)] as const).filter(([, pattern]) => isFault(pattern));
    expect(passing).toHaveLength(37);
    expect(faults).toEqual([]);
  });

  test("all that fail are refused", () => {
    const strings = pythonStrings(read("pattern-validator-fail-cases.py.txt"));
    const failing = strings.filter((_, i) => i % 2 === 0);
    expect(strings.filter((text) => text.startsWith("FAIL: "))).toHaveLength(failing.length);
    expect(failing).toHaveLength(17);
    expect(failing.filter((text) => !isFault(readPattern(text)))).toEqual([]);
  });

  test("all examples of the specification are read", () => {
    const examples = read("pattern-spec-examples-v21.txt").trim().split("\n");
    expect(examples).toHaveLength(23);
    expect(examples.filter((text) => isFault(readPattern(text)))).toEqual([]);
  });
});
