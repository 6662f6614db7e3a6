/** Sources of STIX and TAXII in the configuration: what they are by default, and what is a fault. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import { folderOf, zoneWith } from "./folder.ts";

const taxii = 'format: taxii, url: "https://taxii.example/taxii2/"';
const file = "format: stix, from: e.json";

function load(source: string, more = "") {
  const main = `version: 1\nsources: [{id: phish, category: phishing, ${source}}]\n${more}zones: [zone.yaml]\n`;
  const folder = folderOf({
    "rpzmill.yaml": main,
    "zone.yaml": zoneWith("file: true\n"),
    key: "pass-w0rd\n",
    "e.json": "",
  });
  chmodSync(join(folder, "key"), 0o600);
  return loadConfig(join(folder, "rpzmill.yaml"), { env: { TAXII_USER: "us3r" } });
}

function faultOf(source: string, more = ""): string {
  try {
    load(source, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key, message }) => `${key} ${message}`).join("\n");
    throw error;
  }
  return "";
}
const sourceOf = (source: string) => indicatorListsOf(load(source))[0];

describe("a source of TAXII", () => {
  test("has a collection, credentials, and a day from one whole reading to the next", () => {
    const source = sourceOf(`${taxii}, collection: High Value, every: 10m, user: {env: TAXII_USER}, passwordFile: key`);
    expect(source).toMatchObject({
      format: "taxii",
      tlp: "amber",
      fetch: {
        kind: "taxii",
        url: "https://taxii.example/taxii2/",
        collection: "High Value",
        everySeconds: 600,
        resyncSeconds: 86_400,
        authorization: `Basic ${Buffer.from("us3r:pass-w0rd").toString("base64")}`,
      },
    });
    expect(sourceOf(`${taxii}, resync: 6h`)).toMatchObject({ fetch: { resyncSeconds: 21_600 } });
  });

  test("shows no secret where it is printed", () => {
    const config = load(`${taxii}, user: {env: TAXII_USER}, passwordFile: key`);
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) {
      expect(text).not.toMatch(/pass-w0rd|us3r|Basic dX/);
      expect(text).toContain("taxii.example");
    }
  });

  test("has a copy of its own for each collection", () => {
    const files = ["collection: a", "collection: b", "every: 1h"].map((keys) =>
      sourceOf(`${taxii}, ${keys}`)?.from.slice(-21),
    );
    expect(new Set(files).size).toBe(3);
  });
});

test("a source of STIX is amber where it says nothing, and takes categories, triggers and decay", () => {
  expect(sourceOf(file)).toMatchObject({ format: "stix", tlp: "amber" });
  expect(sourceOf(`${file}, tlp: green`)).toMatchObject({ tlp: "green" });
  expect(sourceOf('format: stix, url: "https://lists.example/b.json"')).toMatchObject({ fetch: { kind: "list" } });
  expect(faultOf(`${file}, triggers: [qname, response-ip], categories: {x: malware}, decay: {lifetimeDays: 90}`)).toBe(
    "",
  );
});

describe("faults", () => {
  test.each([
    [`${file}, collection: x`, /collection is for format taxii only/],
    [`${file}, resync: 6h`, /resync is for format taxii only/],
    ["format: taxii, from: e.json", /format is fetched; give it the url/],
    [`${taxii}, member: x`, /member is for lists that may come as an archive/],
    [`${taxii}, resync: 1s`, /resync should be a time from 1m to 30d/],
    [`${taxii}, names: nsdname`, /names is for format/],
    [`${file}, fields: {id: x}`, /fields is for format csv and json only/],
    [`${file}, keyFile: key`, /keyFile is for format misp/],
  ])("%s", (source, message) => expect(faultOf(source)).toMatch(message));

  test("an allow list is none of STIX", () => {
    expect(faultOf(file, "allow: [{from: e.json, format: stix}]\n")).toMatch(/format is for sources: its indicators/);
  });
});
