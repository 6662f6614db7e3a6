import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { accept, blocked, fixtureOnHold, HoldFixture, limit, listOf, names, oldRules, source } from "./hold-fixture.ts";

test("a change beyond the limit leaves the old serial served and nothing of the new one in the store", async () => {
  const fixture = new HoldFixture();
  const first = await fixture.zone();
  const messages = (): unknown => fixture.read((db) => db.prepare("SELECT count(*) FROM block").pluck().get());
  const before = messages();
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  const { hold, serial, changed, rules, added, removed } = await fixture.zone();
  expect({ serial, changed, rules, added, removed }).toEqual({
    serial: first.serial,
    changed: false,
    rules: 100,
    added: 0,
    removed: 0,
  });
  expect(hold?.first.added.slice(0, 2)).toEqual(["n0.new.example", "n1.new.example"]);
  expect(hold?.first.removed).toHaveLength(20);
  expect(fixture.hold()).toEqual(hold);
  expect(hold?.since).toBe(1_700_000_002);
  expect(fixture.rules()).toEqual(blocked(oldRules));
  expect(messages()).toBe(before);
});

test("a zone on hold is not merged again until something changes, and then keeps the time since when", async () => {
  const fixture = await fixtureOnHold();
  const again = await fixture.zone();
  expect(again).toMatchObject({ merged: "none", hold: { since: 1_700_000_002 } });
  fixture.write("list.txt", listOf(...names(120, "new.example")));
  expect(await fixture.zone()).toMatchObject({
    hold: { since: 1_700_000_002, ruleChanges: { added: 120, removed: 100 } },
  });
  // A full build looks again.
  expect(await fixture.zone({ full: true })).toMatchObject({ merged: "all", hold: { ruleChanges: { added: 120 } } });
});

test("accepted, it is computed anew from what the inputs are now, over ranges where they are listed", async () => {
  const fixture = await fixtureOnHold();
  fixture.write("list.txt", listOf(...names(101, "new.example")));
  const result = await fixture.zone({ acceptZones: new Set([apex]) });
  expect(result).toMatchObject({
    changed: true,
    merged: "ranges",
    hold: undefined,
    ruleChanges: { added: 101, removed: 100 },
  });
  expect(fixture.hold()).toBeUndefined();
  expect(fixture.rules()).toHaveLength(101);
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none", hold: undefined });
});

test("a hold ends by itself when the inputs come back within the limit", async () => {
  const fixture = await fixtureOnHold();
  fixture.write("list.txt", listOf(...names(99, "old.example")));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, ruleChanges: { removed: 1 } });
  expect(fixture.hold()).toBeUndefined();
  fixture.write("list.txt", listOf(...names(99, "new.example")));
  expect(await fixture.zone()).toMatchObject({ hold: { since: 1_700_000_004 } });
  // Back to exactly what is served: other snapshots, no new serial.
  fixture.write("list.txt", listOf(...names(99, "old.example")));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: undefined });
  expect(fixture.hold()).toBeUndefined();
});

test.each([
  ["a few rules of many", "limit: {percent: 0, rules: 200}\n", 100],
  ["a small share", "limit: {percent: 200, rules: 0}\n", 100],
])("%s may change", async (_, text, count) => {
  const fixture = new HoldFixture({ "zone.yaml": zoneText(text) });
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(count, "new.example")));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined });
});

test("the first version is never held, and neither is a TTL, the SOA or the name servers", async () => {
  const fixture = new HoldFixture({ "zone.yaml": zoneText("limit: {percent: 0, rules: 0}\n") });
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined });
  const others = "limit: {percent: 0, rules: 0}\nttl: 77\nns: [ns.example.net]\nsoa: {refresh: 99}\n";
  fixture.write("zone.yaml", zoneText(others));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, added: 201, removed: 201 });
});

test("an action that changes for every rule is held", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  fixture.write("zone.yaml", zoneText(limit).replace("nxdomain", "passthru"));
  expect(await fixture.zone()).toMatchObject({ hold: { ruleChanges: { added: 0, removed: 0, changed: 100 } } });
  expect(fixture.rules()).toEqual(blocked(oldRules));
});

