/**
 * MISP events from a server on loopback, by feed and by REST: from nothing to a snapshot, what it costs to learn that nothing changed, and one
 * event that changed. The server is a process of its own, and so is each fetch, so that its memory is its own.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

const feedAims = { cold: 3, same: 0.1 };
const restAims = { cold: 25, same: 0.1, one: 1 };

export async function run(workshop) {
  const { mispEvents, isTrial } = workshop.size;
  return [
    ...(await measure(workshop, { format: "misp-feed", events: 30, attributes: isTrial ? 20 : 2000, aims: feedAims })),
    ...(await measure(workshop, { format: "misp", events: mispEvents, attributes: 25, aims: restAims })),
  ];
}

async function measure(workshop, { format, events, attributes, aims }) {
  const server = await startServer(events, attributes);
  const project = await workshop.projectOf(format, workshop.hosts(workshop.size.coldLines[0]), "format: hosts");
  const fetchOnce = async (expected, times = 1) => {
    const { stdout } = await runProcess(process.execPath, [
      clientFile("fetch-once.mjs"),
      project.configFile,
      String(times),
    ]);
    const said = JSON.parse(stdout);
    if (said.outcome !== expected) throw new Error(`The events came as "${said.outcome}" and not "${expected}"`);
    return said;
  };
  try {
    writeFileSync(`${project.folder}/key`, "key-of-the-benchmark\n", { mode: 0o600 });
    const key = format === "misp" ? "keyFile: key, " : "";
    const source = `{id: names, format: ${format}, url: "http://127.0.0.1:${server.port}/", ${key}tlp: clear}`;
    const main = readFileSync(project.configFile, "utf8");
    writeFileSync(project.configFile, main.replace(/^sources: .*$/m, `sources: [${source}]`));
    const cold = await fetchOnce("new");
    const built = (await project.build()).report;
    const same = [];
    for (let i = 0; i < workshop.size.runs; i++) same.push((await fetchOnce("not-modified", 3)).seconds);
    const one = { fetch: [], source: [] };
    for (let i = 0; i < workshop.size.runs; i++) {
      await server.edit();
      one.fetch.push((await fetchOnce("new")).seconds);
      one.source.push((await project.build()).report.sources[0].seconds);
    }
    const of = `${format}, ${sayCount(events * attributes)} attributes in ${events} events`;
    const aim = (atMost) => (atMost === undefined || workshop.size.isTrial ? {} : { aim: { of: "value", atMost } });
    return [
      row({
        work: `${of}: fetch → snapshot`,
        unit: "s",
        samples: [cold.seconds + built.sources[0].seconds],
        ...aim(aims.cold),
      }),
      row({ work: `${of}: fetch alone`, unit: "s", samples: [cold.seconds] }),
      row({ work: `${of}: peak memory of the fetch`, unit: "octets", samples: [cold.rssBytes] }),
      row({ work: `${of}: peak memory of the build`, unit: "octets", samples: [built.peakRssBytes] }),
      row({ work: `${of}: nothing changed`, unit: "s", samples: same, ...aim(aims.same) }),
      row({ work: `${of}: one event changed, fetch alone`, unit: "s", samples: one.fetch, ...aim(aims.one) }),
      row({ work: `${of}: one event changed, copy → snapshot`, unit: "s", samples: one.source }),
    ];
  } finally {
    server.stop();
    project.remove();
  }
}

async function startServer(events, attributes) {
  const child = spawn(process.execPath, [clientFile("misp.mjs"), String(events), String(attributes)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  return {
    port,
    edit: async () => {
      child.stdin.write("\n");
      await lines.next();
    },
    stop: () => void child.kill(),
  };
}
