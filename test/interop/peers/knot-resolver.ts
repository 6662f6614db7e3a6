/** Knot Resolver with policy zones from files: it has no zone transfer. It reloads a file that is replaced by a rename. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverDirectory, startDaemon } from "../harness/daemon.ts";
import type { Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { makePeer, type Peer, type PeerOptions, resolves, upstreamOf } from "./peer.ts";

function configuration(endpoint: Endpoint, options: PeerOptions): string {
  const upstream = upstreamOf(options);
  const zones = options.zones.map(({ apex, file }) => {
    if (file === undefined) throw new Error(`Cannot start Knot Resolver with ${apex}: it needs a zone file`);
    return `policy.add(policy.rpz(policy.DENY, '${file}', true))\n`;
  });
  return `log_target('stderr')
log_level('info')
net.listen('${endpoint.address}', ${endpoint.port}, { kind = 'dns' })
cache.open(10 * MB)
trust_anchors.remove('.')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
modules.unload('detect_time_jump')
-- A passthru rule ends the list of policies, so where to forward is decided first, by a rule that lets the list go on.
local forward = policy.STUB('${upstream.address}@${upstream.port}')
policy.add(policy.all(function (state, req) forward(state, req) return nil end))
${zones.join("")}-- Built-in answers for special names such as test. would follow here.
policy.add(policy.all(policy.PASS))
`;
}

/** Starts kresd, each zone from its `file`. Ready when it answers, since it reads the files before it listens. */
export async function startKnotResolver(options: PeerOptions): Promise<Peer> {
  const directory = serverDirectory("kresd");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const file = join(directory, "kresd.conf");
  writeFileSync(file, configuration(endpoint, options));
  const daemon = startDaemon("Knot Resolver", directory, programPath("kresd"), ["-n", "-c", file, directory]);
  return makePeer({
    daemon,
    endpoint,
    serialOf: async () => undefined,
    rulesOf: async () => undefined,
    isReady: () => resolves(endpoint),
  });
}
