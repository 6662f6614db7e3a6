/** Unbound as a resolver with policy zones by transfer. It has no TSIG for transfers, so zones must come without a key. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import { ruleLines } from "../harness/dig.ts";
import type { Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { hasSerials, makePeer, type Peer, type PeerOptions, resolves, upstreamOf } from "./peer.ts";

const run = promisify(execFile);

function configuration(directory: string, endpoint: Endpoint, options: PeerOptions): string {
  const upstream = upstreamOf(options);
  const zones = options.zones.map(
    ({ apex, primary }) => `
rpz:
  name: "${apex}"
  primary: ${primary.address}@${primary.port}
  zonefile: "${apex}.zone"`,
  );
  const stubs = Object.entries(options.nameServers ?? {}).map(
    ([domain, server]) => `
stub-zone:
  name: "${domain}"
  stub-host: ${server}@${upstream.port}
`,
  );
  return `server:
  module-config: "respip iterator"
  interface: ${endpoint.address}
  port: ${endpoint.port}
  directory: "${directory}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  num-threads: 1
  msg-cache-size: 8m
  rrset-cache-size: 8m
  do-ip6: no
  do-not-query-localhost: no
  # Nobody is there.
  do-not-query-address: 192.0.2.0/24
  access-control: 0.0.0.0/0 allow
  qname-minimisation: no
  # Built-in answers for special names would stand before the policy.
  local-zone: "test." nodefault
  local-zone: "invalid." nodefault
  # Source ports stay off the range of the servers under test.
  outgoing-port-avoid: 1024-32767
remote-control:
  control-enable: yes
  control-interface: "${join(directory, "control")}"
  control-use-cert: no
${options.clauses ?? zones.join("\n")}
${stubs.join("\n")}
forward-zone:
  name: "."
  forward-addr: ${upstream.address}@${upstream.port}
`;
}

/** Starts unbound. Ready when each zone is transferred. @throws Error for a zone with a key */
export async function startUnbound(options: PeerOptions): Promise<Peer> {
  if (options.zones.some((zone) => zone.key !== undefined)) {
    throw new Error("Cannot start Unbound with a TSIG key: it signs no transfers");
  }
  const directory = serverDirectory("unbound");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const file = join(directory, "unbound.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("Unbound", directory, programPath("unbound"), ["-d", "-c", file]);

  const serialOf = async (apex: string): Promise<number | undefined> => {
    // Each line: name, tab, "serial" and the number, or "no serial", or "expired".
    const listed = await run(programPath("unbound-control"), ["-c", file, "list_auth_zones"]).catch(() => undefined);
    for (const line of listed?.stdout.split("\n") ?? []) {
      const [zone, state] = line.split("\t");
      const serial = /^serial (\d+)/.exec(state ?? "")?.[1];
      if (zone === `${apex}.` && serial !== undefined) return Number(serial);
    }
    return undefined;
  };
  return makePeer({
    daemon,
    endpoint,
    serialOf,
    rulesOf: async (apex) => {
      const zoneFile = join(directory, `${apex}.zone`);
      return existsSync(zoneFile) ? ruleLines(apex, readFileSync(zoneFile, "utf8")) : undefined;
    },
    isReady: async () => (await hasSerials(options.zones, serialOf)) && resolves(endpoint),
  });
}
