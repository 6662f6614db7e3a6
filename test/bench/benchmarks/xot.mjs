/** A whole zone over TLS, in turn with the same over TCP to the same client. */
import { row, sayCount } from "../figures.mjs";
import { Drain, lookAtTransfer } from "../transfer.mjs";

/** Turns of each; in each turn the client takes several transfers. */
const turns = 4;

export async function run(workshop) {
  const { zoneLines, transfers } = workshop.size;
  const project = await workshop.builtProject(zoneLines);
  const server = await project.serve();
  const query = project.axfrQuery();
  try {
    const { octets } = await lookAtTransfer(project.port, query);
    // Python decrypts a record a call and would be what is measured.
    const drain = new Drain("node");
    const seconds = { plain: [], tls: [] };
    for (let turn = 0; turn < turns; turn++) {
      seconds.plain.push(...(await drain.take(project.port, query, octets, transfers)));
      seconds.tls.push(...(await drain.takeTls(project.tlsPort, query, octets, transfers)));
    }
    return [
      row({
        work: `AXFR of ${sayCount(project.report.zones[0].rules)} rules over TLS`,
        unit: "s",
        samples: seconds.tls,
        against: { name: "over TCP", samples: seconds.plain },
        aim: { of: "ratio", atMost: 2.5 },
        details: { octets, client: drain.name },
      }),
    ];
  } finally {
    await server.stop();
  }
}
