import { cpSync, existsSync, rmSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { compactStore, forgetPart } from "../../src/daemon/store-upkeep.ts";
import { partsOf } from "../../src/store/contents.ts";
import { openForReading, schemaOf } from "../../src/store/database.ts";
import { Holds } from "../../src/store/holds.ts";
import { migrations } from "../../src/store/schema.ts";
import { apex, BuildFixture, mainText, servedZone, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { putOlderSchema } from "../store/older-schema.ts";

const names = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `n${i}.${tail}\n`).join("");

const zone = "limit: {percent: 50, rules: 10}\n";

async function builtFixture(): Promise<BuildFixture> {
  const fixture = new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt, limit: {percent: 1000}}"],
      ["{id: own, from: own.txt}"],
    ),
    "zone.yaml": zoneText(zone),
    "list.txt": names(700, "old.example"),
    "own.txt": "unused.example\n",
  });
  await fixture.build();
  return fixture;
}

function restore(fixture: BuildFixture, folder: string): void {
  rmSync(fixture.path("var"), { recursive: true });
  cpSync(folder, fixture.path("var"), { recursive: true });
}

test.each([
  ["a list", { "list.txt": names(700, "new.example") }, { added: 700, removed: 699, changed: 0 }],
  ["the action", { "zone.yaml": zoneText(zone).replace("nxdomain", "nodata") }, { added: 0, removed: 0, changed: 699 }],
])(
  "killed before any of its writes, a build that holds %s publishes the lift or nothing, and the next one finishes",
  async (_, changed, rules) => {
    const fixture = await builtFixture();
    const old = fixture.served()?.records;
    for (const [name, text] of Object.entries(changed)) fixture.write(name, text);
    fixture.write("own.txt", "*.n3.old.example\n");
    const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
    const lifted = fixture.served()?.records;
    expect(lifted).toHaveLength(2 * 699);
    const kinds = new Set(copies.map(({ kind }) => kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining(["INSERT OR REPLACE INTO hold", "INSERT INTO block", "UPDATE zone", "DELETE FROM block"]),
    );
    const seen = new Set<unknown>();
    for (const { kind, folder } of copies) {
      restore(fixture, folder);
      const left = fixture.served()?.records;
      seen.add(left?.length);
      expect([old, lifted], kind).toContainEqual(left);
      const { zones } = await fixture.build();
      expect(zones[0]?.result?.hold?.ruleChanges, kind).toEqual(rules);
      expect(fixture.served()?.records, kind).toEqual(lifted);
      expect(fixture.read(faultsOf), kind).toEqual([]);
    }
    expect(seen.size).toBe(2);
    await fixture.build({ acceptZones: new Set([apex]) });
    expect(fixture.served()?.records).toHaveLength(2 * (rules.added + rules.changed));
    expect(fixture.read((db) => new Holds(db).find(1))).toBeUndefined();
  },
);

test("killed before any of its writes, a dry run leaves nothing that the next build does not sweep", async () => {
  const fixture = await builtFixture();
  const { row } = fixture.served() ?? {};
  fixture.write("list.txt", names(705, "old.example"));
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build({ dryRun: true }));
  expect(copies.map(({ kind }) => kind)).toContain("INSERT INTO snapshot_block");
  for (const { kind, folder } of copies) {
    restore(fixture, folder);
    expect(fixture.served()?.row, kind).toEqual(row);
    const { zones } = await fixture.build();
    expect(zones[0]?.result?.ruleChanges, kind).toEqual({ added: 5, removed: 0, changed: 0 });
    expect(fixture.read(faultsOf), kind).toEqual([]);
  }
});

test("killed before any of its writes, an upgrade leaves the old schema or the new one, and its copy whole or not at all", async () => {
  const fixture = await builtFixture();
  const file = fixture.path("var/rpzmill.db");
  putOlderSchema(file, 1);
  const old = fixture.served()?.records;
  fixture.write("list.txt", names(705, "old.example"));
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
  const fresh = fixture.served()?.records;
  expect(copies.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["fsyncSync", "renameSync", "CREATE TABLE"]));
  const seen = new Set<string>();
  for (const { kind, folder } of copies) {
    restore(fixture, folder);
    const schema = fixture.read(schemaOf);
    const copy = openForReading(`${file}.schema-1`);
    seen.add(`schema ${schema}, ${copy === undefined ? "no copy" : "a copy"}`);
    expect([old, fresh], kind).toContainEqual(fixture.served()?.records);
    if (copy !== undefined) expect(servedZone(copy, apex)?.records, kind).toEqual(old);
    copy?.close();
    await fixture.build();
    expect(fixture.served()?.records, kind).toEqual(fresh);
    expect(fixture.read(schemaOf), kind).toBe(migrations.length);
    expect(existsSync(`${file}.schema-1`), kind).toBe(true);
    expect(existsSync(`${file}.schema-1.partial`), kind).toBe(false);
    expect(fixture.read(faultsOf), kind).toEqual([]);
  }
  expect([...seen].sort()).toEqual(["schema 1, a copy", "schema 1, no copy", `schema ${migrations.length}, a copy`]);
});

test("killed before any of its writes, forgetting and compacting leave what is served, and are done again", async () => {
  const fixture = await builtFixture();
  const other = zoneText("", "other.rpz.test");
  const both = mainText(
    ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
    ["{id: own, from: own.txt}"],
  ).replace("[zone.yaml]", "[zone.yaml, other.yaml]");
  fixture.write("other.yaml", other);
  fixture.write("main.yaml", both);
  await fixture.build();
  fixture.write("main.yaml", both.replace(", other.yaml", ""));
  await fixture.build();
  const before = fixture.served();
  const upkeep = async (): Promise<void> => {
    forgetPart(fixture.config(), systemClock, "other.rpz.test");
    compactStore(fixture.config(), systemClock);
  };
  const copies = await copiesAtEveryWrite(fixture, upkeep);
  expect(copies.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["DELETE FROM zone", "VACUUM"]));
  for (const { kind, folder } of copies) {
    restore(fixture, folder);
    expect(fixture.served(), kind).toEqual(before);
    const isThere = fixture.read(partsOf).some(({ name }) => name === "other.rpz.test");
    if (isThere) forgetPart(fixture.config(), systemClock, "other.rpz.test");
    const { after } = compactStore(fixture.config(), systemClock);
    expect(statSync(fixture.path("var/rpzmill.db")).size, kind).toBe(after);
    expect(fixture.served(), kind).toEqual(before);
    expect(fixture.read(faultsOf), kind).toEqual([]);
    const parts = fixture.read(partsOf).map(({ name }) => name);
    expect(parts.filter((name) => !name.startsWith("guard:"))).toEqual([apex, "list", "own"]);
  }
});
