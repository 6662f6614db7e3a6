import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Policies } from "../../src/store/policies.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { blocked, HoldFixture, limit, listOf, names, oldRules, source } from "./hold-fixture.ts";

const own = "{id: own, from: own.txt}";
const acceptZones = new Set([apex]);
/** The main file with guards of the operator's own. */
const mainWith = (...guards: readonly string[]): string =>
  `${mainText([source], [own])}guards:\n${guards.map((guard) => `  - ${guard}\n`).join("")}`;
const protectedNames = "{id: ours, class: protected, from: ours.txt}";

/** A zone on hold, since its list turned over, with a guard of the operator's own. */
async function guardedOnHold(guard = protectedNames): Promise<HoldFixture> {
  const fixture = new HoldFixture({
    "main.yaml": mainWith(guard),
    "ours.txt": listOf("n1.old.example", "n1.new.example"),
  });
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  expect((await fixture.zone()).hold?.ruleChanges).toEqual({ added: 99, removed: 99, changed: 0 });
  return fixture;
}

const without = (...gone: readonly string[]): string[] =>
  blocked(oldRules.filter((name) => !gone.some((start) => name === `${start}.old.example`)));

test("a name that is added to the operator's own protected ones is let through at once, also on a zone on hold", async () => {
  const fixture = await guardedOnHold();
  fixture.write("ours.txt", listOf("n1.old.example", "n1.new.example", "n2.old.example", "n2.new.example"));
  expect(await fixture.zone()).toMatchObject({
    changed: true,
    ruleChanges: { added: 0, removed: 1, changed: 0 },
    hold: { since: 1_700_000_002, ruleChanges: { added: 98, removed: 98, changed: 0 } },
  });
  expect(fixture.rules()).toEqual(without("n1", "n2"));
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none" });
  expect(await fixture.zone({ acceptZones })).toMatchObject({ changed: true, hold: undefined });
  expect(fixture.rules()).toHaveLength(98);
});

test("a name that is taken off them stays let through until the change is accepted", async () => {
  const fixture = await guardedOnHold();
  fixture.write("ours.txt", listOf("n2.old.example"));
  expect(await fixture.zone()).toMatchObject({
    changed: true,
    ruleChanges: { added: 0, removed: 1, changed: 0 },
    hold: { ruleChanges: { added: 100, removed: 98, changed: 0 } },
  });
  expect(fixture.rules()).toEqual(without("n1", "n2"));
  // What came and went while the zone was on hold is as it was.
  fixture.write("ours.txt", listOf("n3.old.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, ruleChanges: { added: 1, removed: 1, changed: 0 } });
  expect(fixture.rules()).toEqual(without("n1", "n3"));
  await fixture.zone({ acceptZones });
  expect(fixture.rules()).toHaveLength(100);
  // And without a hold a name is taken off at once.
  fixture.write("ours.txt", listOf("n3.old.example", "n5.new.example"));
  await fixture.zone();
  fixture.write("ours.txt", listOf("n3.old.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, ruleChanges: { added: 1, removed: 0 }, hold: undefined });
});

test("a guard of the operator's own that is new counts at once, with the sources that override it", async () => {
  const fixture = await guardedOnHold();
  const more = "{id: more, class: protected, from: more.txt}";
  fixture.write("more.txt", listOf("n7.old.example"));
  fixture.write("main.yaml", mainWith(protectedNames, more));
  expect(await fixture.zone()).toMatchObject({
    changed: true,
    ruleChanges: { removed: 1 },
    hold: { ruleChanges: { added: 99 } },
  });
  expect(fixture.rules()).toEqual(without("n1", "n7"));
  const last = "{id: last, class: protected, from: last.txt}";
  fixture.write("last.txt", listOf("n8.old.example"));
  fixture.write(
    "main.yaml",
    mainWith(protectedNames, more, last).replace("from: list.txt", "from: list.txt, overrideGuards: [last]"),
  );
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: {} });
  expect(fixture.rules()).toEqual(without("n1", "n7"));
  // Taken out of the configuration, it stays in force until that is accepted.
  fixture.write("main.yaml", mainWith(protectedNames));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: {} });
  expect(fixture.rules()).toEqual(without("n1", "n7"));
  await fixture.zone({ acceptZones });
  expect(fixture.rules()).toHaveLength(99);
});

test("a guard whose class becomes protected counts at once as such, and as what it was until that is accepted", async () => {
  const fixture = await guardedOnHold("{id: ours, class: popular, from: ours.txt}");
  fixture.write("own.txt", listOf("unused.example"));
  fixture.write("list.txt", listOf(...names(100, "new.example"), "a.n1.old.example"));
  // The list itself stays as it is.
  fixture.write("main.yaml", mainWith(protectedNames));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { added: 99, removed: 99 } } });
  expect(fixture.rules()).toEqual(without("n1"));
  const { policy, inputs } = fixture.served()?.row ?? {};
  const kept = fixture.read((db) => new Policies(db).find(policy as string));
  expect(JSON.parse(kept as string).guards).toEqual(
    expect.arrayContaining([
      { id: "ours", class: "protected" },
      { id: "ours", class: "popular", before: true },
    ]),
  );
  expect(inputs?.["guard:ours before"]).toBe(inputs?.["guard:ours"]);
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none" });
});

