import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Comparison, Literal, Observation, PathStep } from "../../../src/indicator/stix/pattern.ts";
import {
  isFault,
  patternDepthMax,
  patternTermsMax,
  patternTextMax,
  readPattern,
} from "../../../src/indicator/stix/read-pattern.ts";
import { printPattern } from "./print-pattern.ts";

const faultOf = (text: string): string | undefined => {
  const read = readPattern(text);
  return isFault(read) ? read.fault : undefined;
};

describe("how a pattern is cut", () => {
  const sameAs: readonly (readonly [string, string])[] = [
    ["[domain-name:value='x.example']", "[domain-name:value = 'x.example']"],
    ["[domain-name:value=='x.example']", "[domain-name:value = 'x.example']"],
    ["[domain-name:value<>'x.example']", "[domain-name:value != 'x.example']"],
    ["[a:b IN('x','y')]OR[a:c=1]", "[a:b IN ('x', 'y')] OR [a:c = 1]"],
    ["[a:b /* one ' */ = // two '\n 'x']", "[a:b = 'x']"],
    ["[a:'b'.'c d'[*].e[-1] = +5]", "[a:b.'c d'[*].'e'[-1] = +5]"],
    ["\u00a0[\u3000a:b = 'x'\t]\u2028", "[a:b = 'x']"],
    ["[a:b = 'it\\'s \\\\ x']", "[a:b = 'it\\'s \\\\ x']"],
    ["[a:b = 1 AND a:c = 2 OR a:d = 3]", "[(a:b = 1 AND a:c = 2) OR a:d = 3]"],
    [
      "[a:b = 1] AND [a:b = 2] OR [a:b = 3] FOLLOWEDBY [a:b = 4]",
      "((([a:b = 1] AND [a:b = 2]) OR [a:b = 3])) FOLLOWEDBY [a:b = 4]",
    ],
    ["[a:b = 1] OR [a:b = 2] WITHIN 5 SECONDS", "[a:b = 1] OR ([a:b = 2] WITHIN 5 SECONDS)"],
    [
      "[a:b = h'ff00' OR a:b = b'AAAA' OR a:b = t'2024-01-15T12:30:45.1Z' OR a:b = .5]",
      "[a:b=h'ff00' OR a:b=b'AAAA' OR a:b=t'2024-01-15T12:30:45.1Z' OR a:b=.5]",
    ],
  ];
  test.each(sameAs)("%s", (text, other) => {
    expect(faultOf(text)).toBeUndefined();
    expect(readPattern(text)).toEqual(readPattern(other));
  });
});

describe("what is no pattern, and where it is wrong", () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["", /it ends at character 1/],
    ["[]", /"\]" is at character 2, where the type/],
    ["[domain-name:value = 'x", /"'" is at character 22/],
    ["[domain-name:value = 'a\\b']", /"'" is at character 22/],
    ["[domain-name:bad-key = 'x']", /"bad-key" is at character 14/],
    ["[a:b = 'x'] and [a:b = 'y']", /"and" is at character 13, where the pattern should end/],
    ["[a:b = 'x'] WITHIN 5 SECONDS WITHIN 6 SECONDS", /two qualifiers WITHIN/],
    ["[a:b LIKE 5]", /LIKE has no string/],
    ["[a:b > true]", /> has a truth value/],
    ["[a:b = 007]", /"0" is at character 9/],
    ["[a:b = x'00']", /"x" is at character 8/],
    ["[a:b = h'0']", /"h" is at character 8/],
    ["[NOT a:b = 1]", /where "EXISTS" should be/],
    ["[a:b = 1 /* open ]", /"\/" is at character 10/],
    [`${"(".repeat(patternDepthMax + 1)}`, /nested more than/],
    [`[${"(".repeat(100_0)}`, /nested more than/],
    [`[a:b = '${"x".repeat(patternTextMax)}']`, /longer than/],
    [`[a:b IN (${"1,".repeat(patternTermsMax)}1)]`, /more than 10000 terms/],
    [`[a:b${".c".repeat(patternDepthMax + 1)} = 1]`, /more than 64 steps/],
  ];
  test.each(faults)("%s", (text, fault) => expect(faultOf(text)).toMatch(fault));
});

