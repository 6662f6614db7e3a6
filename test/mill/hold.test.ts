/** A hold as the store keeps it: JSON that another program may have written. */
import { expect, test } from "vitest";
import { type Hold, holdOf, rowOfHold } from "../../src/mill/hold.ts";
import { noNames, noRuleChanges } from "../../src/mill/rule-changes.ts";
import type { HoldRow } from "../../src/store/holds.ts";

const hold: Hold = {
  since: 1_700_000_000,
  ruleChanges: { added: 2, removed: 1, changed: 0 },
  first: { added: ["a.example", "b.example"], removed: ["c.example"], changed: [] },
  computedFrom: "[]",
};

test("a hold that was kept is read as it was", () => {
  const stored = JSON.parse(JSON.stringify(rowOfHold(hold))) as HoldRow;
  expect(holdOf(stored)).toEqual(hold);
});

test("its change keeps the names that it has in stores", () => {
  expect(rowOfHold(hold).change).toEqual({ rules: hold.ruleChanges, first: hold.first, computedFrom: "[]" });
});

test("no hold is none", () => {
  expect(holdOf(undefined)).toBeUndefined();
});

test.each([
  ["nothing", null],
  ["text", "added"],
  ["no numbers", { ...(rowOfHold(hold).change as object), rules: { added: "2", removed: 1, changed: 0 } }],
  ["a kind too few", { ...(rowOfHold(hold).change as object), first: { added: [], removed: [] } }],
  ["names that are none", { ...(rowOfHold(hold).change as object), first: { added: [1], removed: [], changed: [] } }],
  ["nothing that it was computed from", { rules: hold.ruleChanges, first: hold.first }],
])("a change that cannot be read, as %s, leaves the zone on hold, to be computed anew", (_, change) => {
  expect(holdOf({ since: 5, change })).toEqual({
    since: 5,
    ruleChanges: noRuleChanges,
    first: noNames,
    computedFrom: "",
  });
});
