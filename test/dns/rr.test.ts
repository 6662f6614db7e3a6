import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countRrs,
  decodeRrs,
  encodeRr,
  encodeRrs,
  equalButTtl,
  type Rr,
  splitRrs,
  ttlOfRrs,
} from "../../src/dns/rr.ts";

const rr: fc.Arbitrary<Rr> = fc.record({
  type: fc.integer({ min: 0, max: 0xffff }),
  ttl: fc.integer({ min: 0, max: 0xffff_ffff }),
  rdata: fc.uint8Array({ maxLength: 300 }),
});
const run = fc.array(rr, { maxLength: 8 });

describe("a run of RRs", () => {
  it("has TYPE, TTL, RDLENGTH and RDATA of each in network order", () => {
    const octets = encodeRrs([
      { type: 0x0102, ttl: 0x8304_0506, rdata: Uint8Array.of(7, 8, 9) },
      { type: 5, ttl: 300, rdata: new Uint8Array(0x0201) },
    ]);
    expect([...octets.subarray(0, 19)]).toEqual([1, 2, 0x83, 4, 5, 6, 0, 3, 7, 8, 9, 0, 5, 0, 0, 1, 44, 2, 1]);
    expect(octets.length).toBe(8 + 3 + 8 + 0x0201);
    expect(ttlOfRrs(octets)).toBe(0x8304_0506);
  });

  it("decodes to what was encoded, splits into what joins to it, and counts as many", () => {
    fc.assert(
      fc.property(run, fc.nat({ max: 9 }), (rrs, before) => {
        // A view into other octets, as readers of blocks have it.
        const around = new Uint8Array([...new Uint8Array(before).fill(255), ...encodeRrs(rrs), 255]);
        const octets = around.subarray(before, around.length - 1);
        expect(decodeRrs(octets)).toEqual(rrs);
        expect(splitRrs(octets)).toEqual(rrs.map(({ type, ttl, rdata }) => encodeRr(type, ttl, rdata)));
        expect(countRrs(octets)).toBe(rrs.length);
        expect(countRrs(around.subarray(before), octets.length)).toBe(rrs.length);
      }),
    );
  });

  it("gives RDATA of its own, which later writes to the run do not change", () => {
    const octets = encodeRr(1, 60, Uint8Array.of(192, 0, 2, 1));
    const [decoded] = decodeRrs(octets);
    octets.fill(0);
    expect(decoded?.rdata).toEqual(Uint8Array.of(192, 0, 2, 1));
  });

  it("refuses one that is cut short rather than reading past its end", () => {
    fc.assert(
      fc.property(run, fc.nat(), (rrs, at) => {
        const octets = encodeRrs(rrs);
        const cut = octets.subarray(0, at % (octets.length + 1));
        const ends = rrs.map((_, i) => encodeRrs(rrs.slice(0, i + 1)).length);
        if (cut.length === 0 || ends.includes(cut.length)) return;
        for (const read of [decodeRrs, splitRrs, countRrs]) expect(() => read(cut)).toThrow(RangeError);
      }),
    );
  });

  it("equals another whatever the TTLs, and only then", () => {
    const few = fc.record({
      type: fc.constantFrom(1, 5),
      ttl: fc.nat(),
      rdata: fc.uint8Array({ maxLength: 2, max: 1 }),
    });
    const withoutTtl = (rrs: readonly Rr[]): string => JSON.stringify(rrs.map(({ type, rdata }) => [type, [...rdata]]));
    fc.assert(
      fc.property(fc.array(few, { maxLength: 2 }), fc.array(few, { maxLength: 2 }), (a, b) => {
        expect(equalButTtl(encodeRrs(a), encodeRrs(b))).toBe(withoutTtl(a) === withoutTtl(b));
        expect(equalButTtl(encodeRrs(a), encodeRrs(a.map((rr) => ({ ...rr, ttl: 7 }))))).toBe(true);
      }),
    );
  });
});
