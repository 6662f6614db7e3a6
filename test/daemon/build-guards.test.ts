import { rmSync, utimesSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import type { Config, GuardListConfig } from "../../src/config/types.ts";
import { buildFailed, reportOf } from "../../src/daemon/build-report.ts";
import { keyToText } from "../../src/dns/name.ts";
import { guardFlag } from "../../src/guard/class.ts";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { apex, BuildFixture, zoneText } from "../feed/fixture.ts";

const source = "{id: list, category: one, format: domains, from: list.txt}";

/** A fixture with one source and these guards, each a flow mapping. */
function fixtureWith(
  guards: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): BuildFixture {
  return new BuildFixture({
    "main.yaml": mainWith(guards),
    "list.txt": "bad.example\n",
    ...files,
  });
}

/** Without the built-in guards, so that those of a test are alone. */
function mainWith(guards: readonly string[], zones = "[zone.yaml]"): string {
  const off = builtInGuards.map(({ id }) => `{id: ${id}, use: false}`);
  const list = [...off, ...guards].map((guard) => `  - ${guard}\n`).join("");
  return `version: 1\nsources:\n  - ${source}\nguards:\n${list}zones: ${zones}\n`;
}

const own = "{id: own, class: protected, from: own.txt}";

/** Entries of the stored copy of a guard, as `name flags`; undefined where there is none. */
function stored(fixture: BuildFixture, id: string): string[] | undefined {
  return fixture.read((db) => {
    const snapshots = new Snapshots(db);
    const current = snapshots.current(`guard:${id}`);
    if (current === undefined) return undefined;
    const entries: string[] = [];
    const cursor = new EntryCursor(snapshots.blocks(current.id));
    for (cursor.rewind(); cursor.live; cursor.advance()) {
      entries.push(`${keyToText(cursor.key.slice(0, cursor.keyBytes))} ${cursor.flags}`);
    }
    return entries;
  });
}

const names = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `g${first + i}.example\n`).join("");

/** A guard that comes with the program, but for its list. */
const builtIn = {
  id: "own",
  class: "protected",
  format: "domains",
  scope: "exact",
  strict: false,
  builtIn: true,
} as const;

