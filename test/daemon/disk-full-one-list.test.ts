import { expect, test } from "vitest";
import { exitCodeOf, reportOf } from "../../src/daemon/build-report.ts";
import { freeBytes } from "../../src/store/disk-space.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, names, SmallDisk } from "./small-disk.ts";

const mounts = mayMount();
const smallApex = "small.rpz.test";
const text = (category: string, name: string): string =>
  zoneText("keep: {versions: 1, seconds: 1}\nlimit: {percent: 1000000}\n", name).replace("[one]", `[${category}]`);

/** A zone of a list that grows, and behind it one of a small list; one allow list is for both. */
function twoZones(mebibytes: number): SmallDisk {
  const list = (id: string, category: string): string =>
    `{id: ${id}, category: ${category}, scope: subtree, format: domains, from: ${id}.txt, limit: {percent: 1000000}}`;
  return new SmallDisk(mebibytes * 1024 * 1024, {
    "main.yaml": mainText([list("list", "one"), list("small", "two")], ["{id: own, from: own.txt}"]).replace(
      "[zone.yaml]",
      "[zone.yaml, small.yaml]",
    ),
    "zone.yaml": text("one", apex),
    "small.yaml": text("two", smallApex),
    "list.txt": names(1000, "list.example"),
    "small.txt": names(100, "small.example"),
    "own.txt": "unused.example\n",
  });
}

const has = (fixture: SmallDisk, zone: string, name: string): boolean =>
  fixture.served(zone)?.records.includes(`${name} CNAME .`) === true;

test.runIf(mounts)(
  "a list that the disk has no room for keeps no zone from being built, and nothing from being lifted",
  { timeout: 240_000 },
  async () => {
    const failures = new Set<string>();
    for (const mebibytes of [6, 7, 8, 12, 16, 20, 24]) {
      const fixture = twoZones(mebibytes);
      await fixture.build();
      const what = `${mebibytes} MiB`;
      fixture.write("list.txt", names(150_000, "list.example"));
      let free = 0;
      for (let i = 0; i < 5; i++) {
        fixture.nowMs += 86_400_000;
        fixture.write("own.txt", `name-${i}.list.example\nname-${i}.small.example\n`);
        fixture.write("small.txt", names(100, "small.example") + names(i + 1, "new.example"));
        const outcome = await fixture.build();
        const report = reportOf(outcome, fixture.config());
        const [big, small] = report.zones;
        const [list] = report.sources;
        expect(small, what).toMatchObject({ outcome: "published", error: null });
        expect(has(fixture, smallApex, `name-${i}.new.example`), what).toBe(true);
        for (const [zone, tail] of [
          [apex, "list"],
          [smallApex, "small"],
        ] as const) {
          expect(has(fixture, zone, `name-${i}.${tail}.example`), `${what}, ${zone}, ${i}`).toBe(false);
          expect(has(fixture, zone, `name-50.${tail}.example`), `${what}, ${zone}, ${i}`).toBe(true);
        }
        const error = list?.error ?? big?.error ?? null;
        failures.add(error === null ? "none" : error === list?.error ? "list" : "zone");
        expect(exitCodeOf(report), what).toBe(error === null ? 0 : 1);
        if (error !== null) {
          expect(error, what).toMatchObject({
            code: "STORE_UNUSABLE",
            message: expect.stringMatching(/\bfull\b.*octets are free there, and a build from these lists needs up to/),
          });
        }
        expect(fixture.read(faultsOf), what).toEqual([]);
        // What failed builds leave does not grow.
        if (i === 2) free = freeBytes(fixture.disk);
        if (i > 2) expect(freeBytes(fixture.disk), what).toBeGreaterThanOrEqual(free - 512 * 1024);
      }
    }
    expect([...failures].sort()).toEqual(["list", "none", "zone"]);
  },
);
