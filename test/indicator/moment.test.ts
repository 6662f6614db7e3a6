import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasUnclearDay, secondsMax, secondsOf } from "../../src/indicator/moment.ts";
import { isTimeZone } from "../../src/indicator/wall-clock.ts";

const tenOClock = Date.UTC(2026, 10, 24, 10) / 1000;
const day = Date.UTC(2026, 10, 24) / 1000;

describe("times as feeds write them", () => {
  it.each([
    ["2026-11-24T10:00:00Z", tenOClock],
    ["2026-11-24T10:00:00.999Z", tenOClock],
    ["2026-11-24 10:00:00", tenOClock],
    ["2026-11-24 10:00:00 UTC", tenOClock],
    ["2026-11-24T11:00:00+01:00", tenOClock],
    ["2026-11-24T11:00:00+0100", tenOClock],
    ["2026-11-24T11:00:00+01", tenOClock],
    ["2026-11-24T00:00:00-10:00", tenOClock],
    ["2026-11-24T10:00Z", tenOClock],
    ["24.11.2026 10:00", tenOClock],
    ["24.11.2026, 10:00 Uhr", tenOClock],
    ["24.11.2026 11:00 CET", tenOClock],
    ["24.11.2026 12:00 MESZ", tenOClock],
    ["2026-11-23 24:00", day],
    ["1795514400", tenOClock],
    ["1795514400.5", tenOClock],
    ["1795514400000", tenOClock],
    ["2026-11-24", day],
    ["2026/11/24", day],
    ["20261124", day],
    ["24.11.2026", day],
    ["1.2.2026", Date.UTC(2026, 1, 1) / 1000],
    // One of these cannot be a month.
    ["24/11/2026", day],
    ["11/24/2026", day],
    ["11/11/2026", Date.UTC(2026, 10, 11) / 1000],
    ["9999-12-31T23:59:59Z", secondsMax],
    ["1999-01-01", Date.UTC(1999, 0, 1) / 1000],
    ["0000000000", 0],
    ["2026-06-31", undefined],
    ["2026-13-01", undefined],
    ["0000-00-00", undefined],
    ["2026-11-24T25:00:00Z", undefined],
    ["2026-11-24T24:30:00Z", undefined],
    ["2026-11-24 10:00 EST", undefined],
    ["2026-11-24 10:00 BST", undefined],
    ["11/12/2026", undefined],
    ["24.11.26", undefined],
    ["11.24.2026", undefined],
    ["tomorrow", undefined],
    ["12345", undefined],
    ["", undefined],
  ])("%j is %s", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  it("are the end of a day where what is valid until it is meant", () => {
    expect(secondsOf("2026-11-24", { endOfDay: true })).toBe(day + 86_400);
    expect(secondsOf("2026-11-24 CET", { endOfDay: true })).toBe(day + 86_400 - 3600);
    expect(secondsOf("2026-11-24 00:00:00", { endOfDay: true })).toBe(day);
    expect(secondsOf("2026-11-24T00:00:00Z", { endOfDay: true })).toBe(day);
    expect(secondsOf("9999-12-31", { endOfDay: true })).toBe(secondsMax);
  });

  it.each([
    ["dmy", "11/12/2026", Date.UTC(2026, 11, 11) / 1000],
    ["mdy", "11/12/2026", Date.UTC(2026, 10, 12) / 1000],
    ["mdy", "11/12/2026 2:30 PM", Date.UTC(2026, 10, 12, 14, 30) / 1000],
    ["mdy", "11/12/2026 12:00 AM", Date.UTC(2026, 10, 12) / 1000],
    ["dmy", "11-12-2026", Date.UTC(2026, 11, 11) / 1000],
    ["mdy", "11.12.2026", Date.UTC(2026, 11, 11) / 1000],
    ["dmy", "11/24/2026", undefined],
    ["mdy", "24/11/2026", undefined],
    ["iso", "24/11/2026", undefined],
    ["iso", "2026-11-24", day],
    ["excel", "46350", day],
    ["excel", "46350.5", day + 43_200],
    ["excel", "0", undefined],
    ["excel", "2026-11-24", day],
  ] as const)("with dateFormat %s, %j is %s", (dateFormat, text, seconds) =>
    expect(secondsOf(text, { dateFormat })).toBe(seconds),
  );

  it.each([
    ["Europe/Berlin", "2026-11-24 11:00", tenOClock],
    ["Europe/Berlin", "2026-07-01", Date.UTC(2026, 5, 30, 22) / 1000],
    ["Europe/Berlin", "2026-11-24T10:00:00Z", tenOClock],
    ["Europe/Berlin", "1795514400", tenOClock],
    // Clocks go from two to three, and from three back to two.
    ["Europe/Berlin", "2026-03-29 01:59", Date.UTC(2026, 2, 29, 0, 59) / 1000],
    ["Europe/Berlin", "2026-03-29 02:30", Date.UTC(2026, 2, 29, 1, 30) / 1000],
    ["Europe/Berlin", "2026-03-29 03:00", Date.UTC(2026, 2, 29, 1) / 1000],
    ["Europe/Berlin", "2026-10-25 02:30", Date.UTC(2026, 9, 25, 1, 30) / 1000],
    ["America/New_York", "2026-11-24 05:00", tenOClock],
    ["Asia/Kathmandu", "2026-11-24 15:45", tenOClock],
  ])("in %s, %j is %s", (timeZone, text, seconds) => expect(secondsOf(text, { timeZone })).toBe(seconds));

  it("end a day at its midnight in the zone, also when that day has 23 hours or 25", () => {
    const end = (text: string): number | undefined => secondsOf(text, { timeZone: "Europe/Berlin", endOfDay: true });
    expect(end("2026-03-29")).toBe(Date.UTC(2026, 2, 29, 22) / 1000);
    expect(end("2026-10-25")).toBe(Date.UTC(2026, 9, 25, 23) / 1000);
    expect(end("25.10.2026")).toBe(Date.UTC(2026, 9, 25, 23) / 1000);
  });

  it("mean what clocks in the zone show", () => {
    const format = new Intl.DateTimeFormat("sv", {
      timeZone: "Europe/Berlin",
      dateStyle: "short",
      timeStyle: "medium",
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const read = secondsOf(format.format(seconds * 1000), { timeZone: "Europe/Berlin" }) as number;
        // An hour that clocks show twice is the later one.
        expect([0, 3600]).toContain(read - seconds);
      }),
    );
  });

  it("are unclear where the month may stand first", () => {
    expect(["11/12/2026", " 1-2-2026 10:00"].map(hasUnclearDay)).toEqual([true, true]);
    expect(["2026-11-12", "11.12.2026", "soon"].map(hasUnclearDay)).toEqual([false, false, false]);
  });
});

describe("a time zone", () => {
  it("is one that the platform knows", () => {
    expect(["Europe/Berlin", "UTC", "Europe/Bonn", "x", ""].map(isTimeZone)).toEqual([true, true, false, false, false]);
  });
});
