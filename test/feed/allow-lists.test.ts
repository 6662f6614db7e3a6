/** Allow lists fail closed: what they gain counts at once, what they lose waits while something is wrong with them. */
import { describe, expect, test } from "vitest";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { apex, BuildFixture, mainText, zoneText } from "./fixture.ts";

const blocked = Array.from({ length: 20 }, (_, i) => `n${i}.example`);
const own = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `n${first + i}.example\n`).join("");

const fixtureOf = (allow: string, more = "", list = `${blocked.join("\n")}\n`): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, format: domains, from: list.txt}"],
      [`{id: own, from: allow.txt${more}}`],
    ),
    "list.txt": list,
    "allow.txt": allow,
  });

/** The names on the allow list in force. */
function allowed(fixture: BuildFixture): string[] {
  return fixture.read((db) => {
    const snapshots = new Snapshots(db);
    const cursor = new EntryCursor(snapshots.blocks(snapshots.current("own")?.id ?? 0));
    const names: string[] = [];
    for (cursor.rewind(); cursor.live; cursor.advance()) names.push(shownKey(cursor.key.slice(0, cursor.keyBytes)));
    return names.sort();
  });
}

describe("a line that cannot be read", () => {
  test("holds the list: what is new counts at once, what is gone stays, and each build says so until it is fixed", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    expect(fixture.warnings).toEqual([]);
    fixture.write("allow.txt", "# ours\n\nn1.example\nn2.example,\nn3.example\n");
    const outcome = await fixture.build();
    expect(allowed(fixture)).toEqual(["n0.example", "n1.example", "n3.example"]);
    expect(outcome.zones[0]?.result?.rules).toBe(17);
    const warning = {
      code: "ALLOW_HELD",
      message: expect.stringMatching(
        /allow\.txt": line 4 is "n2\.example," \(bad-character\); nothing goes off the list until that is fixed, and 1 name it no longer has stays allowed\. Fix the line/,
      ),
    };
    expect(fixture.warnings).toEqual([warning]);
    expect(outcome.sources[1]).toMatchObject({
      outcome: "new",
      fault: { keepsRemoved: true, error: { code: "ALLOW_HELD" } },
    });

    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "untouched", fault: { keepsRemoved: true } });
    expect(fixture.warnings).toEqual([warning, warning]);

    fixture.write("allow.txt", "n1.example\nn2.example\nn3.example\n");
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toEqual(["n1.example", "n2.example", "n3.example"]);
    expect(fixture.warnings).toHaveLength(2);
  });

  test("holds nothing up that is new, however much that is", async () => {
    const fixture = fixtureOf("n0.example\n");
    await fixture.build();
    fixture.write("allow.txt", `..\n${own(5000)}`);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", error: undefined });
    expect(allowed(fixture)).toHaveLength(5000);
  });

  test("keeps a name with all beneath where the line now says less", async () => {
    const fixture = fixtureOf("*.n0.example\n", "", "a.n0.example\n");
    await fixture.build();
    fixture.write("allow.txt", "n0.example\n..\n");
    expect((await fixture.build()).zones[0]?.result?.rules).toBe(0);
  });

  test.each([
    ["a path", "n2.example/path"],
    ["an option", "@@||n2.example^$third-party"],
    ["a wildcard inside a label", "n*.example"],
    ["a regular expression", "@@/n[0-9]/"],
    ["a comment", "# n2.example"],
  ])("is none where it is understood and cannot be expressed, as with %s", async (_, line) => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("allow.txt", `n1.example\n${line}\n`);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toEqual(["n1.example"]);
  });

  test.each([
    ["a mistyped scheme", "domains", "htps://n0.example/", (name: string) => name],
    ["a mistyped rule of dnsmasq", "dnsmasq", "serve=/n0.example/#", (name: string) => `server=/${name}/#`],
    [
      "a mistyped type of Unbound",
      "unbound",
      'local-zone: "n0.example" always_transparant',
      (name: string) => `local-zone: "${name}" transparent`,
    ],
  ])("is one that has %s", async (_, format, line, lineFor) => {
    const fixture = fixtureOf(`${lineFor("n0.example")}\n${lineFor("n1.example")}\n`, `, format: ${format}`);
    await fixture.build();
    const before = allowed(fixture);
    expect(before.length).toBeGreaterThan(1);
    fixture.write("allow.txt", `${line}\n${lineFor("n1.example")}\n`);
    expect((await fixture.build()).sources[1]).toMatchObject({ fault: { keepsRemoved: true } });
    expect(allowed(fixture)).toEqual(before);
  });

  test("holds a list that has it from the start, of which there is nothing to lose yet", async () => {
    const fixture = fixtureOf("n0.example\nn1.example,\n");
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: { keepsRemoved: true } });
    expect(fixture.served()?.records).toHaveLength(19);
    fixture.write("allow.txt", "n5.example\nn1.example,\n");
    await fixture.build();
    expect(allowed(fixture)).toEqual(["n0.example", "n5.example"]);
  });

  test("stops the zone where no other line can be read and the list never was", async () => {
    const fixture = fixtureOf("n1.example,\n");
    const outcome = await fixture.build();
    expect(outcome.sources[1]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_EMPTY" } });
    expect(outcome.zones[0]?.error?.code).toBe("BUILD_NOTHING");
  });

  test("only warns where the list is not strict", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\nn2.example\n", ", strict: false");
    await fixture.build();
    fixture.write("allow.txt", "n1.example\nn2.example\nn3.example,\n");
    const outcome = await fixture.build();
    expect(allowed(fixture)).toEqual(["n1.example", "n2.example"]);
    expect(outcome.sources[1]?.fault?.keepsRemoved).toBe(false);
    expect(fixture.warnings).toEqual([
      { code: "ALLOW_UNREADABLE", message: expect.stringContaining('line 3 is "n3.example,"') },
    ]);
  });

  test("lets go what is accepted, though the file stays as it is", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("allow.txt", "n1.example\nn2.example,\n");
    await fixture.build();
    expect((await fixture.build({ accept: new Set(["own"]) })).sources[1]).toMatchObject({ outcome: "new" });
    expect(allowed(fixture)).toEqual(["n1.example"]);
  });
});

