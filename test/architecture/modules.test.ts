import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  arrowFaults,
  barrelFaults,
  defaultExportFaults,
  importsOf,
  lengthFaults,
  modulesInTable,
  modulesOf,
  openingFaults,
  type SourceFile,
  wordFaults,
} from "./modules.ts";

const root = new URL("../../", import.meta.url);

function filesBeneath(folder: string): SourceFile[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.m?ts$|\.mjs$/.test(name))
    .map((name) => `${folder}${name}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }));
}

const sources = filesBeneath("src/");
const all = [...sources, ...filesBeneath("test/"), ...filesBeneath("scripts/")];

function file(path: string, text: string): SourceFile {
  return { path, text };
}

describe("each check finds what it looks for", () => {
  test("the rows of a table of modules", () => {
    const table =
      "| module | holds | may import |\n|---|---|---|\n| `a` | x | – |\n| `b` | y | a |\n| `c` | z | all above |\n";
    expect(modulesInTable(table)).toEqual({ a: [], b: ["a"], c: ["a", "b"] });
  });

  test("imports of every form", () => {
    const text = `import a from "a";\nimport type { B } from './b.ts';\nimport "c";\nconst d = await import("d");\nimport {\n  e,\n} from "@e/e/sub";`;
    expect(importsOf(text)).toEqual(["a", "./b.ts", "c", "d", "@e/e/sub"]);
  });

  test("an arrow that points down, types included", () => {
    expect(arrowFaults([file("src/dns/x.ts", 'import type { Config } from "../config/types.ts";')])).toEqual([
      "src/dns/x.ts: dns may not import config",
    ]);
    expect(arrowFaults([file("src/xfr/a/x.ts", 'import { open } from "../../store/database.ts";')])).toEqual([
      "src/xfr/a/x.ts: xfr may not import store",
    ]);
    expect(arrowFaults([file("src/mill/x.ts", 'const feed = await import("../feed/file.ts");')])).toEqual([
      "src/mill/x.ts: mill may not import feed",
    ]);
  });

  test("an import from outside src, and a folder that is no module", () => {
    expect(arrowFaults([file("src/dns/x.ts", 'import { x } from "../../test/x.ts";')])).toEqual([
      "src/dns/x.ts: imports test/x.ts, which is in no module",
    ]);
    expect(arrowFaults([file("src/utils/x.ts", "")])).toEqual(['src/utils/x.ts: "utils" is no module']);
  });

  test("a package in a module that should not know it", () => {
    expect(arrowFaults([file("src/mill/x.ts", 'import Sqlite from "better-sqlite3";')])).toEqual([
      "src/mill/x.ts: only store may import better-sqlite3",
    ]);
    expect(arrowFaults([file("src/daemon/x.ts", 'import yargs from "yargs/yargs";')])).toEqual([
      "src/daemon/x.ts: only cli may import yargs/yargs",
    ]);
    expect(arrowFaults([file("src/indicator/x.ts", 'import { readFile } from "node:fs/promises";')])).toEqual([
      "src/indicator/x.ts: only config, store, feed, mill, daemon, cli may import node:fs/promises",
    ]);
  });

  test("arrows that are allowed pass", () => {
    const text = 'import { x } from "../dns/name.ts";\nimport { y } from "./y.ts";\nimport { z } from "zod";';
    expect(arrowFaults([file("src/config/x.ts", text)])).toEqual([]);
  });

  test("default exports", () => {
    expect(defaultExportFaults([file("a.ts", "export default function a() {}")])).toHaveLength(1);
    expect(defaultExportFaults([file("a.ts", "const a = 1;\nexport { a as default };")])).toHaveLength(1);
    expect(defaultExportFaults([file("a.ts", "export const a = 1;")])).toEqual([]);
  });

  test("barrels", () => {
    expect(barrelFaults([file("src/dns/index.ts", "")])).toHaveLength(1);
    expect(barrelFaults([file("src/dns/all.ts", 'export * from "./name.ts";')])).toHaveLength(1);
    expect(barrelFaults([file("src/dns/all.ts", 'export type { A } from "./name.ts";')])).toHaveLength(1);
    expect(barrelFaults([file("src/dns/name.ts", "export const from = 1;")])).toEqual([]);
  });

  test("long files", () => {
    expect(lengthFaults([file("a.ts", "x\n".repeat(401))])).toEqual(["a.ts: has 401 lines of at most 400"]);
    expect(lengthFaults([file("a.ts", "x\n".repeat(400))])).toEqual([]);
  });

  test("files without an opening", () => {
    expect(openingFaults([file("src/a.ts", "import x;\n/** late */")])).toHaveLength(1);
    expect(openingFaults([file("src/cli/main.ts", "#!/usr/bin/env node\n/** Says so. */")])).toEqual([]);
  });

  test("words of our own in identifiers and file names, not in comments, strings and regular expressions", () => {
    expect(wordFaults([file("src/dns/x.ts", "const oneTold = `${theCrew.size} held`;")])).toEqual([
      'src/dns/x.ts: "oneTold" has "told" for reported',
      'src/dns/x.ts: "theCrew" has "crew" for worker pool',
    ]);
    expect(wordFaults([file("src/dns/weave.ts", "")])).toHaveLength(1);
    const fine =
      '/** A crew. */\n// mend\nconst a = "told" + `woven`;\nif (/house/.test(a)) standing(counts.excepted);';
    expect(wordFaults([file("src/dns/x.ts", fine)])).toEqual([]);
  });
});

describe("the architecture as it is", () => {
  test("has files to look at", () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  test("has arrows that only point up the list of rooms", () => {
    expect(arrowFaults(sources)).toEqual([]);
  });

  test("has no default exports", () => {
    expect(defaultExportFaults(sources)).toEqual([]);
  });

  test("has no barrels", () => {
    expect(barrelFaults(sources)).toEqual([]);
  });

  test("has no file past 400 lines", () => {
    expect(lengthFaults(all)).toEqual([]);
  });

  test("opens each source file with what it is for", () => {
    expect(openingFaults(sources)).toEqual([]);
  });

  test("has the field's words in identifiers and file names", () => {
    expect(wordFaults(all)).toEqual([]);
  });
});

test("ARCHITECTURE.md's table of modules is the one that the code is held to", () => {
  const page = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");
  // A module that is yet to come stands in the text beneath the table.
  const { portal, ...now } = modulesOf;
  const expected = Object.entries(now).map(([module, imports]) => [
    module,
    imports.filter((name) => name !== "portal"),
  ]);
  expect(portal).toBeDefined();
  expect(modulesInTable(page)).toEqual(Object.fromEntries(expected));
});
