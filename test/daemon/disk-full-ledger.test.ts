import { expect, test } from "vitest";
import { spaceNeeded } from "../../src/daemon/space.ts";
import { zoneText } from "../feed/fixture.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, SmallVolume } from "./small-disk.ts";

const mounts = mayMount();

/** Rows of a list; each other one is of both sides, with other facts. */
const rowsOf = (side: string): string[] =>
  Array.from({ length: 4000 }, (_, i) => {
    const tail = i % 2 === 0 ? "both" : side;
    return row(`${i}`, `name-${i}.${tail}.example`, { score: side === "old" ? "20" : "80", ref: `case ${side} ${i}` });
  });

const shown = (fixture: LedgerFixture) => ({
  listed: fixture.listed(),
  blocked: fixture.blocked(),
  states: fixture.states().filter((state) => !state.endsWith("withdrawn")),
});

test.runIf(mounts)(
  "a disk that is full, however early, leaves a source with facts as it was until there is room",
  { timeout: 120_000 },
  async () => {
    const fixture = new LedgerFixture(rowsOf("old"), ", limit: {percent: 1000}");
    fixture.write("zone.yaml", zoneText("keep: {versions: 1, seconds: 1}\nlimit: {percent: 1000}\n"));
    const volume = new SmallVolume(fixture.path("var"));
    await fixture.build();
    const known = { old: shown(fixture), new: shown(fixture) };
    fixture.list(...rowsOf("new"));
    await fixture.build();
    known.new = shown(fixture);
    const outcomes = new Set<string>();
    let side: "old" | "new" = "new";
    for (const kibibytes of [0, 100, 400, 1000, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 8000]) {
      fixture.nowMs += 86_400_000;
      const before = side;
      side = side === "old" ? "new" : "old";
      fixture.list(...rowsOf(side));
      volume.leave(1024 * kibibytes);
      const failure = await fixture.build().then(
        ({ sources, zones }): unknown => sources[0]?.error ?? zones[0]?.error,
        (error: unknown) => error,
      );
      if (failure !== undefined) expect(failure).toMatchObject({ code: "STORE_UNUSABLE" });
      outcomes.add(failure === undefined ? "built" : "failed");
      // Rows may be ahead; what counts is the one list or the other.
      expect([known[before].listed, known[side].listed], `${kibibytes} KiB`).toContainEqual(fixture.listed());
      expect([known[before].blocked, known[side].blocked], `${kibibytes} KiB`).toContainEqual(fixture.blocked());

      volume.freeSpace();
      volume.leave(spaceNeeded(fixture.config()));
      const { zones } = await fixture.build();
      volume.freeSpace();
      expect(zones[0]?.error).toBeUndefined();
      expect(shown(fixture), `${kibibytes} KiB`).toEqual(known[side]);
      expect(fixture.read(faultsOf), `${kibibytes} KiB`).toEqual([]);
    }
    expect(outcomes).toEqual(new Set(["failed", "built"]));
  },
);
