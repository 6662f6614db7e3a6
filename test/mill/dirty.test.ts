import { expect, test } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { dirtyRanges } from "../../src/mill/dirty.ts";
import { blocksOf, policyFor, readerOf } from "./entries.ts";

const source = new Map([
  ["x.test", blockSubtree],
  ["y.x.test", blockSubtree],
  ["exact.test", flag.blockSelf],
  ["free.test", blockSubtree],
]);
const guard = new Map([["g.x.test", guardFlag.name]]);
const policy = policyFor(1, 0, [{ id: "popular", class: "popular" }]);
const reader = readerOf((id) => blocksOf(id === storedNameOfGuard("popular") ? guard : source));

/** The topmost names of the ranges that changes touch. */
function dirty(ofSource: readonly string[], ofGuard: readonly string[], rangesMax = 10): string[] | undefined {
  const changes = [ofSource, ofGuard].map((names, i) => ({
    names: blocksOf(new Map(names.map((name) => [name, 0]))),
    of: i === 1 ? ("guard" as const) : ("source" as const),
  }));
  const ranges = dirtyRanges(policy, reader, changes, rangesMax);
  let last = keyOfText(".");
  for (const { from, to } of ranges ?? []) {
    expect(Buffer.compare(last, from as Uint8Array)).toBeLessThanOrEqual(0);
    last = to as Uint8Array;
  }
  return ranges?.map(({ from }) => keyToText(from as Uint8Array));
}

test.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ["a name of a source starts where something above is blocked", ["a.b.free.test"], [], ["free.test"]],
  ["a name of a source does not start where a guard narrows what is above", ["a.x.test"], [], ["a.x.test"]],
  ["nor above what is blocked beneath that", ["a.y.x.test"], [], ["y.x.test"]],
  ["a guard's name starts at the topmost that is listed, narrowed or not", [], ["z.y.x.test"], ["x.test"]],
  ["a guard's name beneath an exact entry starts at itself", [], ["g.exact.test"], ["g.exact.test"]],
  ["a guard's name that nothing lists above", [], ["other.test"], ["other.test"]],
  ["one range that starts before those before it takes them in", ["a.x.test", "b.x.test"], ["h.x.test"], ["x.test"]],
  ["and a range of a source does not hide a guard's name in it", ["a.x.test"], ["b.a.x.test"], ["x.test"]],
  ["a name of a source inside a guard's range", ["z.x.test"], ["a.x.test"], ["x.test"]],
  ["addresses are one range", ["32.5.2.0.192.rpz-ip"], ["24.0.2.0.192.rpz-ip"], ["rpz-ip"]],
  ["ranges side by side", ["exact.test", "free.test"], ["a.x.test"], ["exact.test", "free.test", "x.test"]],
])("%s", (_, ofSource, ofGuard, topmost) => {
  expect(dirty(ofSource, ofGuard)).toEqual(topmost);
});

test("more ranges than are worth it are none", () => {
  expect(dirty(["a.test", "b.test", "c.test"], [], 2)).toBeUndefined();
  expect(dirty(["a.x.test", "b.x.test"], ["c.x.test"], 2)).toEqual(["x.test"]);
});
