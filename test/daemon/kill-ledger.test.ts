/** Builds of a source with facts that are killed before any of their writes. */
import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";

const start = 1_700_000_000;
const at = (seconds: number): string => new Date(1000 * (start + seconds)).toISOString();

const before = [
  row("1", "a.example", { type: "one", until: at(30) }),
  row("2", "b.example", { score: "80" }),
  row("3", "c.example"),
  row("4", "d.example", { from: at(30) }),
];
const after = [
  row("2", "b.example", { score: "20", ref: "case" }),
  row("3", "c.example", { revoked: "1" }),
  row("4", "d.example", { from: at(30) }),
  row("5", "e.example", { type: "two" }),
];

interface Case {
  readonly what: string;
  /** Lists that are built one after the other; the last of these builds is killed. */
  readonly lists: readonly (readonly string[])[];
  /** Seconds that pass before the build that is killed. */
  readonly wait: number;
  readonly more?: string;
  readonly kinds: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "a first reading",
    lists: [before],
    wait: 0,
    kinds: ["INSERT INTO ledger", "INSERT INTO ledger_source", "INSERT INTO profile", "INSERT INTO snapshot"],
  },
  {
    what: "a later reading",
    lists: [before, after],
    wait: 0,
    kinds: ["INSERT INTO ledger", "UPDATE ledger", "INSERT INTO reference", "UPDATE entry_block"],
  },
  { what: "a build in which only time has passed", lists: [before, before], wait: 60, kinds: ["UPDATE ledger"] },
  { what: "leaving the ledger", lists: [before, after], wait: 0, more: "", kinds: ["DELETE FROM ledger_source"] },
];

interface Left {
  readonly states: readonly string[];
  readonly listed: readonly string[];
  readonly blocked: readonly string[];
}

const lookAt = (fixture: LedgerFixture): Left => ({
  states: fixture.states(),
  listed: fixture.listed(),
  blocked: fixture.blocked(),
});

test.each(cases)("killed before any of its writes, $what is made up for by the next build", async (what) => {
  const { lists, wait, more, kinds } = what;
  const fixture = new LedgerFixture([]);
  for (const list of lists.slice(0, -1)) {
    fixture.list(...list);
    await fixture.build();
  }
  const old = fixture.hasStore() ? lookAt(fixture) : undefined;
  // The same list is not written again: nothing but time tells that something is to do.
  if (lists.at(-1) !== lists.at(-2)) fixture.list(...(lists.at(-1) ?? []));
  if (more !== undefined) fixture.configure(more);
  fixture.nowMs += 1000 * wait;

  const { nowMs } = fixture;
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
  const fresh = lookAt(fixture);
  expect(fresh).not.toEqual(old);
  expect([...new Set(copies.map(({ kind }) => kind))]).toEqual(expect.arrayContaining([...kinds]));
  for (const { kind, folder } of copies) {
    rmSync(fixture.path("var"), { recursive: true });
    cpSync(folder, fixture.path("var"), { recursive: true });
    fixture.nowMs = nowMs;
    await fixture.build();
    expect(lookAt(fixture), kind).toEqual(fresh);
    expect(fixture.read(faultsOf), kind).toEqual([]);
  }
});

test("killed before any of its writes, a reading whose list is put back leaves nothing of it", async () => {
  const fixture = new LedgerFixture(before);
  await fixture.build();
  const { listed, blocked } = lookAt(fixture);
  fixture.list(...after);
  const { nowMs } = fixture;
  const copies = await copiesAtEveryWrite(fixture, () => fixture.build());
  fixture.list(...before);
  for (const { kind, folder } of copies) {
    rmSync(fixture.path("var"), { recursive: true });
    cpSync(folder, fixture.path("var"), { recursive: true });
    fixture.nowMs = nowMs;
    await fixture.build();
    expect(fixture.listed(), kind).toEqual(listed);
    expect(fixture.blocked(), kind).toEqual(blocked);
    expect(
      fixture.states().filter((state) => !state.endsWith(" withdrawn")),
      kind,
    ).toEqual(["a.example 1 reported", "b.example 2 reported", "c.example 3 reported", "d.example 4 reported"]);
    expect(fixture.read(faultsOf), kind).toEqual([]);
  }
});
