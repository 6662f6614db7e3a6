/** NSD as a secondary of policy zones. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import { transferRules } from "../harness/dig.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { hasSerials, keysOf, makePeer, type Peer, type PeerOptions } from "./peer.ts";

function configuration(directory: string, endpoint: Endpoint, { zones, clauses }: PeerOptions): string {
  const keys = keysOf(zones).map(
    (key) => `key:
  name: "${key.name}"
  algorithm: ${key.algorithm}
  secret: "${key.secret}"
`,
  );
  const zoneLines = zones.map(({ apex, primary, key }) => {
    const source = `${primary.address}@${primary.port} ${key?.name ?? "NOKEY"}`;
    const signedNotify = key === undefined ? "" : `\n  allow-notify: 127.0.0.1 ${key.name}`;
    return `zone:
  name: "${apex}"
  zonefile: "${apex}.zone"
  request-xfr: ${source}
  allow-notify: 127.0.0.1 NOKEY${signedNotify}
  provide-xfr: 127.0.0.1 NOKEY
  max-refresh-time: 1
  max-retry-time: 1
`;
  });
  return `server:
  ip-address: ${endpoint.address}
  port: ${endpoint.port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: ""
  zonelistfile: "${join(directory, "zone.list")}"
  xfrdfile: "${join(directory, "xfrd.state")}"
  xfrdir: "${directory}"
  xfrd-reload-timeout: 0
  verbosity: 2
remote-control:
  control-enable: no
${clauses ?? `${keys.join("")}${zoneLines.join("")}`}`;
}

/** Starts nsd. Ready when each zone is transferred. */
export async function startNsd(options: PeerOptions): Promise<Peer> {
  const directory = serverDirectory("nsd");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const file = join(directory, "nsd.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("NSD", directory, programPath("nsd"), ["-d", "-c", file]);
  const serialOf = (apex: string): Promise<number | undefined> => askSerial(endpoint, apex);
  return makePeer({
    daemon,
    endpoint,
    serialOf,
    rulesOf: (apex) => transferRules(endpoint, apex),
    isReady: () => hasSerials(options.zones, serialOf),
  });
}
