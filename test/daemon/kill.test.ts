import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compareSerials, type Serial } from "../../src/dns/serial.ts";
import { writeZone } from "../../src/mill/zone-text.ts";
import { Zones } from "../../src/store/zones.ts";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { BuildingProcess, type BuildOrder, type BuildReport } from "../store/building-process.ts";
import { faultsOf } from "../store/consistency.ts";

const total = 114_000;
const tops = ["aa.example", "bb.example", "cc.test"];

/** A list of names, those left out whose number leaves `without` modulo 10, and the records it gives, in key order. */
function listWithout(without: number): { readonly list: string; readonly records: string } {
  const records: string[] = [];
  const names: string[] = [];
  for (const top of tops) {
    for (let i = 0; i < total / tops.length; i++) {
      if (i % 10 === without) continue;
      const name = `n${String(i).padStart(6, "0")}.${top}`;
      names.push(name);
      records.push(`${name} CNAME .\n*.${name} CNAME .\n`);
    }
  }
  // Not in key order: 7919 is prime to the number of names.
  const list = names.map((_, i) => `${names[(i * 7919) % names.length]}\n`);
  return { list: list.join(""), records: records.join("") };
}

/** What a store serves, whole: its serial and the text of its zone file. */
function served(fixture: BuildFixture): { readonly serial: Serial; readonly text: string } {
  return fixture.read((db) => {
    const zones = new Zones(db);
    const row = zones.current(zones.find(apex) as number);
    if (row === undefined) throw new Error("Nothing is served");
    const parts: Buffer[] = [];
    writeZone(zones, apex, row, (bytes) => void parts.push(Buffer.from(bytes)));
    return { serial: row.serial, text: Buffer.concat(parts).toString("latin1") };
  });
}

/** The records of a zone file without those of the apex, which come first. */
function rulesOf(text: string): string {
  const ns = text.lastIndexOf("@ NS ");
  return text.slice(text.indexOf("\n", ns) + 1);
}

/** Numbers from 0 up to 1, the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = seeded(20_240_611);

/** The writes before which to die: one in the middle of each kind that matters, and some wherever they fall. */
function moments({ kinds = {}, writes = 0 }: BuildReport): Map<string, number> {
  const chosen = new Map<string, number>();
  // How far from the first to the last of its kind.
  const wanted = {
    "INSERT INTO entry_block": 0.5,
    "INSERT INTO difference": 0.5,
    "INSERT INTO block": 0.7,
    "UPDATE block": 0.5,
    "UPDATE zone": 0,
    writeSync: 0.6,
    renameSync: 0,
    "DELETE FROM entry_block": 1,
  };
  for (const [kind, share] of Object.entries(wanted)) {
    const { first, last } = kinds[kind] ?? { first: Number.NaN, last: Number.NaN };
    chosen.set(kind, first + Math.floor(share * (last - first)));
  }
  for (let i = 0; i < 2; i++) chosen.set(`any ${i}`, 1 + Math.floor(((i + random()) / 2) * (writes - 1)));
  return chosen;
}

test("a large build that is killed leaves the old version or the new one, whole, and the next build fixes all", {
  timeout: 240_000,
}, async () => {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "zone.yaml": zoneText("file: true\n"),
  });
  const config = fixture.path("main.yaml");
  const sides = [listWithout(3), listWithout(7)] as const;
  const zoneFile = (): string => readFileSync(fixture.path(`var/zones/${apex}.zone`), "latin1");
  const run = (order: Partial<BuildOrder>): BuildingProcess => {
    // The clock goes back with each build; serials must not.
    fixture.nowMs -= 60_000;
    return new BuildingProcess({ config, nowMs: fixture.nowMs, ...order });
  };

  // To and fro, so that names that left are noted as they are in all builds to come, and writes are as many.
  for (const { list } of [sides[0], sides[1], sides[0]]) {
    fixture.write("list.txt", list);
    await run({}).end;
  }
  fixture.write("list.txt", sides[1].list);
  const rehearsal = await run({}).outcome();
  let before = served(fixture);
  let side = 1;
  expect(rulesOf(before.text) === sides[1].records).toBe(true);

  const kills = [...moments(rehearsal)].map(([name, dieAt]) => ({ name, order: { dieAt } }));
  const outcomes: string[] = [];
  // Two more with worker threads, from outside, as soon as a step is told.
  for (const { name, order, step } of [
    ...kills.map((kill) => ({ ...kill, step: undefined })),
    { name: "workers, at the zone", order: { workers: 2 }, step: "zone" },
    { name: "workers, at the file", order: { workers: 2 }, step: "file" },
  ]) {
    const next = 1 - side;
    fixture.write("list.txt", (sides[next] as { list: string }).list);
    const killed = run(order);
    if (step !== undefined) {
      await killed.tells((reported) => reported.step === step);
      killed.kill();
    }
    expect(await killed.end, name).toBe("SIGKILL");

    const left = served(fixture);
    const isOld = left.serial === before.serial;
    outcomes.push(isOld ? "old" : "new");
    expect(rulesOf(left.text) === sides[isOld ? side : next]?.records, name).toBe(true);
    expect([before.text, left.text].includes(zoneFile()), name).toBe(true);
    if (!isOld) expect(compareSerials(left.serial, before.serial), name).toBe(1);

    fixture.nowMs -= 60_000;
    const { zones } = await fixture.build();
    const repaired = served(fixture);
    expect(zones[0]?.error, name).toBeUndefined();
    expect(rulesOf(repaired.text) === sides[next]?.records, name).toBe(true);
    expect(compareSerials(repaired.serial, left.serial), name).toBe(isOld ? 1 : 0);
    expect(zoneFile() === repaired.text, name).toBe(true);
    expect(fixture.read(faultsOf), name).toEqual([]);
    before = repaired;
    side = next;
  }
  expect(outcomes).toContain("old");
  expect(outcomes.filter((outcome) => outcome === "new").length).toBeGreaterThanOrEqual(4);
});
