import { expect, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { type EntryBlock, EntryBlockWriter } from "../../src/indicator/entry/block.ts";
import { emptyLog, openForWriting } from "../../src/store/database.ts";
import { sweepSnapshots } from "../../src/store/snapshot-sweep.ts";
import { type BlockKind, type Draft, Snapshots } from "../../src/store/snapshots.ts";
import { mainText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { mayMount, SmallDisk } from "./small-disk.ts";

const mounts = mayMount();

/** So many full blocks of entries. */
function someBlocks(count: number): EntryBlock[] {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (let i = 0; blocks.length < count; i++) {
    const key = keyOfText(`${String(i).padStart(8, "0").repeat(6)}.test`);
    writer.add(key, 0, key.length, 1, i);
  }
  return blocks;
}

test.runIf(mounts)(
  "what an unfinished snapshot left goes though the log has room for little of it",
  { timeout: 60_000 },
  async () => {
    const source = (id: string): string => `{id: ${id}, category: one, format: domains, from: ${id}.txt}`;
    const fixture = new SmallDisk(100 * 1024 * 1024, {
      "main.yaml": mainText([source("list"), source("other")]),
      "list.txt": "a.example\n",
      "other.txt": "other.example\n",
    });
    await fixture.build();
    const db = openForWriting(fixture.path("var/rpzmill.db"));
    const snapshots = new Snapshots(db);
    const [left, kept] = [snapshots.begin("list"), snapshots.begin("other")];
    const blocks = someBlocks(900);
    const write = (draft: Draft, kind: BlockKind, block: EntryBlock): void =>
      snapshots.writeBlocks(draft, kind, [block]);
    // Each page has blocks of both, so that none comes free as a whole.
    for (const [i, block] of blocks.entries()) {
      write(left, i % 2 === 0 ? "entries" : "changes", block);
      write(kept, "entries", block);
    }
    const entries = blocks.reduce((sum, block) => sum + block.entries, 0);
    const facts = { takenAt: 1_700_000_002, fingerprint: "", format: "domains", lines: 0, duplicates: 0, rejects: {} };
    const previous = snapshots.current("other")?.id;
    snapshots.commit(kept, { ...facts, entries, previous, changes: undefined }, "all");
    emptyLog(db);
    const count = (table: string): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    const messages = count("message");
    fixture.leave(1_500_000);
    sweepSnapshots(db, [], 0);
    expect(count("draft")).toBe(0);
    expect(messages - count("message")).toBeGreaterThanOrEqual(900);
    db.close();
    fixture.freeSpace();
    fixture.write("list.txt", "b.example\n");
    await fixture.build({ accept: new Set(["other"]) });
    expect(fixture.read(faultsOf)).toEqual([]);
  },
);
