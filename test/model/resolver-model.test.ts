/** The models against known answers and against each other; test/interop holds them against the real resolvers. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerOf, knownCases } from "./known-cases.ts";
import {
  anyAncestor,
  closestEncloser,
  existingNames,
  modelOf,
  precedingOwner,
  type ResolverAnswer,
} from "./resolver-model.ts";
import { queryNames, ruleSets } from "./rule-sets.ts";
import type { Rules } from "./rules.ts";

const bases: [string, string] = ["one.example", "two.test"];

describe.each(knownCases)("$title", ({ rules, answers }) => {
  test.each(["BIND", "Unbound", "PowerDNS", "Knot Resolver"] as const)("as in %s", (resolver) => {
    const expected = [...answers].map(([name, answer]) => [name, answerOf(resolver, answer)]);
    const got = [...answers.keys()].map((name) => [name, modelOf[resolver](rules, name)]);
    expect(got).toEqual(expected);
  });
});

describe("closest encloser", () => {
  // RFC 4592 section 2.2.1, the example zone; the wildcard's record is told by its action.
  const rules: Rules = new Map([
    ["*.example", "nxdomain"],
    ["sub.*.example", "nodata"],
    ["host1.example", "passthru"],
    ["_ssh._tcp.host1.example", "passthru"],
    ["_ssh._tcp.host2.example", "passthru"],
    ["subdel.example", "passthru"],
  ]);
  test.each<[string, ResolverAnswer]>([
    ["host3.example", "nxdomain"],
    ["foo.bar.example", "nxdomain"],
    ["host1.example", "passthru"],
    ["sub.*.example", "nodata"],
    ["_telnet._tcp.host1.example", "none"],
    ["host2.example", "none"],
    ["host.subdel.example", "none"],
    ["ghost.*.example", "none"],
  ])("answers %s as RFC 4592 does", (name, verdict) => {
    expect(closestEncloser(rules, name)).toBe(verdict);
  });
});

describe("all semantics", () => {
  test("take a wildcard at the top for every name", () => {
    const rules: Rules = new Map([["*", "nxdomain"]]);
    for (const model of Object.values(modelOf)) expect(model(rules, "a.example")).toBe("nxdomain");
  });

  test("agree without wildcards", () => {
    fc.assert(
      fc.property(ruleSets(bases), (all) => {
        const rules = new Map([...all].filter(([owner]) => !owner.startsWith("*.")));
        for (const name of queryNames(bases, rules)) {
          const verdict = closestEncloser(rules, name);
          expect(precedingOwner(rules, name)).toEqual(verdict);
          expect(anyAncestor(rules, name)).toEqual(verdict);
        }
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test("agree where every name that exists has a rule and a wildcard of its own", () => {
    fc.assert(
      fc.property(ruleSets(bases, 6), (some) => {
        const rules = new Map(some);
        for (const name of existingNames(some)) {
          if (name.startsWith("*.")) continue;
          if (!rules.has(name)) rules.set(name, "nodata");
          if (!rules.has(`*.${name}`)) rules.set(`*.${name}`, "nxdomain");
        }
        for (const name of queryNames(bases, rules)) {
          const verdict = closestEncloser(rules, name);
          expect(precedingOwner(rules, name)).toEqual(verdict);
          expect(anyAncestor(rules, name)).toEqual(verdict);
        }
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  test("agree between Unbound and the closest encloser where no name is an empty non-terminal", () => {
    fc.assert(
      fc.property(ruleSets(bases, 8), (some) => {
        const rules = new Map(some);
        for (const name of existingNames(some)) if (!rules.has(name)) rules.set(name, "passthru");
        for (const name of queryNames(bases, rules)) {
          expect(precedingOwner(rules, name)).toEqual(closestEncloser(rules, name));
        }
      }),
      { numRuns: 50, seed: 3 },
    );
  });
});
