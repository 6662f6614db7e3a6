import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/base/bytes.ts";
import { keyOfName, keyOfText } from "../../../src/dns/name.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { sortEntries } from "../../../src/indicator/entry/sort.ts";
import { keysOf } from "../parse.ts";

function expectSorted(keys: readonly Uint8Array[]): void {
  const collector = new Collector();
  for (const key of keys) collector.add(key, 1);
  const order = [...sortEntries(collector)];
  const all = keysOf(collector);
  expect(order.map((entry) => Buffer.from(all[entry] as Uint8Array).toString("latin1"))).toEqual(
    [...keys].sort(compareBytes).map((key) => Buffer.from(key).toString("latin1")),
  );
  expect(new Set(order).size).toBe(keys.length);
}

/** Labels that share beginnings, so that keys differ late. */
const label = fc
  .array(fc.constantFrom("a", "b", "ab", "login", "-", "0", "_", "*"), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""));
const plainKey = fc
  .array(label, { maxLength: 6 })
  .map((labels) => keyOfText(labels.length === 0 ? "." : labels.join(".")));
const octetLabel = fc.uint8Array({ minLength: 1, maxLength: 12 });
const octetKey = fc
  .array(octetLabel, { maxLength: 4 })
  .map((labels) =>
    keyOfName(
      Buffer.concat([...labels.map((octets) => [octets.length, ...octets]), [0]].map((part) => Buffer.from(part))),
    ),
  );

describe("sorting entries", () => {
  it("gives the byte order of keys, as a plain comparison does", () => {
    fc.assert(fc.property(fc.array(plainKey, { maxLength: 200 }), expectSorted));
  });
  it("gives it for keys of any octets", () => {
    fc.assert(fc.property(fc.array(fc.oneof(octetKey, plainKey), { maxLength: 120 }), expectSorted));
  });
  it("gives it where radix passes run, with many equal and many long keys", () => {
    const random = mulberry(7);
    const tops = ["com", "co", "org", "c-m"];
    const keys: Uint8Array[] = [];
    for (let i = 0; i < 20_000; i++) {
      const labels = [tops[random(4)] as string];
      for (let depth = random(4); depth >= 0; depth--)
        labels.unshift(`${"x".repeat(random(3) * 9)}${random(40).toString(36)}`);
      keys.push(keyOfText(labels.join(".")));
      if (random(500) === 0) keys.push(Uint8Array.of(...keyOfText("com"), 0x80 + random(100), 0));
    }
    expectSorted(keys);
  });
  it("gives it with more top labels than are told apart", () => {
    const random = mulberry(11);
    expectSorted(Array.from({ length: 9000 }, (_, i) => keyOfText(`n${random(50)}.t${i % 5000}`)));
  });
  it("gives it for large lists of plain names, long labels and the root among them", () => {
    const random = mulberry(13);
    const names = Array.from(
      { length: 12_000 },
      () => `${random(1e6).toString(36)}${"y".repeat(random(60))}.${["com", "x", "longtoplabel"][random(3)]}`,
    );
    expectSorted([".", "com", "longtoplabel", ...names].map(keyOfText));
  });
  it("gives it for a thousand equal keys and for none", () => {
    expectSorted(Array.from({ length: 1000 }, () => keyOfText("a.very.long.name.that.goes.on.evil.example")));
    expectSorted([]);
    expectSorted([keyOfText(".")]);
  });
});

/** A small seeded generator of whole numbers below a limit. */
function mulberry(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
