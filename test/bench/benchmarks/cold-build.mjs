/**
 * A zone built from nothing: `rpzmill build` as a whole process, from a hosts file to a published zone, in turn with
 * the floor: `awk` that cuts out the names, piped to `sort -u`, which only sorts and keeps nothing.
 */
import { row, sayCount } from "../figures.mjs";
import { run as runProcess } from "../processes.mjs";

const plain = `awk '/^0\\.0\\.0\\.0/{print $2}' "$0" | LC_ALL=C sort -u > /dev/null`;
/** By lines: at most so much time or so many times the floor, and at most so much memory. */
const aims = new Map([
  [1_000_000, { time: { of: "value", atMost: 2.5 } }],
  [11_000_000, { time: { of: "ratio", atMost: 2 }, memory: { of: "value", atMost: 1.2e9 } }],
]);

export async function run(workshop) {
  const rows = [];
  for (const lines of workshop.size.coldLines) rows.push(...(await buildFrom(workshop, lines)));
  return rows;
}

async function buildFrom(workshop, lines) {
  const project = await workshop.emptyProject("cold", lines);
  const ours = { seconds: [], memory: [] };
  const theirs = [];
  // The floor goes first, so that both find the list in the page cache.
  for (let i = 0; i < workshop.size.runs; i++) {
    theirs.push((await runProcess("sh", ["-c", plain, project.listFile])).seconds);
    project.removeState();
    const { seconds, report } = await project.build();
    ours.seconds.push(seconds);
    ours.memory.push(report.peakRssBytes);
  }
  const [zone] = project.report.zones;
  const [source] = project.report.sources;
  project.remove();
  const work = `cold build, ${sayCount(lines)} lines`;
  const { time, memory } = aims.get(lines) ?? {};
  const details = {
    rules: zone.rules,
    records: zone.records,
    sourceSeconds: source.seconds,
    zoneSeconds: zone.seconds,
  };
  const against = { name: "awk, sort -u", samples: theirs };
  return [
    row({ work, unit: "s", samples: ours.seconds, against, aim: time, details }),
    row({ work: `${work}: peak memory`, unit: "octets", samples: ours.memory, aim: memory }),
  ];
}
