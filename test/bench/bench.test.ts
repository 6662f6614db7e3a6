/** The benchmarks still run, and docs/performance.md and their own help name each of them. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rpzmill-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

const runFile = promisify(execFile);
const bench = (...args: string[]) => runFile(process.execPath, [join(root, "test/bench/main.mjs"), ...args]);

/** Plain Node without types, so it is named here. */
const { names, writeHosts, replaceNames } = (await import(new URL("names.mjs", import.meta.url).href)) as {
  names: (count: number, seed?: number) => Iterable<string>;
  writeHosts: (file: string, count: number, seed?: number) => void;
  replaceNames: (from: string, to: string, count: number, seed: number) => void;
};

describe("the made-up names", () => {
  test("are the same for the same seed, and others for another", () => {
    expect([...names(200, 3)]).toEqual([...names(200, 3)]);
    expect([...names(200, 3)]).not.toEqual([...names(200, 4)]);
  });

  test("are half of them under com, and one in ten beneath another", () => {
    const all = [...names(50_000)];
    const listed = new Set(all);
    const share = (is: (name: string) => boolean) => all.filter(is).length / all.length;
    expect(share((name) => name.endsWith(".com"))).toBeCloseTo(0.5, 1);
    expect(share((name) => listed.has(name.slice(name.indexOf(".") + 1)))).toBeCloseTo(0.1, 1);
  });

  test("are replaced all over a list, so many and no others", () => {
    const [before, after] = [join(folder, "before.txt"), join(folder, "after.txt")];
    writeHosts(before, 5000);
    replaceNames(before, after, 50, 2);
    const [old, changed] = [before, after].map((file) => readFileSync(file, "utf8").split("\n")) as [
      string[],
      string[],
    ];
    const places = old.flatMap((line, i) => (line === changed[i] ? [] : [i]));
    expect(changed).toHaveLength(old.length);
    expect(places).toHaveLength(50);
    expect(Math.max(...places.map((place, i) => place - (places[i - 1] ?? 0)))).toBeLessThan(200);
  });
});

describe("a trial run", () => {
  let table = "";
  let report: { rows: { benchmark: string; value: number; samples: number[] }[]; commit: unknown; machine: unknown };

  beforeAll(async () => {
    ({ stdout: table } = await bench("--size", "10k", "--folder", folder));
    report = JSON.parse(readFileSync(join(folder, "bench.json"), "utf8")) as typeof report;
  });

  test("measures something in every benchmark but the peers, which are asked for", async () => {
    const { stdout: help } = await bench("--help");
    const named = (/--only +one of (.*)/.exec(help)?.[1] ?? "").split(", ");
    expect(named.length).toBeGreaterThan(5);
    const measured = new Set(report.rows.map(({ benchmark }) => benchmark));
    expect([...measured, "peers"].sort()).toEqual(named.sort());
    const page = readFileSync(join(root, "docs/performance.md"), "utf8");
    for (const name of named) expect(page).toContain(`| \`${name}\` | `);
  });

  test("gives a figure and its samples in each row, with the commit and the machine", () => {
    for (const { value, samples } of report.rows) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(samples.length).toBeGreaterThan(0);
    }
    expect(report).toMatchObject({ commit: { id: expect.any(String) }, machine: { cores: expect.any(Number) } });
  });

  test("prints one line for each row", () => {
    expect(table.split("\n").filter((line) => line.startsWith("| "))).toHaveLength(report.rows.length + 1);
  });
});

test("a benchmark or a size that there is not ends with the usage", async () => {
  for (const args of [["--only", "speed"], ["--size", "2m"], ["--fast"]]) {
    await expect(bench(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("Usage: ") });
  }
});
