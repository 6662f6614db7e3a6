/** A source with facts of which no reading was ever finished: what it left must be in nobody's way. */
import { cpSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { forgetPart } from "../../src/daemon/store-upkeep.ts";
import { partsOf } from "../../src/store/contents.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Ledger } from "../../src/store/ledger.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { putOlderSchema } from "../store/older-schema.ts";

/** A store whose first build was killed when the rows of its one source were written, before their snapshot counted. */
async function unfinished(): Promise<LedgerFixture> {
  const fixture = new LedgerFixture([row("1", "a.example", { ref: "case" }), row("2", "b.example")]);
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
  const killed = copies.findLast(({ kind }) => kind === "INSERT INTO snapshot");
  rmSync(fixture.path("var"), { recursive: true });
  cpSync(killed?.folder ?? "", fixture.path("var"), { recursive: true });
  expect(fixture.states()).toHaveLength(2);
  return fixture;
}

describe("a source of which no reading was finished", () => {
  test("stops no build when it becomes plain and cannot be read", async () => {
    const fixture = await unfinished();
    fixture.configure("");
    rmSync(fixture.path("list.csv"));
    for (let build = 0; build < 2; build++) {
      const { sources } = await fixture.build();
      expect(sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_UNREADABLE" } });
    }
    expect(fixture.read(faultsOf)).toEqual([]);
    fixture.list(row("3", "c.example"));
    await fixture.build();
    expect(fixture.names()).toEqual(["c.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("ends with its rows, once these were withdrawn for long", async () => {
    const fixture = await unfinished();
    fixture.configure("");
    rmSync(fixture.path("list.csv"));
    await fixture.build();
    for (let month = 0; month < 15; month++) {
      fixture.nowMs += 28 * 86_400_000;
      await fixture.build();
    }
    expect(fixture.read((db) => db.prepare("SELECT count(*) FROM source WHERE name = 'list'").pluck().get())).toBe(0);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("is named by a build when it left the configuration, and forgotten with its rows", async () => {
    const fixture = await unfinished();
    const list = "{id: other, category: one, format: domains, from: other.txt}";
    fixture.write("main.yaml", mainText([list]).replace("zones:", "guards: none\nzones:"));
    fixture.write("zone.yaml", zoneText());
    fixture.write("other.txt", "b.example\n");
    const { unconfigured } = await fixture.build();
    expect(unconfigured).toEqual([{ kind: "source", name: "list", count: 0, bytes: 300 }]);
    forgetPart(fixture.config(), { nowMs: () => fixture.nowMs }, "list");
    expect(fixture.read((db) => db.prepare("SELECT count(*) FROM ledger").pluck().get())).toBe(0);
    expect(fixture.read((db) => partsOf(db)).map(({ name }) => name)).toEqual([apex, "other"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });
});

test("a build makes the index by which rows fall due, where one was killed that wrote many rows without it", async () => {
  const fixture = new LedgerFixture([row("1", "a.example")]);
  await fixture.build();
  const db = openForWriting(fixture.path("var/rpzmill.db"));
  new Ledger(db).beginMany();
  db.close();
  fixture.nowMs += 60_000;
  const indexes = (): unknown =>
    fixture.read((db) => db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'ledger_due'").pluck().get());
  await fixture.build({ dryRun: true });
  expect(indexes()).toBe(0);
  const { sources } = await fixture.build();
  expect([indexes(), sources[0]?.outcome]).toEqual([1, "untouched"]);
});

test.each([1, 2, 3, 4, 5, 6, 7])(
  "what a store of schema %i has is listed before it is brought up to date",
  async (schema) => {
    const fixture = new LedgerFixture([row("1", "a.example")]);
    await fixture.build();
    putOlderSchema(fixture.path("var/rpzmill.db"), schema);
    expect(fixture.read((db) => partsOf(db)).map(({ name }) => name)).toEqual([apex, "list"]);
  },
);
