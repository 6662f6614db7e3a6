/** Lists of changes from before schema 5 hold the names that changed, and not what was said of them before and after. */
import { expect, test } from "vitest";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { History } from "../../src/store/history.ts";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { faultsOf } from "./consistency.ts";
import { putOlderSchema } from "./older-schema.ts";

const start = 1_700_000_000;

/** A store of schema 4 with three snapshots, a second apart from `start + 1` on. */
async function olderFixture(): Promise<BuildFixture> {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, format: domains, from: list.txt}"]),
    "list.txt": "a.example\n",
  });
  await fixture.build();
  for (const text of ["a.example\nb.example\n", "b.example\nc.example\n"]) {
    fixture.write("list.txt", text);
    await fixture.build();
  }
  putOlderSchema(fixture.path("var/rpzmill.db"), 4);
  return fixture;
}

const listedAt = (fixture: BuildFixture, seconds: number): unknown =>
  fixture.read((db) => {
    const entries = new History(db).entriesAt("list", start + seconds);
    return "why" in entries ? entries : Array.from(entries, ({ key }) => shownKey(key.slice()));
  });

test("what was listed before the newest of them is not made up, and what came later is read", async () => {
  const fixture = await olderFixture();
  const before = { why: "before", from: start + 3 };
  expect([listedAt(fixture, 2), listedAt(fixture, 3)]).toEqual([before, ["b.example", "c.example"]]);
  fixture.write("list.txt", "c.example\nd.example\n");
  const { zones } = await fixture.build();
  expect(zones[0]?.result).toMatchObject({ merged: "ranges" });
  const expected = [before, before, ["b.example", "c.example"], ["c.example", "d.example"]];
  expect([1, 2, 3, 4].map((seconds) => listedAt(fixture, seconds))).toEqual(expected);
  expect(fixture.read((db) => new History(db).changesBetween("list", start + 1, start + 4))).toEqual(before);
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("the newest of them counts since it was taken, though the same is read again", async () => {
  const fixture = await olderFixture();
  fixture.nowMs += 60_000;
  await fixture.build({ full: true });
  expect(listedAt(fixture, 3)).toEqual(["b.example", "c.example"]);
  expect(listedAt(fixture, 2)).toEqual({ why: "before", from: start + 3 });
});
