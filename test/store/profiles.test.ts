import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Database, openForWriting } from "../../src/store/database.ts";
import { sweepManyProfiles } from "../../src/store/profile-sweep.ts";
import { Profiles } from "../../src/store/profiles.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "./consistency.ts";

function openStore(): Database {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-profiles-"));
  const db = openForWriting(join(folder, "rpzmill.db"));
  onTestFinished(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  return db;
}

const storedIn = (db: Database): number => db.prepare("SELECT count(*) FROM profile").pluck().get() as number;

test("combinations that are new are written together, and read alike before and after", () => {
  const db = openStore();
  const profiles = new Profiles(db);
  const logBytes = (): number => statSync(`${db.name}-wal`).size;
  db.pragma("wal_checkpoint(TRUNCATE)");
  const numbers = Array.from({ length: 1000 }, (_, i) => profiles.numberOf({ campaign: `c${i}` }));
  expect(new Set(numbers).size).toBe(1000);
  expect([logBytes(), storedIn(db), profiles.count()]).toEqual([0, 0, 1000]);
  expect(profiles.has({ campaign: "c999" })).toBe(true);
  expect(profiles.factsOf(numbers[7] as number)).toEqual({ campaign: "c7" });
  profiles.write();
  expect([storedIn(db), profiles.count()]).toEqual([1000, 1000]);
  // A few pages, each once.
  expect(logBytes()).toBeLessThan(1024 * 1024);
  const others = new Profiles(db);
  expect(others.numberOf({ campaign: "c7" })).toBe(numbers[7]);
  expect(others.factsOf(numbers[7] as number)).toEqual({ campaign: "c7" });
  expect(others.numberOf({ campaign: "new" })).toBe(1 + Math.max(...numbers));
});

test("numbers that could not be written stand for nothing afterwards", () => {
  const db = openStore();
  const profiles = new Profiles(db);
  profiles.numberOf({ campaign: "kept" });
  profiles.write();
  db.exec("CREATE TRIGGER refuse BEFORE INSERT ON profile BEGIN SELECT RAISE(ABORT, 'refused'); END");
  const lost = profiles.numberOf({ campaign: "lost" });
  expect(() => profiles.write()).toThrow("refused");
  db.exec("DROP TRIGGER refuse");
  expect([profiles.count(), profiles.has({ campaign: "lost" })]).toEqual([1, false]);
  expect(profiles.numberOf({ campaign: "other" })).toBe(lost);
  profiles.write();
  expect(profiles.factsOf(lost)).toEqual({ campaign: "other" });
  expect(profiles.numberOf({ campaign: "lost" })).toBe(lost + 1);
});

test("a dry run leaves no combination of facts behind, and numbers none that a build made", async () => {
  const rows = (from: number): string[] =>
    Array.from({ length: 30 }, (_, i) => row(`${from + i}`, `n${from + i}.example`, { score: `${from + i}` }));
  const fixture = new LedgerFixture(rows(0));
  await fixture.build();
  const profiles = (): unknown => fixture.read((db) => db.prepare("SELECT * FROM profile ORDER BY id").all());
  const before = profiles();
  fixture.list(...rows(20));
  const { sources } = await fixture.build({ dryRun: true, accept: new Set(["list"]) });
  expect(sources[0]?.outcome).toBe("new");
  expect(profiles()).toEqual(before);
  await fixture.build({ accept: new Set(["list"]) });
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("combinations that no row has any more go once they are many", async () => {
  const fixture = new LedgerFixture([row("1", "a.example", { score: "10" })]);
  await fixture.build();
  const db = openForWriting(fixture.path("var/rpzmill.db"));
  try {
    const profiles = new Profiles(db);
    for (let i = 0; i < 200; i++) profiles.numberOf({ campaign: `c${i}` });
    profiles.write();
    sweepManyProfiles(db, 500);
    expect(storedIn(db)).toBe(201);
    sweepManyProfiles(db, 100);
    // The one in use, and the last, whose number must not be given again.
    expect(storedIn(db)).toBe(2);
  } finally {
    db.close();
  }
  expect(fixture.read(faultsOf)).toEqual([]);
});
