import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { type Run } from "../../src/feed/run.ts";
import { type SnapshotPart, writeSnapshot } from "../../src/feed/snapshot-writer.ts";
import { type EntryBlock, EntryBlockWriter, EntryCursor } from "../../src/indicator/entry/block.ts";
import { openForWriting } from "../../src/store/database.ts";
import { type BlockKind, Snapshots } from "../../src/store/snapshots.ts";

const db = openForWriting(":memory:");
afterAll(() => db.close());
const snapshots = new Snapshots(db);

interface Entry {
  readonly flags: number;
  readonly firstSeen: number;
}

/** Flags by name. */
type Listed = ReadonlyMap<string, number>;

const inKeyOrder = (names: Iterable<string>): Uint8Array[] => [...names].map(keyOfText).sort(Buffer.compare);

/** A run of entries, as a parser's would be after sorting. */
function runOf(listed: Listed): Pick<Run, "bytes" | "starts"> {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const key of inKeyOrder(listed.keys())) writer.add(key, 0, key.length, listed.get(keyToText(key)) as number, 0);
  writer.flush();
  const starts = [0];
  for (const { bytes } of blocks) starts.push((starts.at(-1) as number) + bytes.length);
  const bytes = new SharedArrayBuffer(starts.at(-1));
  blocks.forEach((block, i) => new Uint8Array(bytes).set(block.bytes, starts[i]));
  return { bytes, starts };
}

function readBack(snapshot: number, kind: BlockKind): Map<string, Entry> {
  const found = new Map<string, Entry>();
  const cursor = new EntryCursor(snapshots.blocks(snapshot, kind));
  let before: Uint8Array | undefined;
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    const key = cursor.key.slice(0, cursor.keyBytes);
    if (before !== undefined) expect(Buffer.compare(before, key)).toBe(-1);
    before = key;
    found.set(keyToText(key), { flags: cursor.flags, firstSeen: cursor.firstSeen });
  }
  return found;
}

/** Writes a snapshot in as many ranges as the cuts make. */
function write(
  runs: readonly Listed[],
  options: {
    previous?: number;
    takenAt: number;
    cuts?: readonly string[];
    changesMax?: number;
    keepsRemoved?: boolean;
  },
): { id: number; parts: SnapshotPart[] } {
  const id = snapshots.reserve();
  const bounds = [undefined, ...inKeyOrder(new Set(options.cuts ?? [])), undefined];
  const parts = bounds.slice(1).map((to, i) =>
    writeSnapshot(snapshots, {
      runs: runs.map(runOf),
      snapshot: id,
      previous: options.previous,
      takenAt: options.takenAt,
      from: bounds[i],
      to,
      changesMax: options.changesMax ?? 1e9,
      keepsRemoved: options.keepsRemoved ?? false,
    }),
  );
  return { id, parts };
}

const sum = (parts: readonly SnapshotPart[], what: "entries" | "changes"): number =>
  parts.reduce((total, part) => total + part[what], 0);

const name = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "c-d"), { maxLength: 3 }),
    fc.constantFrom("x.test", "x-y.test", "z.example"),
  )
  .map(([labels, base]) => [...labels, base].join("."));
const listed = fc
  .array(fc.tuple(name, fc.integer({ min: 1, max: 15 })), { maxLength: 30 })
  .map((list): Listed => new Map(list));
const history = fc.array(fc.array(listed, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

describe("snapshots of one source, one after the other", () => {
  it("hold what the runs hold, when each name was first seen, and exactly the names that came, went or changed", () => {
    fc.assert(
      fc.property(history, fc.array(name, { maxLength: 3 }), (takes, cuts) => {
        let previous: number | undefined;
        let before = new Map<string, Entry>();
        takes.forEach((runs, i) => {
          const takenAt = 1_000_000 + i;
          const meant = new Map<string, Entry>();
          for (const run of runs) {
            for (const [name, flags] of run) {
              const joined = (meant.get(name)?.flags ?? 0) | flags;
              meant.set(name, { flags: joined, firstSeen: before.get(name)?.firstSeen ?? takenAt });
            }
          }
          const { id, parts } = write(runs, { ...(previous === undefined ? {} : { previous }), takenAt, cuts });
          expect(readBack(id, "entries")).toEqual(meant);
          expect(sum(parts, "entries")).toBe(meant.size);
          const changed = [...new Set([...before.keys(), ...meant.keys()])].filter(
            (name) => before.get(name)?.flags !== meant.get(name)?.flags,
          );
          // Against no earlier snapshot there is nothing to list.
          const listed = previous === undefined ? [] : changed;
          expect([...readBack(id, "changes").keys()].sort()).toEqual(listed.sort());
          expect(sum(parts, "changes")).toBe(listed.length);
          previous = id;
          before = meant;
        });
      }),
      { numRuns: 200 },
    );
  });

  it("count all changes where there are more than are to be listed", () => {
    const many = (from: number): Listed => new Map(Array.from({ length: 50 }, (_, i) => [`n${from + i}.test`, 1]));
    const first = write([many(0)], { takenAt: 1 });
    const second = write([many(25)], { takenAt: 2, previous: first.id, changesMax: 10 });
    expect(second.parts).toMatchObject([{ entries: 50, changes: 50, added: 25, missing: 25 }]);
    expect(readBack(second.id, "changes").size).toBe(10);
  });

  it("keep what the runs no longer say where nothing may go, with its flags and times", () => {
    const first = write(
      [
        new Map([
          ["a.test", 1],
          ["b.test", 3],
          ["c.test", 1],
        ]),
      ],
      { takenAt: 1 },
    );
    const second = write(
      [
        new Map([
          ["b.test", 1],
          ["d.test", 1],
        ]),
      ],
      { takenAt: 2, previous: first.id, keepsRemoved: true },
    );
    expect(second.parts).toEqual([
      { entries: 4, changes: 1, added: 1, addedNames: ["d.test"], missing: 2, missingNames: ["a.test", "c.test"] },
    ]);
    expect(readBack(second.id, "entries")).toEqual(
      new Map([
        ["a.test", { flags: 1, firstSeen: 1 }],
        ["b.test", { flags: 3, firstSeen: 1 }],
        ["c.test", { flags: 1, firstSeen: 1 }],
        ["d.test", { flags: 1, firstSeen: 2 }],
      ]),
    );
    expect([...readBack(second.id, "changes").keys()]).toEqual(["d.test"]);
  });

  it("stand in many blocks where they are large, cut or not", () => {
    const many: Listed = new Map(
      Array.from({ length: 20_000 }, (_, i) => [`name-${i}.some.long.example`, 1 + (i % 3)]),
    );
    const whole = write([many], { takenAt: 7 });
    const cut = write([many], { takenAt: 7, cuts: ["name-3.some.long.example", "some.long.example", "z.test"] });
    expect(readBack(cut.id, "entries")).toEqual(readBack(whole.id, "entries"));
    expect(cut.parts.map(({ entries }) => entries > 0)).toEqual([false, true, true, false]);
    expect(snapshots.sampleKeys(whole.id, 3)).toHaveLength(3);
  });
});