describe("a guard list", () => {
  test("becomes a snapshot of its own, whatever the ids of sources", async () => {
    const fixture = fixtureWith(["{id: list, class: protected, from: own.txt, scope: subtree}"], {
      "own.txt": "bank.example\n",
    });
    const outcome = await fixture.build();
    expect(outcome.guards.map(({ id, outcome: what, snapshot }) => [id, what, snapshot?.source])).toEqual([
      ["list", "new", "guard:list"],
    ]);
    expect(stored(fixture, "list")).toEqual([`bank.example ${guardFlag.name | guardFlag.beneath}`]);
    expect(outcome.sources.map(({ id, snapshot }) => [id, snapshot?.source])).toEqual([["list", "list"]]);
    expect(fixture.warnings).toEqual([]);
  });

  test("is read again only when its file or its reading changed", async () => {
    const fixture = fixtureWith([own], { "own.txt": "bank.example\n" });
    const outcome = async () => (await fixture.build()).guards[0]?.outcome;
    expect(await outcome()).toBe("new");
    expect(await outcome()).toBe("untouched");
    fixture.write("own.txt", "bank.example\n");
    expect(await outcome()).toBe("same");
    fixture.write("own.txt", "bank.example\nshop.example\n");
    expect(await outcome()).toBe("new");
    fixture.write("main.yaml", mainWith([own.replace("}", ", scope: subtree}")]));
    expect(await outcome()).toBe("new");
    expect(await outcome()).toBe("untouched");
    expect((await fixture.build({ full: true })).guards[0]?.outcome).toBe("same");
  });

  test("of ranks is stored with what each rank guards against", async () => {
    const fixture = fixtureWith(["{id: top, class: popular, from: top.csv, format: ranks, top: 1}"], {
      "top.csv": "1,a.example\n2,b.example\n11,c.example\n",
    });
    const { guards } = reportOf(await fixture.build(), fixture.config());
    expect(stored(fixture, "top")).toEqual([
      `a.example ${guardFlag.name}`,
      `www.a.example ${guardFlag.urlHost}`,
      `b.example ${guardFlag.urlHost}`,
      `www.b.example ${guardFlag.urlHost}`,
    ]);
    expect(guards).toMatchObject([
      {
        id: "top",
        class: "popular",
        format: "ranks",
        builtIn: false,
        outcome: "new",
        entries: 4,
        rejects: { "beyond-top": 1 },
      },
    ]);
  });

  test("may be compressed JSON", async () => {
    const json = JSON.stringify({ list: [".bank.example", "192.0.2.0/24"], name: "n", type: "string" });
    const fixture = fixtureWith(["{id: own, class: protected, from: own.json.gz}"], { "own.json.gz": gzipSync(json) });
    await fixture.build();
    expect(stored(fixture, "own")).toEqual([`bank.example ${guardFlag.name}`, `24.0.2.0.192.rpz-ip ${guardFlag.name}`]);
  });

  test("that comes with the program is told by its content, not by its times or its place", async () => {
    const fixture = fixtureWith([], {
      "list.txt": "bad.example\n",
      "a.txt": "bank.example\n",
      "b.txt": "bank.example\n",
    });
    const config = (name: string): Config => {
      return { ...fixture.config(), guards: [{ ...builtIn, from: fixture.path(name) } satisfies GuardListConfig] };
    };
    const outcome = async (name: string) => (await fixture.build({ config: config(name) })).guards[0]?.outcome;
    expect(await outcome("a.txt")).toBe("new");
    utimesSync(fixture.path("a.txt"), 1, 1);
    expect(await outcome("a.txt")).toBe("untouched");
    expect(await outcome("b.txt")).toBe("untouched");
    fixture.write("b.txt", "shop.example\n");
    expect(await outcome("b.txt")).toBe("new");
  });

  test("that comes with the program and cannot be read is no defect", async () => {
    const fixture = fixtureWith([]);
    // A regular file whose first octet cannot be read, by no one.
    const config = { ...fixture.config(), guards: [{ ...builtIn, from: "/proc/self/mem" }] };
    expect((await fixture.build({ config })).guards[0]).toMatchObject({
      outcome: "failed",
      error: { code: "SOURCE_UNREADABLE" },
    });
  });

  test("by hand may start out empty, and does not become empty by accident", async () => {
    const fixture = fixtureWith([own], { "own.txt": "# none yet\n" });
    expect((await fixture.build()).guards[0]).toMatchObject({ outcome: "new", snapshot: { entries: 0 } });
    fixture.write("own.txt", "bank.example\n");
    await fixture.build();
    fixture.write("own.txt", "# gone\n");
    const outcome = await fixture.build();
    expect(outcome.guards[0]).toMatchObject({
      outcome: "failed",
      error: { code: "SOURCE_EMPTY" },
      snapshot: { entries: 1 },
    });
    expect(outcome.guards[0]?.error?.remedy).toContain("--accept guard:own");
    expect((await fixture.build({ accept: new Set(["guard:own"]) })).guards[0]).toMatchObject({ outcome: "new" });
  });
});

