import fc from "fast-check";
import { expect, it } from "vitest";
import { decayed, nextStep } from "../../../src/indicator/facts/decay.ts";

const day = 86_400;
const decay = fc.record({
  lifetimeSeconds: fc.integer({ min: 1, max: 400 * day }),
  speed: fc.constantFrom(0.3, 0.5, 1, 2, 3),
  threshold: fc.nat(100),
});
const base = fc.integer({ min: 0, max: 100 });

it("a report of 80 with τ = 120 d and δ = 2 falls to 30 after 46.9 days, as MISP has it", () => {
  const misp = { lifetimeSeconds: 120 * day, speed: 2, threshold: 30 };
  expect(decayed(80, 46.8 * day, misp)).toBe(35);
  expect(decayed(80, 46.9 * day, misp)).toBe(30);
});

it("the confidence starts at its base, never rises, ends at 0, and is a multiple of 5 in between", () => {
  fc.assert(
    fc.property(base, decay, fc.nat(500 * day), fc.nat(500 * day), (base, decay, a, b) => {
      const [early, late] = [Math.min(a, b), Math.max(a, b)];
      expect(decayed(base, 0, decay)).toBe(base);
      expect(decayed(base, -early, decay)).toBe(base);
      expect(decayed(base, late, decay)).toBeLessThanOrEqual(decayed(base, early, decay));
      expect(decayed(base, decay.lifetimeSeconds, decay)).toBe(0);
      const value = decayed(base, late, decay);
      expect(value === base || value % 5 === 0).toBe(true);
    }),
  );
});

it("the next step is the first second at which the confidence is another", () => {
  fc.assert(
    fc.property(base, decay, fc.nat(410 * day), (base, decay, age) => {
      const now = decayed(base, age, decay);
      const next = nextStep(base, age, decay);
      if (next === undefined) {
        expect(now).toBe(0);
        return;
      }
      expect(next).toBeGreaterThan(age);
      expect(decayed(base, next, decay)).toBeLessThan(now);
      expect(decayed(base, next - 1, decay)).toBe(now);
    }),
    { numRuns: 1000 },
  );
});

it("a life has few steps", () => {
  const decay = { lifetimeSeconds: 90 * day, speed: 3, threshold: 0 };
  let steps = 0;
  for (let age: number | undefined = 0; age !== undefined; age = nextStep(100, age, decay)) steps += 1;
  expect(steps).toBe(21);
});
