import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fails, good, names, standWith } from "../feed/list-stand.ts";
import { BuildStand, mainText } from "../feed/stand.ts";

describe("the guard of a list", () => {
  test.each([
    ["shrinks to under half", 3000, 1499, true],
    ["shrinks to half", 3000, 1500, false],
    ["shrinks a lot, by 999 entries", 1200, 201, false],
    ["shrinks a lot, by 1,000 entries", 1200, 200, true],
    ["grows by over half", 3000, 4501, true],
    ["grows by half", 3000, 4500, false],
    ["grows a lot, by 999 entries", 10, 1009, false],
    ["grows a lot, by 1,000 entries", 10, 1010, true],
  ])("by default: %s", async (_, before, after, held) => {
    const stand = standWith(names(before));
    await stand.build();
    const { serial } = stand.served()?.row ?? {};
    stand.write("list.txt", names(after));
    const outcome = await stand.build();
    const { error, snapshot } = outcome.sources[0] ?? {};
    expect(error?.code).toBe(held ? "SOURCE_GUARD" : undefined);
    expect(snapshot?.entries).toBe(held ? before : after);
    expect(outcome.zones[0]?.result?.rules).toBe(held ? before : after);
    expect(stand.served()?.row.serial === serial).toBe(held);
    expect(fails(outcome, stand)).toBe(false);
  });

  test("says from what to what, holds until it is accepted by name, and then goes on from there", async () => {
    const stand = standWith(names(3000), "format: domains, from: list.txt, guard: {percent: 10, entries: 20}");
    await stand.build();
    const before = stand.served();
    stand.write("list.txt", names(100));
    for (const accept of [new Set<string>(), new Set(["other"])]) {
      const { sources } = await stand.build({ accept });
      expect(sources[0]?.error?.message).toMatch(/shrank from 3000 to 100 entries, beyond its guard of 10 % and 20/);
      expect(sources[0]?.error?.remedy).toContain("--accept list");
      expect(stand.served()).toEqual(before);
    }
    const accepted = await stand.build({ accept: new Set(["list"]) });
    expect(accepted.sources[0]).toMatchObject({ outcome: "new", error: undefined, snapshot: { entries: 100 } });
    expect(accepted.zones[0]?.result).toMatchObject({ rules: 100, removed: 5800 });
    expect((await stand.build()).sources[0]).toMatchObject({ outcome: "untouched", error: undefined });
    stand.write("list.txt", names(105));
    expect((await stand.build()).zones[0]?.result).toMatchObject({ rules: 105, added: 10, merged: "ranges" });
  });

  test("an empty list is taken where it is accepted", async () => {
    const stand = standWith(good);
    await stand.build();
    stand.write("list.txt", "# all lifted\n");
    expect((await stand.build({ accept: new Set(["list"]) })).zones[0]?.result).toMatchObject({ rules: 0, removed: 4 });
    expect(stand.served()?.records).toEqual([]);
    stand.write("list.txt", good);
    expect((await stand.build()).zones[0]?.result).toMatchObject({ rules: 2, added: 4 });
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
    const stand = new BuildStand(files);
    const outcome = await stand.build();
    expect(outcome.sources[1]).toMatchObject({
      role: "allow",
      outcome: "failed",
      error: { code: "SOURCE_UNREADABLE" },
    });
    expect(outcome.zones[0]?.error).toMatchObject({ code: "BUILD_NOTHING", message: expect.stringContaining('"own"') });
    expect(outcome.zones[0]?.error?.message).toContain("must not be blocked");
    expect(fails(outcome, stand)).toBe(true);
    expect(stand.served()).toBeUndefined();

    stand.write("allow.txt", "two.example\n");
    expect((await stand.build()).zones[0]?.result?.rules).toBe(1);
  });

  test("a new one that is missing leaves the zone as it is", async () => {
    const stand = new BuildStand({
      ...files,
      "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    });
    await stand.build();
    const before = stand.served();
    stand.write("main.yaml", files["main.yaml"]);
    stand.write("list.txt", "three.example\n");
    const outcome = await stand.build();
    expect(outcome.zones[0]?.error?.code).toBe("BUILD_NOTHING");
    expect(fails(outcome, stand)).toBe(true);
    expect(stand.served()).toEqual(before);
  });

  test("one may be empty from the start", async () => {
    const stand = new BuildStand({ ...files, "allow.txt": "# nothing yet\n" });
    expect((await stand.build()).zones[0]?.result?.rules).toBe(2);
    stand.write("allow.txt", "# still nothing\n");
    expect((await stand.build()).sources[1]).toMatchObject({ outcome: "same", error: undefined });
  });

  test.each([
    ["emptied", "# oops\n", "SOURCE_EMPTY"],
    ["removed", undefined, "SOURCE_UNREADABLE"],
    ["replaced by a web page", "<html></html>\n", "SOURCE_NOT_A_LIST"],
  ])("one that is %s later stays in force as it last was", async (_, content, code) => {
    const stand = new BuildStand({ ...files, "allow.txt": "two.example\n" });
    await stand.build();
    if (content === undefined) rmSync(stand.path("allow.txt"));
    else stand.write("allow.txt", content);
    stand.write("list.txt", "three.example\ndeep.two.example\ntwo.example\n");
    const outcome = await stand.build();
    expect(outcome.sources[1]).toMatchObject({ outcome: "failed", error: { code }, snapshot: { entries: 1 } });
    expect(outcome.zones[0]?.result).toMatchObject({ changed: true, rules: 1 });
    expect(stand.served()?.records).toEqual(["*.three.example CNAME .", "three.example CNAME ."]);
    expect(fails(outcome, stand)).toBe(false);
  });

  test("one is emptied where that is accepted", async () => {
    const stand = new BuildStand({ ...files, "allow.txt": "two.example\n" });
    await stand.build();
    stand.write("allow.txt", "");
    expect((await stand.build({ accept: new Set(["own"]) })).zones[0]?.result).toMatchObject({
      rules: 2,
      changed: true,
    });
  });
});
