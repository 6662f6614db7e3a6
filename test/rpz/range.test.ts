import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress, prefixesOverlap, prefixToText } from "../../src/rpz/address.ts";
import { prefixesOfRange } from "../../src/rpz/range.ts";

function shown(first: string, last: string): readonly string[] | undefined {
  const [from, to] = [first, last].map((text) => parseAddress(text)?.octets as Uint8Array);
  return prefixesOfRange(from as Uint8Array, to as Uint8Array)?.map(prefixToText);
}

test.each([
  ["192.0.2.0", "192.0.2.255", ["192.0.2.0/24"]],
  ["192.0.2.7", "192.0.2.7", ["192.0.2.7"]],
  ["192.0.2.255", "192.0.3.0", ["192.0.2.255", "192.0.3.0"]],
  ["0.0.0.0", "255.255.255.255", ["0.0.0.0/0"]],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ["2001:db8::/32"]],
  ["192.0.2.2", "192.0.2.1", undefined],
  ["192.0.2.2", "2001:db8::", undefined],
])("the range %s to %s", (first, last, prefixes) => {
  expect(shown(first, last)).toEqual(prefixes);
});

test("the widest ranges give as many prefixes as they may", () => {
  expect(shown("0.0.0.1", "255.255.255.254")).toHaveLength(62);
  expect(shown("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).toHaveLength(254);
});

test("the prefixes of a range cover exactly its addresses, each once, and no two could be one", () => {
  const octets = (number: number): Uint8Array => Uint8Array.of(192, 0, number >> 8, number & 255);
  fc.assert(
    fc.property(fc.nat(1023), fc.nat(1023), (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const prefixes = prefixesOfRange(octets(first), octets(last)) ?? [];
      const covered = Array.from({ length: 1024 }, (_, number) => {
        const address = { octets: octets(number), length: 32 };
        return prefixes.filter((prefix) => prefixesOverlap(prefix, address)).length;
      });
      expect(covered).toEqual(Array.from({ length: 1024 }, (_, i) => (i >= first && i <= last ? 1 : 0)));
      for (const [i, { octets: at, length }] of prefixes.entries()) {
        const next = prefixes[i + 1];
        const size = 2 ** (32 - length);
        const isLowerHalf = (((at[2] as number) << 8) + (at[3] as number)) % (2 * size) === 0;
        expect(next?.length === length && isLowerHalf).toBe(false);
      }
    }),
  );
});
