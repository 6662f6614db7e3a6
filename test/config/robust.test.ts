import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { didYouMean, nearest } from "../../src/config/suggest.ts";
import { folderOf } from "./folder.ts";

const main = {
  version: 1,
  state: "var",
  server: { listen: ["127.0.0.1:5354"], limits: { idleSeconds: 5 } },
  keys: [{ name: "k", secretEnv: "K" }],
  sources: [
    {
      id: "phish",
      from: "a.csv",
      format: "csv",
      column: 2,
      where: { verdict: ["bad"] },
      category: "phishing",
      guard: {},
      overrideGuards: ["own"],
      fields: { category: "type", confidence: 3 },
      decay: { lifetimeDays: 90 },
    },
  ],
  guards: [
    { id: "own", class: "popular", from: "c.csv", format: "ranks", top: 5, zones: ["rpz.example"], scope: "subtree" },
    { id: "popular", use: false },
  ],
  allow: [{ from: "b.txt" }],
  zones: ["zone.yaml"],
};
const zone = {
  version: 1,
  apex: "rpz.example",
  take: { sources: ["phish"], categories: ["phishing"], minConfidence: 5 },
  action: { default: "nxdomain", phishing: { a: ["192.0.2.1"], txt: "x" } },
  soa: { refresh: 5 },
  ns: "localhost",
  transfer: [{ address: "192.0.2.0/24", key: "k" }],
  keep: { versions: 5 },
};
const env = { K: Buffer.alloc(16, 1).toString("base64") };

/** Every path into a value, the value's own left out. */
function pathsInto(value: unknown): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[key], ...pathsInto(inner).map((path) => [key, ...path])]);
}

/** A copy with the value at a path replaced, or a key added beside it. */
function changed(value: unknown, path: readonly (string | number)[], to: unknown, asKey?: string): unknown {
  const copy = structuredClone(value);
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  at[asKey ?? path.at(-1) ?? ""] = to;
  return copy;
}

test("the configuration that is changed below is one", () => {
  const folder = folderOf({ "rpzmill.yaml": JSON.stringify(main), "zone.yaml": JSON.stringify(zone) });
  expect(loadConfig(join(folder, "rpzmill.yaml"), { env }).zones).toHaveLength(1);
});

test("whatever stands at any place, loading gives a configuration or a ConfigError whose faults have places", () => {
  const folder = folderOf({});
  const places = [
    ...pathsInto(main).map((path) => ({ file: "rpzmill.yaml", path })),
    ...pathsInto(zone).map((path) => ({ file: "zone.yaml", path })),
  ];
  const key = fc.option(fc.oneof(fc.string(), fc.constantFrom("constructor", "toString", "a", "cname", "")), {
    nil: undefined,
  });
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), key, ({ file, path }, value, asKey) => {
      const isMain = file === "rpzmill.yaml";
      writeFileSync(join(folder, "rpzmill.yaml"), JSON.stringify(isMain ? changed(main, path, value, asKey) : main));
      writeFileSync(join(folder, "zone.yaml"), JSON.stringify(isMain ? zone : changed(zone, path, value, asKey)));
      try {
        loadConfig(join(folder, "rpzmill.yaml"), { env });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const fault of error.faults) expect(fault.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 600, seed: 2 },
  );
});

test("whatever text a file holds, loading gives a ConfigError or a configuration", () => {
  const folder = folderOf({});
  const piece = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&x ",
    "*x",
    "!!map ",
    "|",
    '"',
    "#",
    "? ",
    "---\n",
    "\t",
    "\u{feff}",
    "<<",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 }), (pieces) => {
      writeFileSync(join(folder, "rpzmill.yaml"), pieces.join(""));
      expect(() => loadConfig(join(folder, "rpzmill.yaml"))).toThrow(ConfigError);
    }),
    { numRuns: 600, seed: 3 },
  );
});

test.each([
  ["formt", "format"],
  ["FORMAT", "format"],
  ["fromat", "format"],
  ["frm", "from"],
  ["colour", undefined],
  ["x".repeat(1000), undefined],
])("of what is known, %s is nearest to %s", (word, meant) => {
  expect(nearest(word, ["format", "from", "id"])).toBe(meant);
});

test("nothing is suggested in place of itself", () => {
  expect(didYouMean("format", ["format"])).toBe("");
});
