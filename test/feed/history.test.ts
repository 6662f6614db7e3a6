import { rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { forgetPart } from "../../src/daemon/store-upkeep.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { explainName } from "../../src/mill/explain.ts";
import { History } from "../../src/store/history.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { faultsOf } from "../store/consistency.ts";
import { putOlderSchema } from "../store/older-schema.ts";
import { apex, BuildFixture, mainText, zoneText } from "./fixture.ts";

const names = (count: number, first = 0): string[] => Array.from({ length: count }, (_, i) => `n${first + i}.example`);
/** Snapshots of guards leave when others come, whatever the lists do. */
const ofLists = "source = (SELECT id FROM source WHERE name = 'list')";
const listOf = (...all: readonly string[]): string => `${all.join("\n")}\n`;

const fixtureOf = (list: string, more: Record<string, string> = {}): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "list.txt": list,
    ...more,
  });

/** When a name was first and last seen, in seconds since the stand's first build. */
function seen(fixture: BuildFixture, name: string): readonly [first: number, last: number] | undefined {
  const explained = fixture.read((db) => explainName(name, fixture.config(), new Snapshots(db)));
  const cause = explained.verdicts[0]?.because[0];
  if (cause === undefined) return undefined;
  const since = (time: string): number => (Date.parse(time) - 1_700_000_001_000) / 1000;
  return [since(cause.firstSeen), since(cause.lastSeen)];
}

describe("when a name was seen", () => {
  test("its first time is kept over later builds, its last one moves with each reading", async () => {
    const fixture = fixtureOf(listOf("old.example", "gone.example"));
    await fixture.build();
    expect(seen(fixture, "old.example")).toEqual([0, 0]);
    fixture.write("list.txt", listOf("old.example", "new.example"));
    await fixture.build();
    expect(seen(fixture, "www.old.example")).toEqual([0, 1]);
    expect(seen(fixture, "new.example")).toEqual([1, 1]);
    expect(seen(fixture, "gone.example")).toBeUndefined();
    // Not read, since the file is as it was.
    await fixture.build();
    expect(seen(fixture, "old.example")).toEqual([0, 1]);
    // Read again and the same.
    await fixture.build({ full: true });
    expect(seen(fixture, "old.example")).toEqual([0, 3]);
    fixture.write("list.txt", listOf("new.example", "old.example", "old.example"));
    await fixture.build();
    expect(seen(fixture, "old.example")).toEqual([0, 4]);
    expect(seen(fixture, "new.example")).toEqual([1, 4]);
  });

  test("a list that cannot be read is not seen", async () => {
    const fixture = fixtureOf(listOf("old.example"));
    await fixture.build();
    rmSync(fixture.path("list.txt"));
    await fixture.build();
    expect(seen(fixture, "old.example")).toEqual([0, 0]);
  });

  /** Builds with each of the lists in turn. */
  async function buildEach(fixture: BuildFixture, ...lists: readonly (readonly string[])[]): Promise<void> {
    for (const list of lists) {
      fixture.write("list.txt", listOf("here.example", ...list));
      await fixture.build();
    }
  }
  const day = 86_400_000;
  const remembering = (days: number): Record<string, string> => ({
    "main.yaml": `${mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"])}historyDays: ${days}\n`,
  });

  test("a name that comes back keeps its first time, however often", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"));
    await fixture.build();
    await buildEach(fixture, [], ["back.example"]);
    expect(seen(fixture, "back.example")).toEqual([0, 2]);
    await buildEach(fixture, [], ["other.example"], ["back.example"]);
    expect(seen(fixture, "back.example")).toEqual([0, 5]);
    expect(seen(fixture, "other.example")).toBeUndefined();
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("on days on which it was gone it was not listed, and its first time is the same on all others", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"));
    await fixture.build();
    await buildEach(fixture, [], ["back.example"], []);
    const listed = (second: number): string[] =>
      fixture.read((db) => {
        const entries = new History(db).entriesAt("list", 1_700_000_001 + second);
        if ("why" in entries) throw new Error(entries.why);
        return Array.from(entries, ({ key, said }) => `${shownKey(key.slice())} ${said.firstSeen - 1_700_000_001}`);
      });
    expect([0, 1, 2, 3].map(listed)).toEqual([
      ["back.example 0", "here.example 0"],
      ["here.example 0"],
      ["back.example 0", "here.example 0"],
      ["here.example 0"],
    ]);
  });

  test("a name that was gone for longer than `historyDays` is new, though it was gone before for less", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"), remembering(10));
    await fixture.build();
    await buildEach(fixture, []);
    fixture.nowMs += 9 * day;
    await buildEach(fixture, ["back.example"]);
    expect(seen(fixture, "back.example")?.[0]).toBe(0);
    await buildEach(fixture, []);
    fixture.nowMs += 10 * day;
    await buildEach(fixture, ["back.example"]);
    expect(seen(fixture, "back.example")?.[0]).toBe(19 * 86_400 + 4);
  });

  test("with `historyDays: 0` nothing is remembered", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"), remembering(0));
    await fixture.build();
    await buildEach(fixture, [], ["back.example"]);
    expect(seen(fixture, "back.example")).toEqual([2, 2]);
    expect(fixture.read((db) => db.prepare("SELECT count(*) FROM gone_block").pluck().get())).toBe(0);
  });

  test("a dry run notes nothing, and a source that is forgotten takes its names along", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"));
    await fixture.build();
    const noted = (): unknown => fixture.read((db) => db.prepare("SELECT sum(entries) FROM gone_block").pluck().get());
    fixture.write("list.txt", listOf("here.example"));
    await fixture.build({ dryRun: true });
    expect(noted()).toBeNull();
    await fixture.build();
    expect(noted()).toBe(1);
    fixture.write("other.txt", listOf("here.example"));
    fixture.write(
      "main.yaml",
      mainText(["{id: other, category: one, scope: subtree, format: domains, from: other.txt}"]),
    );
    await fixture.build();
    forgetPart(fixture.config(), { nowMs: () => fixture.nowMs }, "list");
    expect(noted()).toBeNull();
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("a store of the schema before is brought up to date, and remembers from then on", async () => {
    const fixture = fixtureOf(listOf("here.example", "back.example"));
    await fixture.build();
    putOlderSchema(fixture.path("var/rpzmill.db"), 6);
    await buildEach(fixture, [], ["back.example"]);
    expect(seen(fixture, "back.example")).toEqual([0, 2]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });
});

