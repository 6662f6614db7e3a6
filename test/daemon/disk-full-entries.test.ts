import { expect, test } from "vitest";
import { spaceNeeded } from "../../src/daemon/space.ts";
import { faultsOf } from "../store/consistency.ts";
import { EntriesFixture } from "./entries-fixture.ts";
import { mayMount, SmallVolume } from "./small-disk.ts";

const mounts = mayMount();

test.runIf(mounts)(
  "a disk that is full, however early, takes entries whole or not at all, and takes them when there is room",
  { timeout: 120_000 },
  async () => {
    const fixture = new EntriesFixture("keep: {versions: 1, seconds: 1}\n");
    const volume = new SmallVolume(fixture.path("var"));
    await fixture.build();
    const outcomes = new Set<string>();
    let count = 0;
    for (const kibibytes of [0, 1000, 2000, 2400, 3000, 3500, 4000, 5000, 8000]) {
      fixture.nowMs += 86_400_000;
      const before = { rows: fixture.rows(), blocked: fixture.blocked() };
      const names = Array.from({ length: 500 }, (_, i) => `n${i}.round${kibibytes}.example`);
      fixture.write("names.txt", `${names.join("\n")}\n`);
      const add = `entry add --source kept --reference ${"r".repeat(300)} --file ${fixture.path("names.txt")}`;
      volume.leave(1024 * kibibytes);
      const { code, stderr } = await fixture.command(add);
      if (code !== 0) expect(stderr, `${kibibytes} KiB`).toMatch(/free/);
      outcomes.add(code === 0 ? "added" : "failed");
      const rows = fixture.rows().length;
      expect([before.rows.length, before.rows.length + 2 * names.length], `${kibibytes} KiB`).toContain(rows);
      expect([before.blocked.length, before.blocked.length + names.length]).toContain(fixture.blocked().length);

      volume.freeSpace();
      volume.leave(spaceNeeded(fixture.config()) + 8 * 1024 * 1024);
      expect((await fixture.command(add)).code, `${kibibytes} KiB`).toBe(0);
      volume.freeSpace();
      count += names.length;
      expect(fixture.rows(), `${kibibytes} KiB`).toHaveLength(2 * count);
      expect(fixture.blocked(), `${kibibytes} KiB`).toHaveLength(1 + count);
      expect(fixture.read(faultsOf), `${kibibytes} KiB`).toEqual([]);
    }
    expect(outcomes).toEqual(new Set(["failed", "added"]));
  },
);
