import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { putOlderSchema } from "../store/older-schema.ts";
import { blocked, HoldFixture, limit, listOf, names, oldRules, source } from "./hold-fixture.ts";

const own = "{id: own, from: own.txt}";
const other = "{id: other, category: one, scope: subtree, format: domains, from: other.txt}";
const otherNames = names(3000, "other.example");
const acceptZones = new Set([apex]);

/** A zone of a small source and a large one, spread over several blocks. */
async function twoSources(files: Readonly<Record<string, string>> = {}): Promise<HoldFixture> {
  const fixture = new HoldFixture({
    "main.yaml": mainText([source, other], [own]),
    "other.txt": listOf(...otherNames),
    ...files,
  });
  await fixture.zone();
  return fixture;
}

describe("an allow list that changes while the configuration is what is held publishes its own names alone", () => {
  const lifted = otherNames.filter((_, i) => i % 50 === 7);
  const left = [...oldRules, ...otherNames.filter((name) => !lifted.includes(name))].sort();

  test.each([
    ["a source is taken out", { "main.yaml": mainText([source], [own]) }, { added: 0, removed: 3000 - 60, changed: 0 }],
    [
      "the action is another",
      { "zone.yaml": zoneText(limit).replace("nxdomain", "nodata") },
      { added: 0, removed: 0, changed: 3100 - 60 },
    ],
    [
      "the scope is another",
      {
        "main.yaml": mainText(
          [source, other].map((text) => text.replace(", scope: subtree", ", scope: exact")),
          [own],
        ),
      },
      { added: 0, removed: 0, changed: 3100 - 60 },
    ],
    [
      "the triggers are others",
      { "zone.yaml": zoneText(limit).replace("[one]", "[one], triggers: [response-ip]") },
      { added: 0, removed: 3100 - 60, changed: 0 },
    ],
  ])("%s", async (_, changed, rulesOnHold) => {
    const fixture = await twoSources();
    for (const [name, text] of Object.entries(changed)) fixture.write(name, text);
    expect((await fixture.zone()).hold).toBeDefined();
    for (const count of [10, 40, 60]) {
      fixture.write("own.txt", listOf(...lifted.slice(0, count).map((name) => `*.${name}`)));
      const result = await fixture.zone();
      expect(result).toMatchObject({ changed: true, ruleChanges: { added: 0, changed: 0 } });
      expect(result.hold).toMatchObject({ since: 1_700_000_002 });
    }
    expect(fixture.hold()?.ruleChanges).toEqual(rulesOnHold);
    expect(fixture.rules()).toEqual(blocked(left));
    // Nothing is merged while nothing changes.
    expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none", hold: { ruleChanges: rulesOnHold } });
    expect(await fixture.zone({ acceptZones })).toMatchObject({ changed: true, hold: undefined });
  });
});

test("a lift leaves the TTL, the SOA and the name servers as they were built", async () => {
  const fixture = await twoSources();
  const before = fixture.served();
  fixture.write("zone.yaml", zoneText(`${limit}ttl: 77\nns: [ns.example.net]\n`).replace("nxdomain", "nodata"));
  expect((await fixture.zone()).hold).toBeDefined();
  fixture.write("own.txt", listOf("*.n3.other.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, removed: 2, added: 0 });
  const after = fixture.served();
  expect(after?.row.apexRrs.subarray(-4)).toEqual(before?.row.apexRrs.subarray(-4));
  expect(after?.row.apexRrs).toHaveLength(before?.row.apexRrs.length as number);
});

const late = "{id: late, from: late.txt}";

test("an allow list that is taken out while its zone is on hold lifts on, also when another one changes", async () => {
  const fixture = await twoSources({
    "main.yaml": mainText([source, other], [own, late]),
    "late.txt": listOf("*.old.example"),
  });
  expect(fixture.rules()).toEqual(blocked([...otherNames].sort()));
  fixture.write("main.yaml", mainText([source], [own]));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { added: 100, removed: 3000 } } });
  fixture.write("own.txt", listOf("*.n3.other.example", "*.n3.old.example"));
  expect(await fixture.zone()).toMatchObject({
    ruleChanges: { added: 0, removed: 1 },
    hold: { ruleChanges: { added: 99, removed: 2999 } },
  });
  expect(fixture.rules()).toEqual(blocked(otherNames.filter((name) => name !== "n3.other.example").sort()));
  fixture.write("main.yaml", mainText([source, other], [own]));
  fixture.write("own.txt", listOf("*.n3.other.example", "*.n4.old.example"));
  // What was held of the source has come back; what is left is the end of a list, and within the limit.
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, ruleChanges: { added: 99 } });
});

