/** Which readings of a source its guard holds back, over builds of a real store. */
import { describe, expect, test } from "vitest";
import { SourceHolds } from "../../src/store/source-holds.ts";
import { mainText } from "./fixture.ts";
import { LedgerFixture, row } from "./ledger/ledger-fixture.ts";
import { fixtureWith, names } from "./list-fixture.ts";

const guarded = (content: string | undefined, guard: string) =>
  fixtureWith(content, `format: domains, from: list.txt, guard: {${guard}}`);
const mainOf = (list: string): string =>
  mainText([`{id: list, category: one, scope: subtree, from: list.txt, ${list}}`]);
const codeOf = (outcome: { readonly sources: readonly { readonly error: { readonly code: string } | undefined }[] }) =>
  outcome.sources[0]?.error?.code;

describe("a guard's percentages", () => {
  test.each<[string, string, string, string, boolean]>([
    ["shrinkPercent: 30", names(10), names(7), "it lost 30 %", false],
    ["shrinkPercent: 30", names(10), names(6), "shrinkPercent is 30, and it lost 40 %", true],
    ["growPercent: 300", names(10), names(40), "", false],
    ["growPercent: 300", names(10), names(41), "growPercent is 300, and it gained 310 %", true],
    // The limit does not count what the guard allows.
    ["growPercent: 300", names(1500), names(6000), "", false],
    ["shrinkPercent: 90", names(3000), names(301), "", false],
    ["turnoverPercent: 50", names(8), `${names(6)}${names(2, 100)}`, "", false],
    ["turnoverPercent: 50", names(8), `${names(5)}${names(3, 100)}`, "turnoverPercent is 50, and 75 %", true],
    // What grows is no turnover, and stays the limit's.
    ["turnoverPercent: 1", names(3000), names(4500), "", false],
    ["turnoverPercent: 1", names(3000), names(4501), "its limit of 50 % and 1000 entries", true],
    ["growPercent: 10", names(3000), `${names(1000)}${names(2000, 9000)}`, "its limit of 50 %", true],
    ["growPercent: 10", names(3000), names(1400), "its limit of 50 %", true],
  ])("%s, case %#", async (guard, before, after, message, isOnHold) => {
    const fixture = guarded(before, guard);
    await fixture.build();
    fixture.write("list.txt", after);
    const outcome = await fixture.build();
    expect(codeOf(outcome)).toBe(isOnHold ? "SOURCE_GUARD" : undefined);
    if (isOnHold) expect(outcome.sources[0]?.error?.message).toContain(message);
  });
});

describe("minEntries", () => {
  test("holds a first reading that is too small, and a later one", async () => {
    const fixture = guarded(names(4), "minEntries: 5");
    expect((await fixture.build()).sources[0]?.error?.message).toMatch(
      /it has 4 entries, beyond its guard: minEntries is 5$/,
    );
    fixture.write("list.txt", names(5));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.write("list.txt", names(4));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
    fixture.write("list.txt", names(6));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", held: undefined });
    expect(fixture.read((db) => new SourceHolds(db).find("list"))).toBeUndefined();
  });

  test("lets a list grow that was accepted with fewer", async () => {
    const fixture = guarded(names(3), "minEntries: 5");
    await fixture.build({ accept: new Set(["list"]) });
    fixture.write("list.txt", names(4));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.write("list.txt", names(2));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
  });

  test("does not count what the source itself takes back", async () => {
    const fixture = new LedgerFixture(["a", "b", "c"].map((name) => row(name, `${name}.example`)));
    fixture.configureFields(", guard: {minEntries: 3, shrinkPercent: 10}");
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.list(row("a", "a.example", { revoked: "yes" }), row("b", "b.example"), row("c", "c.example"));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.list(row("a", "a.example", { revoked: "yes" }), row("b", "b.example"));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
    const few = new LedgerFixture([row("a", "a.example")]);
    few.configureFields(", guard: {minEntries: 3}");
    expect((await few.build()).sources[0]?.error?.message).toContain(
      "it has 1 entries, beyond its guard: minEntries is 3",
    );
  });
});

describe("newPerDay", () => {
  test("counts over the fetches of 24 hours, and frees itself", async () => {
    const fixture = guarded(names(10), "newPerDay: 5");
    await fixture.build();
    fixture.write("list.txt", names(13));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.nowMs += 3_600_000;
    fixture.write("list.txt", names(16));
    const held = await fixture.build();
    expect(held.sources[0]?.error?.message).toContain("newPerDay is 5, and 6 came within 24 hours");
    // What goes is no new name.
    fixture.write("list.txt", names(12));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.write("list.txt", names(16));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
    fixture.nowMs += 86_400_000;
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", held: undefined });
  });

  test("does not count what somebody accepted", async () => {
    const fixture = guarded(names(10), "newPerDay: 5");
    await fixture.build();
    fixture.write("list.txt", names(100));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
    await fixture.build({ accept: new Set(["list"]) });
    fixture.write("list.txt", names(105));
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.write("list.txt", names(106));
    expect(codeOf(await fixture.build())).toBe("SOURCE_GUARD");
  });

  test("of an organisation goes by its UUID, over fetches", async () => {
    const uuid = "5cf66e53-b5f8-43e7-be9a-49880a3b4631";
    const fixture = new LedgerFixture([row("x", "x.example", { ref: "none" })]);
    const fields = "{id: id, organisation: ref}";
    fixture.configure(`, fields: ${fields}, guard: {newPerDayByOrganisation: 2}`);
    const some = (count: number, ref: string, first = 0): string[] =>
      Array.from({ length: count }, (_, i) =>
        row(`${ref}${first + i}`, `${ref.slice(0, 1).toLowerCase()}${first + i}.example`, { ref }),
      );
    await fixture.build();
    const list = [row("x", "x.example", { ref: "none" }), ...some(2, `Acme ${uuid}`), ...some(2, "Other")];
    fixture.list(...list);
    expect(codeOf(await fixture.build())).toBeUndefined();
    fixture.list(...list, ...some(1, `ACME Ltd ${uuid.toUpperCase()}`, 5));
    const held = await fixture.build();
    expect(held.sources[0]?.error?.message).toContain(
      `newPerDayByOrganisation is 2, and 3 of ${uuid} came within 24 hours`,
    );
    fixture.list(...list, ...some(2, "Third", 9));
    expect(codeOf(await fixture.build())).toBeUndefined();
  });
});

test("what is held stays unread until its file, its bounds or the day change", async () => {
  const fixture = guarded(names(10), "newPerDay: 5");
  await fixture.build();
  fixture.write("list.txt", `${names(2)}${names(7, 50)}`);
  // The day's cap alone frees itself, so that the list is read for it.
  const read = async (): Promise<boolean> => (await fixture.build()).sources[0]?.formatReason !== undefined;
  fixture.write("main.yaml", mainOf("format: auto, guard: {newPerDay: 5}"));
  expect([await read(), await read()]).toEqual([true, true]);
  fixture.write("main.yaml", mainOf("format: auto, guard: {turnoverPercent: 1, newPerDay: 5}"));
  expect([await read(), await read()]).toEqual([true, false]);
  fixture.write("list.txt", `${names(2)}${names(8, 50)}`);
  expect([await read(), await read()]).toEqual([true, false]);
  fixture.write("main.yaml", mainOf("format: auto, guard: {turnoverPercent: 2, newPerDay: 5}"));
  expect([await read(), await read()]).toEqual([true, false]);
});
