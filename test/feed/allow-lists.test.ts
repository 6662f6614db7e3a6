/** Allow lists fail closed: what they gain counts at once, what they lose waits while something is wrong with them. */
import { domainToASCII } from "node:url";
import { describe, expect, test } from "vitest";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { apex, BuildFixture, mainText, zoneText } from "./fixture.ts";

const blocked = Array.from({ length: 20 }, (_, i) => `n${i}.example`);
const own = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `n${first + i}.example\n`).join("");

const mainOf = (more: string): string =>
  mainText(["{id: list, category: one, format: domains, from: list.txt}"], [`{id: own, from: allow.txt${more}}`]);

const fixtureOf = (allow: string, more = "", list = `${blocked.join("\n")}\n`): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainOf(more),
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
    ["a page of it in a rule", "@@||n0.example/login^"],
    ["an option that is none", "@@||n0.example^$importantt"],
    ["an option that narrows it", "@@||n0.example^$third-party"],
    ["a wildcard behind it", "@@||n0.example*"],
    ["a wildcard inside a label", "*n0.example"],
    ["an address that it is mapped to", "10.0.0.1 n0.example"],
    ["an origin in front", "$ORIGIN n0.example."],
    ["a rule that takes rules back", "||n0.example^$badfilter"],
    ["names left out", "||n0.example^$denyallow=a.n0.example"],
    ["a comma behind it", "n0.example,"],
    ["a port that is none", "n0.example:443x"],
    ["words behind it", "n0.example is ours"],
    ["another format's exception", "server=/n0.example/#"],
  ])("holds the list and says which name it had there, as with %s", async (_, line) => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("allow.txt", `@@/x/\nn1.example\n${line}\n`);
    expect((await fixture.build()).sources[1]).toMatchObject({ fault: { keepsRemoved: true } });
    expect(allowed(fixture)).toEqual(["n0.example", "n1.example"]);
    expect(fixture.warnings).toEqual([
      {
        code: "ALLOW_HELD",
        message: expect.stringMatching(/line 3 is ".*" \(.*\), and 1 more, and n0\.example was allowed when/),
      },
    ]);
  });

  test.each([
    ["a longer name", "a.n0.example,"],
    ["a name that goes on", "n0.example.org,"],
    ["another name", "xn0.example,"],
  ])("is not said to have meant a name that only stands in %s", async (_, line) => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("allow.txt", `n1.example\n${line}\n`);
    await fixture.build();
    expect(allowed(fixture)).toEqual(["n0.example", "n1.example"]);
    expect(fixture.warnings[0]?.message).not.toContain("was allowed when");
  });

  test.each([
    ["a regular expression", "domains", "@@/n[0-9]/"],
    ["an include", "adblock", "!#include more.txt"],
    ["an include of a policy zone", "rpz", "$INCLUDE more.zone"],
    [
      "a rule outside the zone",
      "rpz",
      "$ORIGIN a.test.\n@ SOA . . 1 1 1 1 1\n$ORIGIN b.test.\nn0.example CNAME rpz-passthru.",
    ],
    ["data of a view", "unbound", 'view:\nlocal-zone: "n0.example" transparent'],
  ])("is one that has %s", async (_, format, line) => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("main.yaml", mainOf(`, format: ${format}`));
    const other = format === "rpz" ? "n1.example CNAME rpz-passthru." : format === "unbound" ? "" : "||n1.example^";
    fixture.write(
      "allow.txt",
      `${other}\n${format === "unbound" ? 'local-zone: "n1.example" transparent\n' : ""}${line}\n`,
    );
    expect((await fixture.build()).sources[1]).toMatchObject({ fault: { keepsRemoved: true } });
    expect(allowed(fixture)).toContain("n0.example");
  });

  test.each([
    ["a comment", "domains", "# n0.example"],
    ["a rule that hides a part of a page", "adblock", "n0.example##.ad"],
    ["a condition", "adblock", "!#if a\n!#endif"],
    ["the usual first line of a hosts file", "hosts", "127.0.0.1 localhost"],
  ])("is none where it surely means no name, as with %s", async (_, format, line) => {
    const fixture = fixtureOf("n0.example\nn1.example\n", `, format: ${format}`);
    await fixture.build();
    fixture.write("allow.txt", `n1.example\n${line}\n`);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toEqual(["n1.example"]);
    expect(fixture.messages).toContain('Took 1 name off the allow list "own": n0.example');
  });

  test("is none where a page is named, whose host is meant", async () => {
    const fixture = fixtureOf("n0.example\nn1.example\n");
    await fixture.build();
    fixture.write("allow.txt", "n1.example\nn0.example/login\n");
    expect((await fixture.build()).sources[1]).toMatchObject({ fault: undefined });
    expect(allowed(fixture)).toEqual(["n0.example", "n1.example"]);
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
      expect(sources[1]?.fault?.error.message).toMatch(/6 names off ".*" at once: more than its limit of 50 % \(n4/);
    }
    // What it gains meanwhile does not make the loss small.
    fixture.write("allow.txt", `${own(4)}${own(100, 12)}`);
    await fixture.build();
    expect(allowed(fixture)).toHaveLength(110);
    await fixture.build({ accept: new Set(["own"]) });
    expect(allowed(fixture)).toHaveLength(104);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "untouched", fault: undefined });
  });

  test("is compared afresh, with what it had before, once names come back", async () => {
    const fixture = fixtureOf(own(10));
    await fixture.build();
    fixture.write("allow.txt", own(4));
    expect((await fixture.build()).sources[1]?.fault?.keepsRemoved).toBe(true);
    // Still six of ten, however many are new beside them.
    fixture.write("allow.txt", `${own(4)}${own(20, 100)}`);
    expect((await fixture.build()).sources[1]?.fault?.keepsRemoved).toBe(true);
    fixture.write("allow.txt", own(9));
    expect((await fixture.build()).sources[1]?.fault?.keepsRemoved).toBe(true);
    fixture.write("allow.txt", `${own(9)}${own(20, 100)}`);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toHaveLength(29);
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
        ["{id: own, from: allow.txt, limit: {percent: 100}}"],
      ),
    );
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toHaveLength(1);
  });
});