describe("a zone that was not built for some time", () => {
  const other = "other.rpz.test";
  // Zones that come and go change the guard of own zones, after which all is merged. Only what builds need is kept.
  const both = `${mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]).replace(
    "[zone.yaml]",
    "[zone.yaml, other.yaml]",
  )}guards: [{id: own-zones, use: false}]\nhistoryDays: 0\n`;
  const alone = both.replace(", other.yaml", "");

  /** Builds both zones, then the first alone over some changes of the list, one name each. */
  async function fixtureAfter(changes: number): Promise<BuildFixture> {
    const fixture = fixtureOf(listOf(...names(3000)), { "main.yaml": both, "other.yaml": zoneText("", other) });
    await fixture.build();
    fixture.write("main.yaml", alone);
    for (let i = 1; i <= changes; i++) {
      fixture.write("list.txt", listOf(...names(3000, i)));
      expect((await fixture.build()).zones).toMatchObject([
        { apex, result: { merged: "ranges", added: 2, removed: 2 } },
      ]);
    }
    fixture.write("main.yaml", both);
    return fixture;
  }

  test("gets an incremental build over all changes since", async () => {
    const fixture = await fixtureAfter(4);
    const { zones } = await fixture.build();
    expect(zones).toMatchObject([
      { apex, result: { merged: "none" } },
      { apex: other, result: { merged: "ranges", added: 8, removed: 8 } },
    ]);
    expect(fixture.served(other)?.records).toEqual(fixture.served()?.records);
    expect(fixture.read(faultsOf)).toEqual([]);
    // Now nobody needs the steps between.
    expect(fixture.read((db) => db.prepare(`SELECT count(*) FROM snapshot WHERE ${ofLists}`).pluck().get())).toBe(1);
  });

  test("gets a full build where the lists of changes are gone", async () => {
    const fixture = await fixtureAfter(3);
    const db = new Sqlite(fixture.path("var/rpzmill.db"));
    db.exec("DELETE FROM snapshot WHERE id = (SELECT min(id) + 1 FROM snapshot)");
    db.close();
    const { zones } = await fixture.build();
    expect(zones[1]).toMatchObject({ apex: other, result: { merged: "all", added: 6, removed: 6 } });
    expect(fixture.served(other)?.records).toEqual(fixture.served()?.records);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("does not make the store keep lists of changes that are no shorter than merging everything", async () => {
    const fixture = fixtureOf(listOf(...names(1000)), { "main.yaml": both, "other.yaml": zoneText("", other) });
    await fixture.build();
    fixture.write("main.yaml", alone);
    const rows = (): unknown =>
      fixture.read((db) => db.prepare(`SELECT count(*) FROM snapshot WHERE ${ofLists}`).pluck().get());
    for (let i = 1; i <= 12; i++) {
      fixture.write("list.txt", listOf(...names(1000, 1000 * i)));
      await fixture.build({ accept: new Set(["list"]) });
    }
    // 2,000 names change at a time, and 10,000 are worth listing; beside them is what the other zone was built from.
    expect(rows()).toBe(6);
    fixture.write("main.yaml", both);
    expect((await fixture.build()).zones[1]).toMatchObject({ result: { merged: "all", added: 2000, removed: 2000 } });
    expect(fixture.served(other)?.records).toEqual(fixture.served()?.records);
    expect(rows()).toBe(1);
    expect(fixture.read(faultsOf)).toEqual([]);
  });
});

test("what no build needs any more is swept, whatever happened to the list", async () => {
  const fixture = fixtureOf(listOf(...names(2000)));
  const kinds = new Set<unknown>();
  for (const list of [
    names(2000, 1),
    names(2000, 1),
    names(10),
    names(2000, 500),
    ["..", "a b c"],
    names(40_000),
    names(39_000, 7000),
    names(2000),
  ]) {
    fixture.write("list.txt", listOf(...list));
    const { sources, zones } = await fixture.build({ accept: list.length > 20_000 ? new Set(["list"]) : new Set() });
    kinds.add(sources[0]?.error?.code ?? `${sources[0]?.outcome}, ${zones[0]?.result?.merged}`);
    expect(fixture.read(faultsOf)).toEqual([]);
  }
  expect(kinds).toEqual(new Set(["new, all", "same, none", "SOURCE_GUARD", "new, ranges", "SOURCE_EMPTY"]));
});
