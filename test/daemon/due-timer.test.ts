import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DueTimer } from "../../src/daemon/due-timer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A timer on a clock that the test sets: it goes with the timers unless it is set. */
function timerAt(seconds: number) {
  let offset = 1000 * seconds - Date.now();
  const calls: number[] = [];
  const now = (): number => Date.now() + offset;
  const timer = new DueTimer({ nowMs: now }, () => calls.push(now() / 1000));
  const setClock = (to: number): void => {
    offset = 1000 * to - Date.now();
  };
  return { timer, calls, setClock };
}

test("it wakes once when something is due, however far that is", () => {
  const { timer, calls } = timerAt(1_700_000_000);
  const days = 40 * 86_400;
  timer.set(1_700_000_000 + days);
  vi.advanceTimersByTime(1000 * days - 1);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual([1_700_000_000 + days]);
  vi.advanceTimersByTime(1000 * days);
  expect(calls).toHaveLength(1);
});

test("what is due already waits a second, so that no fault makes builds without an end", () => {
  const { timer, calls } = timerAt(1_700_000_000);
  timer.set(1_600_000_000);
  vi.advanceTimersByTime(999);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual([1_700_000_001]);
});

test("a clock that is set on, as after a sleep, is noticed within a minute; one that is set back waits", () => {
  const { timer, calls, setClock } = timerAt(1_700_000_000);
  timer.set(1_700_010_000);
  vi.advanceTimersByTime(30_000);
  setClock(1_700_020_000);
  vi.advanceTimersByTime(60_000);
  expect(calls).toHaveLength(1);
  timer.set(1_700_020_100);
  setClock(1_700_000_000);
  vi.advanceTimersByTime(200_000);
  expect(calls).toHaveLength(1);
  setClock(1_700_020_100);
  vi.advanceTimersByTime(60_000);
  expect(calls).toHaveLength(2);
});

test("another time takes the place of the one before, and none turns it off", () => {
  const { timer, calls } = timerAt(1_700_000_000);
  timer.set(1_700_000_010);
  timer.set(1_700_000_020);
  vi.advanceTimersByTime(15_000);
  expect(calls).toEqual([]);
  timer.set(undefined);
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual([]);
});
