/**
 * A whole zone over loopback to a client that only drains, in turn with a plain Node socket that writes the same
 * octets from memory to the same client; then with TSIG, and a large zone.
 */
import { row, sayCount } from "../figures.mjs";
import { fastestDrain, lookAtTransfer, startPlainServer } from "../transfer.mjs";

/** Turns of each server; in each turn the client takes several transfers. */
const turns = 4;

export async function run(workshop) {
  const { zoneLines, largeLines, transfers } = workshop.size;
  const project = await workshop.builtProject(zoneLines);
  const server = await project.serve();
  const octetsFile = workshop.file("transfer.bin");
  const plainQuery = project.axfrQuery();
  let plain;
  try {
    const seen = await lookAtTransfer(project.port, plainQuery, octetsFile);
    const signedSeen = await lookAtTransfer(project.port, project.signedAxfrQuery());
    if (signedSeen.signed !== signedSeen.messages) throw new Error("Not every message of the transfer is signed");
    plain = await startPlainServer(octetsFile);
    const drain = await fastestDrain(plain.port, plainQuery, seen.octets);
    const seconds = { ours: [], plain: [], signed: [] };
    for (let turn = 0; turn < turns; turn++) {
      seconds.ours.push(...(await drain.take(project.port, plainQuery, seen.octets, transfers)));
      seconds.plain.push(...(await drain.take(plain.port, plainQuery, seen.octets, transfers)));
      const signedQuery = project.signedAxfrQuery();
      seconds.signed.push(...(await drain.take(project.port, signedQuery, signedSeen.octets, transfers)));
    }
    const rows = rowsOf(sayCount(project.report.zones[0].rules), seen, seconds, drain.name);
    if (largeLines !== zoneLines) rows.push(await takeLarge(workshop, drain));
    return rows;
  } finally {
    await plain?.stop();
    await server.stop();
  }
}

function rowsOf(rules, seen, { ours, plain, signed }, client) {
  const rate = (of) => of.map((seconds) => seen.octets / seconds);
  const work = `AXFR of ${rules} rules`;
  return [
    row({
      work,
      unit: "octets/s",
      samples: rate(ours),
      against: { name: "plain Node socket", samples: rate(plain) },
      aim: { of: "ratio", atLeast: 0.6 },
      details: { ...seen, client },
    }),
    row({ work, unit: "s", samples: ours }),
    row({
      work: `${work}: size`,
      unit: "octets a record",
      samples: [seen.octets / seen.records],
      aim: { of: "value", atMost: 20.5 },
    }),
    row({
      work: `${work} with TSIG`,
      unit: "s",
      samples: signed,
      against: { name: "without", samples: ours },
      aim: { of: "ratio", atMost: 3 },
    }),
  ];
}

async function takeLarge(workshop, drain) {
  const project = await workshop.builtProject(workshop.size.largeLines);
  const { rules } = project.report.zones[0];
  const server = await project.serve();
  try {
    const query = project.axfrQuery();
    const seen = await lookAtTransfer(project.port, query);
    const samples = await drain.take(project.port, query, seen.octets, workshop.size.transfers);
    const aim = { of: "value", atMost: 1 };
    return row({ work: `AXFR of ${sayCount(rules)} rules`, unit: "s", samples, aim, details: { rules, ...seen } });
  } finally {
    await server.stop();
  }
}
