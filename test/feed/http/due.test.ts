import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CopyState } from "../../../src/feed/fetch/copy-state.ts";
import { secondsAfterFailure, secondsAfterSuccess, secondsUntilDue } from "../../../src/feed/fetch/due.ts";

const now = 1_800_000_000;
const state = (more: Partial<CopyState>): CopyState => {
  return { copy: undefined, triedAt: now, nextAt: now + 3600, failures: 0, error: undefined, ...more };
};

describe("the next fetch", () => {
  test("after a good one comes an interval later, a tenth either way", () => {
    expect(secondsAfterSuccess(3600, () => 0)).toBe(3240);
    expect(secondsAfterSuccess(3600, () => 0.5)).toBe(3600);
    expect(secondsAfterSuccess(3600, () => 1)).toBe(3960);
  });

  test.each([
    [300, [60, 120, 240, 480, 960, 1200, 1200]],
    [60, [60, 120, 240, 240, 240, 240, 240]],
    [86_400, [60, 120, 240, 480, 960, 1920, 3600]],
  ])("after failures of a list that is due each %s seconds comes later and later", (everySeconds, expected) => {
    const waits = expected.map((_, i) => secondsAfterFailure({ everySeconds, failures: i + 1 }, () => 0.5));
    expect(waits).toEqual(expected);
  });

  test("after many failures is as far off as after several", () => {
    expect(secondsAfterFailure({ everySeconds: 3600, failures: 1_000_000 }, () => 0.5)).toBe(3600);
  });

  test("is not before the time that the host asked for", () => {
    const facts = { everySeconds: 300, failures: 1, retryAfterSeconds: 5000 };
    expect(secondsAfterFailure(facts, () => 0.5)).toBe(5000);
  });
});

describe("a list is due", () => {
  test("where it was never tried", () => expect(secondsUntilDue(undefined, 3600, now)).toBe(0));
  test("when its time has come", () => {
    expect(secondsUntilDue(state({}), 3600, now + 3599)).toBe(1);
    expect(secondsUntilDue(state({}), 3600, now + 3600)).toBe(0);
    expect(secondsUntilDue(state({}), 3600, now + 1e9)).toBe(0);
  });
  test("at once where the clock was set back, since nobody knows how long ago it was tried", () => {
    expect(secondsUntilDue(state({}), 3600, now - 86_400)).toBe(0);
    expect(secondsUntilDue(state({}), 3600, now - 30)).toBe(3630);
  });
  test("by an interval that is shorter now", () => {
    expect(secondsUntilDue(state({}), 300, now + 100)).toBe(230);
    expect(secondsUntilDue(state({}), 300, now + 330)).toBe(0);
  });
  test("after a failure by what was planned then", () => {
    expect(secondsUntilDue(state({ failures: 1, nextAt: now + 60 }), 3600, now)).toBe(60);
    expect(secondsUntilDue(state({ failures: 1, nextAt: now + 86_400 }), 300, now)).toBe(86_400);
  });
  test("within a day and a tenth, or an interval and a tenth, whatever the state and the clock say", () => {
    const times = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(
        times,
        times,
        times,
        fc.integer({ min: 60, max: 30 * 86_400 }),
        (triedAt, nextAt, nowSeconds, every) => {
          const left = secondsUntilDue(state({ triedAt, nextAt }), every, nowSeconds);
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left).toBeLessThanOrEqual(1.1 * every + 61);
        },
      ),
    );
  });
});
