/** Warninglists as MISP publishes them, where they are at hand: every entry of each is an entry, a duplicate or a reject. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { collectGuards } from "./parse-guards.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/warninglists/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) {
  console.warn(`Skipped: the real warninglists are not at ${folder}`);
  if (process.env["CI"] === "true") throw new Error("The real warninglists must be there in CI");
}

/** Entries of `list`, and those of them that cannot guard. */
const lists: readonly [name: string, listed: number, rejects: object][] = [
  ["akamai", 268, {}],
  ["bank-website", 2226, { "single-label": 1 }],
  ["captive-portals", 21, {}],
  ["cloudflare", 22, {}],
  ["crl-hostname", 222, {}],
  ["dynamic-dns", 35_467, {}],
  ["fastly", 21, {}],
  ["google", 669, {}],
  ["link-in-bio", 91, {}],
  ["lots-project", 175, {}],
  ["microsoft", 191, { "single-label": 2 }],
  ["microsoft-office365", 183, {}],
  ["public-dns-hostname", 34_783, { "bad-address": 1, "bad-character": 2, "numeric-tld": 8 }],
  ["public-dns-v4", 62_745, {}],
  ["public-dns-v6", 269, {}],
  ["rfc1918", 3, {}],
  ["rfc5735", 15, {}],
  ["rfc6761", 21, {}],
  ["second-level-tlds", 10_231, { "single-label": 1447 }],
  ["security-provider-blogpost", 647, {}],
  ["tlds", 1438, { "single-label": 1438 }],
  ["tranco10k", 10_000, {}],
  ["url-shortener", 255, {}],
];

describe.skipIf(!isThere)("the real warninglist", () => {
  it.each(lists)("%s has %i entries", (name, listed, rejects) => {
    const bytes = new Uint8Array(readFileSync(`${folder}${name}/list.json`));
    const { list } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { list: string[] };
    expect(list).toHaveLength(listed);
    const read = collectGuards({ format: "warninglist" }, bytes);
    // Nothing but top-level domains, none of which may guard.
    expect(read.refusal === undefined).toBe(name !== "tlds");
    expect(read.rejects.counts).toEqual(rejects);
    expect(read.collector.count + Object.values(read.rejects.counts).reduce((sum, count) => sum + count, 0)).toBe(
      listed,
    );
  });
});
