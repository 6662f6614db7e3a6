/**
 * The same zone in the name servers that are installed here, loaded from its zone file: start to first answer, AXFR to
 * the same client, memory. Ours and theirs in turn.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { firstAnswer } from "../dns.mjs";
import { row, sayCount } from "../figures.mjs";
import { installedPeers } from "../peers.mjs";
import { freePort, memoryOf, memoryOfFamily, secondsNow, start } from "../processes.mjs";
import { apex } from "../project.mjs";
import { fastestDrain, lookAtTransfer } from "../transfer.mjs";

const transfers = 5;

export async function run(workshop) {
  const project = await workshop.builtProject(workshop.size.largeLines);
  const folder = workshop.file("peers");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const zoneFile = join(folder, "zone.txt");
    await project.exportZone(zoneFile);
    const rows = [];
    for (const peer of installedPeers()) rows.push(...(await hold(project, peer, folder, zoneFile)));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our server and one peer, side by side. */
async function hold(project, peer, folder, zoneFile) {
  const port = await freePort();
  const [program, args] = peer.prepare({ folder, port, apex, zoneFile });
  const theirs = start(program, args);
  let ours;
  try {
    await firstAnswer(port, apex, theirs.checkAlive);
    const loaded = secondsNow() - theirs.startedAt;
    ours = await project.serve();
    const query = project.axfrQuery();
    const seen = { ours: await lookAtTransfer(project.port, query), theirs: await lookAtTransfer(port, query) };
    if (seen.ours.records !== seen.theirs.records) throw new Error(`${peer.name} serves another zone than ours`);
    const drain = await fastestDrain(project.port, query, seen.ours.octets);
    const seconds = { ours: [], theirs: [] };
    for (let i = 0; i < transfers; i++) {
      seconds.ours.push(...(await drain.take(project.port, query, seen.ours.octets, 1)));
      seconds.theirs.push(...(await drain.take(port, query, seen.theirs.octets, 1)));
    }
    const rules = sayCount(project.report.zones[0].rules);
    const against = (samples) => ({ name: peer.name, samples });
    const size = (of) => of.octets / of.records;
    return [
      row({
        work: `${rules} rules: start → first answer`,
        unit: "s",
        samples: [ours.secondsToAnswer],
        against: against([loaded]),
      }),
      row({
        work: `${rules} rules: AXFR`,
        unit: "s",
        samples: seconds.ours,
        against: against(seconds.theirs),
        details: seen,
      }),
      row({
        work: `${rules} rules: AXFR size`,
        unit: "octets a record",
        samples: [size(seen.ours)],
        against: against([size(seen.theirs)]),
      }),
      row({
        work: `${rules} rules: memory`,
        unit: "octets",
        samples: [memoryOf(ours.pid).rss],
        against: against([memoryOfFamily(theirs.pid)]),
      }),
    ];
  } finally {
    await ours?.stop();
    await theirs.stop();
  }
}
