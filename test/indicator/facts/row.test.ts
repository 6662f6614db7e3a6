/** Rows of one list: what a reader remembers of the rows before changes nothing. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type FactField, factFields } from "../../../src/indicator/facts/columns.ts";
import { type FactCell, RowReader } from "../../../src/indicator/facts/row.ts";

const cell: fc.Arbitrary<FactCell> = fc.oneof(
  fc.constantFrom(undefined, null, "", " ", "-", "?", "1:x", "x1:y", "red", "TLP:GREEN", "50", "high", "phishing"),
  fc.string({ maxLength: 6 }),
);
const row = fc.record(Object.fromEntries(factFields.map((field) => [field, cell])) as Record<FactField, typeof cell>);

it("a row is read after others as it is alone", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), fc.subarray([...factFields]), (rows, fields) => {
      const columns = Object.fromEntries(fields.map((field) => [field, field]));
      const reader = new RowReader(columns, {});
      for (const cells of rows) {
        expect(reader.read((field) => cells[field])).toEqual(new RowReader(columns, {}).read((field) => cells[field]));
      }
    }),
    { numRuns: 500 },
  );
});

it("cells that look like others one after the other are told apart", () => {
  const reader = new RowReader({ category: 1, campaign: 2 }, {});
  const read = (category: string, campaign: string): string | undefined =>
    reader.read((field) => (field === "category" ? category : campaign))?.text;
  const texts = [read("a1:b", "c"), read("a", "b1:c"), read("a", "1:b1:c"), read("a1:b1:c", "")];
  expect(new Set(texts).size).toBe(texts.length);
});