describe("an allow list that loses more than its limit", () => {
  test("keeps it all until that is accepted, however short it is, and takes what is new", async () => {
    const fixture = fixtureOf(own(10));
    await fixture.build();
    fixture.write("allow.txt", `${own(4)}${own(3, 12)}`);
    for (let i = 0; i < 2; i++) {
      const { sources } = await fixture.build();
      expect(allowed(fixture)).toHaveLength(13);
      expect(sources[1]).toMatchObject({
        error: undefined,
        fault: { keepsRemoved: true, error: { code: "ALLOW_HELD" } },
      });
      expect(sources[1]?.fault?.error.message).toMatch(/6 names off ".*" at once: more than its guard of 50 % \(n4/);
    }
    // What it gains meanwhile does not make the loss small.
    fixture.write("allow.txt", `${own(4)}${own(100, 12)}`);
    await fixture.build();
    expect(allowed(fixture)).toHaveLength(110);
    await fixture.build({ accept: new Set(["own"]) });
    expect(allowed(fixture)).toHaveLength(104);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "untouched", fault: undefined });
  });

  test("may lose up to half", async () => {
    const fixture = fixtureOf(own(10));
    await fixture.build();
    fixture.write("allow.txt", own(5));
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toHaveLength(5);
  });

  test("may lose all that its own guard lets go, also where it is held already", async () => {
    const fixture = fixtureOf(own(10));
    await fixture.build();
    fixture.write("allow.txt", own(1));
    expect((await fixture.build()).sources[1]?.fault?.keepsRemoved).toBe(true);
    fixture.write(
      "main.yaml",
      mainText(
        ["{id: list, category: one, format: domains, from: list.txt}"],
        ["{id: own, from: allow.txt, guard: {percent: 100}}"],
      ),
    );
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toHaveLength(1);
  });
});

describe("an allow list of some zones", () => {
  const files = {
    "main.yaml": mainText(
      ["{id: list, category: one, format: domains, from: list.txt}"],
      ["{id: own, from: allow.txt, zones: [other.rpz.test]}"],
    ).replace("[zone.yaml]", "[zone.yaml, other.yaml]"),
    "other.yaml": zoneText("", "other.rpz.test"),
    "list.txt": "n0.example\nn1.example\n",
  };
  test("counts in these alone", async () => {
    const fixture = new BuildFixture({ ...files, "allow.txt": "n0.example\n" });
    const { zones } = await fixture.build();
    expect(zones.map(({ result }) => result?.rules)).toEqual([2, 1]);
  });
  test("stops these alone where it never was read", async () => {
    const { zones } = await new BuildFixture(files).build();
    expect(zones).toMatchObject([
      { apex, result: { rules: 2 } },
      { apex: "other.rpz.test", error: { code: "BUILD_NOTHING" } },
    ]);
  });
});