test("the end of an allow list is a change of rules like any other, beyond the limit or within it", async () => {
  const fixture = new HoldFixture({
    "main.yaml": mainText([source], [own, late]),
    "late.txt": listOf(...names(95, "old.example").map((name) => `*.${name}`)),
  });
  await fixture.zone();
  expect(fixture.rules()).toHaveLength(5);
  fixture.write("main.yaml", mainText([source], [own]));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { added: 95 } } });
  expect(fixture.rules()).toHaveLength(5);
  fixture.write("main.yaml", mainText([source], [own, late]));
  fixture.write("late.txt", listOf(...names(2, "old.example").map((name) => `*.${name}`)));
  const acceptLate = { accept: new Set(["late"]) };
  // A shorter list is no hold's matter: its own guard has a say in it.
  expect(await fixture.zone(acceptLate)).toMatchObject({ changed: true, hold: undefined, ruleChanges: { added: 93 } });
  fixture.write("main.yaml", mainText([source], [own]));
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, ruleChanges: { added: 2 } });
});

const nodata = zoneText(limit).replace("nxdomain", "nodata");
const allOnHold = { added: 0, removed: 0, changed: 100 };

describe("where what a zone was built with is not known, a lift fails loudly and nothing of what is held goes out", () => {
  test.each([
    ["a store of before", (file: string): void => putOlderSchema(file, 3)],
    [
      "another way of merging",
      (file: string): void => {
        const db = new Sqlite(file);
        db.exec("UPDATE policy SET text = replace(text, '\"mergeRevision\":', '\"mergeRevision\":1')");
        db.close();
      },
    ],
  ])("%s", async (_, forget) => {
    const fixture = new HoldFixture();
    await fixture.zone();
    fixture.write("zone.yaml", nodata);
    expect((await fixture.zone()).hold?.ruleChanges).toEqual(allOnHold);
    forget(fixture.path("var/rpzmill.db"));
    expect((await fixture.zone()).hold?.ruleChanges).toEqual(allOnHold);
    fixture.write("own.txt", listOf("*.n3.old.example"));
    for (const full of [false, false, true]) {
      const { zones } = await fixture.build({ full });
      expect(zones[0]?.error).toMatchObject({
        code: "ZONE_ON_HOLD",
        message: expect.stringContaining("what it was last built with is not known"),
        remedy: expect.stringContaining("--accept-zone"),
      });
      expect(fixture.rules()).toEqual(blocked(oldRules));
    }
    // The hold is known all the same, and can be looked at.
    expect(fixture.hold()?.ruleChanges).toEqual({ ...allOnHold, removed: 1, changed: 99 });
    expect(await fixture.zone({ dryRun: true })).toMatchObject({ hold: { ruleChanges: { removed: 1, changed: 99 } } });
    expect(await fixture.zone({ acceptZones })).toMatchObject({ changed: true, hold: undefined });
    expect(fixture.rules()).toHaveLength(99);
    // From now on it is known.
    fixture.write("zone.yaml", zoneText(limit));
    fixture.write("own.txt", listOf("*.n3.old.example", "*.n4.old.example"));
    expect(await fixture.zone()).toMatchObject({
      changed: true,
      ruleChanges: { removed: 1 },
      hold: { ruleChanges: { changed: 98 } },
    });
  });
});

