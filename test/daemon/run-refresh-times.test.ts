import { expect, test } from "vitest";
import type { SourceConfig } from "../../src/config/types.ts";
import { RefreshTimes } from "../../src/daemon/refresh-times.ts";

const sources = (seconds: Readonly<Record<string, number | undefined>>): SourceConfig[] =>
  Object.entries(seconds).map(([id, refreshSeconds]) => ({ id, refreshSeconds }) as SourceConfig);

test("a source comes up each time its interval has passed, and one without never", () => {
  const times = new RefreshTimes();
  times.configure(sources({ often: 10, seldom: 25, never: undefined }), 0);
  expect(times.nextMs).toBe(10_000);
  expect(times.take(9_999)).toEqual([]);
  expect(times.take(10_000)).toEqual(["often"]);
  expect(times.nextMs).toBe(20_000);
  expect(times.take(26_000)).toEqual(["often", "seldom"]);
  expect(times.nextMs).toBe(36_000);
});

test("a changed configuration keeps the times of intervals that stay", () => {
  const times = new RefreshTimes();
  times.configure(sources({ a: 10, b: 20, c: 30 }), 0);
  times.configure(sources({ a: 10, b: 5, d: 40 }), 8_000);
  expect(times.take(10_000)).toEqual(["a"]);
  expect(times.take(13_000)).toEqual(["b"]);
  expect(times.take(30_000)).toEqual(["a", "b"]);
  expect(times.take(48_000)).toContain("d");
});

test("without any interval there is no next time", () => {
  const times = new RefreshTimes();
  times.configure(sources({ a: undefined }), 0);
  expect(times.nextMs).toBeUndefined();
});
