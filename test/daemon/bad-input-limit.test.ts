import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { fails, fixtureWith, good, names } from "../feed/list-fixture.ts";

describe("the guard of a list", () => {
  test.each([
    ["shrinks to under half", 3000, 1499, true],
    ["shrinks to half", 3000, 1500, false],
    ["shrinks a lot, by 1,000 entries", 1200, 200, false],
    ["shrinks a lot, by 1,001 entries", 1200, 199, true],
    ["grows by over half", 3000, 4501, true],
    ["grows by half", 3000, 4500, false],
    ["grows a lot, by 1,000 entries", 10, 1010, false],
    ["grows a lot, by 1,001 entries", 10, 1011, true],
  ])("by default: %s", async (_, before, after, locked) => {
    const fixture = fixtureWith(names(before));
    await fixture.build();
    const { serial } = fixture.served()?.row ?? {};
    fixture.write("list.txt", names(after));
    const outcome = await fixture.build();
    const { error, snapshot } = outcome.sources[0] ?? {};
    expect(error?.code).toBe(locked ? "SOURCE_GUARD" : undefined);
    expect(snapshot?.entries).toBe(locked ? before : after);
    expect(outcome.zones[0]?.result?.rules).toBe(locked ? before : after);
    expect(fixture.served()?.row.serial === serial).toBe(locked);
    expect(fails(outcome, fixture)).toBe(false);
  });

  test.each([
    ["all of its names replaced", 5000, 0, true],
    ["a quarter of its names replaced", 5000, 3750, false],
    ["over a quarter of its names replaced", 5000, 3749, true],
    ["501 of its names replaced", 600, 99, true],
    ["500 of its names replaced", 600, 100, false],
  ])("watches what goes as well as what comes: %s", async (_, count, same, locked) => {
    const fixture = fixtureWith(names(count));
    await fixture.build();
    fixture.write("list.txt", `${names(same)}${names(count - same, 100_000)}`);
    const { error, snapshot } = (await fixture.build()).sources[0] ?? {};
    expect(snapshot?.entries).toBe(count);
    expect(error?.code).toBe(locked ? "SOURCE_GUARD" : undefined);
    const gone = count - same;
    if (locked)
      expect(error?.message).toContain(`changed from ${count} to ${count} entries, ${gone} new and ${gone} gone`);
  });

  describe("watches what is said of names that stay:", () => {
    const lines = (count: number, line: (name: string) => string): string =>
      Array.from({ length: count }, (_, i) => `${line(`n${i}.example`)}\n`).join("");
    const fixtureOf = (list: string, options: string): BuildFixture =>
      new BuildFixture({
        "main.yaml": mainText([`{id: list, category: one, from: list.txt, ${options}}`]),
        "list.txt": list,
      });

    test.each<[string, string, (name: string) => string, (name: string) => string]>([
      ["rules that become exceptions", "format: auto", (name) => `||${name}^`, (name) => `@@||${name}^`],
      [
        "blocks that become passthru",
        "format: rpz",
        (name) => `${name} CNAME .`,
        (name) => `${name} CNAME rpz-passthru.`,
      ],
      ["names that become wildcards", "format: domains", (name) => name, (name) => `*.${name}`],
      ["another format that is found", "format: auto", (name) => name, (name) => `||${name}^`],
    ])("%s", async (_, options, before, after) => {
      const fixture = fixtureOf(lines(3000, before), options);
      await fixture.build();
      const served = fixture.served();
      fixture.write("list.txt", lines(1500, after) + lines(3000, before).split("\n").slice(1500).join("\n"));
      expect((await fixture.build()).sources[0]?.error).toBeUndefined();
      fixture.write("list.txt", lines(3000, before));
      await fixture.build();
      fixture.write("list.txt", lines(3000, after));
      const { error } = (await fixture.build()).sources[0] ?? {};
      expect(error).toMatchObject({
        code: "SOURCE_GUARD",
        message: expect.stringContaining("changed from 3000 to 3000 entries, of which 3000 say something else now"),
      });
      expect(fixture.served()?.records).toEqual(served?.records);
    });

    test("but not where the configuration says that they are read otherwise", async () => {
      const list = lines(3000, (name) => name);
      const fixture = fixtureOf(list, "format: domains");
      await fixture.build();
      fixture.write(
        "main.yaml",
        mainText(["{id: list, category: one, from: list.txt, format: domains, scope: subtree}"]),
      );
      expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", error: undefined });
    });
  });

  test("says from what to what, holds until it is accepted by name, and then goes on from there", async () => {
    const fixture = fixtureWith(names(3000), "format: domains, from: list.txt, limit: {percent: 10, entries: 20}");
    await fixture.build();
    const before = fixture.served();
    fixture.write("list.txt", names(100));
    for (const accept of [new Set<string>(), new Set(["other"])]) {
      const { sources } = await fixture.build({ accept });
      expect(sources[0]?.error?.message).toMatch(/shrank from 3000 to 100 entries, beyond its limit of 10 % and 20/);
      expect(sources[0]?.error?.remedy).toContain("--accept list");
      expect(fixture.served()).toEqual(before);
    }
    const accepted = await fixture.build({ accept: new Set(["list"]) });
    expect(accepted.sources[0]).toMatchObject({ outcome: "new", error: undefined, snapshot: { entries: 100 } });
    expect(accepted.zones[0]?.result).toMatchObject({ rules: 100, removed: 5800 });
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "untouched", error: undefined });
    fixture.write("list.txt", names(105));
    expect((await fixture.build()).zones[0]?.result).toMatchObject({ rules: 105, added: 10, merged: "ranges" });
  });

  test("an empty list is taken where it is accepted", async () => {
    const fixture = fixtureWith(good);
    await fixture.build();
    fixture.write("list.txt", "# all lifted\n");
    expect((await fixture.build({ accept: new Set(["list"]) })).zones[0]?.result).toMatchObject({
      rules: 0,
      removed: 4,
    });
    expect(fixture.served()?.records).toEqual([]);
    fixture.write("list.txt", good);
    expect((await fixture.build()).zones[0]?.result).toMatchObject({ rules: 2, added: 4 });
  });
});

