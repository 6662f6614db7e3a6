/** What people decide of a list that its guard holds back, over a real store. */
import { describe, expect, test } from "vitest";
import { openForWriting } from "../../src/store/database.ts";
import { faultsOf } from "../store/consistency.ts";
import { kinds, OnHoldFixture } from "./on-hold-fixture.ts";

const all = ["a.example", "b.example", "c.example", "d.example"];
const fewer = ["a.example", "b.example"];
const approve = ["source", "approve", "list", "--by", "ops", "--reason", "it is right"];
const reject = ["source", "reject", "list", "--by", "ops", "--reason", "it is half"];

const warningsOfHold = ({ warnings }: OnHoldFixture): number =>
  warnings.filter(({ code }) => code === "SOURCE_GUARD").length;

async function onHold(kind: (typeof kinds)[number]): Promise<OnHoldFixture> {
  const fixture = new OnHoldFixture(kind);
  fixture.list(...all);
  await fixture.build();
  fixture.list(...fewer);
  expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_GUARD" } });
  expect(fixture.blocked()).toEqual(all);
  return fixture;
}

describe.each(kinds)("%s on hold", (kind) => {
  test("is shown, taken and published where somebody approves of it, and who did is kept", async () => {
    const fixture = await onHold(kind);
    const shown = await fixture.command("source", "held", "list");
    expect(shown.stdout).toContain("shrinkPercent is 30, and it lost 50 %");
    expect(shown.stdout).toMatch(/^- c\.example\n- d\.example$/m);
    const content = /^content +([0-9a-f]{12})$/m.exec(shown.stdout)?.[1] ?? "";
    expect(shown.stdout).toContain(`rpzmill source approve list --content ${content} --by WHO`);
    const { code, stdout } = await fixture.command(...approve, "--content", content);
    expect(code).toBe(0);
    expect(stdout).toContain("4 entries to 2: 2 gone");
    expect(stdout).toContain("2 removed");
    expect(fixture.blocked()).toEqual(fewer);
    expect(fixture.isOnHold()).toBe(false);
    expect(fixture.decisions()).toEqual(["approved ops: it is right"]);
    expect(warningsOfHold(fixture)).toBe(1);
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "untouched", held: undefined });
    expect(warningsOfHold(fixture)).toBe(1);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  test("is held anew where it changed since it was looked at", async () => {
    const fixture = await onHold(kind);
    fixture.list("a.example");
    const { code, stdout } = await fixture.command(...approve);
    expect([code, stdout]).toEqual([3, expect.stringContaining("is on hold anew")]);
    expect(fixture.blocked()).toEqual(all);
    expect((await fixture.build()).sources[0]?.error?.code).toBe("SOURCE_GUARD");
    // The approval was of what was there then, and of that alone.
    fixture.list(...fewer);
    expect((await fixture.build()).sources[0]?.error?.code).toBe("SOURCE_GUARD");
    expect(fixture.blocked()).toEqual(all);
  });

  test("stays held where another content was looked at", async () => {
    const fixture = await onHold(kind);
    const { code, stderr } = await fixture.command(...approve, "--content", "0123456789ab");
    expect([code, stderr]).toEqual([1, expect.stringContaining('Cannot approve the content 0123456789ab of "list"')]);
    expect(fixture.decisions()).toEqual([]);
  });

  test("that was rejected is left out without a word until the list changes", async () => {
    const fixture = await onHold(kind);
    expect((await fixture.command(...reject)).code).toBe(0);
    // The same under a new time, and read whatever its file looks like.
    fixture.list(...fewer);
    for (const options of [{}, { full: true }]) {
      const outcome = await fixture.build(options);
      expect(outcome.sources[0]).toMatchObject({
        outcome: "untouched",
        error: undefined,
        held: { decision: { verdict: "rejected", by: "ops" } },
      });
    }
    expect(warningsOfHold(fixture)).toBe(1);
    expect(fixture.blocked()).toEqual(all);
    fixture.list("a.example");
    expect((await fixture.build()).sources[0]?.error?.code).toBe("SOURCE_GUARD");
    fixture.list(...fewer);
    expect((await fixture.build()).sources[0]?.error?.code).toBe("SOURCE_GUARD");
    fixture.list(...all, "e.example");
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", held: undefined });
    expect(fixture.isOnHold()).toBe(false);
    expect(fixture.decisions()).toEqual(["rejected ops: it is half"]);
  });

  test("that was rejected can be approved all the same, and taken by --accept", async () => {
    const fixture = await onHold(kind);
    await fixture.command(...reject);
    expect((await fixture.command(...approve)).code).toBe(0);
    expect(fixture.blocked()).toEqual(fewer);
    const other = await onHold(kind);
    await other.command(...reject);
    await other.build({ accept: new Set(["list"]) });
    expect(other.blocked()).toEqual(fewer);
    expect(other.isOnHold()).toBe(false);
  });

  test("is not written by a dry run, which says the same", async () => {
    const fixture = new OnHoldFixture(kind);
    fixture.list(...all);
    await fixture.build();
    fixture.list(...fewer);
    expect((await fixture.build({ dryRun: true })).sources[0]).toMatchObject({ held: { change: { removed: 2 } } });
    expect(fixture.isOnHold()).toBe(false);
  });

  test("holds a first reading, and publishes the first zone with it", async () => {
    const fixture = new OnHoldFixture(kind, "minEntries: 3");
    fixture.list(...fewer);
    await fixture.build();
    expect(fixture.served()).toBeUndefined();
    expect((await fixture.command(...approve)).code).toBe(0);
    expect(fixture.blocked()).toEqual(fewer);
  });
});

