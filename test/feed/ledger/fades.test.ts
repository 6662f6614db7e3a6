/** Entries that fade one by one must not make a snapshot each, and what begins or ends must not wait for them. */
import { expect, test } from "vitest";
import { History } from "../../../src/store/history.ts";
import { faultsOf } from "../../store/consistency.ts";
import { LedgerFixture, row } from "./ledger-fixture.ts";

const hour = 3_600_000;
const decay = ", decay: {lifetimeDays: 1}";
const iso = (ms: number): string => new Date(ms).toISOString();

/** Two names that fade minutes apart, since they came minutes apart. */
async function fading(more: readonly string[] = []): Promise<LedgerFixture> {
  const rows = [row("1", "a.example", { score: "80" }), row("2", "b.example", { score: "80" }), ...more];
  const fixture = new LedgerFixture(rows.slice(0, 1));
  fixture.configureFields(decay);
  await fixture.build();
  fixture.nowMs += 600_000;
  fixture.list(...rows);
  await fixture.build();
  return fixture;
}

/** Builds as `run` does, whenever something is due, and gives how many snapshots came of it. */
async function follow(fixture: LedgerFixture, untilMs: number): Promise<number> {
  const ids = new Set<number>();
  for (let builds = 0; ; builds++) {
    expect(builds).toBeLessThan(1000);
    const due = (await fixture.build()).sources[0]?.due;
    ids.add(fixture.snapshot().id);
    if (due === undefined || due * 1000 > untilMs) return ids.size;
    // The next build adds its second.
    fixture.nowMs = Math.max(fixture.nowMs, 1000 * due - 1000);
  }
}

test("fades make a snapshot an hour at most", async () => {
  const fixture = await fading();
  const start = fixture.nowMs;
  const count = await follow(fixture, start + 12 * hour);
  expect(count).toBeGreaterThan(4);
  expect(count).toBeLessThanOrEqual(13);
  fixture.nowMs = start + 13 * hour;
  await fixture.build();
  expect(fixture.listed()).toEqual(['a.example {"confidence":40}', 'b.example {"confidence":40}']);
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("what ends or begins meanwhile does so to the second", async () => {
  const first = 1_700_000_000_000 + 2 * hour;
  const more = [
    row("3", "ends.example", { until: iso(first) }),
    row("4", "begins.example", { from: iso(first + 60_000) }),
  ];
  const fixture = await fading(more);
  await follow(fixture, first + 60_000);
  expect(fixture.now).toBe((first + 60_000) / 1000);
  expect(fixture.names()).toEqual(["a.example", "b.example", "begins.example"]);
});

test("what fades before it ends does end to the second", async () => {
  const ends = 1_700_000_000_000 + 2 * hour + 90_000;
  const fixture = await fading([row("3", "ends.example", { score: "80", until: iso(ends) })]);
  await follow(fixture, ends);
  expect(fixture.now).toBe(ends / 1000);
  expect(fixture.names()).toEqual(["a.example", "b.example"]);
});

test("rejects stand in the newest snapshot alone", async () => {
  const fixture = await fading(["9,in..valid,,,,,,"]);
  fixture.nowMs += 12 * hour;
  await fixture.build();
  const kept = fixture.read((db) => db.prepare("SELECT rejects FROM snapshot ORDER BY id").pluck().all()) as string[];
  expect(kept.length).toBeGreaterThan(2);
  expect(kept.filter((text) => text !== "{}")).toEqual([kept.at(-1)]);
  expect(Object.keys(fixture.snapshot().rejects)).toEqual(["empty-label"]);
});

test("what was listed is read back over a fade and an end of all rows at once", async () => {
  const until = 1_700_000_000_000 + 20 * hour;
  const rows = Array.from({ length: 12_000 }, (_, i) =>
    row(`${i}`, `n${i}.example`, { score: "80", until: iso(until) }),
  );
  const fixture = new LedgerFixture([...rows, row("x", "stays.example")]);
  fixture.configureFields(decay);
  await fixture.build();
  const { now } = fixture;
  fixture.nowMs += 6 * hour;
  await fixture.build();
  fixture.nowMs = until;
  await fixture.build();
  expect(fixture.names()).toEqual(["stays.example"]);
  const countAt = (time: number): unknown =>
    fixture.read((db) => {
      const listed = new History(db).entriesAt("list", time);
      if ("why" in listed) return listed;
      const confidences = new Set<number>();
      let count = 0;
      for (const { said } of listed) {
        count += 1;
        confidences.add(said.profiles[0] as number);
      }
      return [count, confidences.size];
    });
  expect([countAt(now), countAt(now + 7 * 3600), countAt(until / 1000 + 1)]).toEqual([
    [12_001, 2],
    [12_001, 2],
    [1, 1],
  ]);
  expect(fixture.read(faultsOf)).toEqual([]);
});
