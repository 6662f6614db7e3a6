/**
 * What guards cost: the zone merged, encoded and written on one core, with a rank list as long as its own, of a million
 * names at most, and twenty lists of 5,000 names beside those that come with the program, in turn with no guards at all. What that adds is held
 * against the whole cold build, whose reading and sorting it does not touch.
 */
import { median, row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

const lists = 20;
const namesOfList = 5000;

export async function run(workshop) {
  const lines = workshop.size.coldLines.at(-1);
  const runs = Math.min(3, workshop.size.runs);
  const project = await workshop.emptyProject("guards", lines);
  const { seconds: cold } = await project.build();
  const ranks = Math.min(lines, 1_000_000);
  const args = [ranks, lists, namesOfList, runs].map(String);
  const { stdout } = await runProcess(process.execPath, [clientFile("guarded-zone.mjs"), project.configFile, ...args]);
  project.remove();
  const { without, guarded, rules, stopped, narrowed } = JSON.parse(stdout);
  const work = `${sayCount(lines)} lines with guards of ${sayCount(ranks)} ranks and ${lists} lists`;
  const details = { rules, stopped, narrowed };
  const more = Math.max(0, median(guarded) - median(without));
  return [
    row({
      work: `${work}: merge, encode and write the zone`,
      unit: "s",
      samples: guarded,
      against: { name: "without guards", samples: without },
      details,
    }),
    row({
      work: `${work}: cold build`,
      unit: "s",
      samples: [cold + more],
      against: { name: "without guards", samples: [cold] },
      aim: { of: "ratio", atMost: 1.25 },
    }),
  ];
}