test("a decision never changes, whoever writes to the store", async () => {
  const fixture = await onHold("a plain list");
  await fixture.command(...reject);
  const db = openForWriting(fixture.path("var/rpzmill.db"));
  expect(() => db.exec("UPDATE source_decision SET reason = 'another'")).toThrow("decisions never change");
  db.close();
  expect(fixture.decisions()).toEqual(["rejected ops: it is half"]);
});

test("nothing is decided where nothing is on hold, of an allow list, or without who and why", async () => {
  const fixture = new OnHoldFixture("a plain list");
  fixture.list(...all);
  await fixture.build();
  const none = await fixture.command(...approve);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("nothing of it is on hold")]);
  const nobody = await fixture.command("source", "approve", "list", "--reason", "x");
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining("without --by")]);
  const why = await fixture.command("source", "reject", "list", "--by", "x");
  expect([why.code, why.stderr]).toEqual([2, expect.stringContaining("without --reason")]);
  expect((await fixture.command("source", "held", "list")).stderr).toBe('"list" has nothing on hold\n');
});

describe("the names of a hold", () => {
  test("come by rank first, then those that other guards list, then by name", async () => {
    const guards = `guards:
  - {id: top, class: popular, format: ranks, from: ranks.csv}
  - {id: mine, class: protected, from: mine.txt}`;
    const fixture = new OnHoldFixture("a plain list", "growPercent: 10", guards);
    fixture.write("ranks.csv", "rank,domain\n1,z.example\n2,y.example\n");
    fixture.write("mine.txt", "m.example\n");
    fixture.list("x1.example", "x2.example");
    await fixture.build();
    fixture.list("x1.example", "x2.example", "a.example", "m.example", "b.example", "y.example", "z.example");
    await fixture.build();
    const { stdout } = await fixture.command("source", "held", "list", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      id: "list",
      held: {
        before: 2,
        entries: 7,
        added: 5,
        names: { added: ["z.example", "y.example", "m.example", "a.example", "b.example"], removed: [], changed: [] },
        breaches: [{ guard: "growPercent", allowed: 10, found: 250 }],
        decision: null,
      },
    });
  });
});
