/**
 * Merges, encodes and writes the zone of a built project on this one thread, with guards and without in turn:
 * `guarded-zone.mjs CONFIG RANKS LISTS NAMES RUNS` prints the seconds of each as JSON. The guards are a rank list of RANKS
 * names, with the www hosts that such lists get, and LISTS lists of NAMES names, of all classes that judge names, beside those of the configuration.
 */
import { loadConfig } from "../../../dist/config/load.js";
import { keyOfText } from "../../../dist/dns/name.js";
import { guardFlag } from "../../../dist/guard/class.js";
import { storedNameOfGuard } from "../../../dist/guard/stored-name.js";
import { EntryBlockWriter } from "../../../dist/indicator/entry/block.js";
import { openInputs } from "../../../dist/mill/inputs.js";
import { policyOf } from "../../../dist/mill/policy.js";
import { buildRange } from "../../../dist/mill/rebuild.js";
import { openForWriting } from "../../../dist/store/database.js";
import { Snapshots } from "../../../dist/store/snapshots.js";
import { Zones } from "../../../dist/store/zones.js";
import { names } from "../names.mjs";

const [file, ...numbers] = process.argv.slice(2);
const [ranks, lists, listed, runs] = numbers.map(Number);
const config = loadConfig(file);
const db = openForWriting(config.databaseFile);
const snapshots = new Snapshots(db);
const zones = new Zones(db);
const classes = ["popular", "shared", "protected", "infrastructure"];
/** Names of a rank list down to here have a www host beside them, guarded against URLs. */
const wwwRankMax = 100_000;
const guards = [guardOf("ranks", "popular", ranks, 1_000_001, wwwRankMax)];
for (let i = 0; i < lists; i++) guards.push(guardOf(`list-${i}`, classes[i % classes.length], listed, 2_000_001 + i));

const seconds = { without: [], guarded: [] };
const counts = {};
for (let i = 0; i < runs; i++) {
  for (const kind of ["without", "guarded"]) {
    const zone = zones.ensure(`${kind}.example`);
    const version = zones.begin(zone);
    const policy = policyOf(config.zones[0], {
      ...config,
      guards: kind === "without" ? [] : [...config.guards, ...guards],
    });
    const lists = policy.guards.filter(({ computed }) => computed === undefined);
    const inputs = Object.fromEntries(
      [...policy.sources.map(({ id }) => id), ...lists.map(({ id }) => storedNameOfGuard(id))].map((id) => [
        id,
        snapshots.current(id).id,
      ]),
    );
    const started = performance.now();
    const built = buildRange(zones, { zone, version, policy, reader: openInputs(snapshots, inputs) }, {});
    seconds[kind].push((performance.now() - started) / 1000);
    counts[kind] = built.counts;
    zones.begin(zone);
  }
}
db.close();
const of = Object.values(counts.guarded.guards);
const sum = (name) => of.reduce((all, count) => all + count[name], 0);
process.stdout.write(
  JSON.stringify({ ...seconds, rules: counts.guarded.rules, stopped: sum("stopped"), narrowed: sum("narrowed") }),
);

/** Stores a list of registrable names, made up as those of the zone are; the first `wwwMax` with their www hosts. */
function guardOf(id, ofClass, count, seed, wwwMax = 0) {
  const distinct = new Set();
  for (const name of names(4 * count, seed)) {
    if (distinct.size === count) break;
    distinct.add(
      name
        .split(".")
        .slice(/\.(?:co\.uk|com\.br)$/.test(name) ? -3 : -2)
        .join("."),
    );
  }
  const draft = snapshots.begin(storedNameOfGuard(id));
  const writer = new EntryBlockWriter((block) => snapshots.writeBlocks(draft, "entries", [block]));
  const ranked = [...distinct];
  const entries = [
    ...ranked.map((name) => ({ key: keyOfText(name), flags: guardFlag.name })),
    ...ranked.slice(0, wwwMax).map((name) => ({ key: keyOfText(`www.${name}`), flags: guardFlag.urlHost })),
  ];
  for (const { key, flags } of entries.sort((a, b) => Buffer.compare(a.key, b.key))) {
    writer.add(key, 0, key.length, flags, 0);
  }
  writer.flush();
  const facts = { takenAt: 0, fingerprint: "", format: "domains", lines: count, duplicates: 0, rejects: {} };
  snapshots.commit(draft, { ...facts, entries: writer.total, previous: undefined, changes: undefined }, "all");
  return { id, class: ofClass, from: "", format: "domains", scope: "exact", strict: false, builtIn: false };
}