describe("a name that was probably mistyped", () => {
  const warning = (gone: string, come: string) => ({
    code: undefined,
    message: `"${gone}" went off the allow list "own" as "${come}" came: if that is a typing error, "${gone}" may be blocked now`,
  });

  test.each([
    ["a letter more", "www.bank.example", "www.bannk.example"],
    ["a letter less", "www.bank.example", "www.ban.example"],
    ["two others", "www.bank.example", "vvw.bank.example"],
    ["two that changed places", "www.bank.example", "www.bakn.example"],
    ["another end", "bank.example", "bank.exampel"],
    ["an address that sticks to it", "bank.example", "0.0.0.0bank.example"],
    ["letters that look like its own", "good.example", "g\u043e\u043ed.example"],
    ["more letters that look like its own", "pace.example", "\u0440\u0430\u0441\u0435.example"],
    ["the mark of other scripts", "good1.example", "xn--good1.example"],
  ])("is warned of where it has %s", async (_, before, after) => {
    const fixture = fixtureOf(`${before}\nn1.example\nn2.example\n`);
    await fixture.build();
    fixture.write("allow.txt", `n1.example\n${after}\nn2.example\n`);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(fixture.warnings).toEqual([warning(before, domainToASCII(after))]);
    await fixture.build();
    expect(fixture.warnings).toHaveLength(1);
  });

  test.each([
    ["where nothing like it came", "bank.example\nn1.example\nn2.example\n", "n1.example\nn2.example\nshop.example\n"],
    ["where it is there still", "bank.example\nn1.example\nn2.example\n", "n1.example\nbank.example\nbanks.example\n"],
    ["where many went", own(30), `${own(16)}nn29.example\n`],
  ])("is not warned of %s", async (_, before, after) => {
    const fixture = fixtureOf(before);
    await fixture.build();
    fixture.write("allow.txt", after);
    await fixture.build();
    expect(fixture.warnings).toEqual([]);
  });
});

describe("a name that stands in a rule about parts of pages", () => {
  test("is warned of where it goes, and not where it is there still", async () => {
    const fixture = fixtureOf("||n0.example^\n||n1.example^\n||n2.example^\n", ", format: adblock");
    await fixture.build();
    fixture.write("allow.txt", "||n1.example^\n||n2.example^\nan0.example##.ad\nn1.example##.ad\nn0.example##.ad\n");
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(allowed(fixture)).toEqual(["n1.example", "n2.example"]);
    expect(fixture.warnings).toEqual([
      {
        code: undefined,
        message:
          '"n0.example" went off the allow list "own" and stands in line 5, "n0.example##.ad", a rule about parts of pages: it may be blocked now',
      },
    ]);
  });
});

describe("a name that goes off the list is warned of where it stands", () => {
  test.each([
    [
      "in a comment",
      "",
      "n1.example\nn0.example\n",
      "n1.example\n#n0.example\n",
      'line 2, "#n0.example", which is not taken',
    ],
    [
      "in a row that is left out",
      ", format: csv, where: {state: [active]}",
      "domain,state\nn1.example,active\nn0.example,active\n",
      "domain,state\nn1.example,active\nn0.example,actve\n",
      'line 3, "n0.example,actve", which is not taken',
    ],
    [
      "beside the array",
      ", format: json, path: list",
      '{"list": ["n1.example", "n0.example"]}',
      '{"list": ["n1.example"], "lst": ["n0.example"]}',
      'line 1, "n0.example", which is not taken',
    ],
  ])("%s", async (_, options, before, after, where) => {
    const fixture = fixtureOf(before, options);
    await fixture.build();
    fixture.write("allow.txt", after);
    expect((await fixture.build()).sources[1]).toMatchObject({ outcome: "new", fault: undefined });
    expect(fixture.warnings).toEqual([
      {
        code: undefined,
        message: `"n0.example" went off the allow list "own" and stands in ${where}: it may be blocked now`,
      },
    ]);
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