describe("a guard list that is no good", () => {
  const cases: readonly [
    what: string,
    file: string,
    content: string | Uint8Array | undefined,
    code: string,
    why: RegExp,
  ][] = [
    ["is missing", "own.txt", undefined, "SOURCE_UNREADABLE", /ENOENT/],
    ["is a web page", "own.txt", "<!DOCTYPE html>\n<p>moved", "SOURCE_NOT_A_LIST", /web page/],
    ["is a web page in place of JSON", "own.json", "<html><body>", "SOURCE_NOT_A_LIST", /web page/],
    [
      "has no entry",
      "own.txt",
      "com\nnet\n",
      "SOURCE_EMPTY",
      /none of its items can be used: 2 single-label; line 1: com$/,
    ],
    ["is empty JSON", "own.json", "", "SOURCE_NOT_A_LIST", /as a guard list: it is empty/],
    [
      "is JSON cut short",
      "own.json",
      '{"type":"string","list":["a.example",',
      "SOURCE_UNREADABLE",
      /ends in the middle/,
    ],
    ["is no JSON", "own.json", '{"type":"string",,', "SOURCE_NOT_A_LIST", /no JSON from line 1/],
    ["is of substrings", "own.json", '{"type":"substring","list":["a.example"]}', "SOURCE_NOT_A_LIST", /"substring"/],
    ["is a broken gzip", "own.txt.gz", "a.example\n", "SOURCE_UNREADABLE", /gzip stream is broken/],
  ];
  test.each(cases)(
    "because it %s keeps its last good copy, and warns at each build",
    async (_, file, content, code, why) => {
      const good = file.endsWith(".json") ? '{"type":"string","list":["a.example"]}' : "a.example\n";
      const fixture = fixtureWith([`{id: own, class: protected, from: ${file}}`], {
        [file]: file.endsWith(".gz") ? gzipSync(good) : good,
      });
      await fixture.build();
      if (content === undefined) rmSync(fixture.path(file));
      else fixture.write(file, content);
      for (let round = 1; round <= 2; round++) {
        const outcome = await fixture.build();
        expect(outcome.guards[0]).toMatchObject({
          outcome: "failed",
          error: { code, message: expect.stringMatching(why) },
        });
        expect(buildFailed(reportOf(outcome, fixture.config()))).toBe(false);
        expect(fixture.warnings).toHaveLength(round);
        expect(fixture.warnings.at(-1)?.message).toContain("the last good copy stays in force");
      }
      expect(stored(fixture, "own")).toEqual([`a.example ${guardFlag.name}`]);
    },
  );

  test.each(cases)(
    "because it %s, and never was any, stops the zones that it is for",
    async (_, file, content, code, why) => {
      const fixture = fixtureWith(
        [`{id: own, class: protected, from: ${file}}`],
        content === undefined ? {} : { [file]: content },
      );
      const outcome = await fixture.build();
      expect(outcome.guards[0]).toMatchObject({
        outcome: "failed",
        snapshot: undefined,
        error: { code, message: expect.stringMatching(why) },
      });
      expect(outcome.zones[0]?.error).toMatchObject({
        code: "BUILD_NOTHING",
        message: expect.stringContaining('the guard "own" has never been read, and without it'),
        remedy: expect.stringContaining("use: false"),
      });
      expect(buildFailed(reportOf(outcome, fixture.config()))).toBe(true);
      expect(fixture.served()).toBeUndefined();
    },
  );

  test("stops no zone that it is not for, and leaves what was published", async () => {
    const other = "other.rpz.test";
    const fixture = fixtureWith([], { "other.yaml": zoneText("", other) });
    fixture.write("main.yaml", mainWith([], "[zone.yaml, other.yaml]"));
    await fixture.build();
    const before = fixture.served();
    fixture.write("main.yaml", mainWith([own.replace("}", `, zones: ${apex}}`)], "[zone.yaml, other.yaml]"));
    fixture.write("list.txt", "bad.example\nworse.example\n");
    const outcome = await fixture.build();
    expect(outcome.zones.map((zone) => [zone.apex, zone.error?.code, zone.result?.changed])).toEqual([
      [apex, "BUILD_NOTHING", undefined],
      [other, undefined, true],
    ]);
    expect(fixture.served()).toEqual(before);
  });
});

describe("a guard list that lost most of its entries", () => {
  test("is accepted where it is read otherwise than before", async () => {
    const ranks = (top: number): string => `{id: top, class: popular, from: top.txt, format: ranks, top: ${top}}`;
    const fixture = fixtureWith([ranks(1000)], { "top.txt": names(1000) });
    await fixture.build();
    fixture.write("main.yaml", mainWith([ranks(10)]));
    expect((await fixture.build()).guards[0]).toMatchObject({ outcome: "new", snapshot: { entries: 200 } });
  });
});

test("overrides in force are in the report, those of guards that are off are not", async () => {
  const main = `version: 1
sources:
  - ${source.replace("}", ", overrideGuards: [popular, own], allowPublicSuffix: true}")}
  - {id: more, category: two, from: list.txt}
guards:
  - ${own}
  - {id: suffixes, class: public-suffix, from: own.txt}
  - {id: public-suffixes, use: false}
  - {id: popular, use: false}
zones: [zone.yaml]
`;
  const fixture = fixtureWith([], { "main.yaml": main, "own.txt": "a.b.example\n" });
  const { overrides } = reportOf(await fixture.build(), fixture.config());
  expect(overrides).toEqual([{ source: "list", guards: ["own", "suffixes"] }]);
});
