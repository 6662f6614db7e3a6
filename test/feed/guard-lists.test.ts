/** Guard lists fail closed, as allow lists do: what they gain counts at once, what they lose waits while something is wrong. */
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { reportOf } from "../../src/daemon/build-report.ts";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { BuildFixture } from "./fixture.ts";

/** One source that lists n0.example to n19.example, and one guard, without the built-in ones. */
const mainWith = (more: string, file = "own.txt", ofClass = "protected"): string => {
  const off = builtInGuards.map(({ id }) => `  - {id: ${id}, use: false}\n`).join("");
  const own = `  - {id: own, class: ${ofClass}, from: ${file}${more}}\n`;
  const source = "{id: list, category: one, format: domains, from: list.txt}";
  return `version: 1\nsources:\n  - ${source}\nguards:\n${off}${own}zones: [zone.yaml]\n`;
};

const names = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `n${first + i}.example\n`).join("");

const fixtureOf = (guard: string, more = "", file = "own.txt"): BuildFixture =>
  new BuildFixture({ "main.yaml": mainWith(more, file), "list.txt": names(20), [file]: guard });

function guarded(fixture: BuildFixture): string[] {
  return fixture.read((db) => {
    const snapshots = new Snapshots(db);
    const cursor = new EntryCursor(snapshots.blocks(snapshots.current("guard:own")?.id ?? 0));
    const found: string[] = [];
    for (cursor.rewind(); cursor.live; cursor.advance()) found.push(shownKey(cursor.key.slice(0, cursor.keyBytes)));
    return found.sort();
  });
}

