import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { importsOf } from "../house/rooms.ts";

/** All modules and packages that the built module loads when it is imported, itself included. */
function loadedBy(module: string, seen = new Set<string>()): Set<string> {
  if (seen.has(module)) return seen;
  seen.add(module);
  if (!module.startsWith("dist/")) return seen;
  // What `import()` names is loaded only when it is called.
  const text = readFileSync(fileURLToPath(new URL(`../../${module}`, import.meta.url)), "utf8");
  for (const name of importsOf(text.replaceAll(/\bimport\([^)]*\)/g, ""))) {
    loadedBy(name.startsWith(".") ? new URL(name, `file:///${module}`).pathname.slice(1) : name, seen);
  }
  return seen;
}

const heavy = ["tldts", "csv-parse", "cli-progress", "pino", "dist/daemon/build.js", "dist/mill/merge.js"];

test("a build loads what is heavy, which shows that this can be seen", () => {
  expect([...loadedBy("dist/cli/commands/build.js")]).toEqual(
    expect.arrayContaining(["tldts", "dist/daemon/build.js"]),
  );
});

test.each(["main", "commands/serve", "commands/run"])("%s loads nothing that only a build needs", (module) => {
  const loaded = loadedBy(`dist/cli/${module}.js`);
  expect(loaded.size).toBeGreaterThan(5);
  expect(heavy.filter((name) => [...loaded].some((one) => one === name || one.startsWith(`${name}/`)))).toEqual([]);
});
