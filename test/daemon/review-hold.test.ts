/** A zone on hold, and decisions on entries that it has. */
import { expect, test } from "vitest";
import { ReviewsFixture } from "./reviews-fixture.ts";

const rows = ["1,a.example,one,", "2,b.example,one,", "3,c.example,one,"];

test("a zone on hold lets go of what a person refuses, and keeps what waits anew", async () => {
  const fixture = new ReviewsFixture(rows);
  await fixture.build();
  for (const by of ["one", "two"]) await fixture.command(`review accept a.example b.example --by ${by} --reason seen`);
  expect(fixture.blocked().sort()).toEqual(["a.example", "b.example", "other.example"]);
  fixture.write(
    "zone.yaml",
    "version: 1\napex: bad.rpz.test\ntake: {sources: [partner, other]}\naction: nxdomain\nlimit: {percent: 0, rules: 0}\n",
  );
  fixture.write("other.txt", "another.example\n");
  fixture.list(["1,a.example,one,", "2,b.example,two,", "3,c.example,one,"]);
  const { zones } = await fixture.build();
  expect(zones[0]?.result?.hold).toBeDefined();
  // That its source says something else now is no reason to let a name go at once.
  expect(fixture.blocked().sort()).toEqual(["a.example", "b.example", "other.example"]);
  const { code, stdout } = await fixture.command("review reject a.example --by three --reason parked");
  expect([code, stdout]).toEqual([3, expect.stringContaining("bad.rpz.test: it is on hold")]);
  expect(fixture.blocked().sort()).toEqual(["b.example", "other.example"]);
  await fixture.build();
  expect(fixture.blocked().sort()).toEqual(["b.example", "other.example"]);
  await fixture.build({ acceptZones: new Set(["bad.rpz.test"]) });
  expect(fixture.blocked()).toEqual(["another.example"]);
});

test("what a person accepts waits with its zone, where that is on hold", async () => {
  const fixture = new ReviewsFixture(rows, "limit: {percent: 0, rules: 0}\n");
  await fixture.build();
  await fixture.command("review accept a.example --by one --reason seen");
  const { code, stdout } = await fixture.command("review accept a.example --by two --reason seen");
  expect([code, stdout]).toEqual([3, expect.stringContaining('it has nothing of "partner" until that is accepted')]);
  expect(fixture.blocked()).toEqual(["other.example"]);
  await fixture.build({ acceptZones: new Set(["bad.rpz.test"]) });
  expect(fixture.blocked().sort()).toEqual(["a.example", "other.example"]);
});

test("a source of which all comes to wait at once is stopped by its limit", async () => {
  const fixture = new ReviewsFixture(rows);
  await fixture.build();
  for (const by of ["one", "two"]) {
    await fixture.command(`review accept a.example b.example c.example --by ${by} --reason seen`);
  }
  const main = ReviewsFixture.main("untrusted").replace("{percent: 100000}", "{percent: 50, entries: 0}");
  fixture.write("main.yaml", main);
  fixture.list(["1,a.example,two,", "2,b.example,two,", "3,c.example,one,"]);
  const { sources } = await fixture.build();
  expect(sources[0]?.error?.message).toContain("it shrank from 3 to 1 entries that count, 2 in need of a review");
  expect(fixture.blocked()).toHaveLength(4);
  // Where somebody decided that every entry is reviewed, that is no fault of the list.
  fixture.list(rows);
  fixture.write("main.yaml", main.replace("trust: untrusted", "trust: trusted"));
  await fixture.build();
  fixture.list([...rows, "4,d.example,one,", "5,e.example,one,"]);
  await fixture.build({ accept: new Set(["partner"]) });
  expect(fixture.blocked()).toHaveLength(6);
  fixture.write("main.yaml", main);
  const { sources: after } = await fixture.build();
  expect(after[0]?.error).toBeUndefined();
  expect(fixture.blocked()).toHaveLength(4);
});
