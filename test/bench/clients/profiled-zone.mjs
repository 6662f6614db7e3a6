/**
 * Merges one list of NAMES names in memory on this one thread, RUNS times in turn with plain entries, with one profile and
 * with PROFILES: `profiled-zone.mjs NAMES PROFILES RUNS` prints the seconds of each as JSON. The zone takes all of them, and
 * has two actions for their categories, so that each way makes about as many nodes.
 */
import { compareBytes, equalBytes } from "../../../dist/base/bytes.js";
import { keyOfText } from "../../../dist/dns/name.js";
import { EntryBlockList, EntryBlockWriter } from "../../../dist/indicator/entry/block.js";
import { blockSubtree, flag } from "../../../dist/indicator/entry/collector.js";
import { noCounts } from "../../../dist/mill/counts.js";
import { Merge } from "../../../dist/mill/merge.js";
import { policyOf } from "../../../dist/mill/policy.js";
import { names } from "../names.mjs";

const [count, profiles, runs] = process.argv.slice(2).map(Number);
const facts = Array.from({ length: profiles }, (_, i) => ({
  category: ["phishing", "botnet", "adult"][i % 3],
  confidence: 10 + (i % 90),
  tlp: ["clear", "green", "amber"][i % 3],
  campaign: `campaign ${i}`,
}));
const keys = [...names(count, 7)].map(keyOfText).sort(compareBytes);
const distinct = keys.filter((key, i) => i === 0 || !equalBytes(key, keys[i - 1]));
/** In no order that the names have. */
const kinds = {
  plain: () => 0,
  one: () => 1,
  many: (i) => 1 + ((i * 7919) % profiles),
};
const lists = Object.fromEntries(Object.entries(kinds).map(([kind, profileOf]) => [kind, listOf(profileOf)]));
const seconds = { plain: [], one: [], many: [] };
const nodes = {};
for (let run = 0; run <= runs; run++) {
  for (const kind of Object.keys(kinds)) {
    const policy = policyFor(kind !== "plain");
    const reader = { open: () => new EntryBlockList(lists[kind]), factsOf: (profile) => facts[profile - 1] ?? {} };
    let made = 0;
    const sink = { counts: noCounts(), node: () => void made++ };
    const started = performance.now();
    new Merge(policy, reader, sink).run();
    // The first turn only warms up.
    if (run > 0) seconds[kind].push((performance.now() - started) / 1000);
    nodes[kind] = made;
  }
}
process.stdout.write(JSON.stringify({ ...seconds, nodes }));

function listOf(profileOf) {
  const blocks = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  distinct.forEach((key, i) => {
    writer.add(key, 0, key.length, i % 4 === 0 ? blockSubtree : flag.blockSelf, 1_700_000_000, profileOf(i));
  });
  writer.flush();
  return blocks;
}

function policyFor(hasFields) {
  const source = {
    id: "list",
    category: "phishing",
    confidence: 50,
    tlp: "clear",
    pap: "clear",
    allowPublicSuffix: false,
    overrideGuards: [],
    ...(hasFields ? { fields: { category: 1, confidence: 2, tlp: 3, campaign: 4 } } : {}),
  };
  const zone = {
    apex: "rpz.example",
    take: {
      sources: [],
      categories: ["phishing", "botnet", "adult"],
      minConfidence: 10,
      maxTlp: "amber",
      maxPap: "green",
      audience: "others",
      triggers: ["qname"],
    },
    action: { default: "nxdomain", byCategory: { botnet: "nodata" } },
    ttl: 30,
    soa: { mname: "localhost", rname: "localhost", refresh: 60, retry: 30, expire: 600, minimum: 30 },
    ns: ["localhost"],
  };
  return policyOf(zone, { sources: [source], allow: [], guards: [] });
}
