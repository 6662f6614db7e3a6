import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionPlaces, type Place } from "../../src/xfr/connection-places.ts";
import { KnownAddresses, networkOf } from "../../src/xfr/known-addresses.ts";
import { defaultLimits } from "../../src/xfr/limits.ts";
import { newCounters } from "../../src/xfr/stats.ts";
import { MemoryZone, sourceOf } from "./memory-zone.ts";

/** Places whose closed connections are told by the names they were taken under. */
function placesOf(connectionsMax: number, connectionsPerClientMax = 16) {
  const counters = newCounters();
  const places = new ConnectionPlaces({ ...defaultLimits, connectionsMax, connectionsPerClientMax }, counters);
  const closed: string[] = [];
  const take = (name: string, address: string, isKnown: boolean): Place | undefined =>
    places.take(address, isKnown, () => closed.push(name));
  return { counters, closed, take };
}

/** The nth stranger's address. */
const stranger = (n: number): string => `198.51.100.${n}`;

describe("places for connections", () => {
  test("strangers leave a quarter of them to known clients, the oldest idle stranger making room", () => {
    const { counters, closed, take } = placesOf(8);
    for (let i = 0; i < 10; i++) expect(take(`stranger ${i}`, stranger(i), false)).toBeDefined();
    expect(closed).toEqual(["stranger 0", "stranger 1", "stranger 2", "stranger 3"]);
    expect(take("known 1", "192.0.2.1", true)).toBeDefined();
    expect(take("known 2", "192.0.2.2", true)).toBeDefined();
    expect(closed).toHaveLength(4);
    expect(counters.connections).toMatchObject({ open: 8, accepted: 12, evicted: 4, overLimit: 0 });
  });

  test("a known client takes a stranger's place before another known client's", () => {
    const { closed, take } = placesOf(4);
    take("known 1", "192.0.2.1", true);
    take("stranger", stranger(1), false);
    for (let i = 2; i < 6; i++) take(`known ${i}`, `192.0.2.${i}`, true);
    expect(closed).toEqual(["stranger", "known 1"]);
  });

  test("what is busy makes no room, and what was busy last is the last to go", () => {
    const { counters, closed, take } = placesOf(3, 2);
    const first = take("first", "192.0.2.1", true);
    take("second", "192.0.2.1", true);
    first?.setBusy();
    take("third", "192.0.2.1", true);
    expect(closed).toEqual(["second"]);
    first?.setIdle();
    take("fourth", "192.0.2.1", true);
    expect(closed).toEqual(["second", "third"]);
    const [busy1, busy2] = [take("fifth", "192.0.2.2", true), take("sixth", "192.0.2.2", true)];
    busy1?.setBusy();
    busy2?.setBusy();
    expect(take("seventh", "192.0.2.2", true)).toBeUndefined();
    expect(counters.connections.overLimit).toBe(1);
  });

  test("a stranger that was served is known from then on", () => {
    const { closed, take } = placesOf(4);
    const served = take("served", stranger(1), false);
    served?.setKnown();
    expect(served?.isKnown).toBe(true);
    for (let i = 2; i < 9; i++) take(`stranger ${i}`, stranger(i), false);
    expect(closed).not.toContain("served");
  });

  test("never more than there are, however they come and go, and none is lost", () => {
    const step = fc.record({
      address: fc.integer({ min: 0, max: 5 }),
      isKnown: fc.boolean(),
      what: fc.constantFrom("idle", "busy", "known", "release", "twice"),
      which: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (steps, max) => {
        const { counters, take } = placesOf(max, 3);
        const taken: Place[] = [];
        for (const { address, isKnown, what, which } of steps) {
          const place = take("", stranger(address), isKnown);
          if (place !== undefined) taken.push(place);
          const other = taken[which % Math.max(1, taken.length)];
          if (what === "idle") other?.setIdle();
          if (what === "busy") other?.setBusy();
          if (what === "known") other?.setKnown();
          if (what === "release" || what === "twice") other?.release();
          if (what === "twice") other?.release();
          expect(counters.connections.open).toBeLessThanOrEqual(max);
        }
        for (const place of taken) place.release();
        expect(counters.connections.open).toBe(0);
        for (let i = 0; i < max; i++) expect(take("", `192.0.2.${i}`, true)).toBeDefined();
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("networks", () => {
  test.each([
    ["192.0.2.1", "192.0.2.2", false],
    ["2001:db8::1", "2001:db8::ffff:1", true],
    ["2001:db8::1", "2001:db8:0:0:1::", true],
    ["2001:db8::1", "2001:db8:0:1::1", false],
    ["::1", "::ffff:0:1", true],
  ])("%s and %s: one client's is %s", (one, other, same) => {
    expect(networkOf(one) === networkOf(other)).toBe(same);
  });
});

describe("known addresses", () => {
  test("are those that some zone's list names, as the lists are now", () => {
    const zone = new MemoryZone("rpz.example", [
      { address: "192.0.2.0/24", key: "isp-a" },
      { address: "2001:db8::/32" },
    ]);
    const zones = [zone, new MemoryZone("other.example", [{ key: "isp-b" }, { address: "198.51.100.7" }])];
    const known = new KnownAddresses(sourceOf(...zones));
    expect(["192.0.2.9", "198.51.100.7", "2001:db8::9"].map((address) => known.has(address))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["203.0.113.1", "198.51.100.8", "::1"].map((address) => known.has(address))).toEqual([false, false, false]);
    zone.acl = [];
    expect(known.has("192.0.2.9")).toBe(false);
  });

  test("an IPv6 prefix of length 0 makes no IPv4 address known", () => {
    const known = new KnownAddresses(sourceOf(new MemoryZone("rpz.example", [{ address: "::/0" }])));
    expect([known.has("192.0.2.1"), known.has("2001:db8::1")]).toEqual([false, true]);
  });

  test("are those that were served, too: the last thousand", () => {
    const known = new KnownAddresses(sourceOf());
    for (let i = 0; i < 1100; i++) known.addServed(`198.18.${i >> 8}.${i & 255}`);
    expect([known.has("198.18.0.0"), known.has("198.18.4.75")]).toEqual([false, true]);
  });
});
