/** Knot DNS as a secondary of policy zones. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import { transferRules } from "../harness/dig.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { hasSerials, keysOf, makePeer, type Peer, type PeerOptions } from "./peer.ts";

function configuration(directory: string, endpoint: Endpoint, { zones }: PeerOptions): string {
  const keys = keysOf(zones);
  const keyLines = keys.map(
    (key) => `  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}\n`,
  );
  const remotes = zones.map(
    ({ primary, key }, i) =>
      `  - id: primary${i}\n    address: ${primary.address}@${primary.port}\n${key === undefined ? "" : `    key: ${key.name}\n`}`,
  );
  // An unsigned NOTIFY matches no ACL rule with a key, and a signed one none without.
  const signedAcl = keys.map((key) => `  - id: ${key.name}\n    key: ${key.name}\n    action: notify\n`);
  const acls = ["local", ...keys.map((key) => key.name)].join(", ");
  const zoneLines = zones.map(
    ({ apex }, i) => `  - domain: ${apex}
    storage: ${directory}
    zonefile-sync: -1
    zonefile-load: none
    journal-content: all
    master: primary${i}
    acl: [${acls}]
    refresh-min-interval: 2
    retry-min-interval: 1
`,
  );
  return `server:
    rundir: ${directory}
    listen: ${endpoint.address}@${endpoint.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: ${directory}
    journal-db-max-size: 200M
log:
  - target: stderr
    any: info
${keys.length === 0 ? "" : `key:\n${keyLines.join("")}`}remote:
${remotes.join("")}acl:
  - id: local
    address: [127.0.0.1, "::1"]
    action: [transfer, notify]
${signedAcl.join("")}zone:
${zoneLines.join("")}`;
}

/** Starts knotd. Ready when each zone is transferred. */
export async function startKnot(options: PeerOptions): Promise<Peer> {
  const directory = serverDirectory("knot");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const file = join(directory, "knot.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("Knot DNS", directory, programPath("knotd"), ["-c", file]);
  const serialOf = (apex: string): Promise<number | undefined> => askSerial(endpoint, apex);
  return makePeer({
    daemon,
    endpoint,
    serialOf,
    rulesOf: (apex) => transferRules(endpoint, apex),
    isReady: () => hasSerials(options.zones, serialOf),
  });
}
