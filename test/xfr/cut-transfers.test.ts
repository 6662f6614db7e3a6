import { expect, test } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import { CutTransfers } from "../../src/xfr/cut-transfers.ts";
import { FixedClock } from "./serve.ts";

const apex = nameFromText("rpz.example");
const dayMs = 24 * 3_600_000;

test("a cut is remembered for its client and zone until a transfer came through", () => {
  const cuts = new CutTransfers(new FixedClock(0));
  cuts.add("192.0.2.1", apex);
  expect(cuts.has("192.0.2.1", apex)).toBe(true);
  expect(cuts.has("192.0.2.2", apex)).toBe(false);
  expect(cuts.has("192.0.2.1", nameFromText("other.example"))).toBe(false);
  cuts.delete("192.0.2.1", apex);
  expect(cuts.has("192.0.2.1", apex)).toBe(false);
});

test("a cut is forgotten after a week", () => {
  const clock = new FixedClock(0);
  const cuts = new CutTransfers(clock);
  cuts.add("192.0.2.1", apex);
  clock.ms = 7 * dayMs - 1;
  expect(cuts.has("192.0.2.1", apex)).toBe(true);
  clock.ms = 7 * dayMs;
  expect(cuts.has("192.0.2.1", apex)).toBe(false);
});

test("the table is bounded, and the oldest goes first", () => {
  const cuts = new CutTransfers(new FixedClock(0));
  for (let i = 0; i < 4097; i++) cuts.add(`2001:db8::${i.toString(16)}`, apex);
  expect(cuts.has("2001:db8::0", apex)).toBe(false);
  expect(cuts.has("2001:db8::1", apex)).toBe(true);
  expect(cuts.has("2001:db8::1000", apex)).toBe(true);
});
