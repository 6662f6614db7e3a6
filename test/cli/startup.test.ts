import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { importsOf } from "../architecture/modules.ts";
import { pretendNode } from "../scripts/pretend-node.ts";

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

const forBuilds = ["tldts", "csv-parse", "cli-progress", "pino", "dist/daemon/build.js", "dist/mill/merge.js"];
const forFetches = ["undici", "yauzl", "dist/daemon/fetch-here.js"];
const heavy = [...forBuilds, ...forFetches];

test("a build loads what is heavy, which shows that this can be seen", () => {
  expect([...loadedBy("dist/cli/commands/build.js")]).toEqual(
    expect.arrayContaining(["tldts", "dist/daemon/build.js"]),
  );
});

test("a process that fetches loads what speaks HTTP, and nothing of builds", () => {
  const loaded = [...loadedBy("dist/daemon/fetch-child.js")];
  expect(loaded).toEqual(expect.arrayContaining(forFetches));
  expect(forBuilds.filter((name) => loaded.includes(name))).toEqual([]);
});

test.each(["program", "commands/serve", "commands/run"])(
  "%s loads nothing that only builds and fetches need",
  (module) => {
    const loaded = loadedBy(`dist/cli/${module}.js`);
    expect(loaded.size).toBeGreaterThan(5);
    expect(heavy.filter((name) => [...loaded].some((one) => one === name || one.startsWith(`${name}/`)))).toEqual([]);
  },
);

test("the executable imports nothing before it has looked at the version of Node", () => {
  expect([...loadedBy("dist/cli/main.js")]).toEqual(["dist/cli/main.js"]);
});

test.each(["18.20.0", "20.20.2", "22.18.0", "23.11.1"])("on Node %s it says what to do", (version) => {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...pretendNode({ node: version }), main, "build"], {
    encoding: "utf8",
  });
  expect(stderr).toMatch(`Cannot run on Node ${version}: rpzmill needs Node 22.19 or newer`);
  expect(stderr).toMatch(/install Node 24/);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
});

test.each(["22.19.0", "24.0.0", "26.10.0"])("on Node %s it starts", (version) => {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [...pretendNode({ node: version }), main, "--version"], {
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
