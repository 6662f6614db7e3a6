import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CopyChanges, changedSince, changesFileOf } from "../../../src/feed/fetch/copy-changes.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rpzmill-changes-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha = (lines: ReadonlySet<string>): string =>
  createHash("sha256")
    .update(
      [...lines]
        .sort()
        .map((line) => `${line}\n`)
        .join(""),
    )
    .digest("hex");
const textOf = (octets: Uint8Array | undefined): string[] | undefined =>
  octets === undefined ? undefined : Buffer.from(octets).toString("utf8").split("\n").slice(0, -1).sort();
let files = 0;
const newFile = (): string => join(folder, `${files++}.list`);

/** Writes what leads from one copy to another. */
function step(file: string, from: ReadonlySet<string>, to: ReadonlySet<string>, copyBytes = 1_000_000): void {
  const changes = new CopyChanges(file, copyBytes);
  for (const line of from) if (!to.has(line)) changes.add("went", Buffer.from(line));
  for (const line of to) if (!from.has(line)) changes.add("came", Buffer.from(line));
  changes.write(sha(from), sha(to));
}

const lines = fc.uniqueArray(
  fc.string({ unit: "grapheme", maxLength: 6 }).map((line) => line.replaceAll("\n", "_")),
  {
    maxLength: 8,
  },
);

test("over any history of copies what changed since each of them is the difference of the two", () => {
  fc.assert(
    fc.property(fc.array(lines, { minLength: 2, maxLength: 8 }), (history) => {
      const file = newFile();
      const copies = history.map((one) => new Set(one));
      copies.slice(1).forEach((to, i) => step(file, copies[i] as Set<string>, to));
      const last = copies.at(-1) as Set<string>;
      for (const known of copies.slice(0, -1)) {
        const found = changedSince(file, sha(last), (sha256) => sha256 === sha(known));
        expect(textOf(found?.went)).toEqual([...known].filter((line) => !last.has(line)).sort());
        expect(textOf(found?.came)).toEqual([...last].filter((line) => !known.has(line)).sort());
      }
    }),
  );
});

describe("nothing is known", () => {
  const [a, b, c] = [new Set(["a"]), new Set(["b"]), new Set(["c"])] as const;
  const isA = (sha256: string): boolean => sha256 === sha(a);

  test("without a file, and of a copy that no section leads to", () => {
    const file = newFile();
    expect(changedSince(file, sha(b), isA)).toBeUndefined();
    step(file, a, b);
    expect(changedSince(file, sha(c), isA)).toBeUndefined();
    expect(changedSince(file, sha(b), () => false)).toBeUndefined();
  });

  test("where too much changed at once, or over time", () => {
    const file = newFile();
    const many = new Set(Array.from({ length: 300_000 }, (_, i) => `${i}`));
    step(file, a, b);
    step(file, b, many, 100);
    expect(changedSince(file, sha(many), isA)).toBeUndefined();
    const half = new Set([...many].slice(0, 30_000));
    for (let i = 0; i < 4; i++) {
      step(file, a, half, 100);
      step(file, half, a, 100);
    }
    expect(readFileSync(changesFileOf(file)).length).toBeLessThan(600_000);
  });

  test("where the file is cut or is none of ours", () => {
    const file = newFile();
    step(file, a, b);
    const whole = readFileSync(changesFileOf(file));
    for (let length = 0; length < whole.length - 1; length++) {
      truncateSync(changesFileOf(file), length);
      const found = changedSince(file, sha(b), isA);
      // A section without its last lines must not pass for a whole one.
      expect(found).toBeUndefined();
      writeFileSync(changesFileOf(file), whole);
    }
    writeFileSync(changesFileOf(file), "no list of changes\n");
    expect(changedSince(file, sha(b), isA)).toBeUndefined();
  });
});

test("a copy that never took its place is passed over", () => {
  const file = newFile();
  const [a, lost, b] = [new Set(["a"]), new Set(["x"]), new Set(["a", "b"])] as const;
  step(file, a, lost);
  step(file, a, b);
  const found = changedSince(file, sha(b), (sha256) => sha256 === sha(a));
  expect([textOf(found?.went), textOf(found?.came)]).toEqual([[], ["b"]]);
});
