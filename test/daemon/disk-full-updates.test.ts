import { expect, test } from "vitest";
import { spaceNeeded } from "../../src/daemon/space.ts";
import { freeBytes, fullButForReserve, reserveBytes } from "../../src/store/disk-space.ts";
import { zoneText } from "../feed/fixture.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, SmallVolume } from "./small-disk.ts";

const mounts = mayMount();
const count = 40_000;

/** Rows of which some, all over the list, say something else in each round. */
const rowsOf = (round: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const isChanging = i % 100 === 0;
    const until = new Date(
      1e12 + 1000 * (isChanging ? ((i + round) * 7_919_000) % 4e8 : (i * 9973) % 4e8) + 1e12,
    ).toISOString();
    const text = `case ${i} ${isChanging ? round : 0}`.padEnd(60, ".");
    return row(`row-${i}-of-a-long-list`, `name-${i}.example`, {
      score: isChanging ? `${10 + round}` : "7",
      ref: text,
      until,
    });
  });

test.runIf(mounts)(
  "updates of rows all over a large table leave room to go on, on a disk that is full at any moment",
  { timeout: 300_000 },
  async () => {
    const fixture = new LedgerFixture([], ", limit: {percent: 1000}");
    fixture.write("zone.yaml", zoneText("keep: {versions: 1, seconds: 1}\nlimit: {percent: 1000}\n"));
    fixture.list(...rowsOf(0));
    const folder = fixture.path("var");
    const volume = new SmallVolume(folder, 160 * 1024 * 1024);
    await fixture.build();
    const outcomes = new Set<string>();
    let round = 0;
    for (const mebibytes of [2, 4, 6, 9, 13, 20, 40]) {
      round += 1;
      fixture.nowMs += 86_400_000;
      fixture.list(...rowsOf(round));
      volume.leave(1024 * 1024 * mebibytes);
      const failure = await fixture.build().then(
        ({ sources, zones }): unknown => sources[0]?.error ?? zones[0]?.error,
        (error: unknown) => error,
      );
      // It is known before: no transaction takes the last of the disk, where a kill would leave it.
      if (failure !== undefined) {
        expect(failure).toMatchObject({ code: "STORE_UNUSABLE", message: expect.stringContaining(fullButForReserve) });
      }
      outcomes.add(failure === undefined ? "built" : "failed");
      expect(freeBytes(folder), `${mebibytes} MiB`).toBeGreaterThanOrEqual(reserveBytes / 2);
      volume.freeSpace();
      volume.leave(spaceNeeded(fixture.config()));
      const { sources, zones } = await fixture.build();
      volume.freeSpace();
      expect(sources[0]?.error ?? zones[0]?.error, `${mebibytes} MiB`).toBeUndefined();
      const changed = fixture.rows().filter(({ reference }) => reference?.includes(` ${round}.`));
      expect(changed, `${mebibytes} MiB`).toHaveLength(count / 100);
    }
    expect(outcomes).toEqual(new Set(["failed", "built"]));
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);
