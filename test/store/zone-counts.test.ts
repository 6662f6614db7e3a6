import { expect, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { buildZone } from "../../src/mill/build-zone.ts";
import { addCounts } from "../../src/mill/counts.ts";
import { policyOf } from "../../src/mill/policy.ts";
import { buildRange, nothingRebuilt } from "../../src/mill/rebuild.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Holds } from "../../src/store/holds.ts";
import { Ledger } from "../../src/store/ledger.ts";
import { Policies } from "../../src/store/policies.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { Zones } from "../../src/store/zones.ts";
import { BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "./consistency.ts";

/** Builds a zone first in two ranges of which the first ends in a small block, as workers do. */
async function firstInRanges(fixture: BuildFixture, cut: string): Promise<void> {
  const config = fixture.config();
  const [zone] = config.zones;
  if (zone === undefined) throw new Error("The stand has no zone");
  const db = openForWriting(config.databaseFile);
  const zones = new Zones(db);
  await buildZone({
    zone,
    zones,
    snapshots: new Snapshots(db),
    ledger: new Ledger(db),
    policy: policyOf(zone, config),
    ownGuards: [],
    manualSources: [],
    full: false,
    shownNames: (names) => names,
    accept: false,
    dryRun: false,
    holds: new Holds(db),
    policies: new Policies(db),
    readableSeconds: 0,
    clock: { nowMs: () => fixture.nowMs },
    async buildRange(job) {
      const rebuilt = nothingRebuilt();
      for (const range of [
        { from: undefined, to: keyOfText(cut) },
        { from: keyOfText(cut), to: undefined },
      ]) {
        const part = buildRange(zones, job, range);
        rebuilt.bytes += part.bytes;
        rebuilt.added += part.added;
        addCounts(rebuilt.counts, part.counts);
      }
      return rebuilt;
    },
  });
  db.close();
}

test("a build that finds the same records leaves no blocks of its own, and counts that later builds can go on from", async () => {
  const names = Array.from({ length: 1500 }, (_, i) => `n${String(i).padStart(4, "0")}.example`);
  const listOf = (...more: readonly string[]): string => `${[...names, ...more].join("\n")}\n`;
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "zone.yaml": zoneText("", "first.rpz.test"),
    "list.txt": listOf(),
  });
  // The list is read for another zone, so that the one looked at is yet to be built.
  await fixture.build();
  fixture.write("zone.yaml", zoneText());
  await firstInRanges(fixture, "n0050.example");
  expect(fixture.read(faultsOf)).toEqual([]);

  // All covered by a name above: the small first block would be joined with the next, though no record changes.
  let covered = 0;
  for (const more of [["www.n0003.example"], ["www.n0003.example", "a.n0007.example", "b.n0008.example"], []]) {
    fixture.write("list.txt", listOf(...more));
    const { result } = (await fixture.build()).zones[0] ?? {};
    covered = more.length;
    expect(result).toMatchObject({ changed: false, merged: "ranges", rules: 1500, counts: { covered } });
    expect(fixture.read(faultsOf)).toEqual([]);
  }
  expect((await fixture.build({ full: true })).zones[0]?.result).toMatchObject({ changed: false, counts: { covered } });
  expect(fixture.read(faultsOf)).toEqual([]);
  fixture.write("list.txt", listOf("n9999.example", "www.n9999.example"));
  expect((await fixture.build()).zones[0]?.result).toMatchObject({
    changed: true,
    rules: 1501,
    counts: { covered: 1 },
  });
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("counts of a zone without any record are kept and go on", async () => {
  const fixture = new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
      ["{from: allow.txt, scope: subtree}"],
    ),
    "list.txt": "# nothing\n",
    "allow.txt": "safe.example\n",
  });
  const build = async () =>
    (await fixture.build({ accept: new Set(["list"]) })).zones[0]?.result ?? { changed: undefined, counts: undefined };
  await build();
  for (const [list, allowed] of [
    ["a.safe.example\nb.safe.example\n", 2],
    ["a.safe.example\nb.safe.example\nc.safe.example\n", 3],
    ["# nothing\n", 0],
    ["c.safe.example\n", 1],
  ] as const) {
    fixture.write("list.txt", list);
    expect(await build()).toMatchObject({ changed: false, rules: 0, counts: { allowed } });
    expect(fixture.read(faultsOf)).toEqual([]);
  }
  fixture.write("list.txt", "c.safe.example\nbad.example\n");
  expect(await build()).toMatchObject({ changed: true, rules: 1, counts: { allowed: 1 } });
  expect(fixture.read(faultsOf)).toEqual([]);
});
