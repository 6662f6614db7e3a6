import { expect, onTestFinished, test, vi } from "vitest";
import { startTimer } from "../../src/base/timer.ts";

test.each([2_147_483_648, 10 ** 12, Number.POSITIVE_INFINITY])("a timer of %d ms does not fire at once", (ms) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const fired: string[] = [];
  setTimeout(() => fired.push("Node's own"), ms);
  startTimer(() => fired.push("ours"), ms);
  vi.advanceTimersByTime(86_400_000);
  expect(fired).toEqual(["Node's own"]);
});

test("a timer fires when its time has come", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let fired = 0;
  startTimer(() => (fired += 1), 1000);
  vi.advanceTimersByTime(999);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
});
