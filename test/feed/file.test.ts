import { mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type ByteRange, chunksOfFile, cutAtLines, headOfFile, stateOfFile } from "../../src/feed/file.ts";

const folder = mkdtempSync(join(tmpdir(), "rpzmill-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(file: string, range?: ByteRange, expandedBytesMax = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOfFile(file, range, expandedBytesMax)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("latin1");
}

const mebibyte = 1024 * 1024;

test("a file is read in chunks that make the whole, and gzip is expanded", async () => {
  const text = Array.from({ length: 150_000 }, (_, i) => `name-${i}.example\n`).join("");
  expect(text.length).toBeGreaterThan(2 * mebibyte);
  const plain = fileOf("plain.txt", text);
  expect((await read(plain)) === text).toBe(true);
  expect(await read(plain, { start: mebibyte - 10, end: mebibyte + 10 })).toBe(
    text.slice(mebibyte - 10, mebibyte + 10),
  );
  const packed = fileOf("packed.txt.gz", gzipSync(text));
  expect((await read(packed)) === text).toBe(true);
  // Two streams one after the other are one file (RFC 1952 2.2).
  expect(await read(fileOf("two.gz", Buffer.concat([gzipSync("one\n"), gzipSync("two\n")])))).toBe("one\ntwo\n");
  expect(Buffer.from(await headOfFile(plain, 1000)).toString("latin1")).toBe(text.slice(0, 1000));
  expect(Buffer.from(await headOfFile(packed, 1000)).toString("latin1")).toBe(text.slice(0, 1000));
});

test("a file of exactly as many octets as it may have is read, one more is refused", async () => {
  const plain = fileOf("limit.txt", "12345");
  const packed = fileOf("limit.txt.gz", gzipSync("12345"));
  for (const file of [plain, packed]) {
    expect(await read(file, undefined, 5)).toBe("12345");
    await expect(read(file, undefined, 4)).rejects.toMatchObject({ code: "SOURCE_TOO_LARGE" });
  }
});

test("a file that is cut short while it is read is unreadable", async () => {
  const file = fileOf("short.txt", "x".repeat(3 * mebibyte));
  const chunks = chunksOfFile(file, undefined, Number.POSITIVE_INFINITY);
  await chunks.next();
  truncateSync(file, mebibyte);
  await expect(chunks.next()).rejects.toMatchObject({ code: "SOURCE_UNREADABLE", message: /cut short/ });
});

test.each(["gone.txt", "gone.txt.gz"])("a file that is gone before it is read is unreadable: %s", async (name) => {
  const file = join(folder, name);
  await expect(read(file)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  expect(() => cutAtLines(file, 100, 2)).toThrow(expect.objectContaining({ code: "SOURCE_UNREADABLE" }));
});

describe("the stamp of a file", () => {
  test("changes with its size, its time and its place on the disk, and with nothing else", () => {
    const file = fileOf("stamp.txt", "one");
    utimesSync(file, 1_600_000_000, 1_600_000_000);
    const first = stateOfFile(file);
    expect(stateOfFile(file)).toEqual(first);
    utimesSync(file, 1_600_000_000, 1_600_000_001);
    const touched = stateOfFile(file);
    expect(touched.stamp).not.toBe(first.stamp);
    const other = fileOf("stamp.txt.new", "two");
    utimesSync(other, 1_600_000_000, 1_600_000_001);
    renameSync(other, file);
    expect(stateOfFile(file)).toMatchObject({ bytes: 3 });
    expect(stateOfFile(file).stamp).not.toBe(touched.stamp);
  });
});

describe("cutting a file into ranges", () => {
  test("gives ranges that make the whole, each of whole lines", () => {
    const line = fc.string({ maxLength: 12, unit: fc.constantFrom("a", ".", " ") });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 60 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 8 }),
        (lines, ends, parts) => {
          const text = lines.join("\n") + (ends ? "\n" : "");
          const ranges = cutAtLines(fileOf("cut.txt", text), text.length, parts);
          expect(ranges.length).toBeLessThanOrEqual(parts);
          expect(ranges.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
          for (const { start } of ranges.slice(1)) expect(text[start - 1]).toBe("\n");
        },
      ),
    );
  });

  test("leaves a line alone that is longer than what is looked at", () => {
    const file = fileOf("long.txt", `${"x".repeat(5 * mebibyte)}\nend\n`);
    expect(cutAtLines(file, 5 * mebibyte + 5, 3)).toEqual([{ start: 0, end: 5 * mebibyte + 5 }]);
  });
});
