import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerFacts } from "../../src/store/ledger.ts";
import { bytesOf, inSmallParts, pagesOf } from "../../src/store/ledger-space.ts";

type Row = LedgerFacts & { readonly id?: number };
const rowOf = (id: number | undefined, due?: number): Row =>
  ({ ...(id === undefined ? {} : { id }), due, key: new Uint8Array(20), externalId: "an id" }) as Row;

test("rows side by side touch few pages, rows all over a table one each, and never more than there are", () => {
  const near = Array.from({ length: 1000 }, (_, i) => rowOf(5000 + i));
  const far = Array.from({ length: 1000 }, (_, i) => rowOf(2000 * i));
  expect(pagesOf(near, 2_000_000)).toBeLessThan(pagesOf(far, 2_000_000));
  expect(pagesOf(far, 2_000_000)).toBeGreaterThanOrEqual(1000);
  expect(pagesOf(near, 6000)).toBeLessThan(40);
  expect(pagesOf([], 2_000_000)).toBeLessThan(10);
});

test("parts hold all rows in their order, and touch few pages each", () => {
  const rows = fc.array(
    fc.tuple(fc.option(fc.nat(5_000_000), { nil: undefined }), fc.option(fc.nat(9), { nil: undefined })),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(rows, (all) => {
      const given = all.map(([id, due]) => rowOf(id, due));
      const parts = [...inSmallParts(given, 5_000_000)];
      expect(parts.flat()).toEqual(given);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        expect(bytesOf(part)).toBeLessThan(129 * 1024);
        expect(pagesOf(part, 5_000_000)).toBeLessThanOrEqual(24 + 3);
      }
    }),
  );
});
