import { describe, expect, test } from "vitest";
import { isoTime } from "../../src/base/clock.ts";
import { trustClock } from "../../src/daemon/store-upkeep.ts";
import { History } from "../../src/store/history.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";

const hour = 3_600_000;
const day = 24 * hour;
const farAhead = Date.UTC(2099, 0, 1);

/** One entry that ends in a hundred days, one that has none, and one that is gone already. */
async function fixtureOf(): Promise<LedgerFixture> {
  const fixture = new LedgerFixture([]);
  const end = isoTime(Math.floor((fixture.nowMs + 100 * day) / 1000));
  const rows = [row("1", "ends.example", { until: end }), row("2", "stays.example")];
  fixture.list(...rows, row("3", "gone.example"));
  await fixture.build();
  fixture.list(...rows);
  await fixture.build();
  return fixture;
}

/** What the builds since the last look warned of, but that there are no guards. */
function warned(fixture: LedgerFixture): string[] {
  const messages = fixture.warnings.splice(0).map(({ message }) => message);
  return messages.filter((message) => !message.startsWith("no guard"));
}

const steps = (fixture: LedgerFixture): number => fixture.read((db) => new History(db).steps("list").length);

describe("a clock that is far ahead of the last build", () => {
  test("ends nothing, deletes nothing and moves no serial, and is forgotten once it is right again", async () => {
    const fixture = await fixtureOf();
    const { nowMs } = fixture;
    const serial = fixture.served()?.row.serial as number;
    fixture.nowMs = farAhead;
    for (let i = 0; i < 3; i++) {
      const { sources } = await fixture.build();
      // It is looked at again after an hour.
      expect(sources[0]?.due).toBe((farAhead + 1000 + hour) / 1000);
    }
    const warnings = warned(fixture);
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toContain("far after the last build");
    fixture.list(row("2", "stays.example", { type: "x" }), row("1", "ends.example", { until: "2050-01-01" }));
    await fixture.build();
    expect(fixture.names()).toEqual(["ends.example", "stays.example"]);
    expect(fixture.states()).toContain("gone.example 3 withdrawn");
    expect(fixture.snapshot().compiledFor).toBeLessThan(nowMs / 1000 + 60);
    expect(steps(fixture)).toBe(3);
    expect((fixture.served()?.row.serial as number) - serial).toBeLessThan(1000);
    fixture.nowMs = nowMs + 60_000;
    warned(fixture);
    await fixture.build();
    expect(warned(fixture)).toEqual([]);
    // Where it is that far ahead once more, it is doubted once more.
    fixture.nowMs = farAhead + day;
    await fixture.build();
    expect(warned(fixture)).toHaveLength(1);
    expect(fixture.names()).toEqual(["ends.example", "stays.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("is believed once it has been there for an hour: a machine may have been off for long", async () => {
    const fixture = await fixtureOf();
    fixture.nowMs += 120 * day;
    await fixture.build();
    expect(fixture.names()).toEqual(["ends.example", "stays.example"]);
    fixture.nowMs += hour;
    await fixture.build();
    expect(fixture.names()).toEqual(["stays.example"]);
    warned(fixture);
    fixture.nowMs += 29 * day;
    await fixture.build();
    expect(warned(fixture)).toEqual([]);
  });

  test("is not doubted for lists that nobody changes, as long as somebody builds", async () => {
    const fixture = await fixtureOf();
    for (let i = 0; i < 5; i++) {
      fixture.nowMs += 25 * day;
      await fixture.build();
    }
    expect(warned(fixture)).toEqual([]);
    expect(fixture.names()).toEqual(["stays.example"]);
  });

  test("is believed at once where somebody says that it is right", async () => {
    const fixture = await fixtureOf();
    fixture.nowMs += 120 * day;
    expect(trustClock(fixture.config(), { nowMs: () => fixture.nowMs })).toEqual([]);
    await fixture.build();
    expect(fixture.names()).toEqual(["stays.example"]);
  });

  test("leaves a dry run as careful as a build, and notes nothing in it", async () => {
    const fixture = await fixtureOf();
    fixture.nowMs += 120 * day;
    await fixture.build({ dryRun: true });
    fixture.nowMs += 2 * hour;
    await fixture.build();
    expect(fixture.names()).toEqual(["ends.example", "stays.example"]);
  });
});

test("what a wrong clock has ended comes back when somebody says that the clock is right, and not before", async () => {
  const fixture = await fixtureOf();
  const { nowMs } = fixture;
  fixture.nowMs = farAhead;
  await fixture.build();
  fixture.nowMs = farAhead + hour;
  await fixture.build();
  expect(fixture.names()).toEqual(["stays.example"]);
  fixture.nowMs = nowMs + day;
  warned(fixture);
  await fixture.build();
  expect(fixture.names()).toEqual(["stays.example"]);
  expect(warned(fixture)).toEqual([expect.stringContaining("clock trust")]);
  expect(trustClock(fixture.config(), { nowMs: () => fixture.nowMs })).toEqual(["list"]);
  warned(fixture);
  await fixture.build();
  expect(fixture.names()).toEqual(["ends.example", "stays.example"]);
  expect(fixture.blocked()).toEqual(["ends.example", "stays.example"]);
  expect(warned(fixture)).toEqual([]);
  expect(fixture.snapshot().compiledFor).toBe(fixture.now);
  // And it ends at its time.
  for (let i = 0; i < 5; i++) {
    fixture.nowMs += 25 * day;
    await fixture.build();
  }
  expect(fixture.names()).toEqual(["stays.example"]);
  expect(fixture.read(faultsOf)).toEqual([]);
});
