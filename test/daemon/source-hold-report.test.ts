/** What is said of lists on hold. */
import { expect, test } from "vitest";
import { freesItself, holdCounts } from "../../src/daemon/source-hold-report.ts";

const breach = (guard: "newPerDay" | "newPerDayByOrganisation" | "limit") => ({ guard, allowed: 1, found: 2 });
const decision = {
  at: "2026-11-24T10:00:00Z",
  verdict: "rejected",
  by: "ops",
  reason: "x",
  content: "",
  added: 0,
  removed: 0,
} as const;

test.each([
  ["a day's cap alone", [breach("newPerDay"), breach("newPerDayByOrganisation")], null, true],
  ["a cap and a limit", [breach("newPerDay"), breach("limit")], null, false],
  ["a limit", [breach("limit")], null, false],
  ["a day's cap, which was rejected", [breach("newPerDay")], decision, false],
])("what waits for %s frees itself or not", (_, breaches, decision, frees) => {
  expect(freesItself({ breaches, decision })).toBe(frees);
  expect(freesItself(null)).toBe(false);
});

test("counts are in words", () => {
  const none = { before: 1, entries: 1, added: 0, removed: 0, changed: 0, takenBack: 0 };
  expect(holdCounts(none)).toBe("1 entry to 1: nothing new");
  expect(holdCounts({ ...none, before: 3000, entries: 1400, added: 1, removed: 1600, takenBack: 1 })).toBe(
    "3,000 entries to 1,400: 1 new, 1,600 gone, 1 taken back by the source",
  );
});
