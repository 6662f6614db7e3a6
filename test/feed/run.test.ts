import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { keyToText } from "../../src/dns/name.ts";
import { blocksOfRun, readRun } from "../../src/feed/run.ts";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { flag } from "../../src/indicator/entry/collector.ts";
import { BuildFixture } from "./fixture.ts";

const parse = { format: "domains", role: "block", where: {} } as const;
const everything = { range: undefined, expandedBytesMax: 1e9, parse };

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(new BuildFixture({}).folder, name);
  writeFileSync(path, content);
  return path;
}

test("a run holds each name once, in key order, with what all its lines say of it", async () => {
  const file = fileOf("list.txt", "b.example\na.test\n*.b.example\nb.example\nx..y\n");
  const run = await readRun({ file, ...everything });
  const cursor = new EntryCursor(blocksOfRun(run));
  const entries: [string, number][] = [];
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    entries.push([keyToText(cursor.key.slice(0, cursor.keyBytes)), cursor.flags]);
  }
  expect(entries).toEqual([
    ["b.example", 3],
    ["a.test", 1],
  ]);
  expect(run).toMatchObject({ lines: 5, entries: 2, duplicates: 2, rejects: { counts: { "empty-label": 1 } } });
});

test("a run tells a name that only URLs have from one that is listed plainly as well", async () => {
  const file = fileOf("list.txt", "http://a.example/\nhttp://b.example/\nb.example\n");
  const cursor = new EntryCursor(blocksOfRun(await readRun({ file, ...everything })));
  const flags: number[] = [];
  for (cursor.rewind(); cursor.live; cursor.advance()) flags.push(cursor.flags);
  expect(flags).toEqual([flag.blockUrlHost, flag.blockUrlHost | flag.blockSelf]);
});

test.each(["list.txt", "list.txt.gz"])("a run of more names than can be sorted is refused: %s", async (name) => {
  const text = Array.from({ length: 2000 }, (_, i) => `n${i % 100}.example\n`).join("");
  const file = fileOf(name, name.endsWith(".gz") ? gzipSync(text) : text);
  await expect(readRun({ file, ...everything, entriesMax: 1999 })).rejects.toMatchObject({
    code: "SOURCE_TOO_LARGE",
    message: `Cannot read "${file}": it holds more than 1999 names and addresses, which are too many to sort at once`,
    remedy: expect.stringContaining("unpack"),
  });
  expect(await readRun({ file, ...everything, entriesMax: 2000 })).toMatchObject({ entries: 100, duplicates: 1900 });
});
