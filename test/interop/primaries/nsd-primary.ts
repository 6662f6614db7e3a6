/** NSD as a primary: it serves zone files and works out the differences for IXFR between one file and the next. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Rules, zoneFile } from "../../model/rules.ts";
import { logTail, serverDirectory, startDaemon } from "../harness/daemon.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { waitFor } from "../harness/wait.ts";
import { runProgram } from "../harness/zone-tools.ts";
import type { Primary, PrimaryOptions } from "./primary.ts";

const firstSerial = 1000;

function configuration(directory: string, endpoint: Endpoint, { apex, key }: PrimaryOptions): string {
  const keyLines =
    key === undefined ? "" : `key:\n  name: "${key.name}"\n  algorithm: ${key.algorithm}\n  secret: "${key.secret}"\n`;
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
remote-control:
  control-enable: yes
  control-interface: "${join(directory, "control")}"
${keyLines}zone:
  name: "${apex}"
  zonefile: "${apex}.zone"
  provide-xfr: 127.0.0.1 ${key?.name ?? "NOKEY"}
  store-ixfr: yes
  create-ixfr: yes
`;
}

/** Starts nsd as the primary of one zone. */
export async function startNsdPrimary(options: PrimaryOptions): Promise<Primary> {
  const { apex, key } = options;
  const directory = serverDirectory("primary");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  let serial = firstSerial;
  const write = (rules: Rules): void => {
    writeFileSync(join(directory, `${apex}.zone`), zoneFile(apex, serial, rules));
  };
  write(options.rules);
  const file = join(directory, "nsd.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("NSD (primary)", directory, programPath("nsd"), ["-d", "-c", file]);
  const served = (): Promise<true> =>
    waitFor(
      async () => {
        daemon.checkAlive();
        return (await askSerial(endpoint, apex)) === serial;
      },
      { what: `serve serial ${serial} of ${apex}`, detail: () => logTail(daemon) },
    );
  try {
    await served();
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    endpoint,
    apex,
    key,
    serial: () => serial,
    publish: async (rules) => {
      serial += 1;
      write(rules);
      const { code, stderr } = await runProgram("nsd-control", ["-c", file, "reload", apex]);
      if (code !== 0) throw new Error(`Cannot reload ${apex}: ${stderr}`);
      await served();
      return serial;
    },
    stop: daemon.stop,
  };
}
