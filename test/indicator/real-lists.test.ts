/** Lists as others publish them, where they are at hand: each is read whole, and what its own header counts is found. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/feed/run.ts";
import { detectFormat } from "../../src/indicator/format/detect.ts";
import type { VectorOptions } from "./parse.ts";
import { collect } from "./parse.ts";

const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) {
  console.warn(`Skipped: the real lists are not at ${folder}`);
  if (process.env["CI"] === "true") throw new Error("The real lists must be there in CI");
}

/** What comes out of a list: entries and rejects by reason. */
const lists: readonly [file: string, format: string, entries: number, rejects: object][] = [
  ["lists/Lists.Malware.txt", "domains", 43_726, {}],
  ["lists/Lists.Typo.txt", "domains", 73_796, {}],
  ["lists/alt-version.phishing-nl.txt", "domains", 190_215, {}],
  ["lists/malware.ip", "domains", 20_906, { "special-purpose-address": 1 }],
  ["lists/ransomware.txt", "hosts", 1_904, {}],
  ["lists/redirect.txt", "hosts", 108_685, {}],
  ["lists/adguard.scam-ags.txt", "adblock", 8_527, {}],
  ["lists/dnsmasq-redirect-30k.txt", "dnsmasq", 29_987, {}],
  ["lists/blackbook.csv", "csv", 18_151, {}],
  ["csv/abusing_arpa_20260226.csv", "csv", 1_055, {}],
  ["csv/combined.csv", "csv", 32_970, {}],
];

describe.skipIf(!isThere)("the real list", () => {
  it.each(lists)("%s is read as %s", (file, format, entries, counts) => {
    const bytes = new Uint8Array(readFileSync(`${folder}${file}`));
    const found = detectFormat(bytes.subarray(0, 256 * 1024));
    expect(found.format).toBe(format);
    const { collector, rejects } = collect({ format: found.format, ...found.options }, bytes);
    expect([collector.count, rejects.counts]).toEqual([entries, counts]);
  });

  it.each([
    ["lists/alt-version.phishing-nl.txt", "domains", 48, /cgi-bin/],
    ["lists/blackbook.csv", "csv", 34, /^anotherblock\.bit$/],
    ["lists/redirect.txt", "hosts", undefined, /^$/],
  ] as const)("%s has names under no top-level domain that there is", async (file, format, count, first) => {
    const parse = { format, role: "block", column: format === "csv" ? "domain" : undefined } as const;
    const { rejects } = await readRun({ file: `${folder}${file}`, range: undefined, expandedBytesMax: 1e9, parse });
    expect(rejects.counts["unknown-tld"]).toBe(count);
    expect(rejects.samples["unknown-tld"]?.[0]?.text ?? "").toMatch(first);
  });

  const explained: readonly [file: string, options: VectorOptions, entries: number, rejects: object][] = [
    ["lists/polkadot-phishing.json", { format: "json", path: "deny" }, 54_863, {}],
    ["lists/polkadot-phishing.json", { format: "json" }, 0, { "ambiguous-path": 1, "url-in-domain-list": 2 }],
    ["csv/turkiye_earthquake_legitimate_iocs.csv", { format: "csv" }, 0, { "marked-legitimate": 24 }],
  ];
  it.each(explained)("%s is not guessed at, and read as %j", (file, options, entries, counts) => {
    const bytes = new Uint8Array(readFileSync(`${folder}${file}`));
    expect(() => detectFormat(bytes.subarray(0, 256 * 1024))).toThrow(/must not be blocked/);
    const { collector, rejects } = collect(options, bytes);
    expect([collector.count, rejects.counts]).toEqual([entries, counts]);
  });
});
