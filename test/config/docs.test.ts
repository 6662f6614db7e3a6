import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { withoutWrapping } from "../../src/config/issues.ts";
import { mainSchema } from "../../src/config/schema.ts";
import { zoneSchema } from "../../src/config/zone-schema.ts";
import { plainActions } from "../../src/rpz/action.ts";
import { defaultLimits } from "../../src/xfr/limits.ts";

const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const [mainPage = "", zonePage = ""] = page.split(/^## A zone's file$/m);

/** Defaults that are no fixed value, or that another module holds. */
const otherDefaults: Readonly<Record<string, string>> = {
  "allow[].id": '"allow:<n>"',
  "sources[].every": '"1h"',
  "allow[].every": '"1h"',
  "guards[].every": '"1h"',
  "soa.rname": '"hostmaster.<apex>"',
  "take.maxTlp": '"amber"',
  "server.limits.connectionsMax": String(defaultLimits.connectionsMax),
  "server.limits.connectionsPerClientMax": String(defaultLimits.connectionsPerClientMax),
  "server.limits.transfersMax": String(defaultLimits.transfersMax),
  "server.limits.idleSeconds": String(defaultLimits.idleTimeoutMs / 1000),
  "server.limits.stallSeconds": String(defaultLimits.stallTimeoutMs / 1000),
  "server.limits.transferSeconds": String(defaultLimits.transferTimeoutMs / 1000),
  "server.limits.drainSeconds": String(defaultLimits.drainTimeoutMs / 1000),
};

/** Every key of a schema that is no mapping of keys itself and no old name of one, with what the page should say of its default. */
function keysOf(schema: z.ZodType, path: string): [string, string][] {
  const inner = withoutWrapping(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape)
      .filter(([, value]) => (value as z.ZodType).meta()?.deprecated !== true)
      .flatMap(([key, value]) => keysOf(value as z.ZodType, path === "" ? key : `${path}.${key}`));
  }
  const entry = inner instanceof z.ZodArray ? withoutWrapping(inner.element as z.ZodType) : undefined;
  return [[path, defaultOf(schema, path)], ...(entry instanceof z.ZodObject ? keysOf(entry, `${path}[]`) : [])];
}

function defaultOf(schema: z.ZodType, path: string): string {
  const other = otherDefaults[path];
  if (other !== undefined) return `\`${other}\``;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return `\`${JSON.stringify(schema.def.defaultValue)}\``;
  return schema instanceof z.ZodExactOptional ? "optional" : "required";
}

/** The rows of the page's tables that have a key and a default. */
function rowsOf(text: string): [string, string][] {
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (required|optional|`[^|]+`) \| \S.*\|$/gm)];
  return rows.map(([, key = "", value = ""]) => [key, value]);
}

function byKey(a: [string, string], b: [string, string]): number {
  return a[0] < b[0] ? -1 : 1;
}

describe("docs/configuration.md", () => {
  test("is read as it is written", () => {
    const schema = z.strictObject({
      a: z.string(),
      b: z.strictObject({ c: z.int().default(3) }).prefault({}),
      d: z.array(z.strictObject({ e: z.exactOptional(z.string()) })).default([]),
      f: z.exactOptional(z.string()).meta({ deprecated: true }),
    });
    const expected = [
      ["a", "required"],
      ["b.c", "`3`"],
      ["d", "`[]`"],
      ["d[].e", "optional"],
    ];
    expect(keysOf(schema, "")).toEqual(expected);
    expect(
      rowsOf(
        "| key | default | what |\n|---|---|---|\n| `a` | required | x |\n| `b.c` | `3` | y |\n| `d` | `[]` | z |\n| `d[].e` | optional | z |",
      ),
    ).toEqual(expected);
  });

  test("has every key of the main file with its default, and no other", () => {
    expect(rowsOf(mainPage).sort(byKey)).toEqual(keysOf(mainSchema, "").sort(byKey));
  });

  test("has every key of a zone's file with its default, and no other", () => {
    const before = zonePage.split("### Actions")[0] ?? "";
    expect(rowsOf(before).sort(byKey)).toEqual(keysOf(zoneSchema, "").sort(byKey));
  });

  test("has every action", () => {
    const table = zonePage.split("### Actions")[1] ?? "";
    for (const action of plainActions) expect(table).toContain(`| \`${action}\` |`);
  });
});
