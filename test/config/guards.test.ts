import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { computedGuards } from "../../src/guard/computed.ts";
import { folderOf, zoneWith } from "./folder.ts";

/** A main file with one source, which has `source` as further keys, and further lines. */
function load(more: string, source = "") {
  const main = `version: 1\nsources:\n  - {id: phish, from: phish.txt${source}}\nzones: [zone.yaml]\n${more}`;
  const folder = folderOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith("file: true\n") });
  return { folder, config: loadConfig(join(folder, "rpzmill.yaml")) };
}

/** Faults as `line:column key: message`. */
function faultsOf(more: string, source = ""): string[] {
  try {
    load(more, source);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`);
  }
}

const popular = builtInGuards.find(({ id }) => id === "popular");

describe("guards in the configuration", () => {
  test("a guard of one's own has its path resolved and its defaults filled in", () => {
    const { folder, config } = load("guards:\n  - {id: own, class: protected, from: lists/own.txt}\n");
    expect(config.guards).toContainEqual({
      id: "own",
      class: "protected",
      from: join(folder, "lists/own.txt"),
      format: "domains",
      scope: "exact",
      strict: true,
      builtIn: false,
    });
    expect(config.warnings).toEqual([]);
  });

  test("every key is kept", () => {
    const entry =
      "{id: top, class: popular, from: top.csv, format: ranks, top: 1000, zones: Phishing.RPZ.example, scope: subtree}";
    const { config } = load(`guards: [${entry}]\n`);
    expect(config.guards.at(-1)).toMatchObject({
      format: "ranks",
      top: 1000,
      zones: ["phishing.rpz.example"],
      scope: "subtree",
    });
  });

  test.each([
    ["list.json", "warninglist"],
    ["list.JSON.gz", "warninglist"],
    ["list.txt", "domains"],
    ["list.csv", "domains"],
  ])("without a format, %s is read as %s", (from, format) => {
    expect(load(`guards: [{id: own, class: shared, from: ${from}}]\n`).config.guards.at(-1)).toMatchObject({ format });
  });

  test.each([
    ["domains", "own.txt", true],
    ["ranks", "own.csv", false],
    ["warninglist", "own.json", false],
  ])("without a word on it, a list of %s is strict as such lists are made", (format, from, strict) => {
    const entry = `{id: own, class: shared, from: ${from}, format: ${format}}`;
    expect(load(`guards: [${entry}]\n`).config.guards.at(-1)).toMatchObject({ strict });
    const said = entry.replace("}", `, strict: ${String(!strict)}}`);
    expect(load(`guards: [${said}]\n`).config.guards.at(-1)).toMatchObject({ strict: !strict });
  });

  test("a built-in list is strict where that is asked for", () => {
    const popularWith = (more: string) =>
      load(`guards: [{id: popular${more}}]\n`).config.guards.find(({ id }) => id === "popular");
    expect(popularWith("")).toMatchObject({ builtIn: true, strict: false });
    expect(popularWith(", strict: true")).toMatchObject({ builtIn: true, strict: true });
    expect(popularWith(", from: own.txt")).toMatchObject({ builtIn: false, strict: true });
  });

  test.each(["ranks", "warninglist"])("what is protected is strict as %s, too", (format) => {
    const entry = `{id: own, class: protected, from: own.list, format: ${format}}`;
    expect(load(`guards: [${entry}]\n`).config.guards.at(-1)).toMatchObject({ strict: true });
  });

  test("`none` turns all off, and warns at its place", () => {
    const { folder, config } = load("guards: none\n");
    expect(config.guards).toEqual([]);
    expect(config.warnings).toEqual([
      {
        file: join(folder, "rpzmill.yaml"),
        line: 5,
        column: 9,
        key: "guards",
        message: "no guard is in force: any list may block large sites, shared hosts and your own names",
      },
    ]);
  });

  test("`use: false` leaves a guard out, and warns where it is a built-in one", () => {
    const { config } = load(
      "guards:\n  - {id: popular, use: false}\n  - {id: own, class: shared, from: a.txt, use: false}\n",
    );
    expect(config.guards.filter(({ id }) => id === "popular" || id === "own")).toEqual([]);
    expect(config.warnings.map(({ line, message }) => [line, message])).toEqual([
      [6, 'the built-in guard "popular" is off'],
    ]);
  });

  test("an entry changes the built-in guard of its id, and keeps what it does not say", () => {
    const { folder, config } = load(
      "guards:\n  - {id: popular, zones: [phishing.rpz.example]}\n  - {id: public-suffixes, from: newer.dat}\n",
    );
    const byId = new Map(config.guards.map((guard) => [guard.id, guard]));
    expect(byId.get("popular")).toEqual({ ...popular, zones: ["phishing.rpz.example"] });
    expect(byId.get("public-suffixes")).toEqual({
      id: "public-suffixes",
      class: "public-suffix",
      from: join(folder, "newer.dat"),
      format: "public-suffixes",
      scope: "exact",
      strict: false,
      builtIn: false,
    });
  });

  test("guards without a list are in force for the zones, and an entry says for which or turns them off", () => {
    const { config } = load("guards:\n  - {id: own-zones, zones: phishing.rpz.example}\n");
    expect(config.guards.find(({ id }) => id === "own-zones")).toMatchObject({
      class: "protected",
      builtIn: true,
      zones: ["phishing.rpz.example"],
      computed: { names: expect.arrayContaining([["phishing.rpz.example", 1]]) },
    });
    const off = load("guards:\n  - {id: own-zones, use: false}\n").config;
    expect(off.guards.map(({ id }) => id)).not.toContain("own-zones");
    expect(off.guards.map(({ id }) => id)).toContain("wide-prefixes");
    expect(off.warnings.map(({ message }) => message)).toEqual(['the built-in guard "own-zones" is off']);
  });

  test("a warninglist in the place of a built-in guard is read as one", () => {
    const { config } = load("guards: [{id: popular, from: top.json}]\n");
    expect(config.guards.find(({ id }) => id === "popular")).toMatchObject({ format: "warninglist", class: "popular" });
  });

  test("ids of built-in guards are unique, and their files lie in one folder", () => {
    expect(new Set(builtInGuards.map(({ id }) => id)).size).toBe(builtInGuards.length);
    for (const { id, from } of builtInGuards) expect(from.endsWith(join("guards", `${id}.txt`)), from).toBe(true);
  });
});

describe("overrides", () => {
  test("are the guards that a source names, each once", () => {
    const { config } = load("", ", overrideGuards: [popular, shared, popular]");
    expect(config.sources[0]?.overrideGuards).toEqual(["popular", "shared"]);
  });

  test("`allowPublicSuffix` stands for every guard of that class that is in force", () => {
    const { config } = load(
      "guards:\n  - {id: public-suffixes}\n  - {id: more, class: public-suffix, from: more.txt}\n",
      ", allowPublicSuffix: true, overrideGuards: more",
    );
    expect(config.sources[0]?.overrideGuards).toEqual(["more", "public-suffixes"]);
  });

  test("may name a guard that is off for now", () => {
    expect(load("guards: none\n", ", overrideGuards: [popular]").config.sources[0]?.overrideGuards).toEqual([
      "popular",
    ]);
  });
});

describe("a fault", () => {
  const cases: readonly [what: string, more: string, faults: readonly string[]][] = [
    [
      "another word than none",
      "guards: off\n",
      ['5:9 guards: should be a list of guards or the word none, but is "off"'],
    ],
    ["an empty value", "guards:\n", ["5:1 guards: should be a list, but is empty"]],
    [
      "a word in the list",
      "guards: [none]\n",
      ['5:10 guards[0]: should be a mapping of keys to values, but is "none"'],
    ],
    ["no id", "guards: [{class: shared, from: a.txt}]\n", ["5:10 guards[0].id: is missing; it should be text"]],
    ["no file", "guards: [{id: own, class: shared}]\n", ['5:10 guards[0]: "own" has no from or url']],
    ["no class", "guards: [{id: own, from: a.txt}]\n", ['5:10 guards[0]: "own" has no class']],
    [
      "a mistyped built-in guard",
      "guards: [{id: populer, use: false}]\n",
      [
        '5:15 guards[0].id: "populer" is no built-in guard (did you mean "popular"?), and a guard of your own needs class, and from or url',
      ],
    ],
    [
      "an unknown class",
      "guards: [{id: own, class: popluar, from: a.txt}]\n",
      [
        '5:27 guards[0].class: should be popular, shared, public-suffix, protected, infrastructure or network, but is "popluar" (did you mean "popular"?)',
      ],
    ],
    [
      "an unknown format",
      "guards: [{id: own, class: shared, from: a.txt, format: rank}]\n",
      [
        '5:56 guards[0].format: should be domains, ranks, warninglist or public-suffixes, but is "rank" (did you mean "ranks"?)',
      ],
    ],
    [
      "top without ranks",
      "guards: [{id: own, class: shared, from: a.csv, top: 5}]\n",
      ["5:48 guards[0].top: is for format ranks only; set the format"],
    ],
    [
      "top of nothing",
      "guards: [{id: a, class: shared, from: a.csv, format: ranks, top: 0}]\n",
      ["5:66 guards[0].top: should be at least 1, but is 0"],
    ],
    [
      "suffixes of another class",
      "guards: [{id: own, class: shared, from: a.dat, format: public-suffixes}]\n",
      ["5:56 guards[0].format: is for class public-suffix only"],
    ],
    [
      "all beneath every suffix",
      "guards: [{id: public-suffixes, scope: subtree}]\n",
      ["5:39 guards[0].scope: cannot be subtree where the class is public-suffix: every name lies beneath one"],
    ],
    [
      "an unknown zone",
      "guards: [{id: popular, zones: [phising.rpz.example]}]\n",
      ['5:32 guards[0].zones[0]: "phising.rpz.example" is the apex of no zone (did you mean "phishing.rpz.example"?)'],
    ],
    [
      "a list for a guard that has none",
      "guards: [{id: own-zones, from: own.txt, scope: subtree}]\n",
      [
        '5:26 guards[0].from: is for guards with a list; "own-zones" has none, and takes use and zones',
        '5:41 guards[0].scope: is for guards with a list; "own-zones" has none, and takes use and zones',
      ],
    ],
    [
      "an id twice",
      "guards: [{id: popular}, {id: popular}]\n",
      ['5:30 guards[1].id: "popular" is there already, at line 5'],
    ],
    [
      "an address on the network",
      'guards: [{id: own, class: shared, from: "https://lists.example/a"}]\n',
      [
        '5:41 guards[0].from: "https://lists.example/a" is an address on the network; it should be the path of a file, or stand as url',
      ],
    ],
  ];
  test.each(cases)("is %s", (_, more, faults) => {
    expect(faultsOf(more)).toEqual(faults);
  });

  test("is an override of what is no guard, with what was meant", () => {
    expect(faultsOf("guards: [{id: own, class: shared, from: a.txt}]\n", ", overrideGuards: [populer, owm]")).toEqual([
      '3:51 sources[0].overrideGuards[0]: "populer" is no guard\'s id (did you mean "popular"?)',
      '3:60 sources[0].overrideGuards[1]: "owm" is no guard\'s id (did you mean "own"?)',
    ]);
  });
});

describe("docs/guards.md", () => {
  const page = readFileSync(new URL("../../docs/guards.md", import.meta.url), "utf8");

  test("prints configurations that load", () => {
    const [guards = "", sources = "", ...more] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
      ([, text]) => text,
    );
    expect(more).toEqual([]);
    const folder = folderOf({
      "rpzmill.yaml": `version: 1\n${sources}${guards}zones: zone.yaml\n`,
      "zone.yaml": zoneWith("file: true\n").replace("phishing.rpz", "malware.rpz").replace("[phish]", "[court-orders]"),
    });
    const {
      sources: [orders],
      guards: inForce,
    } = loadConfig(join(folder, "rpzmill.yaml"));
    expect(orders?.overrideGuards).toEqual(["popular", "shared"]);
    expect(inForce.filter(({ builtIn }) => !builtIn).map(({ id }) => id)).toEqual([
      "public-suffixes",
      "own-names",
      "tranco",
      "office",
    ]);
  });

  test("lists every built-in guard with its class, and no other", () => {
    const table = page.split("## The built-in guards")[1]?.split("\n## ")[0] ?? "";
    const rows = [...table.matchAll(/^\| `([a-z-]+)` \| `([a-z-]+)` \| /gm)].map(
      ([, id, ofClass]) => `${id} ${ofClass}`,
    );
    expect(rows).toEqual([...builtInGuards, ...computedGuards([])].map((guard) => `${guard.id} ${guard.class}`));
  });
});
