import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import { listFormats } from "../../src/config/types.ts";
import { keyToText } from "../../src/dns/name.ts";
import { blockSubtree, Collector, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { createParser, type ParseOptions } from "../../src/indicator/format/parser.ts";
import { Rejects } from "../../src/indicator/rejects.ts";

const config = loadConfig(fileURLToPath(new URL("../../rpzmill.yaml", import.meta.url)));

const lists = indicatorListsOf(config);
const sources = indicatorListsOf({ ...config, allow: [] });
/** What the exchange has is looked at in its own test. */
const files = lists.filter(({ fetch }) => fetch === undefined);

function read(file: string): Buffer {
  const bytes = readFileSync(file);
  return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** The entries of a list as `name flags`, and its rejects by reason. */
function entriesOf(list: (typeof lists)[number], role: "block" | "allow") {
  const collector = new Collector();
  const rejects = new Rejects();
  const parser = createParser({ ...list, role } as ParseOptions, collector, rejects);
  parser.write(read(list.from));
  parser.end();
  const entries = Array.from({ length: collector.count }, (_, i) => {
    return `${keyToText(collector.keyOf(i))} ${collector.flags[i]}`;
  });
  return { entries, rejects: { ...rejects.counts } };
}

/** The files of the exchange of the sample. */
function exchangeFiles(): string[] {
  const folder = fileURLToPath(new URL("../../zones/intel/exchange/", import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
}

test("the sample configuration loads without a warning", () => {
  expect(config.warnings).toEqual([]);
  expect(config.zones.map(({ apex }) => apex)).toEqual(["malware.rpz.example", "phishing.rpz.example"]);
});

test("the sample shows every format, and a compressed list", () => {
  const shown = new Set(sources.map(({ format }) => format));
  expect(listFormats.filter((format) => format !== "auto" && !shown.has(format))).toEqual([]);
  expect(sources.some(({ from }) => from.endsWith(".gz"))).toBe(true);
});

test("the sample names no one's names but reserved ones and the public suffixes that the guard stops", () => {
  // RFC 2606, RFC 6761, and the words of the formats themselves.
  const reserved = /(^|\.)(example|test|invalid|localhost|ip6-localhost)$|(^|\.)example\.(com|net|org)$/;
  const stopped = new Set(["co.uk", "github.io"]);
  for (const from of [...files.map((list) => list.from), ...exchangeFiles()]) {
    const names =
      read(from)
        .toString("utf8")
        .toLowerCase()
        .replaceAll("[.]", ".")
        .match(/[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)+\b/gu) ?? [];
    const others = names.filter(
      (name) => !reserved.test(name) && !stopped.has(name) && !/\.(\d+z?|rpz-\w+|html)$/.test(name),
    );
    expect(others, from).toEqual([]);
  }
});

test("every sample list gives indicators, and shows what its comments say", () => {
  const said = new Map(
    sources.filter(({ fetch }) => fetch === undefined).map((source) => [source.id, entriesOf(source, "block")]),
  );
  for (const [id, { entries }] of said) expect(entries.length, id).toBeGreaterThan(1);
  const all = [...said.values()].flatMap(({ entries }) => entries);
  for (const entry of [
    `dropper.example ${flag.blockSelf}`,
    `botnet.example ${blockSubtree}`,
    `node17.eu.botnet.example ${flag.blockSelf}`,
    `xn--schdling-2za.example ${flag.blockSelf}`,
    `co.uk ${blockSubtree}`,
    `32.66.113.0.203.rpz-ip ${flag.blockSelf}`,
    `status.help.www.evil.example ${flag.exemptSelf}`,
    `faq.bank-help.example ${exemptSubtree}`,
    `bank-login.example ${blockSubtree}`,
    `login.cloud-files.example ${flag.blockUrlHost}`,
    `github.io ${flag.blockUrlHost}`,
  ]) {
    expect(all).toContain(entry);
  }
  expect(all.filter((entry) => entry.includes("www.bank.example") || entry.startsWith("shop.example"))).toEqual([]);
  expect(said.get("cert-domains")?.rejects).toEqual({
    "empty-label": 1,
    "free-text": 1,
    "bad-address": 1,
    "url-in-domain-list": 1,
  });
  expect(said.get("analyst-table")?.rejects).toEqual({ filtered: 2, "empty-item": 1 });
  expect(said.get("reported-urls")?.rejects).toEqual({ "url-host-address": 1 });
});

test("the sample's exceptions lie beneath blocked names", () => {
  const allowed = config.allow.flatMap((list) => entriesOf(list, "allow").entries);
  expect(allowed).toEqual([
    `helpdesk.support.eu.botnet.example ${flag.blockSelf}`,
    `research.exploit-kit.example ${blockSubtree}`,
  ]);
});
