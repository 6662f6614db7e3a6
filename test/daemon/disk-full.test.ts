import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { OperatorError } from "../../src/base/errors.ts";
import type { BuildOutcome } from "../../src/daemon/build.ts";
import { spaceNeeded } from "../../src/daemon/space.ts";
import { compactStore } from "../../src/daemon/store-upkeep.ts";
import { serial } from "../../src/dns/serial.ts";
import { copyStore } from "../../src/store/copy.ts";
import type { Database } from "../../src/store/database.ts";
import { openForReading, schemaOf } from "../../src/store/database.ts";
import { freeBytes, reserveBytes } from "../../src/store/disk-space.ts";
import { migrations } from "../../src/store/schema.ts";
import { ServerState } from "../../src/store/server-state.ts";
import { readServed } from "../../src/store/server-state-file.ts";
import { apex, type ServedZone, servedZone, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { putOlderSchema } from "../store/older-schema.ts";
import { mayMount, names, SmallDisk } from "./small-disk.ts";

/** The records that a zone of so many names has. */
const recordsOf = (count: number, tail: string): string[] =>
  Array.from({ length: count }, (_, i) => [`name-${i}.${tail} CNAME .`, `*.name-${i}.${tail} CNAME .`])
    .flat()
    .sort();

/** Why the database has taken no more: what the build threw, or what kept the list or the zone out of it. */
async function storeFailureOf(build: Promise<BuildOutcome>): Promise<OperatorError | undefined> {
  try {
    const { sources, zones } = await build;
    // A zone's file is another matter.
    const errors = [...sources, ...zones].map(({ error }) => error);
    return errors.find((error) => error?.code === "STORE_UNUSABLE" && !error.message.includes(".zone"));
  } catch (error) {
    return error as OperatorError;
  }
}

const mounts = mayMount();

test.runIf(mounts)(
  "a disk that is full, however early, leaves what is served as it was until there is room",
  {
    timeout: 120_000,
  },
  async () => {
    const fixture = new SmallDisk();
    await fixture.build();
    // A server has the store open all the while.
    const db = openForReading(join(fixture.disk, "rpzmill.db")) as Database;
    onTestFinished(() => void db.close());
    const records = { old: recordsOf(10_000, "old.example"), new: recordsOf(10_000, "new.example") };
    const codes: unknown[] = [];
    let side: "old" | "new" = "old";
    const kib = 1024;
    for (const module of [0, 32, 100, 200, 400, 700, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000]) {
      // Old versions go, so that it is not they that fill the disk.
      fixture.nowMs += 86_400_000;
      const before = servedZone(db, apex) as ServedZone;
      const file = fixture.zoneFile();
      expect(before.records, `${module} KiB`).toEqual(records[side]);
      side = side === "old" ? "new" : "old";
      fixture.write("list.txt", names(10_000, `${side}.example`));

      fixture.leave(module * kib);
      const failure = await storeFailureOf(fixture.build());
      const left = servedZone(db, apex) as ServedZone;
      const isOld = left.row.serial === before.row.serial;
      expect(left.records, `${module} KiB`).toEqual(isOld ? before.records : records[side]);
      expect(isOld ? [file] : [file, fixture.zoneFile()], `${module} KiB`).toContain(fixture.zoneFile());
      if (failure !== undefined) {
        expect(failure, `${module} KiB`).toMatchObject({
          code: "STORE_UNUSABLE",
          message: expect.stringMatching(/^Cannot \w+ ".*": .*(?:full|ENOSPC|unable to open|I\/O)/),
          remedy: expect.stringContaining("free space"),
        });
        const { message } = failure;
        const said = /; (\d+) octets are free there, and a build .* needs up to (\d+)$/.exec(message);
        const [free, needed] = said === null ? [0, 1] : [Number(said[1]), Number(said[2])];
        expect(/ full\b/.test(message), message).toBe(said !== null);
        expect(needed, message).toBeGreaterThan(free);
      }
      codes.push(failure === undefined ? "built" : isOld ? "failed" : "published");

      // What is needed is enough: no more than that is free for the next one.
      fixture.freeSpace();
      fixture.leave(spaceNeeded(fixture.config()));
      const { zones } = await fixture.build();
      expect(zones[0]?.error).toBeUndefined();
      fixture.freeSpace();
      const repaired = servedZone(db, apex) as ServedZone;
      expect(repaired.records, `${module} KiB`).toEqual(records[side]);
      expect(repaired.row.serial, `${module} KiB`).toBeGreaterThan(before.row.serial);
      expect(fixture.zoneFile()).toContain(` ${repaired.row.serial} `);
      expect(fixture.read(faultsOf), `${module} KiB`).toEqual([]);
    }
    expect(codes[0]).toBe("failed");
    expect(codes).toContain("built");
  },
);

test.runIf(mounts)(
  "a first build never takes the whole of a small disk: what comes after it can start",
  { timeout: 120_000 },
  async () => {
    const outcomes = new Set<string>();
    for (const mebibytes of [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 24, 30]) {
      const fixture = new SmallDisk(mebibytes * 1024 * 1024);
      const { databaseFile } = fixture.config();
      const build = (list: string): Promise<string> => {
        fixture.write("list.txt", list);
        const built = fixture.build({ accept: new Set(["list"]) });
        return storeFailureOf(built).then(async (failure) => {
          if (failure !== undefined) return `${failure.code} ${failure.message}`;
          const error = (await built).zones[0]?.error;
          return error === undefined ? "built" : `published; ${error.message}`;
        });
      };
      const first = await build(names(100_000, "first.example"));
      outcomes.add(/^\w+/.exec(first)?.[0] ?? "");
      const what = `${mebibytes} MiB, ${first}`;
      expect(first).toMatch(
        /^built$|^published; Cannot write ".*\.zone": its disk is full|^STORE_UNUSABLE .*\bfull\b.*; \d+ octets are free there, and a build .* needs up to \d+$/,
      );
      expect(readdirSync(fixture.disk), what).not.toContain("rpzmill.db-wal");
      expect(freeBytes(fixture.disk), what).toBeGreaterThan(1024 * 1024);
      if (first.startsWith("STORE_UNUSABLE")) {
        // With less to write it goes on, without anybody's help.
        expect(await build(names(100, "second.example")), what).toBe("built");
        expect(fixture.served()?.records, what).toEqual(recordsOf(100, "second.example"));
      } else {
        expect(await build(`${names(100_000, "first.example")}one-more.example\n`), what).toMatch(
          /^built$|^published; /,
        );
        expect(fixture.served()?.row.rules, what).toBe(100_001);
      }
      expect(() => compactStore(fixture.config(), systemClock)).not.toThrow(/full|I\/O|unable to open/);
      openForReading(databaseFile)?.close();
      expect(fixture.read(faultsOf), what).toEqual([]);
    }
    expect([...outcomes].sort()).toEqual(["STORE_UNUSABLE", "built", "published"]);
  },
);

test.runIf(mounts)("a disk that others have filled is named where the store cannot even be opened", async () => {
  const fixture = new SmallDisk();
  const { databaseFile } = fixture.config();
  await fixture.build();
  fixture.leave(0);
  const full = {
    code: "STORE_UNUSABLE",
    message: expect.stringMatching(/^Cannot open ".*rpzmill\.db": its disk is full: /),
    remedy: expect.stringMatching(/^Make at least \d+ octets of free space on that disk$/),
  };
  await expect(fixture.build()).rejects.toMatchObject(full);
  await expect(fixture.build({ dryRun: true })).rejects.toMatchObject(full);
  expect(() => openForReading(databaseFile)).toThrow(expect.objectContaining(full));
  expect(() => compactStore(fixture.config(), systemClock)).toThrow(expect.objectContaining(full));
  fixture.freeSpace();
  fixture.leave(2 * 1024 * 1024);
  openForReading(databaseFile)?.close();
  expect((await fixture.build()).zones[0]?.error).toBeUndefined();
});

test.runIf(mounts)(
  "without room for its copy an older store stays as it is, and the octets needed are named",
  async () => {
    const fixture = new SmallDisk();
    const file = join(fixture.disk, "rpzmill.db");
    await fixture.build();
    putOlderSchema(file, 1);
    const before = fixture.served()?.row;
    fixture.write("list.txt", names(10_000, "new.example"));
    const { size } = statSync(file);
    // The second would hold the copy, and nothing after it.
    for (const left of [size / 2, size + reserveBytes / 2]) {
      fixture.leave(left);
      const failure = await fixture.build().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "STORE_NO_SPACE", remedy: expect.stringContaining("--no-backup") });
      const [, needed, free] =
        /it needs (\d+) octets, and (\d+) are free there$/.exec((failure as Error).message) ?? [];
      expect(Number(needed)).toBeLessThanOrEqual(size + reserveBytes);
      expect(Number(free)).toBeLessThanOrEqual(left);
      expect(readdirSync(fixture.disk).filter((name) => name.includes("schema"))).toEqual([]);
      expect(fixture.served()?.row).toEqual(before);
      expect(fixture.read(schemaOf)).toBe(1);
      fixture.freeSpace();
    }

    await fixture.build();
    expect(fixture.read(schemaOf)).toBe(migrations.length);
    expect(statSync(`${file}.schema-1`).size).toBeLessThanOrEqual(size);
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);

