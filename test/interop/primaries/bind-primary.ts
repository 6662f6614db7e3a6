/** BIND as a primary that is changed by dynamic updates (RFC 2136) and keeps a journal for IXFR. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Rules, rdataOf, zoneFile } from "../../model/rules.ts";
import { logTail, serverDirectory, startDaemon } from "../harness/daemon.ts";
import { askSerial, type Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { programPath } from "../harness/programs.ts";
import { waitFor } from "../harness/wait.ts";
import { runProgram } from "../harness/zone-tools.ts";
import type { Primary, PrimaryOptions } from "./primary.ts";

const firstSerial = 1000;
/** Lines of one update, which is one message. */
const updateLinesMax = 500;

function configuration(directory: string, endpoint: Endpoint, { apex, key }: PrimaryOptions): string {
  const keyLines =
    key === undefined ? "" : `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };\n`;
  return `${keyLines}controls { };
options {
  directory "${directory}";
  listen-on port ${endpoint.port} { ${endpoint.address}; };
  listen-on-v6 { none; };
  pid-file none; lock-file none; session-keyfile none; managed-keys-directory "${directory}";
  recursion no; dnssec-validation no; empty-zones-enable no; notify no;
  max-cache-size 8M;
};
zone "${apex}" {
  type primary;
  file "${apex}.db";
  check-names ignore;
  allow-update { 127.0.0.1; };
  allow-transfer { ${key === undefined ? "127.0.0.1" : `key "${key.name}"`}; };
};
`;
}

/** Starts named as the primary of one zone. */
export async function startBindPrimary(options: PrimaryOptions): Promise<Primary> {
  const { apex, key } = options;
  const directory = serverDirectory("primary");
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  let { rules } = options;
  let serial = firstSerial;
  writeFileSync(join(directory, `${apex}.db`), zoneFile(apex, serial, rules));
  const file = join(directory, "named.conf");
  writeFileSync(file, configuration(directory, endpoint, options));
  const daemon = startDaemon("BIND (primary)", directory, programPath("named"), ["-g", "-n", "1", "-c", file]);
  const asked = (isServed: (serial: number) => boolean): Promise<number> =>
    waitFor(
      async () => {
        daemon.checkAlive();
        const found = await askSerial(endpoint, apex);
        return found !== undefined && isServed(found) ? found : undefined;
      },
      { what: `serve a new serial of ${apex}`, detail: () => logTail(daemon) },
    );
  try {
    await asked((found) => found === serial);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    endpoint,
    apex,
    key,
    serial: () => serial,
    publish: async (wanted) => {
      const lines = updateLines(apex, rules, wanted);
      for (let at = 0; at < lines.length; at += updateLinesMax) {
        const commands = join(directory, "update");
        const update = [`server ${endpoint.address} ${endpoint.port}`, `zone ${apex}`, "check-names off"];
        writeFileSync(commands, [...update, ...lines.slice(at, at + updateLinesMax), "send", ""].join("\n"));
        const { code, stderr } = await runProgram("nsupdate", [commands]);
        if (code !== 0) throw new Error(`Cannot update ${apex}: ${stderr}`);
      }
      rules = wanted;
      const before = serial;
      serial = await asked((found) => lines.length === 0 || found !== before);
      return serial;
    },
    stop: daemon.stop,
  };
}

function updateLines(apex: string, before: Rules, after: Rules): string[] {
  const text = (rules: Rules, owner: string): string | undefined => {
    const action = rules.get(owner);
    return action === undefined ? undefined : rdataOf(action);
  };
  const owners = [...new Set([...before.keys(), ...after.keys()])].filter(
    (owner) => text(before, owner) !== text(after, owner),
  );
  return owners.flatMap((owner) => {
    const [gone, come] = [text(before, owner), text(after, owner)];
    return [
      ...(gone === undefined ? [] : [`update delete ${owner}.${apex}. ${gone}`]),
      ...(come === undefined ? [] : [`update add ${owner}.${apex}. 60 ${come}`]),
    ];
  });
}
