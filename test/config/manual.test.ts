/** Sources whose entries people keep, in the configuration. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { mayTake } from "../../src/config/selection.ts";
import type { Config } from "../../src/config/types.ts";
import { folderOf, zoneWith } from "./folder.ts";

const load = (source: string): Config =>
  loadConfig(
    join(
      folderOf({
        "rpzmill.yaml": `version: 1\nsources:\n  - ${source}\nzones: [zone.yaml]\n`,
        "zone.yaml": zoneWith(
          "take: {categories: [phishing], minConfidence: 80}\ntransfer: [{address: 127.0.0.1/32}]\n",
        ).replace(/take: \{sources.*\n/, ""),
      }),
      "rpzmill.yaml",
    ),
  );

function faultsOf(source: string): string[] {
  try {
    load(source);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ key, message }) => `${key}: ${message}`);
  }
  return [];
}

test("a manual source has what is not about lists, with the usual defaults", () => {
  const { sources, warnings } = load("{id: desk, manual: true, tlp: amber, scope: subtree, decay: {lifetimeDays: 9}}");
  expect(sources).toEqual([
    {
      id: "desk",
      manual: true,
      category: "uncategorised",
      confidence: 50,
      tlp: "amber",
      pap: "clear",
      scope: "subtree",
      unknownTld: "keep",
      allowPublicSuffix: false,
      overrideGuards: [],
      decay: { lifetimeDays: 9, speed: 1, threshold: 1 },
    },
  ]);
  expect(warnings).toEqual([]);
});

test("a zone may take its entries by what they say of themselves", () => {
  const { sources, zones } = load("{id: desk, manual: true, confidence: 10, tlp: red, pap: red}");
  const [source] = sources;
  const take = zones[0]?.take;
  expect(source !== undefined && take !== undefined && mayTake(take, source)).toBe(true);
});

test.each([
  "from: a.txt",
  "format: csv",
  "fields: {id: 1}",
  "limit: {percent: 1}",
  "refreshSeconds: 9",
  "wildcard: strict",
])("%s is a fault beside manual", (more) => {
  const [key = ""] = more.split(":");
  const why = "is for sources with a list; people keep the entries of a manual one";
  expect(faultsOf(`{id: desk, manual: true, ${more}}`)).toEqual([`sources[0].${key}: ${why}`]);
});

test("a source has a list, or people who keep its entries", () => {
  const missing =
    "is missing; it should be the path of a list; in its place may be `url`, `primary`, `folder`, or `manual: true` where people keep the entries";
  expect(faultsOf("{id: desk, category: phishing}")).toEqual([`sources[0].from: ${missing}`]);
  expect(faultsOf("{id: desk, category: phishing, manual: false}")).toEqual([`sources[0].from: ${missing}`]);
  expect(faultsOf("{id: desk, category: phishing, manual: yes}")).toEqual([
    `sources[0].from: ${missing}`,
    'sources[0].manual: should be true or false, but is "yes"',
  ]);
});
