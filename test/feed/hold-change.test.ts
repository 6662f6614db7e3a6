/** What is shown of a reading on hold, and the digest that tells one content from another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { cutAtLines } from "../../src/feed/file.ts";
import { type Look, lookAtRuns, TopNames } from "../../src/feed/hold-change.ts";
import { blocksOfRun, type Run, readRun } from "../../src/feed/run.ts";

const unknown = () => Number.POSITIVE_INFINITY;
let file = "";
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "rpzmill-hold-")), "list.txt");
});
afterEach(() => rmSync(dirname(file), { recursive: true }));

/** Reads lines of plain names in so many parts. */
async function runsOf(lines: readonly string[], parts = 1): Promise<Run[]> {
  const text = lines.map((line) => `${line}\n`).join("");
  writeFileSync(file, text);
  const parse = { format: "domains", role: "block", where: {}, wildcard: "subtree", scope: undefined } as const;
  const task = { file, expandedBytesMax: 1e6, parse: parse as never };
  const ranges = parts === 1 ? [undefined] : cutAtLines(file, text.length, parts);
  return Promise.all(ranges.map((range) => readRun({ ...task, range })));
}

async function look(lines: readonly string[], before: readonly string[] = [], parts = 1): Promise<Look> {
  const [old] = await runsOf(before);
  return lookAtRuns(await runsOf(lines, parts), blocksOfRun(old as Run), unknown);
}

const name = fc.constantFrom("a.example", "b.example", "*.b.example", "c.example", "d.c.example", "*.e.example");
const lines = fc.array(name, { maxLength: 10 });

test("is the same in whatever order and parts a list is read, and another where it says anything else", async () => {
  await fc.assert(
    fc.asyncProperty(lines, lines, fc.integer({ min: 2, max: 4 }), async (some, others, parts) => {
      const whole = await look(some);
      const shuffled = ["# a comment", ...some.toReversed(), ...some];
      expect((await look(shuffled, [], parts)).content).toBe(whole.content);
      const said = (list: readonly string[]): string => [...new Set(list)].sort((a, b) => (a < b ? -1 : 1)).join();
      const other = await look(others);
      // `*.b.example` says all that `b.example` does.
      const meant = (list: readonly string[]) =>
        list.includes("*.b.example") ? list.filter((one) => one !== "b.example") : list;
      expect(other.content === whole.content).toBe(said(meant(some)) === said(meant(others)));
    }),
    { numRuns: 60 },
  );
});

test("names what comes, goes and says something else", async () => {
  const { names } = await look(["a.example", "*.b.example", "d.example"], ["a.example", "b.example", "c.example"]);
  expect(names).toEqual({ added: ["d.example"], removed: ["c.example"], changed: ["b.example"] });
});

test("keeps the best known of very many names, and no more than are shown", () => {
  const top = new TopNames((key) => (key.length % 2 === 0 ? 1e6 - key.length : Number.POSITIVE_INFINITY));
  for (let i = 1; i <= 60; i++) {
    for (let j = 0; j < 40; j++) {
      const key = keyOfText(`${"x".repeat(i)}.${j}`);
      top.add("added", key, key.length);
    }
  }
  const { added } = top.names;
  expect(added).toHaveLength(200);
  const longest = Math.max(...added.map((one) => one.length));
  expect(added[0]?.length).toBe(longest);
});
