import { closeSync, openSync, truncateSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Snapshots } from "../../src/store/snapshots.ts";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { BuildingProcess, type BuildReport } from "../store/building-process.ts";

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
/** Half as much again as a build of a small list takes (measured: 80 to 110 MB), and a small part of what is read here. */
const rssBytesMax = 192 * mebibyte;

/** A file of `before`, then so many MiB of `fill`, then `after`, on the disk in full. */
function writeLarge(path: string, before: string, fill: string, mebibytes: number, after: string): void {
  const file = openSync(path, "w");
  const chunk = Buffer.alloc(mebibyte, fill);
  writeSync(file, before);
  for (let i = 0; i < mebibytes; i++) writeSync(file, chunk);
  writeSync(file, after);
  closeSync(file);
}

/** Builds in a process of its own, whose memory can be told from that of the tests. */
async function buildApart(fixture: BuildFixture, workers: number): Promise<BuildReport> {
  fixture.nowMs += 1000;
  const reported = await new BuildingProcess({
    config: fixture.path("main.yaml"),
    nowMs: fixture.nowMs,
    workers,
  }).outcome();
  expect(reported.maxRssBytes ?? Number.NaN).toBeLessThan(rssBytesMax);
  return reported;
}

const fixtureOf = (list: string): BuildFixture =>
  new BuildFixture({ "main.yaml": mainText([`{id: list, category: one, scope: subtree, ${list}}`]) });

interface LargeLine {
  readonly what: string;
  readonly list: string;
  readonly workers: number;
  readonly make: (path: string) => void;
  readonly reported: unknown;
  readonly rejects: Readonly<Record<string, number>>;
}

const accepted = { sources: [{ outcome: "new" }], zones: [{ result: { rules: 2 } }] };
const refused = (code: string): unknown => ({
  sources: [{ outcome: "failed", code }],
  zones: [{ code: "BUILD_NOTHING" }],
});

const lines: readonly LargeLine[] = [
  {
    what: "1 GiB of NUL (a hole in the file, so that the disk need not hold it)",
    list: "format: domains, from: list.txt",
    workers: 1,
    make: (path) => {
      writeLarge(path, "", "", 0, "");
      truncateSync(path, gibibyte);
    },
    reported: refused("SOURCE_EMPTY"),
    rejects: {},
  },
  {
    what: "1 GiB of NUL, its format to be guessed",
    list: "from: list.txt",
    workers: 1,
    make: (path) => {
      writeLarge(path, "", "", 0, "");
      truncateSync(path, gibibyte);
    },
    reported: refused("SOURCE_NOT_A_LIST"),
    rejects: {},
  },
  {
    what: "300 MiB of one letter between two names",
    list: "format: domains, from: list.txt",
    workers: 1,
    make: (path) => writeLarge(path, "one.example\n", "a", 300, "\ntwo.example\n"),
    reported: accepted,
    rejects: { "line-too-long": 1 },
  },
  {
    what: "300 MiB of one letter between two names, read in ranges by workers",
    list: "format: domains, from: list.txt",
    workers: 2,
    make: (path) => writeLarge(path, "one.example\n", "a", 300, "\ntwo.example\n"),
    reported: accepted,
    rejects: { "line-too-long": 1 },
  },
  {
    what: "100 MiB in a string of a JSON array",
    list: "format: json, from: list.txt",
    workers: 1,
    make: (path) => writeLarge(path, '["one.example", "', "a", 100, '", "two.example"]'),
    reported: accepted,
    rejects: { "line-too-long": 1 },
  },
  {
    what: "100 MiB in a quoted cell of a CSV",
    list: "format: csv, column: domain, from: list.txt",
    workers: 1,
    make: (path) => writeLarge(path, 'domain,note\none.example,x\n"', "a", 100, '",y\ntwo.example,z\n'),
    reported: accepted,
    rejects: { "line-too-long": 1 },
  },
];

describe("a line larger than any memory limit costs that line, and no memory", () => {
  test.each(lines)("$what", async ({ list, workers, make, reported, rejects }) => {
    const fixture = fixtureOf(list);
    make(fixture.path("list.txt"));
    expect(await buildApart(fixture, workers)).toMatchObject(reported as object);
    const kept = fixture.read((db) => new Snapshots(db).current("list"))?.rejects ?? {};
    expect(Object.fromEntries(Object.entries(kept).map(([reason, { count }]) => [reason, count]))).toEqual(rejects);
  });
});

test("a gzip bomb is given up at its limit, and costs no memory", async () => {
  const fixture = fixtureOf("format: domains, from: list.txt.gz, expandedBytesMax: 100000000");
  // Streams one after the other are one file: 1 GiB in less than 5 MB.
  const packed = gzipSync(Buffer.alloc(16 * mebibyte, "# nothing to see here\n"));
  fixture.write("list.txt.gz", Buffer.concat(Array.from({ length: 64 }, () => packed)));
  expect(packed.length * 64).toBeLessThan(5_000_000);
  expect(await buildApart(fixture, 1)).toMatchObject(refused("SOURCE_TOO_LARGE") as object);
});
