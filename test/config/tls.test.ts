import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { type LoadOptions, loadConfig } from "../../src/config/load.ts";
import { makeAuthority } from "../tls/certificates.ts";
import { FixedClock } from "../xfr/serve.ts";
import { folderOf, mainWith, zoneWith } from "./folder.ts";

const dayMs = 86_400_000;
const servers = makeAuthority("servers.example");
const clients = makeAuthority("clients.example");
const now = Date.now();
const pair = servers.issue({ names: ["primary.example"], notAfter: new Date(now + 100 * dayMs) });
const other = servers.issue({ names: ["primary.example"] });

const tls =
  "server:\n  tls: {listen: 127.0.0.1:8853, certFile: server.pem, keyFile: server.key, clientCaFile: clients.pem}\n";
const files = (): Record<string, string> => ({
  "phish.txt": "bad.example\n",
  "rpzmill.yaml": mainWith(tls),
  "zone.yaml": zoneWith("transfer: [{tlsName: Tier-A.example.}]\nrequire: tls\n"),
  "server.pem": pair.certificate,
  "server.key": pair.privateKey,
  "clients.pem": clients.certificate,
});

/** Writes the files, the key for its owner alone. */
function folderWith(changed: Record<string, string>): string {
  const folder = folderOf({ ...files(), ...changed });
  chmodSync(join(folder, "server.key"), 0o600);
  return folder;
}

const load = (folder: string, options: LoadOptions = {}) => loadConfig(join(folder, "rpzmill.yaml"), options);

/** `key: message` of each fault. */
function faultsOf(changed: Record<string, string>): string[] {
  try {
    load(folderWith(changed));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ code, key, message }) => `${code} ${key}: ${message}`);
  }
}

/** Messages about TLS at a time. */
const warningsAt = (folder: string, ms: number): string[] =>
  load(folder, { clock: new FixedClock(ms) })
    .warnings.filter(({ key }) => key?.startsWith("server.tls"))
    .map(({ key, message }) => `${key}: ${message}`);

