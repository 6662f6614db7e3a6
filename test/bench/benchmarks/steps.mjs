/**
 * The steps of a cold build, one after the other on one core, to hold against the sketch of costs: reading and keying
 * the lines, sorting them, writing the snapshot, and the zone (merging, encoding, writing blocks).
 */
import { row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

export async function run(workshop) {
  const lines = workshop.size.coldLines.at(-1);
  const project = await workshop.emptyProject("steps", lines);
  const { stdout } = await runProcess(process.execPath, [clientFile("build-steps.mjs"), project.configFile]);
  project.remove();
  const { parse, sort, snapshot, zone } = JSON.parse(stdout);
  const work = `${sayCount(lines)} lines on one core`;
  return [
    row({ work: `${work}: read and key`, unit: "s", samples: [parse] }),
    row({ work: `${work}: sort`, unit: "s", samples: [sort] }),
    row({ work: `${work}: pack and write the snapshot`, unit: "s", samples: [snapshot] }),
    row({ work: `${work}: merge, encode and write the zone`, unit: "s", samples: [zone] }),
  ];
}