test("however much they let through, they are not held", async () => {
  const fixture = new HoldFixture({ "main.yaml": mainWith(protectedNames), "ours.txt": listOf("unused.example") });
  await fixture.zone();
  fixture.write("ours.txt", listOf("unused.example", "old.example"));
  expect(await fixture.zone()).toMatchObject({ changed: true, ruleChanges: { removed: 100 }, hold: undefined });
  fixture.write("ours.txt", listOf("unused.example"));
  expect(await fixture.zone()).toMatchObject({
    changed: false,
    hold: { ruleChanges: { added: 100, removed: 0, changed: 0 } },
  });
});

describe("a change of another guard counts against the limit", () => {
  test.each(["popular", "shared", "infrastructure"])("of class %s", async (guardClass) => {
    const guard = `{id: ours, class: ${guardClass}, from: ours.txt}`;
    const fixture = new HoldFixture({ "main.yaml": mainWith(guard), "ours.txt": listOf("n1.old.example") });
    await fixture.zone();
    fixture.write("ours.txt", listOf(...names(60, "old.example")));
    expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { removed: 59 } } });
    // An allow list that changes does not take it along.
    fixture.write("own.txt", listOf("*.n70.old.example"));
    expect(await fixture.zone()).toMatchObject({ changed: true, ruleChanges: { removed: 1 }, hold: {} });
    expect(fixture.rules()).toEqual(without("n1", "n70"));
  });

  test("of the ones that come with the program, also where they are protected", async () => {
    const fixture = new HoldFixture({
      "main.yaml": mainText([source], [own]),
      "list.txt": listOf(...names(100, "old.example"), "a.bund.de"),
    });
    await fixture.zone();
    fixture.write("list.txt", listOf(...names(100, "new.example"), "a.bund.de"));
    expect((await fixture.zone()).hold).toBeDefined();
    fixture.write(
      "main.yaml",
      mainWith("{id: government-and-banks, zones: [other.example]}").replace(
        "zones: [zone.yaml]",
        "zones: [zone.yaml, other.yaml]",
      ),
    );
    fixture.write("other.yaml", zoneText(limit, "other.example"));
    const { zones } = await fixture.build({ accept: new Set(["list"]) });
    expect(zones[0]?.result).toMatchObject({ changed: false, hold: {} });
    fixture.write("own.txt", listOf("*.n70.old.example"));
    await fixture.build({ accept: new Set(["list"]) });
    expect(fixture.rules()).toEqual(without("n70"));
    expect(fixture.read(faultsOf)).toEqual([]);
    await fixture.build({ accept: new Set(["list"]), acceptZones });
    expect(fixture.rules()).toContain("a.bund.de CNAME .");
  });
});

const anyName = fc
  .tuple(fc.constantFrom("", "a.", "*.", "*.a."), fc.integer({ min: 0, max: 11 }), fc.constantFrom("x", "y"))
  .map(([start, number, top]) => `${start}n${number}.${top}.example`);
const linesOf = (most: number) =>
  fc.array(anyName, { minLength: 1, maxLength: most }).map((lines) => [...new Set(lines)]);
const step = fc.record({
  list: fc.option(linesOf(40), { nil: undefined }),
  ours: fc.option(linesOf(5), { nil: undefined }),
  own: fc.option(linesOf(3), { nil: undefined }),
  scope: fc.constantFrom("exact", "subtree"),
});

test("on a hold, a zone is the full build of what was accepted with what its own guards list now or listed then", {
  timeout: 240_000,
}, async () => {
  const seen = { lifted: 0, both: 0 };
  await fc.assert(
    fc.asyncProperty(
      linesOf(40),
      linesOf(5),
      fc.array(step, { minLength: 1, maxLength: 5 }),
      async (list, ours, steps) => {
        const plain = source.replace(", scope: subtree", "");
        const main = mainWith("{id: ours, class: protected, from: ours.txt}").replace(source, plain);
        const fixture = new HoldFixture({
          "main.yaml": main,
          "zone.yaml": zoneText("limit: {percent: 0, rules: 0}\n"),
          "list.txt": listOf(...list),
          "ours.txt": listOf(...ours),
        });
        await fixture.zone();
        let lifts = listOf("unused.example");
        let guarded: readonly string[] = ours;
        fixture.write("list.txt", listOf(...names(50, "held.example")));
        await fixture.zone();
        for (const next of steps) {
          if (next.list !== undefined) fixture.write("list.txt", listOf(...next.list, "always.held.example"));
          if (next.ours !== undefined) fixture.write("ours.txt", listOf(...(guarded = next.ours)));
          if (next.own !== undefined) fixture.write("own.txt", (lifts = listOf(...next.own)));
          const { hold, changed } = await fixture.zone();
          expect(hold).toBeDefined();
          if (changed && next.ours !== undefined) seen.lifted += 1;
          if (changed && next.ours !== undefined && next.own !== undefined) seen.both += 1;
          const reference = new HoldFixture({
            "main.yaml": main,
            "list.txt": listOf(...list),
            "ours.txt": listOf(...new Set([...ours, ...guarded])),
            "own.txt": lifts,
          });
          await reference.zone();
          expect(fixture.served()?.records).toEqual(reference.served()?.records);
          const counts = (of: HoldFixture) => of.served()?.row.counts;
          expect(counts(fixture)).toEqual(counts(reference));
        }
      },
    ),
    { numRuns: 25, seed: 20_250_201 },
  );
  expect(seen.lifted).toBeGreaterThan(10);
  expect(seen.both).toBeGreaterThan(5);
});
