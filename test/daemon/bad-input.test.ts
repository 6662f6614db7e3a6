import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { fails, fixtureWith, good, names } from "../feed/list-fixture.ts";

/** Octets that look like nothing, the same in each run. */
function rubbish(length: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0, state = 12_345; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    octets[i] = state >>> 16;
  }
  return octets;
}

interface BadList {
  readonly what: string;
  /** Undefined: the file goes. */
  readonly content?: string | Uint8Array;
  /** Makes something else of the place where the file was. */
  readonly make?: (path: string) => void;
  readonly list?: string;
  readonly first?: string | Uint8Array;
  readonly code: string;
  readonly message: RegExp;
  readonly remedy: RegExp;
}

const gz = "format: domains, from: list.txt.gz";
const badLists: readonly BadList[] = [
  { what: "a missing file", code: "SOURCE_UNREADABLE", message: /ENOENT/, remedy: /exists/ },
  {
    what: "a directory",
    make: (path) => mkdirSync(path),
    code: "SOURCE_UNREADABLE",
    message: /not a regular file/,
    remedy: /exists/,
  },
  {
    what: "a FIFO that nobody writes to",
    make: (path) => execFileSync("/usr/bin/mkfifo", [path]),
    code: "SOURCE_UNREADABLE",
    message: /not a regular file/,
    remedy: /exists/,
  },
  {
    what: "an empty file",
    content: "",
    code: "SOURCE_EMPTY",
    message: /no name and no address$/,
    remedy: /--accept list/,
  },
  {
    what: "comments and blank lines only",
    content: "# nothing today\n\n; nor here\n   \n",
    code: "SOURCE_EMPTY",
    message: /no name and no address$/,
    remedy: /--accept list/,
  },
  {
    what: "rejects only",
    content: "..\na b c\nx..example\ny..example\n",
    code: "SOURCE_EMPTY",
    message: /none of its items can be used: 3 empty-label, 1 free-text; line 1: \.\.$/,
    remedy: /its format/,
  },
  {
    what: "octets that are no text",
    content: rubbish(100_000),
    code: "SOURCE_EMPTY",
    message: /none of its items can be used: [\d,]+ binary/,
    remedy: /its format/,
  },
  {
    what: "octets that are no text, the format to be guessed",
    content: rubbish(100_000),
    list: "from: list.txt",
    code: "SOURCE_NOT_A_LIST",
    message: /no format reads/,
    remedy: /Set format/,
  },
  {
    what: "a web page",
    content: "\n<!DOCTYPE html>\n<html><body>Moved to www.example</body></html>\n",
    code: "SOURCE_NOT_A_LIST",
    message: /web page/,
    remedy: /browser/,
  },
  {
    what: "a web page, packed",
    content: gzipSync("<html><head><title>429 Too Many Requests</title></head></html>"),
    list: gz,
    first: gzipSync(good),
    code: "SOURCE_NOT_A_LIST",
    message: /web page/,
    remedy: /browser/,
  },
  {
    what: "one line of 10,000 labels",
    content: `${"a.".repeat(10_000)}example\n`,
    code: "SOURCE_EMPTY",
    message: /none of its items can be used: 1 name-too-long; line 1: a\.a\.\S+$/,
    remedy: /its format/,
  },
  {
    what: "a gzip file that was cut",
    content: gzipSync(names(20_000)).subarray(0, 30_000),
    list: gz,
    first: gzipSync(good),
    code: "SOURCE_UNREADABLE",
    message: /unexpected end of file/,
    remedy: /gzip/,
  },
  {
    what: "a gzip file with a wrong octet",
    content: gzipSync(names(20_000)).fill(0x55, 20_000, 20_100),
    list: gz,
    first: gzipSync(good),
    code: "SOURCE_UNREADABLE",
    message: /Cannot read/,
    remedy: /gzip/,
  },
  {
    what: "a .gz that is no gzip",
    content: good,
    list: gz,
    first: gzipSync(good),
    code: "SOURCE_UNREADABLE",
    message: /incorrect header/,
    remedy: /gzip/,
  },
  {
    what: "gzip under a name that does not say so",
    content: gzipSync(good),
    code: "SOURCE_NOT_A_LIST",
    message: /compressed/,
    remedy: /\.gz/,
  },
  {
    what: "a gzip bomb",
    content: gzipSync(Buffer.alloc(64 * 1024 * 1024, "a.example\n")),
    list: `${gz}, expandedBytesMax: 1000000`,
    first: gzipSync(good),
    code: "SOURCE_TOO_LARGE",
    message: /more than 1000000 octets once expanded/,
    remedy: /expandedBytesMax/,
  },
  {
    what: "a file larger than it may be",
    content: names(1000),
    list: "format: domains, from: list.txt, expandedBytesMax: 5000",
    code: "SOURCE_TOO_LARGE",
    message: /more than 5000 octets$/,
    remedy: /expandedBytesMax/,
  },
];