test("what an allow list lifts is published on the old inputs, however often, and so is the end of it", async () => {
  const fixture = await fixtureOnHold();
  const before = fixture.served()?.row.serial as number;
  fixture.write("own.txt", listOf("*.n3.old.example", "*.n7.new.example"));
  const lifted = await fixture.zone();
  expect(lifted).toMatchObject({ changed: true, ruleChanges: { removed: 1 }, hold: { since: 1_700_000_002 } });
  expect(lifted.hold?.ruleChanges).toEqual({ added: 99, removed: 99, changed: 0 });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => name !== "n3.old.example")));
  expect(fixture.served()?.row.serial).toBeGreaterThan(before);

  // The sources that it is built from stay, also when the list has moved on a few times.
  for (let i = 0; i < 3; i++) {
    fixture.write("list.txt", listOf(...names(100 + i, `new${i}.example`)));
    expect((await fixture.zone()).hold).toBeDefined();
  }
  fixture.write("own.txt", listOf("ok.n4.old.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: { since: 1_700_000_002 } });
  expect(fixture.rules()).toContain("n3.old.example CNAME .");
  expect(fixture.rules()).toContain("ok.n4.old.example CNAME rpz-passthru.");

  // What is accepted has the allow list of now, and entries of old snapshots go.
  expect(await fixture.zone({ acceptZones: new Set([apex]) })).toMatchObject({ changed: true, hold: undefined });
  expect(fixture.rules()).toEqual(blocked(names(102, "new2.example").sort()));
  const kept = "SELECT count(*) FROM entry_block e JOIN source s ON s.id = e.source WHERE s.name NOT LIKE 'guard:%'";
  expect(fixture.read((db) => db.prepare(kept).pluck().get())).toBe(2);
});

test("a lift that comes with the change that is held is published, and what it lifts is not part of the hold", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  fixture.write("own.txt", listOf("*.n1.old.example"));
  expect(await fixture.zone()).toMatchObject({
    changed: true,
    ruleChanges: { added: 0, removed: 1, changed: 0 },
    hold: { ruleChanges: { added: 100, removed: 99 } },
  });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => name !== "n1.old.example")));
});

test("lifts alone are never held, however many they are", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  fixture.write("own.txt", listOf("*.old.example"));
  const lifts = { ruleChanges: { added: 0, removed: 100, changed: 0 } };
  for (const dryRun of [true, false]) {
    const result = await fixture.zone({ dryRun });
    expect(result).toMatchObject({ changed: true, hold: undefined, ruleChanges: { removed: 100 }, rules: 0, lifts });
  }
  expect(fixture.hold()).toBeUndefined();
  fixture.write("own.txt", listOf("unused.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, ruleChanges: { added: 100 } });
  expect(fixture.hold()).toBeUndefined();
});

test("where the configuration is what is held, lifts are published all the same, and a new allow list's too", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  const more = "{id: other, category: one, scope: subtree, format: domains, from: other.txt}";
  fixture.write("other.txt", listOf(...names(500, "other.example")));
  fixture.write("main.yaml", mainText([source, more], ["{id: own, from: own.txt}"]));
  expect(await fixture.zone()).toMatchObject({ hold: { ruleChanges: { added: 500, removed: 0 } } });
  fixture.write("own.txt", listOf("*.n3.old.example", "*.n3.other.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: { ruleChanges: { added: 499, removed: 0 } } });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => name !== "n3.old.example")));
  fixture.write("late.txt", listOf("*.n4.old.example"));
  fixture.write("main.yaml", mainText([source, more], ["{id: own, from: own.txt}", "{id: late, from: late.txt}"]));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: { ruleChanges: { added: 499, removed: 0 } } });
  const rest = oldRules.filter((name) => !["n3.old.example", "n4.old.example"].includes(name));
  expect(fixture.rules()).toEqual(blocked(rest));
  expect(await fixture.zone({ acceptZones: new Set([apex]) })).toMatchObject({ changed: true, hold: undefined });
  expect(fixture.rules()).toHaveLength(rest.length + 499);
});