describe("allow lists", () => {
  const files = {
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
      ["{id: own, from: allow.txt, scope: subtree}"],
    ),
    "list.txt": good,
  };

  test("one that is missing at first stops every zone, since names that must not be blocked would be", async () => {
    const fixture = new BuildFixture(files);
    const outcome = await fixture.build();
    expect(outcome.sources[1]).toMatchObject({
      role: "allow",
      outcome: "failed",
      error: { code: "SOURCE_UNREADABLE" },
    });
    expect(outcome.zones[0]?.error).toMatchObject({ code: "BUILD_NOTHING", message: expect.stringContaining('"own"') });
    expect(outcome.zones[0]?.error?.message).toContain("must not be blocked");
    expect(fails(outcome, fixture)).toBe(true);
    expect(fixture.served()).toBeUndefined();

    fixture.write("allow.txt", "two.example\n");
    expect((await fixture.build()).zones[0]?.result?.rules).toBe(1);
  });

  test("a new one that is missing leaves the zone as it is", async () => {
    const fixture = new BuildFixture({
      ...files,
      "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    });
    await fixture.build();
    const before = fixture.served();
    fixture.write("main.yaml", files["main.yaml"]);
    fixture.write("list.txt", "three.example\n");
    const outcome = await fixture.build();
    expect(outcome.zones[0]?.error?.code).toBe("BUILD_NOTHING");
    expect(fails(outcome, fixture)).toBe(true);
    expect(fixture.served()).toEqual(before);
  });

  test("one may be empty from the start", async () => {
    const fixture = new BuildFixture({ ...files, "allow.txt": "# nothing yet\n" });
    expect((await fixture.build()).zones[0]?.result?.rules).toBe(2);
    fixture.write("allow.txt", "# still nothing\n");
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "same", error: undefined });
  });

  test.each([
    ["emptied", "# oops\n", "SOURCE_EMPTY"],
    ["removed", undefined, "SOURCE_UNREADABLE"],
    ["replaced by a web page", "<html></html>\n", "SOURCE_NOT_A_LIST"],
  ])("one that is %s later stays in force as it last was", async (_, content, code) => {
    const fixture = new BuildFixture({ ...files, "allow.txt": "two.example\n" });
    await fixture.build();
    if (content === undefined) rmSync(fixture.path("allow.txt"));
    else fixture.write("allow.txt", content);
    fixture.write("list.txt", "three.example\ndeep.two.example\ntwo.example\n");
    const outcome = await fixture.build();
    expect(outcome.sources[1]).toMatchObject({ outcome: "failed", error: { code }, snapshot: { entries: 1 } });
    expect(outcome.zones[0]?.result).toMatchObject({ changed: true, rules: 1 });
    expect(fixture.served()?.records).toEqual(["*.three.example CNAME .", "three.example CNAME ."]);
    expect(fails(outcome, fixture)).toBe(false);
  });

  test("one is emptied where that is accepted", async () => {
    const fixture = new BuildFixture({ ...files, "allow.txt": "two.example\n" });
    await fixture.build();
    fixture.write("allow.txt", "");
    expect((await fixture.build({ accept: new Set(["own"]) })).zones[0]?.result).toMatchObject({
      rules: 2,
      changed: true,
    });
  });
});
