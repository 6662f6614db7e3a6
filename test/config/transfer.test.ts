import { chmodSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import { sameConfig } from "../../src/daemon/serve.ts";
import { makeAuthority, makeCertificate } from "../feed/http/certificates.ts";
import { folderOf, zoneWith } from "./folder.ts";

const client = makeCertificate({ name: "client" });
const secret = Buffer.from("0123456789abcdef0123456789abcdef").toString("base64");
const files = {
  "zone.yaml": zoneWith("file: true\n"),
  "vendor.key": `${secret}\n`,
  "ca.pem": makeAuthority().certificate,
  "client.pem": client.certificate,
  "client.key": client.privateKey,
};

function load(source: string, keySecret = secret) {
  const main = `version: 1\nkeys:\n  - {name: vendor, secretFile: vendor.key}\nsources:\n  - {id: phish, category: phishing, ${source}}\nzones: [zone.yaml]\n`;
  const folder = folderOf({ "rpzmill.yaml": main, ...files, "vendor.key": `${keySecret}\n` });
  for (const name of ["vendor.key", "client.key"]) chmodSync(join(folder, name), 0o600);
  return loadConfig(join(folder, "rpzmill.yaml"));
}

const listOf = (source: string) => indicatorListsOf(load(source))[0];

function faultsOf(source: string): string[] {
  try {
    load(source);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key, message }) => `${key}: ${message}`);
    throw error;
  }
  return [];
}

const primary = 'format: rpz, primary: "192.0.2.1:53", apex: vendor.rpz.example';

describe("a policy zone from a primary", () => {
  test("has its defaults, and a copy in the state folder", () => {
    const list = listOf(`${primary}, key: Vendor.`);
    expect(list?.fetch).toEqual({
      kind: "transfer",
      primaries: [{ address: "192.0.2.1", port: 53 }],
      apex: "vendor.rpz.example",
      key: { name: "vendor", algorithm: "hmac-sha256", secret },
      everySeconds: 86_400,
      timeoutSeconds: 600,
      fetchedBytesMax: 1024 ** 3,
    });
    expect(list?.from).toMatch(/\/var\/fetched\/phish\/[0-9a-f]{16}\.list$/);
    for (const key of ["primary", "apex", "key", "tls", "every"]) expect(list).not.toHaveProperty(key);
  });

  test("has another copy for another apex or other primaries", () => {
    const from = (more: string) => listOf(`format: rpz, ${more}`)?.from.split("/").at(-1);
    const two = 'primary: ["192.0.2.1:53", "[2001:db8::1]:5353"], apex: a.example';
    const copies = [
      'primary: "192.0.2.1:53", apex: a.example',
      'primary: "192.0.2.1:53", apex: b.example',
      'primary: "192.0.2.2:53", apex: a.example',
      two,
    ].map(from);
    expect(new Set(copies).size).toBe(4);
    expect(from('primary: ["[2001:db8::1]:5353", "192.0.2.1:53"], apex: A.example, every: 5m')).toBe(copies[3]);
  });

  test("may be over TLS, with a client certificate", () => {
    const tls = "tls: {caFile: ca.pem, name: primary.example, certificateFile: client.pem, privateKeyFile: client.key}";
    expect(listOf(`${primary}, ${tls}`)?.fetch).toMatchObject({
      tls: {
        ca: files["ca.pem"].trim(),
        name: "primary.example",
        client: { certificate: client.certificate.trim(), privateKey: client.privateKey.trim() },
      },
    });
    expect(listOf(`${primary}, tls: {}`)?.fetch).toMatchObject({ tls: {} });
  });

  test("keeps its secrets when it is printed, and is another where only its secret changed", () => {
    const config = load(`${primary}, key: vendor`);
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) {
      expect(text).toContain("vendor.rpz.example");
      expect(text).not.toContain(secret);
    }
    const other = load(`${primary}, key: vendor`, Buffer.alloc(32, 1).toString("base64"));
    expect(sameConfig({ ...other, file: config.file }, config)).toBe(false);
  });

  test.each([
    ["no apex", 'format: rpz, primary: "192.0.2.1:53"', "apex: is missing; it should be the name of the zone"],
    ["another format", 'format: hosts, primary: "192.0.2.1:53", apex: a.example', "format: should be rpz"],
    ["no format", 'primary: "192.0.2.1:53", apex: a.example', "format: should be rpz"],
    ["no port", 'format: rpz, primary: "192.0.2.1", apex: a.example', "is not an address and port"],
    ["port 0", 'format: rpz, primary: "192.0.2.1:0", apex: a.example', "has the port 0"],
    ["a name for an address", 'format: rpz, primary: "ns.example:53", apex: a.example', "is not an address and port"],
    ["a file beside it", `${primary}, from: a.rpz`, "from: cannot stand beside primary"],
    ["a URL beside it", `${primary}, url: "https://lists.example/"`, "url: cannot stand beside primary"],
    ["a key of HTTP", `${primary}, network: internal`, "network: is for lists by HTTP; a primary is asked by DNS"],
    ["refreshSeconds", `${primary}, refreshSeconds: 5`, "refreshSeconds: is for files; the SOA of a zone says"],
    [
      "a key that is not there",
      `${primary}, key: vendro`,
      'key: "vendro" is no name under keys (did you mean "vendor"?)',
    ],
    [
      "a certificate alone",
      `${primary}, tls: {certificateFile: client.pem}`,
      "tls.certificateFile: needs privateKeyFile beside it",
    ],
    [
      "an apex for a file",
      "format: rpz, from: a.rpz, apex: a.example",
      "apex: is for policy zones from a primary; give it a primary",
    ],
    ["a manual source", 'manual: true, primary: "192.0.2.1:53"', "primary: is for sources with a list"],
  ])("with %s is a fault", (_, source, expected) => {
    expect(faultsOf(source).join("\n")).toContain(expected);
  });
});
