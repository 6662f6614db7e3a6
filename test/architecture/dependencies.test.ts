import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/dependencies.md", import.meta.url), "utf8");
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as Record<"dependencies" | "devDependencies" | "optionalDependencies", Record<string, string>>;

/** The packages in the first cells of a section's table. */
function listed(heading: string): string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| (`[^|]+`) \| \S[^|]+ \| \S[^|]+ \|$/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name))
    .sort();
}

test("every package has its line on what it does for us, and no line is left over", () => {
  expect(listed("At run time")).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).sort());
  expect(listed("For development")).toEqual(Object.keys(devDependencies).sort());
});

test("every package is pinned to one version", () => {
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  }
});
