/**
 * Counts what each of ten lists has that no other has: `source-survey.mjs NAMES RUNS` prints the seconds of each run as JSON, and
 * those of walking the same lists one after the other. Half of each list stands in all of them.
 */
import { compareBytes } from "../../../dist/base/bytes.js";
import { keyOfText } from "../../../dist/dns/name.js";
import { EntryBlockList, EntryBlockWriter, EntryCursor } from "../../../dist/indicator/entry/block.js";
import { surveySources } from "../../../dist/mill/source-survey.js";
import { names } from "../names.mjs";

const [count, runs] = process.argv.slice(2).map(Number);
const listCount = 10;
const half = Math.ceil(count / listCount / 2);
const common = [...names(half, 1)];
const lists = Array.from({ length: listCount }, (_, i) => ({
  id: `s${i}`,
  blocks: blocksOf([...common, ...names(half, i + 2)]),
}));

const walked = [];
const surveyed = [];
let entries = 0;
let unique = 0;
for (let run = 0; run < runs; run++) {
  let started = performance.now();
  entries = 0;
  for (const { blocks } of lists) {
    const cursor = new EntryCursor(blocks);
    for (cursor.rewind(); cursor.live; cursor.advance()) entries += 1;
  }
  walked.push((performance.now() - started) / 1000);
  started = performance.now();
  const counts = surveySources(lists, [], () => ({}));
  surveyed.push((performance.now() - started) / 1000);
  unique = Object.values(counts).reduce((sum, source) => sum + source.unique, 0);
}
process.stdout.write(JSON.stringify({ entries, unique, walked, surveyed }));

function blocksOf(listed) {
  const keys = [...new Set(listed)].map((name) => keyOfText(name)).sort(compareBytes);
  const blocks = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const key of keys) writer.add(key, 0, key.length, 1, 0);
  writer.flush();
  return new EntryBlockList(blocks);
}