test("a store of before whose zone is built once without a change knows what it was built with", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  putOlderSchema(fixture.path("var/rpzmill.db"), 3);
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none" });
  fixture.write("zone.yaml", nodata);
  fixture.write("own.txt", listOf("*.n3.old.example"));
  expect(await fixture.zone()).toMatchObject({
    changed: true,
    ruleChanges: { removed: 1 },
    hold: { ruleChanges: { changed: 99 } },
  });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => name !== "n3.old.example")));
});

test("a source that becomes an allow list under the same id is refused while its zone is on hold", async () => {
  const fixture = new HoldFixture({ "main.yaml": mainText([source, other]), "other.txt": listOf("*.n3.old.example") });
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  fixture.write("main.yaml", mainText([source], ["{id: other, from: other.txt}"]));
  const { zones } = await fixture.build({ accept: new Set(["list", "other"]) });
  expect(zones[0]?.error).toMatchObject({
    code: "ZONE_ON_HOLD",
    message: expect.stringContaining('"other" is an allow list now and was a source'),
  });
  expect(fixture.rules()).toEqual(blocked(oldRules));
});

test("what a zone of before entries had facts was built with is known, and is lifted from", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  const db = new Sqlite(fixture.path("var/rpzmill.db"));
  const removed = ["selection", ...["tlp", "pap", "isNamed", "hasCategories"].map((key) => `sources[0].${key}`)];
  db.exec(`UPDATE policy SET text = json_remove(text, ${removed.map((path) => `'$.${path}'`).join(", ")})`);
  db.close();
  fixture.write("zone.yaml", nodata);
  expect((await fixture.zone()).hold?.ruleChanges).toEqual(allOnHold);
  fixture.write("own.txt", listOf("*.n3.old.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, ruleChanges: { added: 0, removed: 1, changed: 0 } });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => name !== "n3.old.example")));
});

test("a policy is kept once, however many versions were built with it, and goes with the last of them", async () => {
  const fixture = new HoldFixture({ "zone.yaml": zoneText(`${limit}keep: {versions: 2, seconds: 100000}\n`) });
  const policies = (): unknown => fixture.read((db) => db.prepare("SELECT count(*) FROM policy").pluck().get());
  for (let i = 0; i < 3; i++) {
    fixture.write("list.txt", listOf(...names(100 + i, "old.example")));
    await fixture.zone();
  }
  expect(policies()).toBe(1);
  for (let ttl = 60; ttl < 70; ttl++) {
    fixture.write("zone.yaml", zoneText(`${limit}ttl: ${ttl}\nkeep: {versions: 2, seconds: 100000}\n`));
    fixture.nowMs += 1e8;
    await fixture.zone();
  }
  const versions = fixture.read((db) => db.prepare("SELECT count(*) FROM version").pluck().get());
  expect(policies()).toBe(versions);
  expect(versions).toBeLessThan(5);
});

const label = fc.constantFrom("a", "b");
const anyName = fc
  .tuple(fc.array(label, { maxLength: 1 }), fc.integer({ min: 0, max: 29 }), fc.constantFrom("x", "y"))
  .map(([labels, number, top]) => [...labels, `n${number}`, `${top}.example`].join("."));
const line = fc.oneof(
  anyName,
  anyName.map((name) => `*.${name}`),
);
const linesOf = (most: number) =>
  fc.array(line, { minLength: 1, maxLength: most }).map((lines) => listOf(...new Set(lines)));
const perhaps = <T>(what: fc.Arbitrary<T>) => fc.option(what, { nil: undefined });
const step = fc.record({
  list: perhaps(linesOf(60)),
  other: perhaps(linesOf(60)),
  own: perhaps(linesOf(5)),
  late: perhaps(linesOf(5)),
  sources: perhaps(fc.constantFrom(["list"], ["other"], ["list", "other"])),
  allow: perhaps(fc.constantFrom(["own"], ["late"], ["own", "late"])),
  action: perhaps(fc.constantFrom("nxdomain", "nodata")),
  scope: perhaps(fc.constantFrom("exact", "subtree")),
  accept: fc.constantFrom(false, false, false, true),
});

/** All that a zone is made of: what an operator may write. */
interface Made {
  readonly sources: readonly string[];
  readonly action: string;
  readonly scope: string;
  readonly files: Readonly<Record<string, string>>;
  /** What allow lists hold, by id. */
  readonly allow: Readonly<Record<string, string>>;
}

function filesOf({ sources, action, scope, files, allow }: Made): Record<string, string> {
  const all = sources.map((id) => `{id: ${id}, category: one, format: domains, scope: ${scope}, from: ${id}.txt}`);
  const lists = Object.keys(allow).map((id) => `{id: ${id}, from: ${id}.txt}`);
  return {
    "main.yaml": mainText(all, lists),
    "zone.yaml": zoneText(limit).replace("nxdomain", action),
    ...files,
    ...Object.fromEntries(Object.entries(allow).map(([id, text]) => [`${id}.txt`, text])),
  };
}

test("on a hold of lists and configuration, a zone is the full build of what was accepted and the allow lists of now", {
  timeout: 240_000,
}, async () => {
  const seen = { onHold: 0, lifted: 0, configured: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      const start = listOf(...names(30, "x.example").map((name, i) => (i % 3 === 0 ? name : `*.${name}`)));
      const lists: Record<string, string> = { own: "unused.example\n", late: "none.example\n" };
      let made: Made = {
        sources: ["list", "other"],
        action: "nxdomain",
        scope: "exact",
        files: { "list.txt": start, "other.txt": listOf(...names(30, "y.example")) },
        allow: { own: "unused.example\n" },
      };
      let accepted = made;
      const fixture = new HoldFixture(filesOf(made));
      const options = { accept: new Set(["list", "other", "own", "late"]) };
      await fixture.zone(options);
      for (const { list, other: more, own: ours, late: later, sources, allow, action, scope, accept } of steps) {
        if (ours !== undefined) lists["own"] = ours;
        if (later !== undefined) lists["late"] = later;
        const ids = allow ?? Object.keys(made.allow);
        made = {
          sources: sources ?? made.sources,
          action: action ?? made.action,
          scope: scope ?? made.scope,
          files: {
            "list.txt": list ?? (made.files["list.txt"] as string),
            "other.txt": more ?? (made.files["other.txt"] as string),
          },
          allow: Object.fromEntries(ids.map((id) => [id, lists[id] as string])),
        };
        for (const [name, text] of Object.entries(filesOf(made))) fixture.write(name, text);
        const { hold, changed } = await fixture.zone(accept ? { ...options, acceptZones } : options);
        // A list that is taken out is held, too: it stays as it was last read.
        accepted = hold === undefined ? made : { ...accepted, allow: { ...accepted.allow, ...made.allow } };
        if (hold !== undefined) seen.onHold += 1;
        if (hold !== undefined && changed) seen.lifted += 1;
        if (hold !== undefined && changed && made.action !== accepted.action) seen.configured += 1;
        if (accept) expect(hold).toBeUndefined();
        const reference = new HoldFixture(filesOf(accepted));
        await reference.zone(options);
        expect(fixture.served()?.records).toEqual(reference.served()?.records);
        const counts = (of: HoldFixture) => of.served()?.row.counts;
        expect(counts(fixture)).toEqual(counts(reference));
      }
    }),
    { numRuns: 25, seed: 20_250_131 },
  );
  expect(seen.onHold).toBeGreaterThan(20);
  expect(seen.lifted).toBeGreaterThan(5);
  expect(seen.configured).toBeGreaterThan(2);
});
