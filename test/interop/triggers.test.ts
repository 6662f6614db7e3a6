/**
 * Rules of every trigger in the resolvers that have them: from a list to the answer, by full transfer and by differences.
 * Who supports what is in docs/configuration.md: all three here have each trigger of IPv4.
 */
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transferRules } from "./harness/dig.ts";
import { ask } from "./harness/dns-client.ts";
import { havePrograms } from "./harness/programs.ts";
import { startTap, type Tap } from "./harness/tap.ts";
import { type NameServers, startUpstream, type Upstream } from "./harness/upstream.ts";
import { waitFor } from "./harness/wait.ts";
import { type ResolverKind, resolverKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import { impatientSoa, type Mill, type MillFiles, startMill } from "./primaries/mill.ts";
import { observe, type Visible } from "./verdicts.ts";

const apex = "triggers.rpz.example";

/** A client whose address no loopback is, since no list may have rules for that. */
const client = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
const clientNetwork = client?.replace(/\.\d+$/, ".0/24");

/** Domains with the name servers that they have. Those at 127.0.0.1 are the upstream, nobody is at the others. */
const nameServers: NameServers = {
  "by-name.served.example": "ip4-127-0-0-1.bad.served.example",
  "allowed.served.example": "ip4-127-0-0-1.bad.served.example",
  "by-wildcard.served.example": "ip4-127-0-0-1.a.wild.served.example",
  "by-deep-wildcard.served.example": "ip4-127-0-0-1.b.a.wild.served.example",
  "by-allowed-server.served.example": "ip4-127-0-0-1.ok.wild.served.example",
  "free.served.example": "ip4-127-0-0-1.free-ns.served.example",
  // Asked for once there is a rule: Unbound gives what it has in its cache without a look at name servers.
  "by-later-name.served.example": "ip4-127-0-0-1.later.served.example",
  "by-address.served.example": "ip4-192-0-2-53.x.served.example",
  "by-allowed-address.served.example": "ip4-192-0-2-54.x.served.example",
  "by-later-address.served.example": "ip4-192-0-2-99.x.served.example",
};

interface Lists {
  /** `value,trigger` */
  readonly rows: readonly string[];
  readonly allow: readonly string[];
}

/** Rules that every resolver reads, whether or not it has them. */
const read = ["2001:db8::53,nsip", "2001:db8:53::/48,nsip", "fc00::/7,client-ip", "2001:db8:c::1,client-ip"];

const first: Lists = {
  rows: [
    ...read,
    "blocked.example,qname",
    "198.51.100.200,response-ip",
    "ip4-127-0-0-1.bad.served.example,nsdname",
    "*.wild.served.example,nsdname",
    "192.0.2.48/28,nsip",
    ...(client === undefined ? [] : [`${client},client-ip`]),
  ],
  allow: ["allowed.served.example", "*.allowed.served.example", "ip4-127-0-0-1.ok.wild.served.example", "192.0.2.54"],
};

/** Other servers, and the client's network in the client's place, with the client allowed. */
const changed: Lists = {
  rows: [
    ...read.slice(1),
    "blocked.example,qname",
    "198.51.100.200,response-ip",
    "ip4-127-0-0-1.later.served.example,nsdname",
    "*.wild.served.example,nsdname",
    "192.0.2.48/28,nsip",
    "192.0.2.99,nsip",
    ...(clientNetwork === undefined ? [] : [`${clientNetwork},client-ip`]),
  ],
  allow: [...first.allow, ...(client === undefined ? [] : [client])],
};

function millFiles({ rows, allow }: Lists): MillFiles {
  return {
    "lists/mixed.csv": `value,trigger\n${rows.join("\n")}\n`,
    "lists/allow.txt": `${allow.join("\n")}\n`,
    "rpzmill.yaml": {
      version: 1,
      sources: [
        { id: "mixed", format: "csv", from: "lists/mixed.csv", column: "value", fields: { trigger: "trigger" } },
      ],
      allow: [{ id: "own", from: "lists/allow.txt" }],
      zones: ["zone.yaml"],
    },
    "zone.yaml": {
      version: 1,
      apex,
      take: { sources: ["mixed"], triggers: ["qname", "response-ip", "client-ip", "nsdname", "nsip"] },
      action: "nxdomain",
      soa: impatientSoa,
      transfer: [{ address: "127.0.0.1/32" }],
    },
  };
}

/** What is seen of a domain whose server nobody blocks. */
interface Served {
  /** The server is the upstream; PowerDNS cannot be told its port. */
  readonly here: Visible;
  /** Nobody is there. BIND asks its forwarder all the same. */
  readonly nowhere: Visible;
  /** Whether rules of these triggers that go by differences go: in Unbound from 1.18 on. */
  readonly removes: boolean;
}

const kinds: readonly (ResolverKind & Served)[] = resolverKinds
  .filter(({ transfers, programs }) => transfers && havePrograms(...programs))
  .map((kind) => {
    if (kind.name === "BIND") return { ...kind, here: "untouched", nowhere: "untouched", removes: true };
    if (kind.name === "Unbound") return { ...kind, here: "untouched", nowhere: "odd: SERVFAIL", removes: false };
    return { ...kind, here: "odd: SERVFAIL", nowhere: "odd: SERVFAIL", removes: true };
  });

const peers = new Map<ResolverKind["name"], Peer>();
const taps = new Map<ResolverKind["name"], Tap>();
let upstream: Upstream | undefined;
let mill: Mill | undefined;

beforeAll(async () => {
  upstream = await startUpstream(nameServers);
  mill = await startMill(millFiles(first));
  for (const { name, start } of kinds) {
    const tap = await startTap(mill.endpoint);
    taps.set(name, tap);
    const zones = [{ apex, primary: tap.endpoint }];
    const peer = await start({ zones, upstream: upstream.endpoint, nameServers });
    peers.set(name, peer);
    if (name === "BIND") await teach(peer);
  }
});

afterAll(async () => {
  for (const peer of peers.values()) await peer.stop();
  for (const tap of taps.values()) await tap.stop();
  await mill?.stop();
  await upstream?.stop();
});

/** BIND goes by the name servers that its cache has, and one that forwards all it is asked learns of none by itself. */
async function teach(peer: Peer): Promise<void> {
  for (const [domain, server] of Object.entries(nameServers)) {
    await peer.query(domain, "NS");
    await peer.query(server, "A");
  }
}

function peerOf(name: ResolverKind["name"]): Peer {
  const peer = peers.get(name);
  if (peer === undefined) throw new Error(`${name} is not running`);
  return peer;
}

async function shown(peer: Peer, names: readonly string[]): Promise<Record<string, Visible>> {
  const answers: Record<string, Visible> = {};
  for (const name of names) answers[name] = observe(await peer.query(name, "A"));
  return answers;
}

async function shownToClient(peer: Peer, name: string): Promise<Visible> {
  if (client === undefined) throw new Error("This machine has no address but the loopback's to be a client from");
  return observe(await ask(peer.endpoint, { name, type: "A" }, { from: client }));
}

test("the zone has a rule of each trigger, and lets allowed names pass", async () => {
  const rules = (await transferRules(mill?.endpoint ?? { address: "", port: 0 }, apex)) ?? [];
  expect(
    rules.map((line) => line.split(/\s+/)[0]?.replace(`.${apex}.`, "")).filter((owner) => !owner?.includes("client")),
  ).toEqual(
    expect.arrayContaining([
      "blocked.example",
      "32.200.100.51.198.rpz-ip",
      "ip4-127-0-0-1.bad.served.example.rpz-nsdname",
      "*.wild.served.example.rpz-nsdname",
      "ip4-127-0-0-1.ok.wild.served.example.rpz-nsdname",
      "28.48.2.0.192.rpz-nsip",
      "32.54.2.0.192.rpz-nsip",
      "allowed.served.example",
      "*.allowed.served.example",
    ]),
  );
});

describe.each(kinds)("$name enforces", ({ name: kind, here, nowhere }) => {
  test("rules on names and on addresses in answers beside the others", async () => {
    expect(await shown(peerOf(kind), ["blocked.example", "ip4-198-51-100-200.example", "other.example"])).toEqual({
      "blocked.example": "nxdomain",
      "ip4-198-51-100-200.example": "nxdomain",
      "other.example": "untouched",
    });
  });

  test("rules on the names of name servers, for all domains that these serve", async () => {
    const names = {
      "by-name.served.example": "nxdomain",
      "www.by-name.served.example": "nxdomain",
      "by-wildcard.served.example": "nxdomain",
      "by-deep-wildcard.served.example": "nxdomain",
      "by-allowed-server.served.example": here,
      "free.served.example": here,
    };
    expect(await shown(peerOf(kind), Object.keys(names))).toEqual(names);
  });

  test("no rule on a name server for a name that is allowed", async () => {
    const names = { "allowed.served.example": here, "www.allowed.served.example": here };
    expect(await shown(peerOf(kind), Object.keys(names))).toEqual(names);
  });

  test("rules on the addresses of name servers", async () => {
    const names = {
      "by-address.served.example": "nxdomain",
      "by-allowed-address.served.example": nowhere,
      "by-later-address.served.example": nowhere,
    };
    expect(await shown(peerOf(kind), Object.keys(names))).toEqual(names);
  });

  test("rules on clients, whatever they ask for", async () => {
    expect(await shownToClient(peerOf(kind), "other.example")).toBe("nxdomain");
    expect(await shown(peerOf(kind), ["other.example"])).toEqual({ "other.example": "untouched" });
  });
});

describe("after a change", () => {
  beforeAll(async () => {
    await mill?.publish(millFiles(changed));
  });

  describe.each(kinds)("$name enforces", ({ name: kind, here, removes }) => {
    test("the rules that came by differences, and where it can, none that went", async () => {
      const peer = peerOf(kind);
      await peer.waitForSerial(apex, mill?.serial(apex) ?? 0);
      const names: Record<string, Visible> = {
        "blocked.example": "nxdomain",
        "by-later-name.served.example": "nxdomain",
        "free.served.example": here,
        "by-wildcard.served.example": "nxdomain",
        "by-later-address.served.example": "nxdomain",
        "by-address.served.example": "nxdomain",
        ...(removes ? { "by-name.served.example": here } : {}),
      };
      const settled = async (): Promise<boolean> =>
        JSON.stringify(await shown(peer, Object.keys(names))) === JSON.stringify(names);
      await waitFor(settled, { what: `see the change in ${kind}`, deadlineMs: 10_000 }).catch(() => {});
      expect(await shown(peer, Object.keys(names))).toEqual(names);
      if (removes) expect(await shownToClient(peer, "other.example")).toBe("untouched");
      expect(
        taps
          .get(kind)
          ?.transfers()
          .map((transfer) => transfer.got),
      ).toEqual(["full", "differences"]);
    });
  });
});
