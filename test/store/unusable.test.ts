import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { OperatorError } from "../../src/base/errors.ts";
import type { Messages } from "../../src/dns/block.ts";
import { keyOfText, nameFromText } from "../../src/dns/name.ts";
import { serial } from "../../src/dns/serial.ts";
import { openForReading } from "../../src/store/database.ts";
import { migrations } from "../../src/store/schema.ts";
import { ZoneReader } from "../../src/store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../../src/store/zones.ts";
import { apex, BuildFixture, mainText } from "../feed/fixture.ts";

const names = (count: number, tail = "example"): string =>
  Array.from({ length: count }, (_, i) => `name-${i}.${tail}\n`).join("");

function fixtureOf(count: number): BuildFixture {
  return new BuildFixture({
    "main.yaml": mainText([
      "{id: list, category: one, scope: subtree, format: domains, from: list.txt, limit: {percent: 1000}}",
    ]),
    "list.txt": names(count),
  });
}

/** Puts something in the place of the store. */
function fixtureWith(make: (file: string) => void): BuildFixture {
  const fixture = fixtureOf(3);
  mkdirSync(fixture.path("var"));
  make(fixture.path("var/rpzmill.db"));
  return fixture;
}

function sqlite(file: string, sql: string): void {
  const db = new Sqlite(file);
  db.exec(sql);
  db.close();
}

const unusable: readonly [what: string, make: (file: string) => void, message: RegExp][] = [
  ["text", (file) => writeFileSync(file, "zone rpz.test\n".repeat(10)), /not a database/],
  ["octets", (file) => writeFileSync(file, Buffer.alloc(300_000, "\u00b1~")), /not a database/],
  ["a directory", (file) => mkdirSync(file), /": it is not a regular file$/],
  ["a FIFO", (file) => execFileSync("/usr/bin/mkfifo", [file]), /": it is not a regular file$/],
  ["a device", (file) => symlinkSync("/dev/zero", file), /": it is not a regular file$/],
  [
    "a FIFO in the place of its log",
    (file) => execFileSync("/usr/bin/mkfifo", [`${file}-wal`]),
    /rpzmill\.db": "rpzmill\.db-wal" is not a regular file$/,
  ],
  [
    "another program's database",
    (file) => sqlite(file, "PRAGMA application_id = 7; PRAGMA user_version = 1"),
    /not an rpzmill/,
  ],
  ["a database that nobody marked", (file) => sqlite(file, "CREATE TABLE notes (text)"), /not an rpzmill/],
];

describe.each(unusable)("%s in the place of the database", (_, make, message) => {
  test("stops a build", async () => {
    const fixture = fixtureWith(make);
    const error = await fixture.build().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "STORE_UNUSABLE", message, remedy: expect.stringMatching(/./) });
    expect((error as Error).message).toContain(fixture.path("var/rpzmill.db"));
  });

  test("stops a reader", () => {
    const fixture = fixtureWith(make);
    expect(() => openForReading(fixture.path("var/rpzmill.db"))).toThrow(
      expect.objectContaining({ code: "STORE_UNUSABLE", message: expect.stringMatching(message) }),
    );
  });
});

test("a FIFO in the place of the build lock stops a build", async () => {
  const fixture = fixtureWith((file) => execFileSync("/usr/bin/mkfifo", [`${file}.build-lock`]));
  await expect(fixture.build()).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: expect.stringMatching(/^Cannot open ".*build-lock": it is not a regular file$/),
  });
});

test("an empty file is a new database, and none at all is none yet", async () => {
  const fixture = fixtureWith((file) => writeFileSync(file, ""));
  expect(openForReading(fixture.path("var/rpzmill.db"))).toBeUndefined();
  expect(openForReading(fixture.path("var/other.db"))).toBeUndefined();
  expect(openForReading(fixture.path("nowhere/rpzmill.db"))).toBeUndefined();
  expect((await fixture.build()).zones[0]?.result?.rules).toBe(3);
});

test("a state folder that is a file stops a build", async () => {
  const fixture = fixtureOf(3);
  writeFileSync(fixture.path("var"), "");
  await expect(fixture.build()).rejects.toMatchObject({ code: "STORE_UNUSABLE" });
});

