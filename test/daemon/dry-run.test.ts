import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { putOlderSchema } from "../store/older-schema.ts";

const names = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `n${first + i}.example\n`).join("");

/** All rows of all tables, as text. */
function rowsOf(db: Database): Record<string, string> {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  return Object.fromEntries(
    tables.map((table) => [table, JSON.stringify(db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all())]),
  );
}

const fixtureOf = (list: string): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
      ["{id: own, from: own.txt}"],
    ),
    "zone.yaml": zoneText("file: true\n"),
    "list.txt": list,
    "own.txt": "n3.example\n",
  });

test("a dry run finds what the build after it does, and leaves every row of the store as it was", async () => {
  const fixture = fixtureOf(names(1000));
  await fixture.build();
  for (const [list, own] of [
    [names(1000, 20), "n3.example\n"],
    [names(1000, 20), "*.n33.example\nn34.example\n"],
    [names(30_000), ""],
    [names(30_000), ""],
  ] as const) {
    fixture.write("list.txt", list);
    fixture.write("own.txt", own);
    const before = fixture.read(rowsOf);
    const options = { accept: new Set(["list", "own"]), acceptZones: new Set([apex]) };
    const dry = await fixture.build({ ...options, dryRun: true });
    expect(fixture.read(rowsOf)).toEqual(before);
    expect(fixture.read(faultsOf)).toEqual([]);
    const real = await fixture.build(options);
    const facts = ({ zones, sources }: typeof dry) => ({
      zones: zones.map(({ result }) => ({ ...result, serial: 0, previousSerial: 0 })),
      sources: sources.map(({ outcome, snapshot }) => [outcome, snapshot?.entries]),
    });
    expect(facts(dry)).toEqual(facts(real));
  }
});

test("a dry run on a store of an older schema leaves it at that schema", async () => {
  const fixture = fixtureOf(names(10));
  await fixture.build();
  const file = fixture.path("var/rpzmill.db");
  putOlderSchema(file, 1);
  fixture.write("list.txt", names(12));
  const { zones } = await fixture.build({ dryRun: true });
  expect(zones[0]?.result).toMatchObject({ changed: true, ruleChanges: { added: 2, removed: 0, changed: 0 } });
  const db = new Sqlite(file, { readonly: true });
  expect(db.pragma("user_version", { simple: true })).toBe(1);
  db.close();
  expect(fixture.messages).toEqual([]);
});
