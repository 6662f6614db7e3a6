import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { listFormats } from "../../src/config/types.ts";

const config = loadConfig(fileURLToPath(new URL("../../rpzmill.yaml", import.meta.url)));

function read(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

test("the sample configuration loads without a warning", () => {
  expect(config.warnings).toEqual([]);
  expect(config.zones.map(({ apex }) => apex)).toEqual(["malware.rpz.example", "phishing.rpz.example"]);
});

test("the sample shows every format, and a compressed list", () => {
  const shown = new Set(config.sources.map(({ format }) => format));
  expect(listFormats.filter((format) => format !== "auto" && !shown.has(format))).toEqual([]);
  expect(config.sources.some(({ from }) => from.endsWith(".gz"))).toBe(true);
});

test("the sample names no one's names but reserved ones and the public suffixes that the guard stops", () => {
  // RFC 2606, RFC 6761, and the words of the formats themselves.
  const reserved = /(^|\.)(example|test|invalid|localhost|ip6-localhost)$|(^|\.)example\.(com|net|org)$/;
  const stopped = new Set(["co.uk", "github.io"]);
  for (const { from } of [...config.sources, ...config.allow]) {
    const names =
      read(from)
        .toLowerCase()
        .replaceAll("[.]", ".")
        .match(/[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)+\b/gu) ?? [];
    const others = names.filter(
      (name) => !reserved.test(name) && !stopped.has(name) && !/\.(\d+|rpz-\w+|html)$/.test(name),
    );
    expect(others, from).toEqual([]);
  }
});
