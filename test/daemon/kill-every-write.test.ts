import fs, { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { apex, BuildFixture, mainText, type ServedZone, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";

/** Calls `before` ahead of every write to the database or the disk, with the kind of write, until the test ends. */
function watchWrites(before: (kind: string) => void): void {
  const { prepare } = Sqlite.prototype;
  Sqlite.prototype.prepare = function (this: Sqlite.Database, sql: string) {
    const statement = prepare.call(this, sql) as Sqlite.Statement;
    const [kind] = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) \w+/.exec(sql) ?? [];
    if (kind === undefined) return statement;
    const { run } = statement;
    statement.run = (...bound: unknown[]) => {
      before(kind);
      return run.apply(statement, bound);
    };
    return statement;
  } as typeof prepare;
  const names = ["writeSync", "renameSync", "fsyncSync"] as const;
  const real = Object.fromEntries(names.map((name) => [name, fs[name]]));
  for (const name of names) {
    Object.assign(fs, {
      [name]: (...given: unknown[]) => {
        before(name);
        return (real[name] as (...given: unknown[]) => unknown)(...given);
      },
    });
  }
  syncBuiltinESMExports();
  onTestFinished(() => {
    Sqlite.prototype.prepare = prepare;
    Object.assign(fs, real);
    syncBuiltinESMExports();
  });
}

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
      "DELETE FROM snapshot_block",
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

/**
 * The state folder is copied ahead of each write. A copy is what a process leaves behind that is killed there: what it
 * wrote is in the files, what it has not committed is nowhere, and its locks are gone.
 */
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

    const copies: { kind: string; folder: string }[] = [];
    let watching = true;
    watchWrites((kind) => {
      if (!watching) return;
      const folder = fixture.path(`killed-${copies.length}`);
      copies.push({ kind, folder });
      cpSync(fixture.path("var"), folder, { recursive: true });
    });
    await fixture.build();
    watching = false;
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
