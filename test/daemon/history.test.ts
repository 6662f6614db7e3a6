import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/base/logger.ts";
import { loadConfig } from "../../src/config/load.ts";
import { build } from "../../src/daemon/build.ts";
import { BlockReader, type Messages } from "../../src/dns/block.ts";
import { keyToText, nameFromText } from "../../src/dns/name.ts";
import { rdataToText, typeToText } from "../../src/dns/rdata-text.ts";
import { decodeRrs } from "../../src/dns/rr.ts";
import { writeZone } from "../../src/mill/zone-text.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { addressTriggers, type RuleTrigger, ruleTriggers } from "../../src/rpz/label.ts";
import { openForReading } from "../../src/store/database.ts";
import { ZoneReader } from "../../src/store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../../src/store/zones.ts";

const root = mkdtempSync(join(tmpdir(), "rpzmill-history-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const apex = "all.rpz.test";

function configure(folder: string, state: string, triggers: readonly RuleTrigger[]): string {
  const file = join(folder, `${state}.yaml`);
  writeFileSync(
    file,
    `version: 1
state: ${state}
sources:
  - {id: plain, format: domains, from: plain.txt, category: one, confidence: 60}
  - {id: rules, format: adblock, from: rules.txt, category: two, confidence: 40}
  - {id: policy, format: rpz, from: policy.txt, category: one, confidence: 50}
allow:
  - {from: allow.txt, format: domains, scope: exact}
zones: [zone.yaml]
`,
  );
  writeFileSync(
    join(folder, "zone.yaml"),
    `version: 1
apex: ${apex}
take: {categories: [one, two], triggers: [${triggers.join(", ")}]}
action: {default: nxdomain, two: {cname: garden.example.net}}
transfer: [{address: 127.0.0.1/32}]
`,
  );
  return file;
}

let clock = 1_700_000_000_000;

async function buildOnce(file: string, full: boolean) {
  const outcome = await build({
    config: loadConfig(file),
    clock: { nowMs: () => (clock += 1000) },
    logger: silentLogger,
    full,
    accept: new Set(["plain", "rules", "policy", "allow:1"]),
    workers: 1,
  });
  const result = outcome.zones[0]?.result;
  if (result === undefined) throw outcome.zones[0]?.error ?? new Error("no zone");
  return result;
}

function withStore<T>(
  folder: string,
  state: string,
  read: (zones: Zones, reader: ZoneReader, current: ZoneVersionRow) => T,
): T {
  const db = openForReading(join(folder, state, "rpzmill.db"));
  if (db === undefined) throw new Error("no store");
  try {
    const zones = new Zones(db);
    return read(zones, new ZoneReader(db), zones.current(zones.find(apex) as number) as ZoneVersionRow);
  } finally {
    db.close();
  }
}

/** All records of a version but the SOA. */
function recordsIn(zones: Zones, version: ZoneVersionRow): string[] {
  const parts: Buffer[] = [];
  writeZone(zones, apex, version, (bytes) => parts.push(Buffer.from(bytes)));
  return Buffer.concat(parts)
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("$") && !line.includes(" SOA "));
}

function recordsOfMessages(messages: Messages): string[] {
  const reader = new BlockReader(nameFromText(apex));
  const lines: string[] = [];
  for (let message = messages.next(); message !== undefined; message = messages.next()) {
    reader.open(message);
    while (reader.next()) {
      const owner = reader.keyBytes === 0 ? "@" : keyToText(reader.key.slice(0, reader.keyBytes));
      for (const { type, rdata } of decodeRrs(reader.rrs.slice(0, reader.rrsBytes))) {
        lines.push(`${owner} ${typeToText(type)} ${rdataToText(type, rdata)}`);
      }
    }
  }
  return lines;
}

const bases = Array.from({ length: 1500 }, (_, i) => `name-${(i * 7919) % 1500}.test`);
const label = fc.constantFrom("a", "b", "c");
const name = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.nat({ max: bases.length - 1 }))
  .map(([labels, base]) => [...labels, bases[base]].join("."));
const plainLine = fc.oneof(
  name,
  name,
  name.map((text) => `*.${text}`),
);
const ruleLine = fc.oneof(
  name.map((text) => `||${text}^`),
  name.map((text) => `@@||${text}^`),
);
const address = fc
  .tuple(fc.nat({ max: 7 }), fc.constantFrom(24, 28, 32))
  .map(([last, length]) => parsePrefix(`192.0.2.${last}/${length}`) as Prefix);
