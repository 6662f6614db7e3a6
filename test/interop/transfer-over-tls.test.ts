/** Transfers over TLS to the servers that can, each with the configuration that docs/xot.md prints. */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, makeAuthority } from "../tls/certificates.ts";
import { expectAnswers } from "./expectations.ts";
import type { Endpoint } from "./harness/dns-client.ts";
import { havePrograms, type Program, programPath } from "./harness/programs.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { startBind } from "./peers/bind.ts";
import { startNsd } from "./peers/nsd.ts";
import type { Peer, PeerOptions, StartPeer } from "./peers/peer.ts";
import { startUnbound } from "./peers/unbound.ts";
import { impatientSoa, type Mill, startMill } from "./primaries/mill.ts";

const run = promisify(execFile);
const apex = "phishing.rpz.example";
const page = readFileSync(new URL("../../docs/xot.md", import.meta.url), "utf8");
const servers = makeAuthority("servers.example");
const clients = makeAuthority("clients.example");
const client = clients.issue({ names: ["tier-a.example"] });

/** The only block of a language on the page. */
function blockOf(language: string): string {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, of]) => of === language);
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[2] ?? "";
}

/** A printed configuration with where things really are. */
function placed(text: string, { address, port }: Endpoint, folder: string): string {
  return text
    .replaceAll("/etc/xot/", `${folder}/`)
    .replaceAll("192.0.2.1@853", `${address}@${port}`)
    .replaceAll("192.0.2.1 port 853", `${address} port ${port}`);
}

interface Settings {
  readonly transfer: readonly object[];
  /** Who signs the server's certificate. */
  readonly authority?: Authority;
  readonly name?: string;
}

function millFiles({ transfer, authority = servers, name = "primary.example" }: Settings, names: readonly string[]) {
  const { certificate, privateKey } = authority.issue({ names: [name] });
  return {
    "tls/server.pem": certificate,
    "tls/server.key": privateKey,
    "tls/clients.pem": clients.certificate,
    "list.txt": `${names.join("\n")}\n`,
    "rpzmill.yaml": {
      version: 1,
      server: {
        tls: {
          listen: "127.0.0.1:0",
          certFile: "tls/server.pem",
          keyFile: "tls/server.key",
          clientCaFile: "tls/clients.pem",
        },
      },
      sources: [{ id: "names", from: "list.txt" }],
      zones: "zone.yaml",
    },
    "zone.yaml": {
      version: 1,
      apex,
      take: { sources: ["names"] },
      action: "nxdomain",
      soa: impatientSoa,
      transfer,
      require: "tls",
    },
  };
}

/** Enough for several messages. */
const names = Array.from({ length: 3000 }, (_, i) => `bad${i}.example`);

interface Kind {
  readonly name: string;
  readonly start: StartPeer;
  readonly language: string;
  readonly programs: readonly Program[];
  readonly isResolver: boolean;
  readonly transfer: readonly object[];
}

const byName = [{ tlsName: "tier-a.example" }];
const byAddress = [{ address: "127.0.0.1/32" }];
const kinds: readonly Kind[] = [
  { name: "BIND", start: startBind, language: "named", programs: ["named"], isResolver: true, transfer: byName },
  {
    name: "Unbound",
    start: startUnbound,
    language: "unbound",
    programs: ["unbound", "unbound-control"],
    isResolver: true,
    transfer: byAddress,
  },
  { name: "NSD", start: startNsd, language: "nsd", programs: ["nsd"], isResolver: false, transfer: byName },
];

let folder: string;
let upstream: Upstream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rpzmill-xot-"));
  writeFileSync(join(folder, "servers.pem"), servers.certificate);
  writeFileSync(join(folder, "client.pem"), client.certificate);
  writeFileSync(join(folder, "client.key"), client.privateKey, { mode: 0o600 });
  upstream = await startUpstream();
});

