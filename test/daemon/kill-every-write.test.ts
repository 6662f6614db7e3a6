import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { apex, BuildFixture, mainText, type ServedZone, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";

const listOf = (...names: readonly string[]): string => `${names.join("\n")}\n`;
const many = Array.from({ length: 900 }, (_, i) => `n${i}.example`);

interface Case {
  readonly what: string;
  /** Lists that are built one after the other; the last of these builds is killed. */
  readonly lists: readonly string[];
  /** Kinds of writes that must be among the moments. */
  readonly kinds: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "the first build",
    lists: [listOf(...many)],
    kinds: [
      "INSERT INTO snapshot",
      "INSERT INTO block",
      "INSERT INTO version",
      "UPDATE zone",
      "writeSync",
      "renameSync",
    ],
  },
  {
    // The second build leaves old snapshots and differences for the third to sweep.
    what: "a later build",
    lists: [
      listOf(...many, "old.example"),
      listOf(...many, "middle.example"),
      listOf(...many.slice(0, 850), "new.example", "x.ok.n5.example"),
    ],
    kinds: [
      "INSERT INTO snapshot",
      "INSERT INTO block",
      "INSERT INTO difference",
      "UPDATE block",
      "UPDATE zone",
      "writeSync",
      "fsyncSync",
      "renameSync",
      "DELETE FROM entry_block",
    ],
  },
];

interface Left {
  readonly served: ServedZone | undefined;
  /** The zone file; undefined where there is none. */
  readonly file: string | undefined;
}

function lookAt(fixture: BuildFixture): Left {
  const path = fixture.path(`var/zones/${apex}.zone`);
  const served = fixture.hasStore() ? fixture.served() : undefined;
  return { served, file: existsSync(path) ? readFileSync(path, "latin1") : undefined };
}

const withoutSoa = (file = ""): string => file.slice(file.indexOf(" NS "));

test.each(cases)(
  "killed before any of its writes, $what leaves the old version or the new one, and the next build fixes all",
  async ({ lists, kinds }) => {
    const fixture = new BuildFixture({
      "main.yaml": mainText(
        ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
        ["{from: allow.txt, scope: exact}"],
      ),
      "zone.yaml": zoneText("file: true\n"),
      "allow.txt": listOf("ok.n5.example"),
    });
    for (const list of lists.slice(0, -1)) {
      fixture.write("list.txt", list);
      await fixture.build();
    }
    const old = lookAt(fixture);
    fixture.write("list.txt", lists.at(-1) as string);

    const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
    const fresh = lookAt(fixture);
    expect(fixture.read(faultsOf)).toEqual([]);
    expect(fresh.served?.records).not.toEqual(old.served?.records);
    expect([...new Set(copies.map(({ kind }) => kind))]).toEqual(expect.arrayContaining([...kinds]));

    const seen = new Set<string>();
    for (const { kind, folder } of copies) {
      rmSync(fixture.path("var"), { recursive: true });
      cpSync(folder, fixture.path("var"), { recursive: true });
      const left = lookAt(fixture);
      const isOld = left.served?.row.serial === old.served?.row.serial;
      seen.add(isOld ? "old" : "new");
      expect(left.served?.records, kind).toEqual((isOld ? old : fresh).served?.records);
      expect([old.file, ...(isOld ? [] : [fresh.file])], kind).toContain(left.file);

      const { zones } = await fixture.build();
      const repaired = lookAt(fixture);
      expect(zones[0]?.error, kind).toBeUndefined();
      expect(repaired.served?.records, kind).toEqual(fresh.served?.records);
      expect(repaired.served?.row.counts, kind).toEqual(fresh.served?.row.counts);
      const serials = [old, left, repaired].map(({ served }) => served?.row.serial ?? 0);
      expect(serials, kind).toEqual(serials.toSorted((a, b) => a - b));
      expect(new Set(serials).size, kind).toBe(2);
      expect(repaired.file, kind).toContain(` ${repaired.served?.row.serial} `);
      expect(withoutSoa(repaired.file), kind).toBe(withoutSoa(fresh.file));
      expect(existsSync(fixture.path(`var/zones/${apex}.zone.partial`)), kind).toBe(false);
      expect(fixture.read(faultsOf), kind).toEqual([]);
    }
    expect(seen).toEqual(new Set(["old", "new"]));
  },
);
