/** What `guard` of a source says: bounds of its own, and by old keys its limit. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { folderOf } from "./folder.ts";

const load = (source: string, more = "") => {
  const folder = folderOf({
    "rpzmill.yaml": `version: 1\nsources: [{id: a, from: a.txt${source}}]\n${more}zones: z.yaml\n`,
    "z.yaml": "version: 1\napex: rpz.example\ntake: {sources: [a]}\naction: nxdomain\nfile: true\n",
  });
  return loadConfig(join(folder, "rpzmill.yaml"));
};

const faultsOf = (source: string, more = ""): string[] => {
  try {
    load(source, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key, message }) => `${key} ${message}`);
    throw error;
  }
  return [];
};

describe("the guard of a source", () => {
  test("is absent where nothing is set, and has what is", () => {
    expect(load("").sources[0]).not.toHaveProperty("guard");
    expect(load(", guard: {}").sources[0]).not.toHaveProperty("guard");
    expect(load(", guard: {shrinkPercent: 30, growPercent: 300, newPerDay: 500, maxAge: 7d}").sources[0]).toMatchObject(
      {
        guard: { shrinkPercent: 30, growPercent: 300, newPerDay: 500, maxAgeSeconds: 604_800 },
        limit: { percent: 50, entries: 1000 },
      },
    );
  });

  test("goes with a limit beside it", () => {
    expect(load(", limit: {percent: 10}, guard: {turnoverPercent: 5, minEntries: 3}").sources[0]).toMatchObject({
      guard: { turnoverPercent: 5, minEntries: 3 },
      limit: { percent: 10, entries: 1000 },
    });
  });

  test("is the limit by its old keys, which are warned of", () => {
    const { sources, warnings } = load(", guard: {percent: 7, growPercent: 100}");
    expect(sources[0]).toMatchObject({ limit: { percent: 7, entries: 1000 }, guard: { growPercent: 100 } });
    expect(warnings.map(({ message }) => message)).toContain("`guard` is called `limit` now; it still counts");
    expect(load(", guard: {growPercent: 100}").warnings).toEqual([]);
  });

  test.each([
    [", guard: {maxAge: 30m}", "sources[0].guard.maxAge should be a time from 1h to 3650d"],
    [", guard: {shrinkPercent: -1}", "sources[0].guard.shrinkPercent should be at least 0"],
    [", guard: {newPerDay: 0}", "sources[0].guard.newPerDay should be at least 1"],
    [", guard: {shrink: 1}", "sources[0].guard.shrink is not a key here"],
    [", guard: {newPerDayByOrganisation: 5}", "is for sources whose rows name an organisation"],
    [", guard: {percent: 1}, limit: {percent: 2}", "sources[0].guard is the old name of limit"],
  ])("has its faults: %s", (source, fault) => {
    expect(faultsOf(source).join("\n")).toContain(fault);
  });

  test("of an allow list is its limit alone", () => {
    expect(faultsOf("", "allow: [{from: b.txt, guard: {shrinkPercent: 1}}]\n").join()).toContain("is not a key here");
  });
});