test("a zone that was not built for long is held with what it was built from still there", async () => {
  const fixture = new HoldFixture({ "zone2.yaml": zoneText(limit, "two.rpz.test") });
  const two = mainText([source], ["{id: own, from: own.txt}"]).replace("[zone.yaml]", "[zone.yaml, zone2.yaml]");
  const acceptZones = new Set([apex]);
  fixture.write("main.yaml", two);
  await fixture.zone();
  fixture.write("main.yaml", two.replace(", zone2.yaml", ""));
  for (let i = 0; i < 5; i++) {
    fixture.write("list.txt", listOf(...names(100, `new${i}.example`)));
    await fixture.zone({ acceptZones });
  }
  fixture.write("main.yaml", two);
  fixture.write("own.txt", listOf("*.n5.old.example"));
  const { zones } = await fixture.build({ accept });
  expect(zones[1]?.result).toMatchObject({ changed: true, hold: { ruleChanges: { added: 100, removed: 99 } } });
  const records = fixture.served("two.rpz.test")?.records ?? [];
  expect(records).toEqual(
    oldRules
      .filter((name) => name !== "n5.old.example")
      .flatMap((name) => [`${name} CNAME .`, `*.${name} CNAME .`])
      .sort(),
  );
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("what was built from is gone only where the store was tampered with, and then the lift fails loudly", async () => {
  const fixture = await fixtureOnHold();
  const old = Math.min(...Object.values(fixture.served()?.row.inputs ?? {}));
  const db = new Sqlite(fixture.path("var/rpzmill.db"));
  db.prepare("DELETE FROM message WHERE id IN (SELECT message FROM entry_block WHERE created = ?)").run(old);
  db.prepare("DELETE FROM entry_block WHERE created = ?").run(old);
  db.close();
  fixture.write("own.txt", listOf("*.n3.old.example"));
  const { zones } = await fixture.build({ accept });
  expect(zones[0]?.error).toMatchObject({ code: "ZONE_ON_HOLD", remedy: expect.stringContaining("--accept-zone") });
  expect(fixture.rules()).toEqual(blocked(oldRules));
  expect(await fixture.zone({ acceptZones: new Set([apex]) })).toMatchObject({ changed: true, hold: undefined });
});

const label = fc.constantFrom("a", "b", "c");
const anyName = fc
  .tuple(fc.array(label, { maxLength: 2 }), fc.integer({ min: 0, max: 29 }), fc.constantFrom("x", "y"))
  .map(([labels, number, top]) => [...labels, `n${number}`, `${top}.example`].join("."));
const line = fc.oneof(
  anyName,
  anyName.map((name) => `*.${name}`),
);
const step = fc.record({
  /** A list to come, all of it; undefined: as it is. */
  list: fc.option(fc.array(line, { minLength: 1, maxLength: 60 }), { nil: undefined }),
  own: fc.option(fc.array(line, { minLength: 1, maxLength: 5 }), { nil: undefined }),
  accept: fc.constantFrom(false, false, false, true),
});

test("at each moment a zone is what its last accepted lists and the allow list of now give, and nothing else", {
  timeout: 120_000,
}, async () => {
  let onHold = 0;
  let liftedOnHold = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (steps) => {
      const plain = source.replace(", scope: subtree", "");
      const main = mainText([plain], ["{id: own, from: own.txt}"]);
      let inForce = listOf(...names(30, "x.example").map((name, i) => (i % 3 === 0 ? name : `*.${name}`)));
      const fixture = new HoldFixture({ "main.yaml": main, "list.txt": inForce });
      await fixture.zone();
      let own = "unused.example\n";
      let list = inForce;
      for (const next of steps) {
        if (next.list !== undefined) fixture.write("list.txt", (list = listOf(...next.list)));
        if (next.own !== undefined) fixture.write("own.txt", (own = listOf(...next.own)));
        const result = await fixture.zone(next.accept ? { acceptZones: new Set([apex]) } : {});
        if (result.hold === undefined) inForce = list;
        else onHold += 1;
        if (result.hold !== undefined && result.changed) liftedOnHold += 1;
        if (next.accept) expect(result.hold).toBeUndefined();
        const reference = new HoldFixture({ "main.yaml": main, "list.txt": inForce, "own.txt": own });
        await reference.zone();
        expect(fixture.served()?.records).toEqual(reference.served()?.records);
      }
    }),
    { numRuns: 20, seed: 20_240_611 },
  );
  expect(onHold).toBeGreaterThan(5);
  expect(liftedOnHold).toBeGreaterThan(2);
});
