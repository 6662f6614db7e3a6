/**
 * Plays days of a list that changes every hour: `kept-octets.mjs FOLDER plain|facts NAMES DAYS` makes a list of NAMES names, of which
 * five in a thousand go each day and as many come, in 24 updates; a quarter of those that come were on the list before. It
 * builds each time in this process, with a clock of its own, and prints what the store has grown by since the first day, as JSON.
 */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../../dist/config/load.js";
import { build } from "../../../dist/daemon/build.js";
import { openForReading } from "../../../dist/store/database.js";
import { names } from "../names.mjs";

const [folder, kind, ...numbers] = process.argv.slice(2);
const [count, days] = numbers.map(Number);
const updates = 24;
const perUpdate = Math.max(1, Math.round((count * 0.005) / updates));
const reading = {
  plain: "format: domains",
  facts: "format: csv, fields: {id: id, category: type, confidence: score, validUntil: until, reference: ref}",
}[kind];

mkdirSync(folder, { recursive: true });
const file = (name) => join(folder, name);
writeFileSync(
  file("main.yaml"),
  `version: 1\nstate: var\nguards: none\nsources:\n  - {id: list, category: one, from: list, limit: {percent: 1000}, ${reading}}\n  - {id: other, category: other, format: domains, from: other}\nzones: [zone.yaml]\n`,
);
writeFileSync(
  file("zone.yaml"),
  "version: 1\napex: kept.rpz.test\ntake: {sources: [other]}\naction: nxdomain\nkeep: {versions: 1, seconds: 1}\ntransfer: [{address: 127.0.0.1/32}]\n",
);

// The zone takes nothing of the list: what is kept of the zone is not what is measured.
writeFileSync(file("other"), "other.example\n");

let nowMs = Date.UTC(2026, 0, 1);
const fresh = names(2 * count, 11);
const listed = Array.from({ length: count }, () => fresh.next().value);
const gone = [];
let position = 0;

function change() {
  for (let i = 0; i < perUpdate; i++) {
    // All over the list.
    position = (position + 7_368_787) % count;
    gone.push(listed[position]);
    listed[position] = i % 4 === 3 ? gone.splice((i * 31) % gone.length, 1)[0] : fresh.next().value;
  }
}

function textOf(name) {
  if (kind === "plain") return name;
  const number = [...name].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 1_000_003, 7);
  return `${number}-${name},${name},kind-${number % 5},${10 + (number % 90)},${2_000_000_000 + number},https://intel.example/event/${number}`;
}

async function update() {
  nowMs += 3_600_000;
  const head = kind === "plain" ? [] : ["id,domain,type,score,until,ref"];
  writeFileSync(file("list.new"), `${[...head, ...listed.map(textOf)].join("\n")}\n`);
  utimesSync(file("list.new"), nowMs / 1000, nowMs / 1000);
  renameSync(file("list.new"), file("list"));
  const logger = { info() {}, warn() {}, error() {} };
  const at = nowMs;
  const clock = { nowMs: () => at };
  await build({ config: loadConfig(file("main.yaml")), clock, logger, full: false, workers: 1, accept: new Set() });
}

/** Octets of the pages that are in use. */
function used() {
  const db = openForReading(file("var/rpzmill.db"));
  const pragma = (name) => db.pragma(name, { simple: true });
  const octets = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  db.close();
  return octets;
}

await update();
const octets = [used()];
for (let day = 0; day < days; day++) {
  for (let i = 0; i < updates; i++) {
    change();
    await update();
  }
  octets.push(used());
}
const perDay = (octets.at(-1) - octets[1]) / (days - 1);
process.stdout.write(`${JSON.stringify({ perDay, perChange: perDay / (2 * perUpdate * updates), octets })}\n`);
