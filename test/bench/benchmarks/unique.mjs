/** What it takes to count how much of each source no other has, held against walking all their entries one list after the other. */
import { row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

export async function run(workshop) {
  const wanted = workshop.size.coldLines.at(-1);
  const runs = Math.min(5, workshop.size.runs);
  const { stdout } = await runProcess(process.execPath, [
    clientFile("source-survey.mjs"),
    ...[wanted, runs].map(String),
  ]);
  const { entries, unique, walked, surveyed } = JSON.parse(stdout);
  return [
    row({
      work: `ten sources of ${sayCount(entries)} entries: what is unique to each`,
      unit: "s",
      samples: surveyed,
      against: { name: "walking each of them", samples: walked },
      aim: { of: "ratio", atMost: 15 },
      details: { entries, unique },
    }),
  ];
}
