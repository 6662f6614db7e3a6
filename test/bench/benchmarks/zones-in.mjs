/**
 * A policy zone from Knot DNS: the whole of it by AXFR, against a client that only drains the same octets, and then 1,000
 * changed records by IXFR.
 */
import { createReadStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { axfrQuery, firstAnswer, newAnswer } from "../dns.mjs";
import { row, sayCount } from "../figures.mjs";
import { findProgram } from "../peers.mjs";
import { freePort, root, run as runProgram, secondsNow, start } from "../processes.mjs";
import { fastestDrain, lookAtTransfer } from "../transfer.mjs";

const apex = "vendor.rpz.example";
const changed = 1000;

export async function run(workshop) {
  const [knotd, knotc] = ["knotd", "knotc"].map(findProgram);
  if (knotd === undefined || knotc === undefined) {
    process.stderr.write("bench: knotd and knotc are not installed, so policy zones in are left out\n");
    return [];
  }
  const folder = workshop.file("zones-in");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = await namesIn(workshop.hosts(workshop.size.zoneLines));
  const port = await freePort();
  const configFile = join(folder, "knot.conf");
  writeFileSync(configFile, configuration(folder, port));
  writeZone(folder, names, 1);
  const primary = start(knotd, ["-c", configFile]);
  try {
    await firstAnswer(port, apex, primary.checkAlive);
    const query = axfrQuery(apex);
    const seen = await lookAtTransfer(port, query);
    const drain = await fastestDrain(port, query, seen.octets);
    const fetchZone = await fetcher(folder, port);
    const seconds = { ours: [], theirs: [], changes: [], nothing: [] };
    for (let i = 0; i < workshop.size.transfers; i++) {
      seconds.theirs.push(...(await drain.take(port, query, seen.octets, 1)));
      seconds.ours.push(await fetchZone("force", i === 0 ? "new" : "same"));
    }
    for (let version = 2; version < 2 + workshop.size.runs; version++) {
      writeZone(folder, names, version);
      const answered = newAnswer(port, apex, version - 1, primary.checkAlive);
      await runProgram(knotc, ["-s", join(folder, "control"), "zone-reload", apex]);
      await answered;
      seconds.changes.push(await fetchZone("check", "new"));
      seconds.nothing.push(await fetchZone("check", "not-modified"));
    }
    const of = `a policy zone of ${sayCount(seen.records)} records from Knot DNS`;
    return [
      row({
        work: `${of}: AXFR into its copy`,
        unit: "s",
        samples: seconds.ours,
        against: { name: `${drain.name}, drained`, samples: seconds.theirs },
        aim: { of: "ratio", atMost: 1.5 },
        details: seen,
      }),
      row({
        work: `${of}: IXFR of ${changed}`,
        unit: "s",
        samples: seconds.changes,
        aim: { of: "value", atMost: 0.3 },
      }),
      row({ work: `${of}: nothing new`, unit: "s", samples: seconds.nothing }),
    ];
  } finally {
    await primary.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function namesIn(hostsFile) {
  const names = new Set();
  for await (const line of createInterface({ input: createReadStream(hostsFile) })) {
    const [, name] = line.split(" ");
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

/** Each version lacks some names of the one before it and has as many others. */
function writeZone(folder, names, version) {
  const replaced = Math.min(changed / 2, names.length);
  const step = Math.floor(names.length / replaced);
  const lines = [
    `$ORIGIN ${apex}.`,
    "$TTL 300",
    `@ SOA localhost. hostmaster ${version} 600 60 86400 60`,
    "@ NS localhost.",
  ];
  names.forEach((name, i) => {
    const isReplaced = version > 1 && i % step === 0 && i / step < replaced;
    lines.push(isReplaced ? `v${version}.${name} CNAME .` : `${name} CNAME .`);
  });
  writeFileSync(join(folder, "vendor.zone"), `${lines.join("\n")}\n`);
}

function configuration(folder, port) {
  return `server:
    rundir: ${folder}
    listen: 127.0.0.1@${port}
control:
    listen: ${join(folder, "control")}
database:
    storage: ${folder}
log:
  - target: stderr
    any: error
acl:
  - id: transfer
    address: 127.0.0.1
    action: transfer
zone:
  - domain: ${apex}
    storage: ${folder}
    file: vendor.zone
    zonefile-sync: -1
    zonefile-load: difference
    journal-content: changes
    acl: transfer
`;
}

/** Fetches the zone with the program's own code; gives the seconds, where it comes to what is expected. */
async function fetcher(folder, port) {
  const { fetchesHere } = await import(`${root}/dist/daemon/fetch-here.js`);
  const fetch = fetchesHere();
  const task = {
    kind: "transfer",
    name: "vendor",
    file: join(folder, "copy", "0123456789abcdef.list"),
    primaries: [{ address: "127.0.0.1", port }],
    apex,
    everySeconds: 86_400,
    timeoutSeconds: 600,
    fetchedBytesMax: 2 ** 30,
    expandedBytesMax: 2 ** 32,
  };
  return async (mode, expected) => {
    const startedAt = secondsNow();
    const { outcome, error } = await fetch(task, mode);
    const seconds = secondsNow() - startedAt;
    if (outcome !== expected) throw new Error(`The zone came as "${outcome}" and not "${expected}": ${error?.message}`);
    return seconds;
  };
}
