/** Random rule sets that are small and dense: few labels, so that wildcards, exceptions and gaps meet often. */
import * as fc from "fast-check";
import type { Action, Rules } from "./rules.ts";

/** Labels of different lengths: some servers order names by label length first. */
const labels = ["a", "bb", "c"] as const;
const depthMax = 4;

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Action>("nxdomain") },
  { weight: 3, arbitrary: fc.constant<Action>("passthru") },
  { weight: 2, arbitrary: fc.constant<Action>("nodata") },
  { weight: 1, arbitrary: fc.constant<Action>("tcp-only") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 254 }).map((n): Action => ({ a: `192.0.2.${n}` })) },
);

/**
 * Rule sets of 1 to `rulesMax` rules at and beneath the `bases`, as deep as four labels beneath, a wildcard every third.
 * Drop is left out: a resolver's silence takes a time-out to see.
 */
export function ruleSets(bases: readonly [string, ...string[]], rulesMax = 12): fc.Arbitrary<Rules> {
  const rule = fc.record({
    path: fc.array(fc.constantFrom(...labels), { maxLength: depthMax, size: "max" }),
    base: fc.constantFrom(...bases),
    wildcard: fc.integer({ min: 0, max: 2 }).map((n) => n === 0),
    action,
  });
  const owner = ({ path, base, wildcard }: { path: string[]; base: string; wildcard: boolean }): string =>
    [...(wildcard ? ["*"] : []), ...path, base].join(".");
  return fc
    .array(rule, { minLength: Math.min(4, rulesMax), maxLength: rulesMax, size: "max" })
    .map((rules) => new Map(rules.map((one) => [owner(one), one.action])));
}

/** Names worth asking: the bases, all names to three labels beneath them, each rule's name and its children. */
export function queryNames(bases: readonly string[], rules: Rules): string[] {
  const names = new Set<string>(bases);
  let level: readonly string[] = bases;
  for (let depth = 1; depth <= 3; depth++) {
    level = level.flatMap((name) => labels.map((label) => `${label}.${name}`));
    for (const name of level) names.add(name);
  }
  for (const owner of rules.keys()) {
    const name = owner.replace(/^\*\./, "");
    names.add(name);
    for (const label of labels) names.add(`${label}.${name}`);
  }
  return [...names];
}