const policyLine = fc
  .tuple(
    fc.oneof(
      name.map((text) => `${text}.rpz-nsdname`),
      name.map((text) => `*.${text}.rpz-nsdname`),
      fc.tuple(address, fc.constantFrom(...addressTriggers)).map(([one, of]) => ownerOfPrefix(one, of)),
    ),
    fc.constantFrom(".", ".", "rpz-passthru."),
  )
  .map(([owner, target]) => `${owner} CNAME ${target}`);
const step = fc.record({
  list: fc.constantFrom("plain" as const, "rules" as const, "policy" as const, "allow" as const),
  policy: fc.array(policyLine, { maxLength: 6 }),
  add: fc.array(plainLine, { maxLength: 6 }),
  rules: fc.array(ruleLine, { maxLength: 6 }),
  remove: fc.array(fc.nat(), { maxLength: 6 }),
});

/** Those by default, or all. */
const triggerSets = fc.constantFrom<readonly RuleTrigger[]>(["qname", "response-ip"], ruleTriggers, ruleTriggers);

describe("builds one after the other", () => {
  it("give what one build of the last input gives, by differences that lead from each to the next", {
    timeout: 240_000,
  }, async () => {
    let run = 0;
    const mergedHow = new Set<string>();
    await fc.assert(
      fc.asyncProperty(triggerSets, fc.array(step, { minLength: 1, maxLength: 5 }), async (triggers, steps) => {
        const folder = mkdtempSync(join(root, `${run++}-`));
        const lists = {
          plain: bases.filter((_, i) => i % 3 !== 0).map((base, i) => (i % 2 === 0 ? `*.${base}` : `www.${base}`)),
          rules: bases.filter((_, i) => i % 5 === 0).map((base) => `||${base}^`),
          policy: bases.filter((_, i) => i % 9 === 0).map((base) => `*.ns.${base}.rpz-nsdname CNAME .`),
          allow: ["ok.a.name-1.test", "192.0.2.5"],
        };
        const file = configure(folder, "one", triggers);
        const write = (): void => {
          for (const [list, lines] of Object.entries(lists))
            writeFileSync(join(folder, `${list}.txt`), `${lines.join("\n")}\n`);
        };
        write();
        await buildOnce(file, false);
        let before = withStore(folder, "one", stateOf);
        const first = before;
        for (const { list, add, rules, policy, remove } of steps) {
          const lines = lists[list];
          for (const at of remove) lines.splice(at % lines.length, 1);
          lines.push(...(list === "rules" ? rules : list === "policy" ? policy : add));
          if (lines.length === 0) lines.push(list === "policy" ? "only.test CNAME ." : "only.test");
          write();
          const result = await buildOnce(file, false);
          const after = withStore(folder, "one", stateOf);
          mergedHow.add(result.merged);
          expect(result.changed).toBe(after.serial !== before.serial);
          if (result.changed) expect(applied(folder, before)).toEqual(after.records);
          else expect(after.records).toEqual(before.records);
          before = after;
        }
        expect(applied(folder, first)).toEqual(before.records);
        // The same input in an empty store, and merged all over again in the old one.
        await buildOnce(configure(folder, "two", triggers), false);
        const fresh = withStore(folder, "two", stateOf);
        expect(before.records).toEqual(fresh.records);
        expect(before.counts).toEqual(fresh.counts);
        const again = await buildOnce(file, true);
        expect(again.changed).toBe(false);
      }),
      { numRuns: 20 },
    );
    expect(mergedHow).toContain("ranges");
  });
});

function stateOf(zones: Zones, _reader: ZoneReader, version: ZoneVersionRow) {
  return { serial: version.serial, records: recordsIn(zones, version).sort(), counts: version.counts };
}

/** The records at an older serial with all differences since applied, each deletion and addition exact. */
function applied(folder: string, from: { serial: ZoneVersionRow["serial"]; records: readonly string[] }): string[] {
  return withStore(folder, "one", (_zones, reader, current) => {
    const records = new Set(from.records);
    for (const difference of reader.differencesFrom(from.serial, current) ?? []) {
      for (const line of recordsOfMessages(difference.deletions())) {
        if (!records.delete(line)) throw new Error(`deleted but not there: ${line}`);
      }
      for (const line of recordsOfMessages(difference.additions())) {
        if (records.has(line)) throw new Error(`added but there: ${line}`);
        records.add(line);
      }
    }
    return [...records].sort();
  });
}
