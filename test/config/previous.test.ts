import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/types.ts";

/** Configurations of releases before, as they were shipped and printed. They are never changed, only added to. */
const folder = fileURLToPath(new URL("previous/", import.meta.url));
const env = { ISP_A: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" };

const load = (name: string): Config => loadConfig(join(folder, name, "rpzmill.yaml"), { env });

test.each(readdirSync(folder))("the configuration %s of a release before still loads", (name) => {
  const config = load(name);
  expect(config.zones.length).toBeGreaterThan(0);
  expect(config.sources.length).toBeGreaterThan(0);
});

test("every key that was there before still says what it said", () => {
  const { server, keys, sources, allow, zones } = load("every-key");
  expect(server.listen).toContainEqual({ address: "192.0.2.53", port: 53 });
  expect(server.limits).toMatchObject({
    connectionsMax: 512,
    connectionsPerClientMax: 32,
    transfersMax: 8,
    idleSeconds: 20,
    stallSeconds: 30.5,
    transferSeconds: 7200,
  });
  expect(keys.map(({ name, algorithm }) => [name, algorithm])).toEqual([
    ["isp-a", "hmac-sha512"],
    ["isp-b", "hmac-sha256"],
  ]);
  expect(sources[0]).toMatchObject({
    id: "table",
    format: "csv",
    column: 2,
    where: { verdict: ["phishing", "scam"], active: ["true"] },
    category: "phishing",
    confidence: 95,
    scope: "subtree",
    allowPublicSuffix: true,
    limit: { percent: 20, entries: 500 },
    expandedBytesMax: 1_048_576,
    refreshSeconds: 300,
  });
  expect(sources[1]).toMatchObject({ format: "json", path: "data.entries", column: "host" });
  expect(allow).toMatchObject([
    { id: "allow:1" },
    { id: "customers", column: "domain", where: { state: ["active"] }, scope: "exact", limit: { percent: 10.5 } },
    { id: "feed", path: "names" },
  ]);
  expect(zones[0]).toMatchObject({
    apex: "all.rpz.example",
    take: { sources: ["plain", "dump"], categories: ["phishing"], minConfidence: 40, triggers: ["qname"] },
    action: {
      default: "nxdomain",
      byCategory: {
        phishing: { a: ["192.0.2.80"], aaaa: ["2001:db8::80"], txt: ["why"] },
        uncategorised: { cname: "*.garden.example.net" },
      },
    },
    ttl: 120,
    soa: { mname: "ns.example.net", refresh: 30, retry: 15, expire: 86_400, minimum: 20 },
    ns: ["ns1.example.net", "ns2.example.net"],
    transfer: [{ address: "192.0.2.0/24", key: "isp-a" }, { key: "isp-b" }, { address: "2001:db8::/32" }],
    file: true,
    keep: { versions: 10, seconds: 3600 },
  });
  expect(zones[1]).toMatchObject({ take: { triggers: ["response-ip"] }, action: { default: "drop" } });
});
