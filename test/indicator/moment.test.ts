import { describe, expect, it } from "vitest";
import { secondsMax, secondsOf } from "../../src/indicator/moment.ts";

describe("times as feeds write them", () => {
  it.each([
    ["2026-11-24T10:00:00Z", 1_795_514_400],
    ["2026-11-24T10:00:00.999Z", 1_795_514_400],
    ["2026-11-24 10:00:00", 1_795_514_400],
    ["2026-11-24 10:00:00 UTC", 1_795_514_400],
    ["2026-11-24T11:00:00+01:00", 1_795_514_400],
    ["2026-11-24T11:00:00+0100", 1_795_514_400],
    ["2026-11-24T10:00Z", 1_795_514_400],
    ["1795514400", 1_795_514_400],
    ["1795514400.5", 1_795_514_400],
    ["1795514400000", 1_795_514_400],
    ["2026-11-24", 1_795_478_400],
    ["9999-12-31T23:59:59Z", secondsMax],
    ["0000000000", 0],
    ["2026-06-31", undefined],
    ["2026-13-01", undefined],
    ["2026-11-24T25:00:00Z", undefined],
    ["24.11.2026", undefined],
    ["11/24/2026", undefined],
    ["tomorrow", undefined],
    ["12345", undefined],
    ["1999-01-01", undefined],
    ["", undefined],
  ])("%j is %s", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  it("are the end of a day where what is valid until it is meant", () => {
    expect(secondsOf("2026-11-24", true)).toBe(1_795_478_400 + 86_400);
    expect(secondsOf("2026-11-24T00:00:00Z", true)).toBe(1_795_478_400);
    expect(secondsOf("9999-12-31", true)).toBe(secondsMax);
  });
});
