import { existsSync, readdirSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { type Database, openForReading } from "../../src/store/database.ts";
import { migrations } from "../../src/store/schema.ts";
import { apex, BuildFixture, mainText, servedZone } from "../feed/fixture.ts";
import { faultsOf } from "./consistency.ts";
import { putOlderSchema } from "./older-schema.ts";

/** A store of schema 1 with one zone, and a list that has changed since. */
async function oldFixture(): Promise<BuildFixture> {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "list.txt": "one.example\ntwo.example\n",
  });
  await fixture.build();
  putOlderSchema(fixture.path("var/rpzmill.db"), 1);
  fixture.write("list.txt", "two.example\nthree.example\n");
  return fixture;
}

const schemaOf = (file: string): unknown => {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.pragma("user_version", { simple: true });
  } finally {
    db.close();
  }
};

const oldRecords = ["*.one.example CNAME .", "*.two.example CNAME .", "one.example CNAME .", "two.example CNAME ."];
const newRecords = ["*.three.example CNAME .", "*.two.example CNAME .", "three.example CNAME .", "two.example CNAME ."];

test("a store of an older schema is read as it is, before and while it is brought up to date", async () => {
  const fixture = await oldFixture();
  const db = openForReading(fixture.path("var/rpzmill.db")) as Database;
  onTestFinished(() => void db.close());
  expect(servedZone(db, apex)?.records).toEqual(oldRecords);
  expect(schemaOf(fixture.path("var/rpzmill.db"))).toBe(1);
  const { zones } = await fixture.build();
  expect(zones[0]?.result).toMatchObject({ changed: true, merged: "ranges" });
  expect(servedZone(db, apex)?.records).toEqual(newRecords);
  expect(schemaOf(fixture.path("var/rpzmill.db"))).toBe(migrations.length);
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("the store is copied before it is brought up to date, and the copy serves what was served", async () => {
  const fixture = await oldFixture();
  await fixture.build();
  const copy = fixture.path("var/rpzmill.db.schema-1");
  expect(schemaOf(copy)).toBe(1);
  const db = openForReading(copy) as Database;
  expect(servedZone(db, apex)?.records).toEqual(oldRecords);
  db.close();
  expect(readdirSync(fixture.path("var")).filter((name) => name.includes("schema"))).toEqual(["rpzmill.db.schema-1"]);
  expect(fixture.messages).toContainEqual(expect.stringContaining(`copy of it as it was is "${copy}"`));
});

test("without a copy it is brought up to date all the same", async () => {
  const fixture = await oldFixture();
  await fixture.build({ backup: false });
  expect(existsSync(fixture.path("var/rpzmill.db.schema-1"))).toBe(false);
  expect(fixture.served()?.records).toEqual(newRecords);
});

test("a new store and one that is up to date are not copied", async () => {
  const fixture = await oldFixture();
  await fixture.build();
  const sizes = (): string[] => readdirSync(fixture.path("var"));
  const before = sizes();
  fixture.write("list.txt", "four.example\n");
  await fixture.build();
  expect(sizes()).toEqual(before);
});

test("a store that is too new is left alone, and the newest copy that can be read is named", async () => {
  const fixture = await oldFixture();
  await fixture.build();
  const file = fixture.path("var/rpzmill.db");
  const newer = migrations.length + 1;
  const db = new Sqlite(file);
  db.pragma(`user_version = ${newer}`);
  db.close();
  const failure = async (): Promise<unknown> => fixture.build().catch((error: unknown) => error);
  const message = `Cannot open "${file}": its schema ${newer} is newer than this program's ${migrations.length}`;
  const copied = `"${file}.schema-1"`;
  expect(await failure()).toMatchObject({ code: "STORE_TOO_NEW", message, remedy: expect.stringContaining(copied) });
  expect(() => openForReading(file)).toThrow(
    expect.objectContaining({ code: "STORE_TOO_NEW", remedy: expect.stringContaining(copied) }),
  );
  // Copies that this program cannot read either are passed over.
  writeFileSync(`${file}.schema-${newer}`, "");
  writeFileSync(`${file}.schema-1.partial`, "");
  expect(await failure()).toMatchObject({ remedy: expect.stringContaining(copied) });
});

test("where there is no copy that can be read, none is named", async () => {
  const fixture = await oldFixture();
  const db = new Sqlite(fixture.path("var/rpzmill.db"));
  db.pragma("user_version = 999");
  db.close();
  await expect(fixture.build()).rejects.toMatchObject({
    code: "STORE_TOO_NEW",
    remedy: "Run the newer rpzmill that wrote it, or point `state` at another folder",
  });
});
