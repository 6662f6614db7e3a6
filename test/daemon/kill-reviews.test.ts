/** Decisions on entries that wait, by commands that are killed before any of their writes. */
import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { ReviewsFixture } from "./reviews-fixture.ts";

const rows = ["1,a.example,one,", "2,b.example,one,", "3,c.example,one,"];
const accept = (names: string, by: string): string => `review accept ${names} --by ${by} --reason seen`;

const cases: readonly { what: string; before: readonly string[]; command: string; kinds: readonly string[] }[] = [
  {
    what: "a first accept",
    before: [],
    command: accept("a.example b.example", "one"),
    kinds: ["INSERT INTO decision"],
  },
  {
    what: "the accept that makes entries count",
    before: [accept("a.example b.example", "one")],
    command: accept("a.example b.example", "two"),
    kinds: ["INSERT INTO decision", "UPDATE ledger", "UPDATE review", "INSERT INTO snapshot", "UPDATE zone"],
  },
  {
    what: "a refusal of an entry that counts",
    before: [accept("a.example b.example", "one"), accept("a.example b.example", "two")],
    command: "review reject a.example c.example --by three --reason parked",
    kinds: ["INSERT INTO decision", "UPDATE ledger", "UPDATE zone"],
  },
];

test.each(cases)(
  "killed before any of its writes, $what is done whole or not at all, and can be given again",
  async ({ before, command, kinds }) => {
    const fixture = new ReviewsFixture(rows);
    await fixture.build();
    for (const line of before) expect((await fixture.command(line)).code).toBe(0);
    const lookAt = () => ({ decided: fixture.decided(), blocked: fixture.blocked() });
    const old = lookAt();
    const { nowMs } = fixture;
    const copies = await copiesAtEveryWrite(fixture, async () => expect((await fixture.command(command)).code).toBe(0));
    const fresh = lookAt();
    expect(fresh.decided).not.toEqual(old.decided);
    expect([...new Set(copies.map(({ kind }) => kind))]).toEqual(expect.arrayContaining([...kinds]));
    const seen = new Set<string>();
    for (const { kind, folder } of copies) {
      const restore = (): void => {
        rmSync(fixture.path("var"), { recursive: true });
        cpSync(folder, fixture.path("var"), { recursive: true });
        fixture.nowMs = nowMs;
      };
      restore();
      const { decided } = lookAt();
      const isDone = decided.length > old.decided.length;
      seen.add(isDone ? "done" : "not done");
      expect(decided, kind).toEqual((isDone ? fresh : old).decided);
      await fixture.build();
      // What was decided is what is served.
      expect(lookAt(), kind).toEqual(isDone ? fresh : old);
      expect(fixture.read(faultsOf), kind).toEqual([]);

      restore();
      if (isDone && kinds.length === 1) continue;
      const { code, stderr } = await fixture.command(command);
      // Names that were decided on no longer wait; that of an entry that was refused can be given again.
      if (code !== 0)
        expect([isDone, stderr], kind).toEqual([true, expect.stringContaining("no entry of this name waits")]);
      await fixture.build();
      expect(lookAt(), kind).toEqual(fresh);
      expect(fixture.read(faultsOf), kind).toEqual([]);
    }
    expect(seen).toEqual(new Set(["done", "not done"]));
  },
  120_000,
);