describe("server.tls", () => {
  test("is read with its files, which are watched, and names are in lower case", () => {
    const folder = folderWith({});
    const config = load(folder);
    const read = config.server.tls;
    expect(read).toMatchObject({
      listen: [{ address: "127.0.0.1", port: 8853 }],
      clientCa: clients.certificate.trim(),
    });
    const paths = ["server.pem", "server.key", "clients.pem"].map((name) => join(folder, name));
    expect([read?.files, config.keyFiles]).toEqual([paths, paths]);
    expect(config.zones[0]).toMatchObject({ transfer: [{ tlsName: "tier-a.example" }], require: "tls" });
    expect(warningsAt(folder, now)).toEqual([]);
  });

  test("does not print its private key", () => {
    const config = load(folderWith({}));
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) expect(text).not.toContain("PRIVATE");
  });

  test.each([
    [
      "a key of another certificate",
      { "server.key": other.privateKey },
      /CONFIG_INVALID server.tls.keyFile: "server.key" is not the key/,
    ],
    [
      "half a key",
      { "server.key": pair.privateKey.slice(0, 80) },
      /CONFIG_INVALID server.tls.keyFile: .*does not hold a private key/,
    ],
    [
      "no certificate",
      { "server.pem": "nothing\n" },
      /CONFIG_INVALID server.tls.certFile: "server.pem" does not hold certificates/,
    ],
    [
      "half a certificate behind a whole one",
      { "clients.pem": `${clients.certificate}${servers.certificate.slice(0, 90)}\n-----END CERTIFICATE-----\n` },
      /clientCaFile: .*does not hold certificates/,
    ],
    [
      "a port that is used in plain, too",
      { "rpzmill.yaml": mainWith(tls.replace("server:", "server:\n  listen: 127.0.0.1:8853")) },
      /server.tls.listen: "127.0.0.1:8853" is there already/,
    ],
    [
      "tlsName where no client is asked for a certificate",
      { "rpzmill.yaml": mainWith(tls.replace(", clientCaFile: clients.pem", "")) },
      /transfer\[0\].tlsName: needs server.tls.clientCaFile/,
    ],
    [
      "require: tls without TLS",
      { "rpzmill.yaml": mainWith(""), "zone.yaml": zoneWith("require: tls\n") },
      /require: needs server.tls/,
    ],
    ["require of anything else", { "zone.yaml": zoneWith("require: vpn\n") }, /require: /],
    ["a tlsName that is no name", { "zone.yaml": zoneWith("transfer: [{tlsName: '*.example'}]\n") }, /tlsName: /],
  ])("with %s is a fault", (_what, changed, expected) => {
    const faults = faultsOf(changed);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
  });

  test("with a file that is not there is a fault of its own code", () => {
    const changed = { "rpzmill.yaml": mainWith(tls.replace("clients.pem", "absent.pem")) };
    expect(faultsOf(changed)).toEqual([expect.stringMatching(/^SECRET_UNREADABLE server.tls.clientCaFile: .*ENOENT/)]);
  });

  test("warns of a key that others can read", () => {
    const folder = folderOf(files());
    expect(warningsAt(folder, now)).toEqual([expect.stringMatching(/^server.tls.keyFile: .*chmod 600/)]);
  });

  test.each([
    [15, []],
    [13.5, ["expires in 13 days"]],
    [-2.5, ["expired 2 days ago"]],
  ])("%d days before the end of its certificate", (daysBefore, expected) => {
    const warnings = warningsAt(folderWith({}), now + (100 - daysBefore) * dayMs);
    expect(warnings.map((text) => /primary\.example" (.*), on /.exec(text)?.[1])).toEqual(expected);
  });

  test("warns of authorities of clients that expire", () => {
    const warnings = warningsAt(folderWith({}), now + 3649 * dayMs);
    expect(warnings.some((text) => /^server.tls.clientCaFile: .*clients.example/.test(text))).toBe(true);
  });
});

describe("files that are broken when the configuration is read again", () => {
  test("leave the ones of before in force, with a warning, and all else is taken in", () => {
    const folder = folderWith({});
    const before = load(folder);
    writeFileSync(join(folder, "server.pem"), other.certificate);
    writeFileSync(join(folder, "rpzmill.yaml"), mainWith(`${tls}historyDays: 7\n`));
    const after = load(folder, { before });
    expect(after.server.tls).toMatchObject({
      certificate: pair.certificate.trim(),
      privateKey: pair.privateKey.trim(),
    });
    expect(after.historySeconds).toBe(7 * 86_400);
    expect(after.warnings.map(({ key, message }) => `${key}: ${message}`)).toContainEqual(
      expect.stringMatching(/^server.tls.keyFile: .*is not the key.*from before stay in force$/),
    );
    expect(JSON.stringify(after)).not.toContain("PRIVATE");
  });

  test("are a fault where they are others than before", () => {
    const folder = folderWith({});
    const before = load(folder);
    writeFileSync(join(folder, "rpzmill.yaml"), mainWith(tls.replace("server.pem", "clients.pem")));
    expect(() => load(folder, { before })).toThrow(/is not the key/);
  });
});

test("the configuration that docs/xot.md prints is one", () => {
  const page = readFileSync(new URL("../../docs/xot.md", import.meta.url), "utf8");
  const [main = "", zone = ""] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const folder = folderWith({ "rpzmill.yaml": mainWith(main.replaceAll("tls/", "")), "zone.yaml": zoneWith(zone) });
  const { server, zones } = load(folder);
  expect(server.tls?.listen).toEqual([{ address: "192.0.2.1", port: 853 }]);
  expect(zones[0]).toMatchObject({
    transfer: [{ tlsName: "tier-a.example" }, { address: "198.51.100.7/32" }],
    require: "tls",
  });
});
