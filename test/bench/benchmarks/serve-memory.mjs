/** What `serve` holds in memory with a large zone: idle, and at most while eight clients take the zone at once. */
import { row, sayCount } from "../figures.mjs";
import { forgetPeak, memoryOf } from "../processes.mjs";
import { Drain, lookAtTransfer } from "../transfer.mjs";

const clients = 8;
const aim = { of: "value", atMost: 150e6 };
/** Lets what the start needed be given back. */
const settleMs = 1000;

export async function run(workshop) {
  const project = await workshop.builtProject(workshop.size.largeLines);
  const { rules } = project.report.zones[0];
  const server = await project.serve();
  try {
    await new Promise((done) => setTimeout(done, settleMs));
    const idle = memoryOf(server.pid);
    const query = project.axfrQuery();
    const { octets } = await lookAtTransfer(project.port, query);
    const drain = new Drain("node");
    forgetPeak(server.pid);
    const takes = Array.from({ length: clients }, () => drain.take(project.port, query, octets, 2));
    const seconds = (await Promise.all(takes)).flat();
    const after = memoryOf(server.pid);
    const work = `serve with ${sayCount(rules)} rules: memory`;
    const details = { rules, peakAtStart: idle.peak, rssAfterwards: after.rss, transferSeconds: seconds };
    return [
      row({ work: `${work}, idle`, unit: "octets", samples: [idle.rss], aim }),
      row({ work: `${work}, at most in ${clients} transfers`, unit: "octets", samples: [after.peak], aim, details }),
    ];
  } finally {
    await server.stop();
  }
}
