/**
 * `npm run bench`: speed and memory as ratios against floors and peers measured in the same run. Prints a table, and
 * writes all samples with the machine, the commit and the input to var/bench.json. docs/performance.md says what each
 * number means.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as addresses from "./benchmarks/addresses.mjs";
import * as axfr from "./benchmarks/axfr.mjs";
import * as change from "./benchmarks/change.mjs";
import * as coldBuild from "./benchmarks/cold-build.mjs";
import * as fetch from "./benchmarks/fetch.mjs";
import * as guards from "./benchmarks/guards.mjs";
import * as ledger from "./benchmarks/ledger.mjs";
import * as misp from "./benchmarks/misp.mjs";
import * as peers from "./benchmarks/peers.mjs";
import * as profiles from "./benchmarks/profiles.mjs";
import * as requests from "./benchmarks/requests.mjs";
import * as retention from "./benchmarks/retention.mjs";
import * as serveMemory from "./benchmarks/serve-memory.mjs";
import * as serveStart from "./benchmarks/serve-start.mjs";
import * as steps from "./benchmarks/steps.mjs";
import * as strangers from "./benchmarks/strangers.mjs";
import * as unique from "./benchmarks/unique.mjs";
import * as xot from "./benchmarks/xot.mjs";
import * as zonesIn from "./benchmarks/zones-in.mjs";
import { describeCommit, describeMachine, loadAverage } from "./machine.mjs";
import { mainFile, root } from "./processes.mjs";
import { tableOf } from "./report.mjs";
import { sizes } from "./sizes.mjs";
import { Workshop } from "./workshop.mjs";

/** In the order in which they run: `change` comes last, since it alters the zone that the others share. */
const benchmarks = {
  "cold-build": coldBuild,
  steps,
  guards,
  addresses,
  ledger,
  profiles,
  retention,
  fetch,
  unique,
  "zones-in": zonesIn,
  misp,
  "serve-start": serveStart,
  axfr,
  xot,
  "serve-memory": serveMemory,
  requests,
  strangers,
  peers,
  change,
};

const usage = `Usage: npm run bench -- [--size ${Object.keys(sizes).join("|")}] [--only NAME]... [--peers] [--strict] [--folder DIR]
  --size    1m (the default): 1 M lines; full: 11 M lines and 10 M rules, about 15 minutes; 10k: to try it out
  --only    one of ${Object.keys(benchmarks).join(", ")}
  --peers   also measures Knot DNS and NSD where they are installed
  --strict  ends with 1 where an aim is not met
  --folder  where bench.json and the input go; var/ by default, needs 3 GB at full size\n`;

const { values } = readArguments();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!existsSync(mainFile)) end("Cannot find dist/: run `npm run build` first");
const folder = resolve(root, values.folder);
mkdirSync(folder, { recursive: true });
const workshop = new Workshop(join(folder, "bench"), sizes[values.size]);

const report = {
  size: values.size,
  commit: describeCommit(),
  machine: describeMachine(),
  startedAt: new Date().toISOString(),
  loadAverage: { before: loadAverage(), after: 0 },
  input: workshop.inputs,
  rows: [],
};
try {
  for (const [name, { run }] of Object.entries(benchmarks)) {
    if (!isWanted(name)) continue;
    process.stderr.write(`bench: ${name}\n`);
    for (const { aim, ...row } of await run(workshop)) {
      // A trial is too small for its figures to mean anything.
      report.rows.push({ benchmark: name, ...row, ...(workshop.size.isTrial || aim === undefined ? {} : { aim }) });
    }
  }
} finally {
  await workshop.close();
}
report.loadAverage.after = loadAverage();
const file = join(folder, "bench.json");
writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(tableOf(report));
process.stderr.write(`bench: all samples are in ${file}\n`);
const unmet = report.rows.filter(({ aim }) => aim?.met === false);
if (values.strict && unmet.length > 0) end(`bench: not met: ${unmet.map(({ work }) => work).join("; ")}`, 1);

function isWanted(name) {
  if (values.only.length > 0) return values.only.includes(name);
  return name !== "peers" || values.peers;
}

function readArguments() {
  try {
    const parsed = parseArgs({
      options: {
        size: { type: "string", default: "1m" },
        only: { type: "string", multiple: true, default: [] },
        peers: { type: "boolean", default: false },
        strict: { type: "boolean", default: false },
        folder: { type: "string", default: "var" },
        help: { type: "boolean", default: false },
      },
    });
    const { size, only } = parsed.values;
    if (!Object.hasOwn(sizes, size)) throw new Error(`Cannot use "--size ${size}": there is no such size`);
    const unknown = only.find((name) => !Object.hasOwn(benchmarks, name));
    if (unknown !== undefined) throw new Error(`Cannot use "--only ${unknown}": there is no such benchmark`);
    return parsed;
  } catch (error) {
    return end(`${error.message}\n${usage}`);
  }
}

function end(message, code = 2) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
