/** Approvals that are killed before any of their writes: not noted and not taken, or noted and taken by the next build. */
import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { kinds, OnHoldFixture } from "./on-hold-fixture.ts";

const all = ["a.example", "b.example", "c.example", "d.example"];
const fewer = ["a.example", "b.example"];
const approve = ["source", "approve", "list", "--by", "ops", "--reason", "it is right"];

test.each(kinds)(
  "%s is approved whole or not at all, and an approval can be given again",
  async (kind) => {
    const fixture = new OnHoldFixture(kind);
    fixture.list(...all);
    await fixture.build();
    fixture.list(...fewer);
    await fixture.build();
    const { nowMs } = fixture;
    const copies = await copiesAtEveryWrite(fixture, () => fixture.command(...approve));
    expect(fixture.blocked()).toEqual(fewer);
    expect(copies.map((copy) => copy.kind)).toEqual(
      expect.arrayContaining([
        "INSERT INTO source_decision",
        "INSERT INTO snapshot",
        "DELETE FROM source_hold",
        "UPDATE zone",
      ]),
    );
    const seen = new Set<string>();
    for (const copy of copies) {
      const restore = (): void => {
        rmSync(fixture.path("var"), { recursive: true });
        cpSync(copy.folder, fixture.path("var"), { recursive: true });
        fixture.nowMs = nowMs;
      };
      restore();
      const isNoted = fixture.decisions().length > 0;
      seen.add(isNoted ? "noted" : "not noted");
      await fixture.build();
      expect(fixture.blocked(), copy.kind).toEqual(isNoted ? fewer : all);
      expect(fixture.isOnHold(), copy.kind).toBe(!isNoted);
      expect(fixture.read(faultsOf), copy.kind).toEqual([]);

      restore();
      const { code, stderr } = await fixture.command(...approve);
      // Where the list is in force already, nothing is left to approve of.
      if (code !== 0) expect(stderr, copy.kind).toContain("nothing of it is on hold");
      await fixture.build();
      expect(fixture.blocked(), copy.kind).toEqual(fewer);
      expect(fixture.isOnHold(), copy.kind).toBe(false);
      expect(fixture.read(faultsOf), copy.kind).toEqual([]);
    }
    expect(seen).toEqual(new Set(["noted", "not noted"]));
  },
  60_000,
);
