/**
 * Refreshes the lists of built-in guards in guards/: rewrites what is taken over as a whole (public suffixes, CDN
 * address ranges), and reports what a person has to decide (names that others list and we lack, names of ours that block
 * lists name). It never adds a name by itself, and no install step runs it. The same input gives the same bytes.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sortLists } from "./guards/files.mjs";
import { writeRanges } from "./guards/ranges.mjs";
import { reportLacking, reportOverlaps } from "./guards/reports.mjs";
import { writeSuffixes } from "./guards/suffixes.mjs";

const help = `Usage: node scripts/refresh-guards.mjs [options]

Without options: rewrites guards/public-suffixes.txt from the installed tldts and checks it against tldts's parse().

  --date YYYY-MM-DD    the day on which the installed tldts was published (npm view tldts time);
                       needed where its version is not the one that the file names
  --warninglists DIR   a checkout of the MISP warninglists: rewrites guards/shared-addresses.txt, and
                       prints which of their names no list here guards
  --block-lists DIR    prints which names and addresses of the lists here stand in files of DIR
  --sort               puts the names of each section into canonical DNS order (RFC 4034 6.1), addresses by value
  --folder DIR         works on the lists in DIR instead of guards/
  --help               prints this

Exit codes: 0 done, 1 failed, 2 usage.`;

const options = readOptions();
const folder = options.folder ?? join(dirname(dirname(fileURLToPath(import.meta.url))), "guards");

if (options.help) console.log(help);
else {
  if (options.sort) sortLists(folder);
  writeSuffixes(folder, options.date);
  if (options.warninglists !== undefined) {
    writeRanges(folder, options.warninglists);
    reportLacking(folder, options.warninglists);
  }
  if (options["block-lists"] !== undefined) reportOverlaps(folder, options["block-lists"]);
}

function readOptions() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    const kinds = { date: text, warninglists: text, "block-lists": text, sort: flag, folder: text, help: flag };
    return parseArgs({ options: kinds }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    return process.exit(2);
  }
}
