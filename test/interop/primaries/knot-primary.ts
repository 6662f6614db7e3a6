/** Knot DNS as a primary: it serves zone files and works out the differences for IXFR between one file and the next. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Rules, zoneFile } from "../../model/rules.ts";
import { logTail, serverDirectory, startDaemon } from "../harness/daemon.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { waitFor } from "../harness/wait.ts";
import type { Primary, PrimaryOptions } from "./primary.ts";

const run = promisify(execFile);
const firstSerial = 1000;

function configuration(directory: string, endpoint: Endpoint, { apex, key }: PrimaryOptions): string {
  const keyLines =
    key === undefined ? "" : `key:\n  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}\n`;
  return `server:
    rundir: ${directory}
    listen: ${endpoint.address}@${endpoint.port}
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
control:
    listen: ${join(directory, "control")}
database:
    storage: ${directory}
    journal-db-max-size: 200M
log:
  - target: stderr
    any: info
${keyLines}acl:
  - id: transfer
    address: 127.0.0.1
    action: transfer
${key === undefined ? "" : `    key: ${key.name}\n`}zone:
  - domain: ${apex}
    storage: ${directory}
    file: ${apex}.zone
    zonefile-sync: -1
    zonefile-load: difference
    journal-content: changes
    acl: transfer
`;
}

/** Starts knotd as the primary of one zone. */
export async function startKnotPrimary(options: PrimaryOptions): Promise<Primary> {
  const { apex } = options;
  const directory = serverDirectory("primary");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  let serial = firstSerial;
  const write = (rules: Rules): void => {
    writeFileSync(join(directory, `${apex}.zone`), zoneFile(apex, serial, rules));
  };
  write(options.rules);
  const file = join(directory, "knot.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("Knot DNS (primary)", directory, programPath("knotd"), ["-c", file]);
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
    key: options.key,
    serial: () => serial,
    publish: async (rules) => {
      serial += 1;
      write(rules);
      await run(programPath("knotc"), ["-s", join(directory, "control"), "zone-reload", apex]);
      await served();
      return serial;
    },
    stop: daemon.stop,
  };
}
