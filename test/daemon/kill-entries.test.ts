/** Entries that people add and end, by commands that are killed before any of their writes. */
import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { EntriesFixture } from "./entries-fixture.ts";

interface Case {
  readonly what: string;
  /** Commands that come before the one that is killed. */
  readonly before: readonly string[];
  readonly command: string;
  readonly kinds: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "a command that makes the store",
    before: [],
    command: "entry add a.example b.example --source kept --by me",
    kinds: ["INSERT INTO ledger", "INSERT INTO entry_act", "INSERT INTO snapshot", "INSERT INTO version"],
  },
  {
    what: "a later command",
    before: ["build", "entry add a.example c.example --source kept --until 2030-01-01"],
    command: "entry add a.example b.example --source kept --scope subtree --tlp green --reference case --by me",
    kinds: [
      "INSERT INTO ledger",
      "INSERT INTO entry_act",
      "INSERT INTO profile",
      "INSERT INTO reference",
      "UPDATE entry_block",
      "UPDATE zone",
    ],
  },
  {
    what: "an end",
    before: ["build", "entry add a.example b.example --source kept"],
    command: "entry end a.example --source kept --by me",
    kinds: ["UPDATE ledger", "INSERT INTO entry_act", "UPDATE zone"],
  },
];

interface Left {
  readonly rows: readonly string[];
  readonly blocked: readonly string[];
}

const lookAt = (fixture: EntriesFixture): Left =>
  fixture.hasStore() ? { rows: fixture.rows(), blocked: fixture.blocked() } : { rows: [], blocked: [] };

test.each(cases)(
  "killed before any of its writes, $what is done whole or not at all, and can be given again",
  async (what) => {
    const { before, command, kinds } = what;
    const fixture = new EntriesFixture();
    for (const line of before) expect((await fixture.command(line)).code).toBe(0);
    const old = lookAt(fixture);
    const { nowMs } = fixture;
    const copies = await copiesAtEveryWrite(fixture, () => fixture.command(command));
    const fresh = lookAt(fixture);
    expect(fresh).not.toEqual(old);
    expect([...new Set(copies.map(({ kind }) => kind))]).toEqual(expect.arrayContaining([...kinds]));
    const seen = new Set<string>();
    for (const { kind, folder } of copies) {
      const restore = (): void => {
        rmSync(fixture.path("var"), { recursive: true });
        cpSync(folder, fixture.path("var"), { recursive: true });
        fixture.nowMs = nowMs;
      };
      restore();
      const left = lookAt(fixture);
      const isDone = left.rows.length > old.rows.length;
      seen.add(isDone ? "done" : "not done");
      expect(left.rows, kind).toEqual((isDone ? fresh : old).rows);
      await fixture.build();
      // What the rows say is what is served.
      if (isDone || before.length > 0) expect(fixture.blocked(), kind).toEqual((isDone ? fresh : old).blocked);
      expect(fixture.read(faultsOf), kind).toEqual([]);

      restore();
      const { code, stderr } = await fixture.command(command);
      // What has ended cannot be ended again; all else can be given again, and is published then.
      if (isDone && command.startsWith("entry end")) {
        expect([code, stderr], kind).toEqual([2, expect.stringContaining("has ended already")]);
      } else expect([code, lookAt(fixture)], kind).toEqual([0, fresh]);
      await fixture.build();
      expect(lookAt(fixture), kind).toEqual(fresh);
      expect(fixture.read(faultsOf), kind).toEqual([]);
    }
    expect(seen).toEqual(new Set(["done", "not done"]));
  },
);
