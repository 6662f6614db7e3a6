import { expect, test } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { zoneText } from "../feed/fixture.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, names, SmallVolume } from "./small-disk.ts";

const mounts = mayMount();
/** Rows that the disk has no room for, each with a reference of its own. */
const tooMany = (): string[] =>
  Array.from({ length: 30_000 }, (_, i) =>
    row(`${"an-id-that-is-long".repeat(6)}-${i}`, `n${i}.${"name".repeat(12)}.example`, { ref: `reference ${i}` }),
  );

/** A source with facts, and behind it a plain list; their store is on a disk of 16 MiB. */
function twoLists(rows: readonly string[]): { readonly fixture: LedgerFixture; readonly volume: SmallVolume } {
  const fixture = new LedgerFixture(rows);
  const main = LedgerFixture.main(", fields: {id: id, category: type, reference: ref}, limit: {percent: 100000}");
  const other = "  - {id: other, category: one, format: domains, from: other.txt}";
  fixture.write("main.yaml", main.replace("zones:", `${other}\nzones:`));
  fixture.write("zone.yaml", zoneText("limit: {percent: 1000000}\n"));
  fixture.write("other.txt", names(20_000, "other.test"));
  return { fixture, volume: new SmallVolume(fixture.path("var"), 16 * 1024 * 1024) };
}

const count = (fixture: LedgerFixture, table: string): unknown =>
  fixture.read((db: Database) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

test.runIf(mounts)(
  "a first reading that finds no room leaves no row, and its room to the lists behind it",
  async () => {
    const { fixture } = twoLists(tooMany());
    const { sources } = await fixture.build();
    expect(sources[0]).toMatchObject({ outcome: "failed", error: { code: "STORE_UNUSABLE", isDiskFull: true } });
    expect(sources[1]).toMatchObject({ outcome: "new", error: undefined });
    expect([count(fixture, "ledger"), count(fixture, "reference"), count(fixture, "ledger_source")]).toEqual([0, 0, 0]);
    expect(fixture.read(faultsOf)).toEqual([]);
    fixture.list(row("1", "small.example"));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new" });
    expect(fixture.names()).toEqual(["small.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);

test.runIf(mounts)("a later reading that finds none leaves the rows that there were", async () => {
  const before = [row("x", "kept.example", { ref: "kept" }), row("y", "known.example")];
  const { fixture } = twoLists(before);
  await fixture.build();
  fixture.list(...before, ...tooMany());
  fixture.write("other.txt", names(20_000, "new.test"));
  const { sources } = await fixture.build({ accept: new Set(["list", "other"]) });
  expect(sources[0]).toMatchObject({ outcome: "failed", error: { isDiskFull: true } });
  expect(sources[1]).toMatchObject({ outcome: "new", error: undefined });
  expect(fixture.states()).toEqual(["kept.example x reported", "known.example y reported"]);
  expect(count(fixture, "reference")).toBe(1);
  fixture.list(...before);
  expect((await fixture.build()).sources[0]).toMatchObject({ error: undefined });
  expect(fixture.names()).toEqual(["kept.example", "known.example"]);
  expect(fixture.read(faultsOf)).toEqual([]);
});