describe("a line of a guard list that cannot be read", () => {
  test("keeps on it what it no longer has, lets in what is new, and is told at each build until it is fixed", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    expect(fixture.warnings).toEqual([]);
    fixture.write("own.txt", "n1.example,\nn0.example\nn2.example\n");
    const outcome = await fixture.build();
    expect(guarded(fixture)).toEqual(["n0.example", "n1.example", "n2.example"]);
    expect(outcome.zones[0]?.result?.rules).toBe(17);
    const warning = {
      code: "GUARD_HELD",
      message: expect.stringMatching(
        /own\.txt": line 1 is "n1\.example," \(bad-character\), and n1\.example was guarded.*1 name it no longer has stays guarded\. .*--accept guard:own/,
      ),
    };
    expect(fixture.warnings).toEqual([warning]);
    const [guard] = reportOf(outcome, fixture.config()).guards;
    expect(guard).toMatchObject({ outcome: "new", onHold: true, error: null, warning: { code: "GUARD_HELD" } });

    expect((await fixture.build()).guards[0]).toMatchObject({ outcome: "untouched" });
    expect(fixture.warnings).toEqual([warning, warning]);

    fixture.write("own.txt", "n0.example\nn2.example\n");
    const fixed = await fixture.build();
    expect(reportOf(fixed, fixture.config()).guards[0]).toMatchObject({ onHold: false, warning: null });
    expect(guarded(fixture)).toEqual(["n0.example", "n2.example"]);
    expect(fixture.warnings).toHaveLength(2);
    expect(fixture.messages).toContain('Took 1 name off the guard "own": n1.example');
  });

  test("keeps a name with all beneath guarded so where the line now says less", async () => {
    const fixture = fixtureOf("*.n0.example\n");
    fixture.write("main.yaml", mainWith("", "own.txt", "popular"));
    fixture.write("list.txt", "a.n0.example\n");
    await fixture.build();
    fixture.write("own.txt", "n0.example\n..\n");
    expect((await fixture.build()).zones[0]?.result?.rules).toBe(0);
  });

  test("lets go what is accepted", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("own.txt", "n1.example,\nn0.example\n");
    await fixture.build();
    await fixture.build({ accept: new Set(["guard:own"]) });
    expect(guarded(fixture)).toEqual(["n0.example"]);
  });

  test("is told from the first reading on", async () => {
    const fixture = fixtureOf("n0.example\nn1.example,\n");
    await fixture.build();
    expect(fixture.warnings).toMatchObject([{ code: "GUARD_HELD" }]);
    expect(guarded(fixture)).toEqual(["n0.example"]);
  });

  const others: readonly [what: string, more: string, file: string, before: string, after: string][] = [
    [
      "ranked names, which lists of others have",
      ", format: ranks",
      "own.csv",
      "1,n0.example\n2,n1.example\n3,n2.example\n",
      "1,n0.example\n2,n1.example\n3,com\n",
    ],
    [
      "a list of MISP's, which has labels",
      "",
      "own.json",
      '{"type":"string","list":["n0.example","n1.example","n2.example"]}',
      '{"type":"string","list":["n0.example","n1.example","com"]}',
    ],
  ];
  const afterChange = async ([, more, file, before, after]: (typeof others)[number], ofClass: string) => {
    const fixture = new BuildFixture({
      "main.yaml": mainWith(more, file, ofClass),
      "list.txt": names(20),
      [file]: before,
    });
    await fixture.build();
    fixture.write(file, after);
    await fixture.build();
    return { fixture, left: guarded(fixture).filter((name) => !name.startsWith("www.")) };
  };

  test.each([
    ...others,
    ["a list that is not strict", ", strict: false", "own.txt", names(3), `${names(2)}n2.example,\n`],
  ] as const)("holds nothing in %s", async (...list) => {
    const { fixture, left } = await afterChange([...list], "popular");
    expect(left).toEqual(["n0.example", "n1.example"]);
    expect(fixture.warnings.filter(({ code }) => code !== undefined)).toEqual([]);
  });

  test.each(others)("holds in what is protected also %s", async (...list) => {
    const { fixture, left } = await afterChange(list, "protected");
    expect(left).toEqual(["n0.example", "n1.example", "n2.example"]);
    expect(fixture.warnings).toEqual([
      { code: "GUARD_HELD", message: expect.stringContaining('"com" (single-label)') },
    ]);
  });

  test("holds a list of MISP's that is strict", async () => {
    const fixture = fixtureOf(
      '{"type":"string","list":["n0.example","n1.example","n2.example"]}',
      ", strict: true",
      "own.json",
    );
    await fixture.build();
    fixture.write("own.json", '{"type":"string","list":["n0.example","n1.example","n2.example,"]}');
    await fixture.build();
    expect(guarded(fixture)).toEqual(["n0.example", "n1.example", "n2.example"]);
  });
});

describe("a guard list that loses more than half", () => {
  test.each([
    ["however short it is", names(3), `${names(1)}n9.example\n`, 4],
    ["to all other names", names(40), names(40, 100), 80],
  ])("keeps it all until that is accepted, %s, and takes what is new", async (_, before, after, kept) => {
    const fixture = fixtureOf(before);
    await fixture.build();
    fixture.write("own.txt", after);
    for (let i = 0; i < 2; i++) {
      const outcome = await fixture.build();
      expect(outcome.guards[0]).toMatchObject({ error: undefined, fault: { keepsRemoved: true } });
      expect(guarded(fixture)).toHaveLength(kept);
    }
    expect(fixture.warnings).toMatchObject([{ code: "GUARD_HELD" }, { code: "GUARD_HELD" }]);
    expect(fixture.warnings[0]?.message).toMatch(
      /^Cannot take \d+ names off ".*own\.txt" at once: more than half.*; they stay guarded\. .*--accept guard:own/,
    );
    await fixture.build({ accept: new Set(["guard:own"]) });
    expect(guarded(fixture)).toHaveLength(after.split("\n").length - 1);
  });

  test("may lose half, and says which names went", async () => {
    const fixture = fixtureOf(names(4));
    await fixture.build();
    fixture.write("own.txt", names(2));
    await fixture.build();
    expect(guarded(fixture)).toHaveLength(2);
    expect(fixture.warnings).toEqual([]);
    expect(fixture.messages).toContain('Took 2 names off the guard "own": n2.example, n3.example');
  });
});
