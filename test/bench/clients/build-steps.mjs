/** Takes the steps of a cold build on this one thread: `build-steps.mjs CONFIG` prints the seconds of each as JSON. */

import { loadConfig } from "../../../dist/config/load.js";
import { build } from "../../../dist/daemon/build.js";
import { chunksOfFile } from "../../../dist/feed/file.js";
import { Collector } from "../../../dist/indicator/entry/collector.js";
import { sortEntries } from "../../../dist/indicator/entry/sort.js";
import { createParser } from "../../../dist/indicator/format/parser.js";
import { Rejects } from "../../../dist/indicator/rejects.js";

const config = loadConfig(process.argv[2]);
const [list] = config.sources;
const { parse, sort } = await readAndSort();
const silent = { info() {}, warn() {}, error() {} };
const clock = { nowMs: () => Date.now() };
const { sources, zones } = await build({ config, clock, logger: silent, full: false, accept: new Set(), workers: 1 });
// What the build spends on the source beyond reading and sorting, which were timed apart.
const snapshot = Math.max(0, sources[0].seconds - parse - sort);
process.stdout.write(JSON.stringify({ parse, sort, snapshot, zone: zones[0].seconds }));

async function readAndSort() {
  const started = performance.now();
  const collector = new Collector(4096);
  const parser = createParser(
    { format: list.format, role: "block", where: list.where, scope: list.scope },
    collector,
    new Rejects(),
  );
  for await (const chunk of chunksOfFile(list.from, undefined, list.expandedBytesMax)) parser.write(chunk);
  parser.end();
  const parsed = performance.now();
  sortEntries(collector);
  return { parse: (parsed - started) / 1000, sort: (performance.now() - parsed) / 1000 };
}
