/**
 * A source whose rows have facts: from the rows of a table over the ledger to its snapshot, in turn with the floor, which
 * only sorts the same rows by name. Then a thousand rows change, and later the same thousand end by themselves.
 */
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { row, sayCount } from "../figures.mjs";
import { names } from "../names.mjs";
import { run as runProcess } from "../processes.mjs";

const ending = 1000;
const year = 365 * 86_400;
const reading =
  "format: csv, fields: {id: id, category: type, confidence: score, tlp: marking, validUntil: until, reference: ref}";
const markings = ["clear", "green", "amber", "red"];

/** Writes a table of `count` rows with 500 profiles and a reference each; a thousand of them, all over it, end at a time. */
function writeRows(file, count, endsAt) {
  const handle = openSync(`${file}.new`, "w");
  let text = "id,domain,type,score,marking,until,ref\n";
  let index = 0;
  const often = Math.max(1, Math.floor(count / ending));
  const usual = 2_000_000_000;
  for (const name of names(count)) {
    const facts = `kind-${index % 5},${4 * (Math.floor(index / 5) % 25)},${markings[Math.floor(index / 125) % 4]}`;
    const until = endsAt !== undefined && index % often === 0 ? endsAt : usual + ((index * 7919) % year);
    text += `${index},${name},${facts},${until},https://intel.example/event/${(index * 2_654_435_761) % 2 ** 32}\n`;
    index += 1;
    if (text.length < 1 << 20) continue;
    writeSync(handle, text);
    text = "";
  }
  writeSync(handle, text);
  closeSync(handle);
  renameSync(`${file}.new`, file);
}

export async function run(workshop) {
  const { ledgerRows, runs } = workshop.size;
  const file = workshop.file("rows.csv");
  writeRows(file, ledgerRows);
  const project = await workshop.projectOf("ledger", file, reading);
  const cold = { source: [], process: [], floor: [], memory: [] };
  for (let i = 0; i < Math.min(3, runs); i++) {
    const sorting = await runProcess("sh", ["-c", `LC_ALL=C sort -t, -k2,2 "$0" > /dev/null`, project.listFile]);
    cold.floor.push(sorting.seconds);
    project.removeState();
    const { seconds, report } = await project.build();
    cold.source.push(report.sources[0].seconds);
    cold.process.push(seconds);
    cold.memory.push(report.peakRssBytes);
  }
  const wait = 5 + Math.ceil(2 * Math.max(...cold.process));
  const endsAt = Math.ceil(Date.now() / 1000) + wait;
  writeRows(project.listFile, ledgerRows, endsAt);
  const changed = await project.build();
  await sleep(Math.max(0, 1000 * (endsAt + 1) - Date.now()));
  const ended = await project.build();
  project.remove();
  const work = `${sayCount(ledgerRows)} rows with facts`;
  const against = { name: "sort", samples: cold.floor };
  const [source] = ended.report.sources;
  const [zone] = ended.report.zones;
  return [
    row({ work: `${work}: rows → snapshot`, unit: "s", samples: cold.source, against, aim: aims.get(ledgerRows) }),
    row({ work: `${work}: peak memory`, unit: "octets", samples: cold.memory }),
    row({
      work: `${work}: ${ending} changed, rows → snapshot`,
      unit: "s",
      samples: [changed.report.sources[0].seconds],
      against,
    }),
    row({
      work: `${work}: ${ending} end, due → zone published`,
      unit: "s",
      samples: [source.seconds + zone.seconds],
      aim: { of: "value", atMost: 1 },
      details: { entries: source.indicators, added: zone.added, removed: zone.removed, merged: zone.merged },
    }),
  ];
}

const aims = new Map([[2_000_000, { of: "value", atMost: 20 }]]);
