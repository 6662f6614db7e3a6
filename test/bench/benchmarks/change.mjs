/**
 * A small change in a large zone: 500 names of the list removed and 500 added, all over the zone, and built again
 * while `serve` runs. The time counts from the new snapshot in the store to the new serial in an answer.
 */
import { renameSync } from "node:fs";
import { newAnswer } from "../dns.mjs";
import { row, sayCount } from "../figures.mjs";
import { replaceNames } from "../names.mjs";
import { root, secondsNow } from "../processes.mjs";
import { apex, sourceId } from "../project.mjs";

const retired = 500;
/** Between two looks for the new snapshot. */
const lookEveryMs = 2;

export async function run(workshop) {
  const project = await workshop.builtProject(workshop.size.largeLines);
  const { rules } = project.report.zones[0];
  const server = await project.serve();
  const seconds = { answer: [], snapshot: [], zone: [], process: [] };
  const details = { merged: [], added: [], removed: [], blocksWritten: [] };
  try {
    for (let seed = 2; seed < 2 + workshop.size.runs; seed++) {
      const next = `${project.listFile}.new`;
      replaceNames(project.listFile, next, retired, seed);
      renameSync(next, project.listFile);
      const before = project.report.zones[0].serial;
      const answered = newAnswer(project.port, apex, before, server.checkAlive).then(secondsNow);
      const written = snapshotWritten(project.databaseFile, server.checkAlive);
      const [built, answeredAt, writtenAt] = await Promise.all([project.build(), answered, written]);
      const [zone] = built.report.zones;
      seconds.answer.push(answeredAt - writtenAt);
      seconds.snapshot.push(built.report.sources[0].seconds);
      seconds.zone.push(zone.seconds);
      seconds.process.push(built.seconds);
      for (const key of Object.keys(details)) details[key].push(zone[key]);
    }
  } finally {
    await server.stop();
  }
  const work = `change of ${2 * retired} names in ${sayCount(rules)} rules`;
  return [
    row({
      work: `${work}: snapshot → new serial answered`,
      unit: "s",
      samples: seconds.answer,
      aim: { of: "value", atMost: 1 },
      details: { rules, ...details },
    }),
    row({ work: `${work}: merge and publish`, unit: "s", samples: seconds.zone }),
    row({ work: `${work}: list → snapshot`, unit: "s", samples: seconds.snapshot }),
    row({ work: `${work}: whole build process`, unit: "s", samples: seconds.process }),
  ];
}

/** Waits until another snapshot counts; gives the time. `check` throws to give up. */
async function snapshotWritten(databaseFile, check) {
  const { openForReading } = await import(`${root}/dist/store/database.js`);
  const { Snapshots } = await import(`${root}/dist/store/snapshots.js`);
  const db = openForReading(databaseFile);
  try {
    const snapshots = new Snapshots(db);
    const before = snapshots.current(sourceId).id;
    while (snapshots.current(sourceId).id === before) {
      check();
      await new Promise((done) => setTimeout(done, lookEveryMs));
    }
    return secondsNow();
  } finally {
    db.close();
  }
}
