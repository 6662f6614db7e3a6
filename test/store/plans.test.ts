import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import type { Messages } from "../../src/dns/block.ts";
import { keyOfText, nameFromText } from "../../src/dns/name.ts";
import { serial } from "../../src/dns/serial.ts";
import { explainName } from "../../src/mill/explain.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { ZoneReader } from "../../src/store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../../src/store/zones.ts";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

const names = (count: number): string => Array.from({ length: count }, (_, i) => `name-${i}.example\n`).join("");

function walk(messages: Messages): void {
  while (messages.next() !== undefined);
}

/** Builds of every kind: new, incremental, the same, pruned, swept, full. */
async function buildAll(fixture: BuildFixture): Promise<void> {
  for (const more of ["", "a.example\n", "b.example\n", "", "www.name-3.example\n"]) {
    fixture.write("list.txt", names(3000) + more);
    fixture.nowMs += 86_400_000;
    await fixture.build();
  }
  fixture.write("list.txt", "gone.example\n");
  await fixture.build();
  await fixture.build({ full: true });
}

function readAll(fixture: BuildFixture): void {
  fixture.read((db) => {
    const zones = new Zones(db);
    const row = zones.current(zones.find(apex) as number) as ZoneVersionRow;
    const reader = new ZoneReader(db);
    walk(reader.blocks(row));
    for (const name of ["x.name-7.example", "name-7.example"]) reader.lookup(row, nameFromText(apex), keyOfText(name));
    for (const { deletions, additions } of reader.differencesFrom(serial(row.serial - 1), row) ?? []) {
      walk(deletions());
      walk(additions());
    }
    zones.history(row.zone);
    const snapshots = new Snapshots(db);
    snapshots.sources();
    explainName("x.name-7.example", fixture.config(), snapshots);
  });
}

/** Every statement of builds, of serving and of explaining, with the steps by which SQLite carries it out. */
async function plansOfAll(): Promise<Map<string, string[]>> {
  const { prepare } = Sqlite.prototype;
  const statements = new Set<string>();
  Sqlite.prototype.prepare = function (this: Sqlite.Database, sql: string) {
    statements.add(sql.replace(/\s+/g, " ").trim());
    return prepare.call(this, sql);
  } as typeof prepare;
  const fixture = new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
      ["{from: allow.txt, scope: exact}"],
    ),
    "zone.yaml": zoneText("file: true\nkeep: {versions: 1, seconds: 1}\n"),
    "allow.txt": "ok.example\n",
  });
  try {
    await buildAll(fixture);
    readAll(fixture);
  } finally {
    Sqlite.prototype.prepare = prepare;
  }
  const plans = new Map<string, string[]>();
  fixture.read((db) => {
    for (const sql of statements) {
      if (/^PRAGMA|sqlite_schema/i.test(sql)) continue;
      const unbound = Array.from(sql.matchAll(/\?/g), () => null);
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...unbound) as { detail: string }[];
      plans.set(
        sql,
        steps.map(({ detail }) => detail),
      );
    }
  });
  return plans;
}

test("no statement sorts, or walks more than it must", async () => {
  const plans = await plansOfAll();
  /** Statements one of whose steps is like this. */
  const statementsWith = (step: RegExp): string[] =>
    [...plans].filter(([, steps]) => steps.some((detail) => step.test(detail))).map(([sql]) => sql);

  expect(plans.size).toBeGreaterThan(40);
  for (const table of [
    "source",
    "snapshot",
    "snapshot_block",
    "entry_block",
    "gone_block",
    "draft",
    "zone",
    "version",
    "block",
    "difference",
    "message",
  ]) {
    const naming = new RegExp(`(?:FROM|INTO|UPDATE|JOIN) ${table}\\b`);
    expect(
      [...plans.keys()].some((sql) => naming.test(sql)),
      table,
    ).toBe(true);
  }

  expect(statementsWith(/TEMP B-TREE/)).toEqual([]);

  // Whole tables: lists of all there is, drafts (few ever), and the sweeps of snapshots, policies and what dry runs left.
  const scans = statementsWith(/^SCAN (?!CONSTANT|.*VIRTUAL TABLE)/).map((sql) => /FROM (\w+)/.exec(sql)?.[1] ?? sql);
  expect(scans.sort()).toEqual([
    "draft",
    "draft",
    "policy",
    "snapshot",
    "snapshot",
    "snapshot_block",
    "source",
    "source",
    "source",
    "source",
    "source",
    "source",
    "zone",
    "zone",
    "zone",
  ]);

  // All blocks of a zone: in a build, to sweep what is unfinished and to have the index; in serving, a page at a time.
  expect(statementsWith(/^SEARCH block USING PRIMARY KEY \(zone=\?\)$/).sort()).toEqual([
    "SELECT 1 FROM block WHERE zone = ? AND born <= ? AND replaced > ? LIMIT 1",
    expect.stringMatching(/^SELECT first_key AS firstKey, born AS created, bytes, counts, message FROM block/),
    expect.stringMatching(/^SELECT message AS id, first_key AS key FROM block .* LIMIT \d+$/),
    "SELECT message AS id, first_key, born FROM block WHERE zone = ? AND born > ?",
  ]);

  // Replaced blocks have an index of their own, for pruning.
  const pruning = statementsWith(/^SEARCH block USING (?:COVERING )?INDEX block_replaced/);
  expect(pruning).toEqual([
    expect.stringMatching(/^SELECT message AS id, first_key, born FROM block .* replaced <= \?/),
  ]);
});
