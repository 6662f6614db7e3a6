/** What a known client sees of the server while 300 strangers hold and open connections and flood it over UDP. */
import { row, sayCount } from "../figures.mjs";
import { attack, measureRound } from "../strangers.mjs";
import { Drain, lookAtTransfer } from "../transfer.mjs";

/** Whatever else the machine does must disturb five of them before the median shows it. */
const roundsTaken = 9;

export async function run(workshop) {
  const { zoneLines, transfers, isTrial } = workshop.size;
  const project = await workshop.builtProject(zoneLines);
  const server = await project.serve();
  const rounds = [];
  try {
    const query = project.axfrQuery();
    const { octets } = await lookAtTransfer(project.port, query);
    const drain = new Drain("node");
    for (let i = 0; i < (isTrial ? 1 : roundsTaken); i++)
      rounds.push(await measureRound(project, drain, query, octets, transfers));
  } finally {
    await server.stop();
  }
  const samples = (of) => rounds.map(of);
  const details = { attack, did: samples(({ did }) => did) };
  const rules = sayCount(project.report.zones[0].rules);
  return [
    row({
      work: `SOA by UDP while ${attack.connections} strangers attack: 99th percentile`,
      unit: "ms",
      samples: samples(({ attacked }) => attacked.soaMs),
      against: { name: "undisturbed", samples: samples(({ calm }) => calm.soaMs) },
      aim: { of: "value", atMost: 50 },
      details,
    }),
    row({
      work: `AXFR of ${rules} rules while ${attack.connections} strangers attack`,
      unit: "s",
      samples: samples(({ attacked }) => attacked.axfrSeconds),
      against: { name: "undisturbed", samples: samples(({ calm }) => calm.axfrSeconds) },
      aim: { of: "ratio", atMost: 2 },
    }),
  ];
}