describe("a list that turns bad keeps its last good snapshot, and the zone its serial", () => {
  test.each(badLists)("$what", async ({ content, make, list, first, code, message, remedy }) => {
    const fixture = fixtureWith(first ?? good, list);
    const [file] = /list\.txt(\.gz)?/.exec(list ?? "list.txt") as RegExpExecArray;
    expect((await fixture.build()).zones[0]?.result?.rules).toBe(2);
    const before = fixture.served();

    if (content === undefined) rmSync(fixture.path(file));
    else fixture.write(file, content);
    make?.(fixture.path(file));
    const outcome = await fixture.build();

    expect(outcome.sources[0]).toMatchObject({ outcome: "failed", snapshot: { entries: 2 }, error: { code } });
    expect(outcome.sources[0]?.error?.message).toMatch(message);
    expect(outcome.sources[0]?.error?.message).toContain(fixture.path(file));
    expect(outcome.sources[0]?.error?.remedy).toMatch(remedy);
    expect(fixture.warnings).toEqual([{ code, message: expect.stringContaining("the last good one stays in force") }]);
    expect(outcome.zones[0]?.result).toMatchObject({ changed: false, merged: "none" });
    expect(fails(outcome, fixture)).toBe(false);
    expect(fixture.served()).toEqual(before);
  });
});

describe("where a list is bad from the start, no zone is built of it", () => {
  test.each(badLists)("$what", async ({ content, make, list, code }) => {
    const fixture = fixtureWith(content, list);
    if (make !== undefined) make(fixture.path("list.txt"));
    const outcome = await fixture.build();
    expect(outcome.sources[0]).toMatchObject({ outcome: "failed", snapshot: undefined, error: { code } });
    expect(fixture.warnings).toEqual([
      { code, message: expect.stringContaining("there is no earlier one") },
      { code: "BUILD_NOTHING", message: expect.stringContaining("none of its sources has ever been read") },
    ]);
    expect(outcome.zones[0]?.error).toMatchObject({ code: "BUILD_NOTHING", remedy: expect.stringContaining("Fix") });
    expect(fails(outcome, fixture)).toBe(true);
    expect(fixture.served()).toBeUndefined();
  });
});

describe("a bad line costs that line", () => {
  test.each([
    ["10,000 labels", `${"a.".repeat(10_000)}example`, "name-too-long"],
    ["more than 64 KiB", "x".repeat(70_000), "line-too-long"],
    ["NUL octets", "a\0b.example", "binary"],
    ["10,000 dots", ".".repeat(10_000), "name-too-long"],
    ["a label of 64 octets", `${"l".repeat(64)}.example`, "label-too-long"],
  ])("%s", async (_, line, reason) => {
    const fixture = fixtureWith(`one.example\n${line}\ntwo.example\n`);
    const { sources, zones } = await fixture.build();
    expect(sources[0]).toMatchObject({
      outcome: "new",
      snapshot: { lines: 3, entries: 2, rejects: { [reason]: { count: 1, samples: [{ line: 2 }] } } },
    });
    expect(zones[0]?.result?.rules).toBe(2);
  });

  test("a line that turns bad is counted though no name changes", async () => {
    const fixture = fixtureWith(good);
    await fixture.build();
    fixture.write("list.txt", `${good}bad..example\n${good}`);
    const { sources, zones } = await fixture.build();
    expect(sources[0]).toMatchObject({
      outcome: "same",
      snapshot: { lines: 5, entries: 2, duplicates: 2, rejects: { "empty-label": { count: 1 } } },
    });
    expect(zones[0]?.result?.changed).toBe(false);
  });
});

test("one bad list does not keep the others from being taken", async () => {
  const fixture = new BuildFixture({
    "main.yaml": mainText([
      "{id: gone, category: one, format: domains, from: gone.txt}",
      "{id: page, category: one, from: page.txt}",
      "{id: good, category: one, format: domains, from: good.txt}",
    ]),
    "page.txt": "<html>",
    "good.txt": good,
  });
  const outcome = await fixture.build();
  expect(outcome.sources.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "new"]);
  expect(outcome.zones[0]?.result?.rules).toBe(2);
  expect(fails(outcome, fixture)).toBe(false);
});

test("a zone file that cannot be written fails that zone's build, keeps it published, and does not stop the others", async () => {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]).replace(
      "[zone.yaml]",
      "[zone.yaml, other.yaml]",
    ),
    "zone.yaml": zoneText("file: true\n"),
    "other.yaml": zoneText("", "other.rpz.test"),
    "list.txt": good,
    "var/zones": "a file where the folder should be\n",
  });
  const outcome = await fixture.build();
  expect(outcome.zones).toMatchObject([
    { apex, error: { code: "STORE_UNUSABLE", message: expect.stringContaining(`${apex}.zone`) } },
    { apex: "other.rpz.test", result: { rules: 2 }, error: undefined },
  ]);
  expect(outcome.zones[0]?.error?.remedy).toContain("published and served");
  expect(fails(outcome, fixture)).toBe(true);
  expect(fixture.served()?.records).toHaveLength(4);
  rmSync(fixture.path("var/zones"));
  expect((await fixture.build()).zones[0]).toMatchObject({ result: { changed: false }, error: undefined });
  expect(existsSync(fixture.path(`var/zones/${apex}.zone`))).toBe(true);
});