afterAll(async () => {
  await upstream?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function optionsFor({ language }: Kind, mill: Mill): PeerOptions {
  const primary = mill.tlsEndpoint();
  const clauses = placed(blockOf(language), primary, folder);
  return { zones: [{ apex, primary }], upstream: upstream.endpoint, clauses };
}

for (const kind of kinds) {
  describe.skipIf(!havePrograms(...kind.programs, "dig"))(`${kind.name} over TLS, as docs/xot.md has it`, () => {
    let mill: Mill;
    let peer: Peer;

    beforeAll(async () => {
      mill = await startMill(millFiles({ transfer: kind.transfer }, names));
      peer = await kind.start(optionsFor(kind, mill));
    });
    afterAll(async () => {
      await peer?.stop();
      await mill?.stop();
    });

    test("gets the whole zone", async () => {
      await peer.waitForSerial(apex, mill.serial(apex));
      expect(mill.stats().transfers).toMatchObject({ completed: 1, cut: 0 });
      expect(mill.stats().handshakes.completed).toBeGreaterThan(0);
    });

    test("follows a change by differences, and enforces it", async () => {
      const { octets } = mill.stats();
      await mill.publish({ "list.txt": `${[...names, "new.example"].join("\n")}\n` });
      await peer.waitForSerial(apex, mill.serial(apex));
      expect(mill.stats().octets.tcp - octets.tcp).toBeLessThan(4000);
      if (kind.isResolver) await expectAnswers(peer, { "new.example": "nxdomain", "good.example": "untouched" });
    });

    test("follows a change after the certificate was renewed", async () => {
      await mill.publish(millFiles({ transfer: kind.transfer }, names.slice(1)));
      await peer.waitForSerial(apex, mill.serial(apex));
      expect(mill.stats()).toMatchObject({ transfers: { completed: 3, cut: 0 } });
      if (kind.isResolver) await expectAnswers(peer, { "bad0.example": "untouched", "bad1.example": "nxdomain" });
    });

    test("keeps the zone, and transfers nothing, while the server's certificate is of another authority", async () => {
      const serial = mill.serial(apex);
      const { transfers, handshakes } = mill.stats();
      const strange = makeAuthority("strange.example");
      await mill.publish(millFiles({ transfer: kind.transfer, authority: strange }, names.slice(2)));
      await mill.tried(handshakes.completed + handshakes.failed + handshakes.timedOut + 1);
      expect(mill.stats().transfers.completed).toBe(transfers.completed);
      expect(await peer.serialOf(apex)).toBe(serial);
      // With one that it knows again, it goes on.
      await mill.publish(millFiles({ transfer: kind.transfer }, names.slice(2)));
      await peer.waitForSerial(apex, mill.serial(apex));
    });
  });
}

describe.skipIf(!havePrograms("kdig"))("kdig over TLS", () => {
  let mill: Mill;
  beforeAll(async () => {
    mill = await startMill(millFiles({ transfer: byName }, names));
  });
  afterAll(() => mill?.stop());

  /** What kdig prints of a transfer. */
  async function kdig(more: readonly string[]): Promise<string> {
    const { address, port } = mill.tlsEndpoint();
    const args = [`@${address}`, "-p", String(port), `+tls-ca=${folder}/servers.pem`, "+tls-hostname=primary.example"];
    const all = [...args, ...more, apex, "AXFR"];
    // It ends badly where it is refused.
    const said = await run(programPath("kdig"), all, { maxBuffer: 1 << 28 }).catch((error: unknown) => error);
    const { stdout, stderr } = said as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
  const shown = (): string[] => [`+tls-certfile=${folder}/client.pem`, `+tls-keyfile=${folder}/client.key`];

  test("gets the zone with its certificate, padded where it asks for that", async () => {
    const octets = async (...more: string[]): Promise<number> =>
      Number(/Received (\d+) B \(\d+ messages, 3003 records\)/.exec(await kdig([...shown(), ...more]))?.[1]);
    expect((await octets("+nopadding")) % 468).not.toBe(0);
    expect((await octets("+padding")) % 468).toBe(0);
  });

  test("is REFUSED without it", async () => {
    expect(await kdig([])).toMatch(/REFUSED/);
  });
});

test.skipIf(!havePrograms("openssl"))("the openssl commands of docs/xot.md make a client's certificate", async () => {
  const commands = [...page.matchAll(/^```sh\n(openssl[\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  expect(commands).toHaveLength(1);
  await run("sh", ["-ec", commands[0] ?? ""], { cwd: folder });
  const made = new X509Certificate(readFileSync(join(folder, "client.pem")));
  expect(made.checkHost("tier-a.example", { subject: "never" })).toBe("tier-a.example");
  expect(made.verify(new X509Certificate(readFileSync(join(folder, "clients.pem"))).publicKey)).toBe(true);
});
