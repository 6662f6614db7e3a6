/** Entries that people add and end on a zone that is on hold, and beyond its limit. */
import { expect, test } from "vitest";
import { apex } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { EntriesFixture } from "./entries-fixture.ts";

const limit = "limit: {percent: 50, rules: 10}\n";
const names = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `n${i}.${tail}\n`).join("");

async function fixtureOnHold(): Promise<EntriesFixture> {
  const fixture = new EntriesFixture(limit, { "list.txt": names(40, "old.example") });
  await fixture.build();
  fixture.write("list.txt", names(40, "new.example"));
  expect((await fixture.command("build")).code).toBe(3);
  return fixture;
}

test("an entry is published on a zone on hold, and so is its end, and nothing else with them", async () => {
  const fixture = await fixtureOnHold();
  const old = fixture.blocked();
  const added = await fixture.command("entry add evil.example --source kept");
  expect([added.code, added.stderr]).toEqual([0, ""]);
  expect(added.stdout).toContain(`${apex}: new rule, nxdomain\n`);
  expect(added.stdout).toMatch(
    /\d: 1 rule added, 0 removed, 0 changed\n.*it is on hold since .*; entries of "kept" are published all the same\n$/,
  );
  expect(fixture.blocked()).toEqual([...old, "evil.example"].sort());
  const explained = (await fixture.command("explain evil.example")).stdout;
  expect(explained).toContain("kept lists evil.example");
  const ended = await fixture.command("entry end evil.example --source kept");
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("the rule goes (nxdomain)")]);
  expect(fixture.blocked()).toEqual(old);
  // An entry that begins while the zone is on hold is published by the build of its time.
  const begins = Math.floor(fixture.nowMs / 1000) + 100;
  await fixture.command(`entry add later.example --source kept --from ${begins}`);
  fixture.nowMs = 1000 * begins;
  expect((await fixture.command("build")).code).toBe(3);
  expect(fixture.blocked()).toEqual([...old, "later.example"].sort());
  expect(fixture.read(faultsOf)).toEqual([]);
  expect((await fixture.command(`build --accept-zone ${apex}`)).code).toBe(0);
  expect(fixture.blocked()).toEqual(
    [...Array.from({ length: 40 }, (_, i) => `n${i}.new.example`), "later.example"].sort(),
  );
});

test("entries are published however many they are beside the zone's limit", async () => {
  const fixture = new EntriesFixture(limit);
  await fixture.build();
  fixture.write("names.txt", names(500, "evil.example"));
  const { code, stdout } = await fixture.command(`entry add --source kept --file ${fixture.path("names.txt")}`);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/\d: 500 rules added, 0 removed, 0 changed\n$/)]);
  expect(fixture.blocked()).toHaveLength(501);
  const ended = await fixture.command(`entry end --source kept --file ${fixture.path("names.txt")}`);
  expect(ended.code).toBe(0);
  expect(fixture.blocked()).toEqual(["listed.example"]);
  expect((await fixture.command("zone show bad.rpz.test")).stdout).not.toContain("on hold");
});

test("a source that is new while the zone is on hold waits for it to be accepted, and says so", async () => {
  const fixture = new EntriesFixture(limit, { "list.txt": names(40, "old.example") });
  const withSource = EntriesFixture.main();
  fixture.write("main.yaml", withSource.replace(/.*id: kept.*\n/, ""));
  await fixture.build();
  fixture.write("main.yaml", withSource);
  fixture.write("list.txt", names(40, "new.example"));
  expect((await fixture.command("build")).code).toBe(3);
  const { code, stdout } = await fixture.command("entry add evil.example --source kept");
  expect(code).toBe(3);
  expect(stdout).toContain(`it has nothing of "kept" until that is accepted: \`rpzmill build --dry-run --list\``);
  expect(fixture.blocked()).not.toContain("evil.example");
  expect((await fixture.command(`build --accept-zone ${apex}`)).code).toBe(0);
  expect(fixture.blocked()).toContain("evil.example");
});

test("where a zone cannot be built, entries are published all the same", async () => {
  const fixture = new EntriesFixture(limit);
  await fixture.build();
  // An allow list that was never read keeps the zone from being built.
  fixture.write("main.yaml", EntriesFixture.main().replace("zones:", "allow:\n  - {id: own, from: none.txt}\nzones:"));
  const { code, stderr } = await fixture.command("entry add evil.example --source kept");
  expect([code, stderr]).toEqual([1, expect.stringContaining('the allow list "own" has never been read')]);
  expect(fixture.blocked()).toEqual(["evil.example", "listed.example"]);
});