const keyword =
  /^(?:AND|OR|NOT|FOLLOWEDBY|LIKE|MATCHES|ISSUPERSET|ISSUBSET|EXISTS|LAST|IN|START|STOP|SECONDS|true|false|WITHIN|REPEATS|TIMES)$/;
const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((text) => !keyword.test(text));
const type = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,12}$/).filter((text) => !keyword.test(text));
const integer = fc.integer({ min: -1000, max: 1000 }).map(String);
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string().map((text): Literal => ({ kind: "string", text })),
  integer.map((text): Literal => ({ kind: "integer", text })),
  fc.boolean().map((value): Literal => ({ kind: "boolean", text: String(value) })),
  fc.constantFrom<Literal>(
    { kind: "float", text: "-.25" },
    { kind: "hex", text: "00ff" },
    { kind: "binary", text: "QUI=" },
    { kind: "timestamp", text: "2024-02-30T12:00:00.5Z" },
  ),
);
const step: fc.Arbitrary<PathStep> = fc.oneof(
  word.map((key) => ({ key })),
  fc.string().map((key) => ({ key })),
  fc.oneof(integer, fc.constant("*")).map((index) => ({ index })),
);
const path = fc
  .tuple(type, word, fc.array(step, { maxLength: 3 }))
  .filter(([, first, rest]) =>
    [first, ...rest.map((one) => ("key" in one ? one.key : ""))].every((key) => key !== "hashes"),
  )
  .map(([name, key, rest]) => ({ type: name, steps: [{ key }, ...rest] }));

const { comparison } = fc.letrec<{ comparison: Comparison }>((tie) => ({
  comparison: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant("test" as const),
      path,
      isNegated: fc.boolean(),
      operator: fc.constantFrom("=" as const, "!=" as const),
      values: fc.tuple(literal),
    }),
    fc.record({
      kind: fc.constant("test" as const),
      path,
      isNegated: fc.boolean(),
      operator: fc.constant("IN" as const),
      values: fc.array(literal, { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant("test" as const),
      path,
      isNegated: fc.boolean(),
      operator: fc.constantFrom("LIKE" as const, "MATCHES" as const, "ISSUBSET" as const, "ISSUPERSET" as const),
      values: fc.tuple(fc.string().map((text): Literal => ({ kind: "string", text }))),
    }),
    fc.record({ kind: fc.constant("exists" as const), path, isNegated: fc.boolean() }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      parts: fc.array(tie("comparison"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

const { observation } = fc.letrec<{ observation: Observation }>((tie) => ({
  observation: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("single" as const), comparison }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const, "followed-by" as const),
      parts: fc.array(tie("observation"), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("qualified" as const),
      of: tie("observation"),
      qualifier: fc.constantFrom(
        { kind: "within" as const, seconds: "5.5" },
        { kind: "repeats" as const, times: "3" },
        { kind: "start-stop" as const, start: "2024-01-01T00:00:00Z", stop: "2024-01-02T00:00:00Z" },
      ),
    }),
  ),
}));

describe("for all patterns", () => {
  test("what is printed reads as the same", () => {
    fc.assert(
      fc.property(observation, (pattern) => {
        expect(readPattern(printPattern(pattern))).toEqual(pattern);
      }),
    );
  });

  test("no text throws, nor a pattern with a part cut out", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readPattern(text)));
    fc.assert(
      fc.property(observation, fc.nat(), fc.nat(), (pattern, from, length) => {
        const text = printPattern(pattern);
        const at = from % (text.length + 1);
        readPattern(text.slice(0, at) + text.slice(at + (length % 10)));
      }),
    );
  });

  test("hostile texts take no more time than long ones", () => {
    const started = performance.now();
    for (const part of [
      "0",
      "(",
      "'",
      "\\'",
      "/*",
      "/",
      "[a:b='",
      "a",
      "-",
      "5",
      ".",
      "[a:b=1]OR",
      "\u3000",
      "b'",
      "h'0",
    ]) {
      readPattern(part.repeat(Math.floor(patternTextMax / part.length)));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
