import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addCounts,
  addGuardCount,
  type Counts,
  isNothing,
  noCounts,
  packCounts,
  takeCounts,
  unpackCounts,
} from "../../src/mill/counts.ts";

const guard = fc.record({ stopped: fc.nat(1e6), narrowed: fc.nat(1e6) });
const counts: fc.Arbitrary<Counts> = fc
  .tuple(
    fc.array(fc.nat(1e9), { minLength: 8, maxLength: 8 }),
    fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,10}$/), guard, { maxKeys: 3 }),
  )
  .map(([numbers, guards]) => {
    const all = unpackCounts(numbers.join(" "));
    for (const [id, { stopped, narrowed }] of Object.entries(guards)) addGuardCount(all, id, stopped, narrowed);
    return all;
  });

describe("counts", () => {
  test("come back from their short text, and equal ones have equal text", () => {
    fc.assert(
      fc.property(counts, (some) => {
        expect(unpackCounts(packCounts(some))).toEqual(some);
        const reversed = { ...some, guards: Object.fromEntries(Object.entries(some.guards).reverse()) };
        expect(packCounts(reversed)).toBe(packCounts(some));
      }),
    );
  });

  test("are read of texts that were written before a count was added", () => {
    const guards = { popular: { stopped: 2, narrowed: 1 } };
    expect(unpackCounts("1 2 3 4 5 6 7 popular=2/1")).toEqual({ ...unpackCounts("1 2 3 4 5 6 7 0"), guards });
  });

  test("added and taken off again leave nothing behind, not even the names of guards", () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const sum = noCounts();
        addCounts(sum, one);
        addCounts(sum, other);
        addCounts(sum, one, -1);
        expect(sum).toEqual(other);
        addCounts(sum, other, -1);
        expect(sum).toEqual(noCounts());
        expect(isNothing(sum)).toBe(true);
      }),
    );
  });

  test("that are taken start again at nothing and stay as they were", () => {
    const counter = noCounts();
    counter.covered = 3;
    addGuardCount(counter, "popular", 1, 2);
    const taken = takeCounts(counter);
    expect(isNothing(counter)).toBe(true);
    addGuardCount(counter, "popular", 5, 5);
    expect(taken).toEqual({ ...noCounts(), covered: 3, guards: { popular: { stopped: 1, narrowed: 2 } } });
  });

  test("without guards are the numbers alone, as blocks of older versions have them", () => {
    expect(packCounts(noCounts())).toBe("0 0 0 0 0 0 0 0");
    expect(unpackCounts("12 24 3 0 0 5 0")).toEqual({
      ...noCounts(),
      rules: 12,
      records: 24,
      covered: 3,
      publicSuffix: 5,
    });
    const some = noCounts();
    addGuardCount(some, "shared", 3, 1);
    addGuardCount(some, "constructor", 0, 2);
    expect(packCounts(some)).toBe("0 0 0 0 0 0 0 0 constructor=0/2 shared=3/1");
    expect(unpackCounts(packCounts(some))).toEqual(some);
  });
});
