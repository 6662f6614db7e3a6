/** Builds in which names leave a plain list and come back that are killed before any of their writes. */
import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { type Snapshot, Snapshots } from "../../src/store/snapshots.ts";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";

/** What is listed, as `name` and the seconds from the first build to the one that saw it first. */
const listed = (fixture: BuildFixture): string[] =>
  fixture.read((db) => {
    const snapshots = new Snapshots(db);
    const cursor = new EntryCursor(snapshots.blocks((snapshots.current("list") as Snapshot).id));
    const found: string[] = [];
    for (cursor.rewind(); cursor.live; cursor.advance()) {
      found.push(`${shownKey(cursor.key.slice(0, cursor.keyBytes))} ${cursor.firstSeen - 1_700_000_001}`);
    }
    return found;
  });

test("killed before any of its writes, a build loses no first-seen time of a name that leaves or comes back", async () => {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
  });
  const list = (...names: readonly string[]): void => fixture.write("list.txt", `${names.join("\n")}\n`);
  for (const names of [
    ["a.example", "b.example", "c.example"],
    ["b.example", "c.example"],
  ]) {
    list(...names);
    await fixture.build();
  }
  const flapped = ["a.example", "c.example", "d.example"];
  list(...flapped);
  const { nowMs } = fixture;
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
  expect([...new Set(copies.map(({ kind }) => kind))]).toEqual(
    expect.arrayContaining(["INSERT INTO gone_block", "DELETE FROM gone_block"]),
  );
  for (const { kind, folder } of copies) {
    rmSync(fixture.path("var"), { recursive: true });
    cpSync(folder, fixture.path("var"), { recursive: true });
    fixture.nowMs = nowMs;
    list(...flapped);
    await fixture.build();
    expect(listed(fixture), kind).toEqual(["a.example 0", "c.example 0", "d.example 2"]);
    // And back again.
    list("b.example", "c.example");
    await fixture.build();
    expect(listed(fixture), kind).toEqual(["b.example 0", "c.example 0"]);
    list(...flapped);
    await fixture.build();
    expect(listed(fixture), kind).toEqual(["a.example 0", "c.example 0", "d.example 2"]);
    expect(fixture.read(faultsOf), kind).toEqual([]);
  }
});
