/** What a known client sees of the server while 300 strangers hold and open connections and flood it over UDP, then the same at the port for TLS. */
import { row, sayCount } from "../figures.mjs";
import { attack, measureRound } from "../strangers.mjs";
import { Drain, lookAtTransfer } from "../transfer.mjs";

/** Whatever else the machine does must disturb five of them before the median shows it. */
const roundsTaken = 9;

export async function run(workshop) {
  const { zoneLines } = workshop.size;
  const project = await workshop.builtProject(zoneLines);
  const server = await project.serve();
  try {
    return [...(await attackAt(workshop, project, false)), ...(await attackAt(workshop, project, true))];
  } finally {
    await server.stop();
  }
}

async function attackAt({ size: { transfers, isTrial } }, project, isTls) {
  const query = project.axfrQuery();
  const { octets } = await lookAtTransfer(project.port, query);
  const drain = new Drain("node");
  const transfer = () =>
    isTls
      ? drain.takeTls(project.tlsPort, query, octets, transfers)
      : drain.take(project.port, query, octets, transfers);
  const rounds = [];
  for (let i = 0; i < (isTrial ? 1 : roundsTaken); i++) rounds.push(await measureRound(project, transfer, isTls));
  const samples = (of) => rounds.map(of);
  const details = { attack, did: samples(({ did }) => did) };
  const rules = sayCount(project.report.zones[0].rules);
  const how = isTls ? " over TLS" : "";
  const attackers = `${attack.connections} strangers attack${isTls ? " by TLS" : ""}`;
  return [
    row({
      work: `SOA by UDP while ${attackers}: 99th percentile`,
      unit: "ms",
      samples: samples(({ attacked }) => attacked.soaMs),
      against: { name: "undisturbed", samples: samples(({ calm }) => calm.soaMs) },
      aim: { of: "value", atMost: 50 },
      details,
    }),
    row({
      work: `AXFR of ${rules} rules${how} while ${attackers}`,
      unit: "s",
      samples: samples(({ attacked }) => attacked.axfrSeconds),
      against: { name: "undisturbed", samples: samples(({ calm }) => calm.axfrSeconds) },
      aim: { of: "ratio", atMost: 2 },
    }),
  ];
}
