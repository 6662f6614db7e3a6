/** BIND as a resolver that transfers and enforces policy zones; it also answers for them like any secondary. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import { transferRules } from "../harness/dig.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import {
  hasSerials,
  keysOf,
  makePeer,
  type Peer,
  type PeerOptions,
  type PeerZone,
  resolves,
  upstreamOf,
} from "./peer.ts";

function zoneClause(zone: PeerZone): string {
  const { address, port } = zone.primary;
  const key = zone.key === undefined ? "" : ` key "${zone.key.name}"`;
  return `
zone "${zone.apex}" {
  type secondary;
  primaries { ${address} port ${port}${key}; };
  file "${zone.apex}.db";
  masterfile-format text;
  min-refresh-time 1; min-retry-time 1;
  notify no;
  allow-transfer { any; };
};`;
}

function configuration(directory: string, endpoint: Endpoint, options: PeerOptions): string {
  const upstream = upstreamOf(options);
  const keys = keysOf(options.zones).map(
    (key) => `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };\n`,
  );
  const policies = options.zones.map((zone) => `zone "${zone.apex}";`).join(" ");
  return `${keys.join("")}controls { };
options {
  directory "${directory}";
  listen-on port ${endpoint.port} { ${endpoint.address}; };
  listen-on-v6 { none; };
  pid-file none; lock-file none; session-keyfile none; managed-keys-directory "${directory}";
  recursion yes; allow-query { any; }; dnssec-validation no; empty-zones-enable no;
  forwarders port ${upstream.port} { ${upstream.address}; };
  forward only;
  max-cache-size 32M;
  // Without these, a change of the zone takes effect up to a minute late and every blocked name is resolved first.
  response-policy { ${policies} } qname-wait-recurse no min-update-interval 0;
};
${options.clauses ?? options.zones.map(zoneClause).join("\n")}
`;
}

/**
 * Starts named, at `endpoint` or where there is a place. Ready when each zone is transferred and its policy summary is
 * built.
 */
export async function startBind(options: PeerOptions & { readonly endpoint?: Endpoint }): Promise<Peer> {
  const directory = serverDirectory("bind");
  const endpoint: Endpoint = options.endpoint ?? { address: "127.0.0.1", port: await freePort() };
  const file = join(directory, "named.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  // -g: in the foreground, log to stderr. One thread for each of the few things it does is plenty.
  const daemon = startDaemon("BIND", directory, programPath("named"), ["-g", "-n", "1", "-c", file]);
  const serialOf = (apex: string): Promise<number | undefined> => askSerial(endpoint, apex);
  return makePeer({
    daemon,
    endpoint,
    serialOf,
    rulesOf: (apex) => transferRules(endpoint, apex),
    isReady: async () =>
      // The SOA is served before the summary is built, so the log is the only witness of the policy being in force.
      options.zones.every(({ apex }) => daemon.log().includes(`rpz: ${apex}: reload done: success`)) &&
      (await hasSerials(options.zones, serialOf)) &&
      resolves(endpoint),
  });
}
