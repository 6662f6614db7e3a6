import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import type { ListSourceConfig } from "../../src/config/types.ts";
import { singleThreadPool } from "../../src/daemon/worker-pool.ts";
import type { WorkerPool } from "../../src/feed/options.ts";
import { type Refreshed, refresh } from "../../src/feed/refresh.ts";
import { type Database, openForWriting } from "../../src/store/database.ts";
import { Ledger } from "../../src/store/ledger.ts";
import { Profiles } from "../../src/store/profiles.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { SourceHolds } from "../../src/store/source-holds.ts";
import { Turnovers } from "../../src/store/source-turnover.ts";
import { BuildFixture, mainText } from "./fixture.ts";

const storesOf = (db: Database) => ({
  snapshots: new Snapshots(db),
  ledger: new Ledger(db),
  profiles: new Profiles(db),
  holds: new SourceHolds(db),
  turnovers: new Turnovers(db),
  popularity: async () => () => Number.POSITIVE_INFINITY,
});

/** Refreshes the one list of a stand while something happens to its file, between its reading and its taking. */
async function refreshWhile(fixture: BuildFixture, happens: (path: string) => void): Promise<Refreshed> {
  const { sources, databaseFile } = fixture.config();
  const [list] = indicatorListsOf({ sources, allow: [] }) as ListSourceConfig[];
  if (list === undefined) throw new Error("The stand has no list");
  const db = openForWriting(databaseFile);
  try {
    const workers = singleThreadPool(db);
    const pool: WorkerPool = {
      size: 1,
      async readRun(task) {
        const run = await workers.readRun(task);
        happens(list.from);
        return run;
      },
      writeSnapshot: (task) => workers.writeSnapshot(task),
    };
    const clock = { nowMs: () => fixture.nowMs };
    return await refresh(
      { role: "block", list },
      { ...storesOf(db), pool, clock, historySeconds: 86_400, reread: false, accept: false },
    );
  } finally {
    db.close();
  }
}

const fixtureOf = (list: string): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, format: domains, from: list.txt}"]),
    "list.txt": list,
  });

test.each<[string, (path: string) => void]>([
  ["appended to", (path) => appendFileSync(path, "three.example\n")],
  ["truncated", (path) => truncateSync(path, 5)],
  ["written over with as many octets", (path) => writeFileSync(path, "ten.example\nsix.example\n")],
  [
    "replaced",
    (path) => {
      writeFileSync(`${path}.new`, "one.example\ntwo.example\n");
      renameSync(`${path}.new`, path);
    },
  ],
])("a list that is %s while it is read is not taken, and the next build reads it anew", async (_, happens) => {
  const fixture = fixtureOf("old.example\n");
  await fixture.build();
  const before = fixture.served();
  fixture.write("list.txt", "one.example\ntwo.example\n");
  const refreshed = await refreshWhile(fixture, happens);
  expect(refreshed).toMatchObject({
    outcome: "failed",
    snapshot: { entries: 1 },
    error: { code: "SOURCE_UNREADABLE", message: /changed while it was read$/, remedy: /rename it into place/ },
  });
  expect(fixture.served()).toEqual(before);
  expect((await fixture.build()).sources[0]?.outcome).toBe("new");
});

test("a list that goes away while it is read is not taken", async () => {
  const fixture = fixtureOf("old.example\n");
  const refreshed = await refreshWhile(fixture, (path) => rmSync(path));
  expect(refreshed).toMatchObject({ outcome: "failed", snapshot: undefined, error: { code: "SOURCE_UNREADABLE" } });
});

test("a list that stays as it is, is taken", async () => {
  const fixture = fixtureOf("old.example\n");
  expect(await refreshWhile(fixture, () => {})).toMatchObject({ outcome: "new", snapshot: { entries: 1 } });
});

test("a large list that is read in parts is read whole where an exception in one speaks of names in another", async () => {
  const filler = `# ${"x".repeat(8000)}\n`.repeat(3200);
  const fixture = fixtureOf(`a.evil.example\n${filler}b.example\n@@||evil.example^\n`);
  const { sources, databaseFile } = fixture.config();
  const [list] = indicatorListsOf({ sources, allow: [] }) as ListSourceConfig[];
  if (list === undefined) throw new Error("The stand has no list");
  const db = openForWriting(databaseFile);
  const ranges: boolean[] = [];
  try {
    const worker = singleThreadPool(db);
    const pool: WorkerPool = {
      size: 2,
      readRun(task) {
        ranges.push(task.range !== undefined);
        return worker.readRun(task);
      },
      writeSnapshot: (task) => worker.writeSnapshot(task),
    };
    const clock = { nowMs: () => fixture.nowMs };
    const options = { ...storesOf(db), pool, clock, historySeconds: 86_400, reread: false, accept: false };
    const { snapshot } = await refresh({ role: "block", list }, options);
    expect(ranges).toEqual([true, true, false]);
    expect(snapshot).toMatchObject({ entries: 2, lines: 3203, rejects: { cancelled: { count: 1 } } });
  } finally {
    db.close();
  }
});