test.runIf(mounts)(
  "a full disk leaves a dry run and a build that holds without a trace, until there is space",
  {
    timeout: 120_000,
  },
  async () => {
    const fixture = new SmallDisk();
    fixture.write("zone.yaml", zoneText("limit: {percent: 50, rules: 10}\n"));
    await fixture.build();
    const db = openForReading(join(fixture.disk, "rpzmill.db")) as Database;
    onTestFinished(() => void db.close());
    const before = servedZone(db, apex);
    fixture.write("list.txt", names(10_000, "new.example"));
    const outcomes = new Set<string>();
    for (const dryRun of [true, false]) {
      for (const kib of [0, 100, 400, 700, 1000, 1500, 2000, 3000, 4000, 8000]) {
        fixture.leave(kib * 1024);
        const built = fixture.build({ dryRun, full: true });
        const failure = await storeFailureOf(built);
        const code = failure?.code ?? (await built).zones[0]?.result?.hold?.ruleChanges.added;
        outcomes.add(`${dryRun ? "dry run" : "build"}: ${code}`);
        expect(servedZone(db, apex), `${kib} KiB`).toEqual(before);
        fixture.freeSpace();
      }
    }
    const kinds = ["dry run", "build"].flatMap((what) => [`${what}: STORE_UNUSABLE`, `${what}: 10000`]);
    expect([...outcomes].sort()).toEqual(kinds.sort());
    await fixture.build();
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);

test.runIf(mounts)(
  "a copy and a compacted store that have no space change nothing, and name the octets needed",
  async () => {
    const fixture = new SmallDisk();
    await fixture.build();
    fixture.write("list.txt", names(1000, "new.example"));
    fixture.nowMs += 86_400_000;
    await fixture.build({ accept: new Set(["list"]) });
    const before = fixture.served();
    const { databaseFile } = fixture.config();
    const copy = join(fixture.disk, "copy.db");
    // The log comes and goes with whoever reads.
    const files = (): string[] => readdirSync(fixture.disk).filter((name) => !/^ballast$|-wal$|-shm$/.test(name));
    const left = files();
    const copied = (): void => {
      const db = openForReading(databaseFile) as Database;
      try {
        copyStore(db, copy, "Make space");
      } finally {
        db.close();
      }
    };
    const failureOf = (work: () => unknown): { code: string; message: string } | undefined => {
      try {
        work();
        return undefined;
      } catch (error) {
        return error as { code: string; message: string };
      }
    };
    const outcomes = new Set<string>();
    for (const kib of [0, 64, 200, 500, 900, 1200, 2000, 4000, 9000]) {
      for (const [what, work] of [
        ["copy", copied],
        ["compact", () => compactStore(fixture.config(), systemClock)],
      ] as const) {
        fixture.leave(kib * 1024);
        const failure = failureOf(work);
        fixture.freeSpace();
        outcomes.add(`${what} ${failure?.code ?? "done"}`);
        const named = /needs \d+ octets.*, and \d+ are free there$/.test(failure?.message ?? "");
        expect([failure?.code, named], `${what}, ${kib} KiB`).toEqual(
          failure?.code === "STORE_NO_SPACE" ? ["STORE_NO_SPACE", true] : [failure?.code, false],
        );
        if (failure === undefined) rmSync(copy, { force: true });
        expect(files().sort(), `${what}, ${kib} KiB`).toEqual(left.toSorted());
        expect(fixture.served(), `${what}, ${kib} KiB`).toEqual(before);
      }
    }
    expect([...outcomes].sort()).toEqual(
      expect.arrayContaining(["compact STORE_NO_SPACE", "compact done", "copy STORE_NO_SPACE", "copy done"]),
    );
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);

test.runIf(mounts)(
  "what servers remember comes to the disk when there is room again, at the start and later",
  async () => {
    const fixture = new SmallDisk();
    const file = join(fixture.disk, "server.db");
    const lines: string[] = [];
    const line = (_: unknown, message: string): void => void lines.push(message);
    const open = (): ServerState => {
      const state = new ServerState(file, systemClock, { info: line, warn: line, error: line }, 0);
      onTestFinished(() => state.close());
      return state;
    };
    const put = async (state: ServerState, from: number, count: number): Promise<void> => {
      for (let i = from; i < from + count; i++) {
        await state.put(
          apex,
          { address: `192.0.2.${i}`, key: "k.".repeat(100) },
          { serial: serial(i), isComplete: false },
        );
      }
    };
    const unknownTo = (state: ServerState, count: number): number[] =>
      Array.from({ length: count }, (_, i) => i).filter(
        (i) => state.find(apex, { address: `192.0.2.${i}`, key: "k.".repeat(100) })?.serial !== i,
      );

    fixture.leave(0);
    const state = open();
    await put(state, 0, 50);
    state.noteServed(apex, serial(7));
    expect(lines).toEqual([
      expect.stringMatching(/^cannot use ".*server\.db": .*(full|unable to open|I\/O).*tried again$/),
    ]);
    expect(unknownTo(state, 50)).toEqual([]);
    fixture.freeSpace();
    state.flush();
    expect(lines.slice(1)).toEqual([expect.stringMatching(/ can be used again: /)]);
    expect(unknownTo(open(), 50)).toEqual([]);

    fixture.leave(0);
    await put(state, 50, 100);
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^cannot use ".*server\.db": .*full; it is kept in memory/)]);
    expect(unknownTo(state, 150)).toEqual([]);
    fixture.freeSpace();
    state.flush();
    expect(lines.slice(3)).toEqual([expect.stringMatching(/ can be used again: what was kept in memory is written$/)]);
    expect(unknownTo(open(), 150)).toEqual([]);
    expect(readServed(file).serials.get(apex)).toBe(7);
  },
);
