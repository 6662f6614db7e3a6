/**
 * What facts of entries cost the merge: one list merged on one core with 500 profiles, in turn with one profile and with plain
 * entries. Reading and writing are left out.
 */
import { row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

const profiles = 500;

export async function run(workshop) {
  const names = workshop.size.coldLines[0];
  const args = [names, profiles, 2 * workshop.size.runs + 1].map(String);
  const { stdout } = await runProcess(process.execPath, [clientFile("profiled-zone.mjs"), ...args]);
  const { plain, one, many, nodes } = JSON.parse(stdout);
  const rowOf = (what, samples, name, against, atMost) =>
    row({
      work: `merge ${sayCount(names)} names with ${what}`,
      unit: "s",
      samples,
      against: { name, samples: against },
      aim: { of: "ratio", atMost },
      details: { nodes },
    });
  return [
    rowOf(`${profiles} profiles`, many, "one profile", one, 1.1),
    rowOf("one profile", one, "plain entries", plain, 1.05),
  ];
}
