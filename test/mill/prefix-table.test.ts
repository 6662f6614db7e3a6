/** A table of prefixes finds what is around a prefix and inside it. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { PrefixTable } from "../../src/mill/prefix-table.ts";
import { type Prefix, parsePrefix, prefixHolds, prefixToText } from "../../src/rpz/address.ts";

const bits = fc.constantFrom(0, 1, 7, 8, 12, 15, 16, 17, 24, 31, 32);
const ipv4 = fc
  .tuple(fc.constantFrom(0, 1, 128, 255), fc.constantFrom(0, 127, 128), fc.constantFrom(0, 1), bits)
  .map(([a, b, c, length]) => parsePrefix(`${a}.${b}.${c}.0/${length}`) as Prefix);
const ipv6 = fc
  .tuple(fc.constantFrom("2001", "2002", "ffff"), fc.constantFrom("0", "db8"), bits)
  .map(([a, b, length]) => parsePrefix(`${a}:${b}::/${4 * length}`) as Prefix);
const prefix = fc.oneof(ipv4, ipv6);

it("finds just the prefixes that hold one, and those inside it", () => {
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 8 }), prefix, (all, wanted) => {
      const table = new PrefixTable();
      all.forEach((one, i) => table.add(one, i));
      const around: string[] = [];
      table.around(wanted, wanted.length, (number, found) => {
        around.push(`${number} ${prefixToText(found)}`);
        return false;
      });
      const inside: string[] = [];
      table.inside(wanted, (number, found) => {
        inside.push(`${number} ${prefixToText(found)}`);
        return false;
      });
      const numbered = all.map((one, i) => ({ one, text: `${i} ${prefixToText(one)}` }));
      const holding = numbered.filter(({ one }) => prefixHolds(one, wanted)).map(({ text }) => text);
      const within = numbered
        .filter(({ one }) => prefixHolds(wanted, one) && one.length > wanted.length)
        .map(({ text }) => text);
      expect(around.toSorted()).toEqual(holding.toSorted());
      expect(inside.toSorted()).toEqual(within.toSorted());
    }),
    { numRuns: 1000 },
  );
});