test("a database of a newer schema is left to the program that wrote it", async () => {
  const fixture = fixtureOf(3);
  await fixture.build();
  const file = fixture.path("var/rpzmill.db");
  sqlite(file, `PRAGMA user_version = ${migrations.length + 1}`);
  const before = readFileSync(file);
  const error = { code: "STORE_TOO_NEW", remedy: expect.stringContaining("newer rpzmill") };
  await expect(fixture.build()).rejects.toMatchObject(error);
  expect(() => openForReading(file)).toThrow(expect.objectContaining(error));
  expect(readFileSync(file).equals(before)).toBe(true);
});

describe("a damaged database", () => {
  /** What a build over damage does: fails as it should, or finds nothing wrong where it looks. */
  async function outcomeOf(fixture: BuildFixture): Promise<string> {
    try {
      const { sources, zones } = await fixture.build();
      return zones[0]?.error?.code ?? sources[0]?.error?.code ?? "built";
    } catch (error) {
      if (error instanceof OperatorError) return error.code;
      throw error;
    }
  }

  test("fails a build with STORE_UNUSABLE and a way out, wherever it is cut or blank", {
    timeout: 60_000,
  }, async () => {
    const fixture = fixtureOf(20_000);
    await fixture.build();
    const file = fixture.path("var/rpzmill.db");
    const whole = fixture.path("whole.db");
    copyFileSync(file, whole);
    const pages = readFileSync(whole).length / 65_536;
    expect(pages).toBeGreaterThan(20);
    fixture.write("list.txt", names(20_000, "test"));
    const outcomes: Record<string, string> = {};
    for (let page = 0; page < pages; page++) {
      for (const how of ["cut", "blank"] as const) {
        copyFileSync(whole, file);
        for (const beside of ["-wal", "-shm"]) rmSync(file + beside, { force: true });
        if (how === "cut") truncateSync(file, page * 65_536 + 1000);
        else {
          const content = readFileSync(whole);
          writeFileSync(file, content.fill(0, page * 65_536, (page + 1) * 65_536));
        }
        outcomes[`${how} ${page}`] = await outcomeOf(fixture);
      }
    }
    // A page that is empty, or that no build reads, may well be blank.
    const faults = Object.entries(outcomes).filter(([, outcome]) => outcome !== "STORE_UNUSABLE");
    expect(faults.filter(([what, outcome]) => what.startsWith("cut") || outcome !== "built")).toEqual([]);
    expect(faults.length).toBeLessThan(pages / 4);
    copyFileSync(whole, file);
    expect(await outcomeOf(fixture)).toBe("built");
  });

  test("is never read as if what is missing had never been there", async () => {
    const fixture = fixtureOf(2000);
    await fixture.build();
    fixture.write("list.txt", names(2001));
    await fixture.build();
    sqlite(fixture.path("var/rpzmill.db"), "DELETE FROM message WHERE id IN (SELECT message FROM difference)");
    const damaged = expect.objectContaining({ code: "STORE_UNUSABLE", message: expect.stringContaining("is damaged") });
    const readAll = (messages: Messages): void => {
      while (messages.next() !== undefined);
    };
    const walks = (look: (reader: ZoneReader, row: ZoneVersionRow) => void): (() => void) => {
      const row = fixture.read((db) => new Zones(db).current(1)) as ZoneVersionRow;
      return () => fixture.read((db) => look(new ZoneReader(db), row));
    };
    expect(
      walks((reader, row) => {
        const [step] = reader.differencesFrom(serial(row.serial - 1), row) ?? [];
        if (step !== undefined) readAll(step.additions());
      }),
    ).toThrow(damaged);
    expect(walks((reader, row) => readAll(reader.blocks(row)))).not.toThrow();
    sqlite(fixture.path("var/rpzmill.db"), "DELETE FROM message WHERE id = (SELECT max(message) FROM block)");
    expect(walks((reader, row) => readAll(reader.blocks(row)))).toThrow(damaged);
    sqlite(fixture.path("var/rpzmill.db"), "DELETE FROM message");
    expect(walks((reader, row) => reader.lookup(row, nameFromText(apex), keyOfText("name-1.example")))).toThrow(
      damaged,
    );
    await expect(fixture.build({ full: true })).rejects.toEqual(damaged);
  });

  test("says that the file is damaged and what to do", async () => {
    const fixture = fixtureOf(20_000);
    await fixture.build();
    truncateSync(join(fixture.folder, "var/rpzmill.db"), 65_536 * 3);
    await expect(fixture.build({ full: true })).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot (open|use) ".*rpzmill\.db": .*malformed/),
      remedy: expect.stringContaining("from a copy"),
    });
  });
});
