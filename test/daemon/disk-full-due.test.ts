import { expect, test } from "vitest";
import { zoneText } from "../feed/fixture.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, SmallVolume } from "./small-disk.ts";

const mounts = mayMount();
const own = "allow:\n  - {id: own, from: own.txt}\n";
/** Less than what many rows take, and enough for an allow list. */
const littleSpace = 2.7 * 1024 * 1024;

/** Many names that end on the same day, and a few that do not, behind an allow list. */
function endingNames(): { fixture: LedgerFixture; volume: SmallVolume } {
  const until = new Date(1_700_000_000_000 + 86_400_000).toISOString();
  const rows = Array.from({ length: 4000 }, (_, i) => row(`${i}`, `name-${i}.example`, { until }));
  const fixture = new LedgerFixture([...rows, row("a", "stays.test"), row("b", "lifted.test")]);
  fixture.configureFields(", limit: {percent: 1000}", own);
  fixture.write("own.txt", "nothing.test\n");
  fixture.write("zone.yaml", zoneText("limit: {percent: 1000000}\n"));
  return { fixture, volume: new SmallVolume(fixture.path("var")) };
}

test.runIf(mounts)(
  "entries that end while the disk has no room for them keep no allow list from counting",
  async () => {
    const { fixture, volume } = endingNames();
    await fixture.build();
    expect(fixture.blocked()).toHaveLength(4002);
    fixture.nowMs += 2 * 86_400_000;
    fixture.write("own.txt", "nothing.test\nlifted.test\n");
    volume.leave(littleSpace);
    const { sources } = await fixture.build();
    expect(sources[0]).toMatchObject({ outcome: "failed", error: { code: "STORE_UNUSABLE", isDiskFull: true } });
    expect(sources[0]?.due).toBe(fixture.now + 300);
    expect(sources[1]).toMatchObject({ outcome: "new", error: undefined });
    expect(fixture.blocked()).not.toContain("lifted.test");
    volume.freeSpace();
    await fixture.build();
    expect(fixture.blocked()).toEqual(["stays.test"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);

test.runIf(mounts)("a source that becomes plain while there is no room to withdraw its rows fails alone", async () => {
  const { fixture, volume } = endingNames();
  await fixture.build();
  fixture.write("main.yaml", LedgerFixture.main("") + own);
  fixture.write("own.txt", "nothing.test\nlifted.test\n");
  volume.leave(littleSpace);
  const { sources } = await fixture.build();
  expect(sources[0]).toMatchObject({ outcome: "failed", error: { code: "STORE_UNUSABLE", isDiskFull: true } });
  expect(sources[1]).toMatchObject({ outcome: "new", error: undefined });
  expect(fixture.blocked()).not.toContain("lifted.test");
  volume.freeSpace();
  await fixture.build();
  expect(fixture.states().filter((state) => !state.endsWith(" unread"))).toEqual([]);
  expect(fixture.read(faultsOf)).toEqual([]);
});
