import { describe, expect, test } from "vitest";
import { compactStore } from "../../src/daemon/store-upkeep.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { openForWriting } from "../../src/store/database.ts";
import { History } from "../../src/store/history.ts";
import { expireRows, sweepReferences } from "../../src/store/ledger-retention.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "./consistency.ts";

const day = 86_400_000;
const at = (fixture: LedgerFixture, seconds: number): string => new Date(fixture.nowMs + 1000 * seconds).toISOString();

describe("rows of the ledger", () => {
  test("go once they were withdrawn for longer than `historyDays`; those that are reported stay, ended or not", async () => {
    const fixture = new LedgerFixture([]);
    const kept = [
      row("1", "ended.example", { until: at(fixture, -5), ref: "a" }),
      row("2", "revoked.example", { revoked: "1" }),
      row("3", "waits.example", { from: at(fixture, 30 * 86_400) }),
      row("4", "counts.example"),
    ];
    fixture.list(...kept, row("5", "gone.example", { ref: "b" }), row("6", "back.example", { ref: "c" }));
    fixture.configureFields("", "historyDays: 10\n");
    await fixture.build();
    fixture.list(...kept);
    await fixture.build();
    fixture.nowMs += 10 * day - 2000;
    await fixture.build();
    expect(fixture.states()).toHaveLength(6);
    fixture.list(...kept, row("6", "back.example", { ref: "c" }));
    fixture.nowMs += 1000;
    await fixture.build();
    // It was found again in the build in which it would have gone, and is new.
    expect(fixture.states()).toEqual([
      "back.example 6 reported",
      "counts.example 4 reported",
      "ended.example 1 reported",
      "revoked.example 2 revoked",
      "waits.example 3 reported",
    ]);
    expect(fixture.rows()[0]?.firstSeen).toBe(fixture.now);
    expect(fixture.read(faultsOf)).toEqual([]);
    // Days that are kept are read as they were.
    fixture.nowMs += 25 * day;
    await fixture.build();
    expect(fixture.names()).toContain("waits.example");
  });

  test("of a day that is kept are read as they were, when the rows are gone", async () => {
    const fixture = new LedgerFixture([row("1", "a.example"), row("2", "b.example")]);
    fixture.configureFields("", "historyDays: 10\n");
    await fixture.build();
    fixture.list(row("1", "a.example"));
    await fixture.build();
    const until = fixture.now;
    fixture.nowMs += 11 * day;
    fixture.list(row("1", "a.example"), row("3", "c.example"));
    await fixture.build();
    expect(fixture.states()).toEqual(["a.example 1 reported", "c.example 3 reported"]);
    const listedAt = (time: number): string[] =>
      fixture.read((db) => {
        const listed = new History(db).entriesAt("list", time);
        return "why" in listed ? [listed.why] : Array.from(listed, ({ key }) => shownKey(key.slice()));
      });
    expect(listedAt(until + 5)).toEqual(["a.example"]);
    expect(listedAt(until - 1)).toEqual(["before"]);
  });
});

test("many rows go, and references once enough have no row", async () => {
  const many = Array.from({ length: 3000 }, (_, i) => row(String(i), `n${i}.example`, { ref: `reference-${i}` }));
  const fixture = new LedgerFixture([...many, row("x", "x.example", { ref: "kept" })]);
  await fixture.build();
  fixture.list(row("x", "x.example", { ref: "kept" }));
  await fixture.build({ accept: new Set(["list"]) });
  const db = openForWriting(fixture.path("var/rpzmill.db"));
  try {
    expireRows(db, fixture.now - 1);
    expect(db.prepare("SELECT count(*) FROM ledger").pluck().get()).toBe(3001);
    expireRows(db, fixture.now);
    expect(db.prepare("SELECT count(*) FROM ledger").pluck().get()).toBe(1);
    // They are too few to look all of them through.
    expect(db.prepare("SELECT count(*) FROM reference").pluck().get()).toBe(3001);
    sweepReferences(db);
    expect(db.prepare("SELECT text FROM reference").pluck().all()).toEqual(["kept"]);
  } finally {
    db.close();
  }
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("combinations of facts that nothing names any more go when the store is compacted, and no number is given twice", async () => {
  const fixture = new LedgerFixture([row("1", "a.example", { type: "a" }), row("2", "b.example", { type: "b" })]);
  fixture.configureFields("", "historyDays: 10\n");
  await fixture.build();
  fixture.list(row("1", "a.example", { type: "c" }), row("2", "b.example", { type: "b" }));
  await fixture.build();
  const profiles = (): unknown[] => fixture.read((db) => db.prepare("SELECT id, facts FROM profile").raw().all());
  const compact = (): void => void compactStore(fixture.config(), { nowMs: () => fixture.nowMs });
  compact();
  // The days that are kept name them still.
  expect(profiles()).toEqual([
    [1, '{"category":"a"}'],
    [2, '{"category":"b"}'],
    [3, '{"category":"c"}'],
  ]);
  fixture.list(row("1", "a.example", { type: "d" }), row("2", "b.example", { type: "d" }));
  await fixture.build();
  fixture.nowMs += 11 * day;
  await fixture.build();
  fixture.list(row("1", "a.example", { type: "b" }), row("2", "b.example", { type: "b" }));
  await fixture.build();
  fixture.nowMs += 11 * day;
  await fixture.build();
  compact();
  expect(profiles()).toEqual([
    [2, '{"category":"b"}'],
    [4, '{"category":"d"}'],
  ]);
  expect(fixture.read(faultsOf)).toEqual([]);
});
