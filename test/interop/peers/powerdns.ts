/** PowerDNS Recursor as a resolver with policy zones by transfer. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import { ruleLines } from "../harness/dig.ts";
import type { Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { addressesOf } from "../harness/upstream.ts";
import { hasSerials, makePeer, type Peer, type PeerOptions, type PeerZone, resolves, upstreamOf } from "./peer.ts";

const run = promisify(execFile);
const apiKey = "test";

function primaryLine({ apex, primary, key }: PeerZone): string {
  const sign =
    key === undefined ? "" : `, tsigname="${key.name}", tsigalgo="${key.algorithm}", tsigsecret="${key.secret}"`;
  return `rpzPrimary("${primary.address}:${primary.port}", "${apex}", {refresh=1, axfrTimeout=300${sign}})\n`;
}

function parentOf(domain: string): string {
  return domain.slice(domain.indexOf(".") + 1);
}

/** A zone that delegates domains, each to a server whose address is in the zone as well. */
function delegating(parent: string, delegations: readonly (readonly [string, string])[]): string {
  const lines = [`@ 60 IN SOA ns.${parent}. hostmaster.${parent}. 1 60 60 600 60`, `@ 60 IN NS ns.${parent}.`];
  for (const [domain, server] of delegations) {
    if (parentOf(domain) !== parent) continue;
    lines.push(`${domain}. 60 IN NS ${server}.`);
    if (server.endsWith(`.${parent}`)) lines.push(`${server}. 60 IN A ${addressesOf(server).a}`);
  }
  return `$ORIGIN ${parent}.\n${lines.join("\n")}\n`;
}

function configuration(directory: string, endpoint: Endpoint, webPort: number, options: PeerOptions): string {
  const upstream = upstreamOf(options);
  const delegations = Object.entries(options.nameServers ?? {});
  const parents = [...new Set(delegations.map(([domain]) => parentOf(domain)))];
  for (const parent of parents) {
    writeFileSync(join(directory, `${parent}.zone`), delegating(parent, delegations));
  }
  const parentFiles = parents.map((parent) => `${parent}=${join(directory, `${parent}.zone`)}`);
  return `daemon=no
disable-syslog=yes
loglevel=6
quiet=yes
write-pid=no
socket-dir=${directory}
local-address=${endpoint.address}
local-port=${endpoint.port}
threads=1
pdns-distributes-queries=no
dnssec=off
forward-zones-recurse=.=${upstream.address}:${upstream.port}
# Nobody is there.
dont-query=192.0.2.0/24
auth-zones=${parentFiles.join(",")}
allow-from=0.0.0.0/0
serve-rfc1918=no
security-poll-suffix=
udp-source-port-min=32768
lua-config-file=${join(directory, "recursor.lua")}
# An answer from this cache would outlive the rule that made it.
disable-packetcache=yes
webserver=yes
webserver-address=${endpoint.address}
webserver-port=${webPort}
webserver-allow-from=127.0.0.1
webserver-loglevel=none
api-key=${apiKey}
`;
}

/** Serials by apex without a final dot, from the recursor's own statistics. */
async function readSerials(webPort: number): Promise<Map<string, number>> {
  const serials = new Map<string, number>();
  const response = await fetch(`http://127.0.0.1:${webPort}/api/v1/servers/localhost/rpzstatistics`, {
    headers: { "X-API-Key": apiKey },
  }).catch(() => undefined);
  if (response?.ok !== true) return serials;
  const zones = (await response.json()) as Record<string, { serial?: number; last_update?: number }>;
  for (const [apex, { serial, last_update: updated }] of Object.entries(zones)) {
    if (serial !== undefined && updated !== 0) serials.set(apex.replace(/\.$/, ""), serial);
  }
  return serials;
}

/** Starts pdns_recursor. Ready when each zone is transferred. */
export async function startPowerDns(options: PeerOptions): Promise<Peer> {
  const directory = serverDirectory("powerdns");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const webPort = await freePort();
  writeFileSync(join(directory, "recursor.lua"), options.zones.map(primaryLine).join(""));
  writeFileSync(join(directory, "recursor.conf"), configuration(directory, endpoint, webPort, options));
  const daemon = startDaemon("PowerDNS", directory, programPath("pdns_recursor"), [`--config-dir=${directory}`]);

  const serialOf = async (apex: string): Promise<number | undefined> => (await readSerials(webPort)).get(apex);
  let dumps = 0;
  return makePeer({
    daemon,
    endpoint,
    serialOf,
    rulesOf: async (apex) => {
      // rec_control makes a new file and refuses one that is there.
      const dump = join(directory, `dump-${dumps++}`);
      await run(programPath("rec_control"), [`--socket-dir=${directory}`, "dump-rpz", apex, dump]);
      return ruleLines(apex, readFileSync(dump, "utf8"));
    },
    isReady: async () => (await hasSerials(options.zones, serialOf)) && resolves(endpoint),
  });
}
