import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSerials, nextSerial, serial } from "../../src/dns/serial.ts";

const anySerial = fc.integer({ min: 0, max: 0xffff_ffff }).map(serial);

describe("serials", () => {
  it.each([
    [1, 0, 1],
    [44, 0, 1],
    [100, 0, 1],
    [100, 44, 1],
    [200, 100, 1],
    [255, 200, 1],
    [0, 0xffff_ffff, 1],
    [100, 0xffff_ffff, 1],
    [7, 7, 0],
    [0, 0x8000_0000, undefined],
    [0x8000_0001, 1, undefined],
  ])("compare %i with %i as RFC 1982 does", (a, b, order) => {
    expect(compareSerials(serial(a), serial(b))).toBe(order);
  });

  it("never go back, whatever the clock says", () => {
    fc.assert(
      fc.property(anySerial, fc.integer({ min: -5, max: 0x1_0000_0000 }), (last, clock) => {
        expect(compareSerials(nextSerial(last, clock), last)).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });

  it("are the time where that is ahead, and one more where it is not", () => {
    expect(nextSerial(undefined, 1_800_000_000)).toBe(1_800_000_000);
    expect(nextSerial(serial(1_700_000_000), 1_800_000_000)).toBe(1_800_000_000);
    expect(nextSerial(serial(1_800_000_005), 1_800_000_000)).toBe(1_800_000_006);
    expect(nextSerial(serial(0xffff_ffff), 0x8000_0010)).toBe(0);
    expect(() => serial(-1)).toThrow(RangeError);
  });
});
