import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { type Run } from "../../src/feed/run.ts";
import { type SnapshotPart, writeSnapshot } from "../../src/feed/snapshot-writer.ts";
import { type EntryBlock, EntryBlockWriter, EntryCursor } from "../../src/indicator/entry/block.ts";
import { openForWriting } from "../../src/store/database.ts";
import { History } from "../../src/store/history.ts";
import { sweepSnapshots } from "../../src/store/snapshot-sweep.ts";
import { type BlockKind, Snapshots } from "../../src/store/snapshots.ts";

const db = openForWriting(":memory:");
afterAll(() => db.close());
const snapshots = new Snapshots(db);

/** [profile, flags, first seen] */
type Statement = readonly [number, number, number];
/** Flags by name, or by profile where a name has several. */
type Listed = ReadonlyMap<string, number | ReadonlyMap<number, number>>;
type Read = Map<string, Statement[]>;

const inKeyOrder = (names: Iterable<string>): Uint8Array[] => [...names].map(keyOfText).sort(Buffer.compare);

const flagsOf = (said: number | ReadonlyMap<number, number> | undefined): [number, number][] =>
  said === undefined ? [] : typeof said === "number" ? [[0, said]] : [...said].sort(([a], [b]) => a - b);

/** A run of entries, as a parser's would be after sorting. */
function runOf(listed: Listed): Pick<Run, "bytes" | "starts"> {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const key of inKeyOrder(listed.keys())) {
    for (const [profile, flags] of flagsOf(listed.get(keyToText(key))))
      writer.add(key, 0, key.length, flags, 0, profile);
  }
  writer.flush();
  const starts = [0];
  for (const { bytes } of blocks) starts.push((starts.at(-1) as number) + bytes.length);
  const bytes = new SharedArrayBuffer(starts.at(-1));
  blocks.forEach((block, i) => new Uint8Array(bytes).set(block.bytes, starts[i]));
  return { bytes, starts };
}

function readBack(snapshot: number, kind: BlockKind): Read {
  const found: Read = new Map();
  const cursor = new EntryCursor(snapshots.blocks(snapshot, kind));
  let before: Uint8Array | undefined;
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    const key = cursor.key.slice(0, cursor.keyBytes);
    if (before !== undefined) expect(Buffer.compare(before, key)).toBeLessThanOrEqual(0);
    before = key;
    const said = found.get(keyToText(key)) ?? [];
    said.push([cursor.profile, cursor.flags, cursor.firstSeen]);
    found.set(keyToText(key), said);
  }
  return found;
}

/** What was listed at a time, first-seen times aside, which are those of the name. */
function readState(source: string, at: number): Read {
  const entries = new History(db).entriesAt(source, at);
  if ("why" in entries) throw new Error(entries.why);
  const found: Read = new Map();
  for (const { key, said } of entries) {
    const { count, profiles, flags, seen } = said;
    found.set(
      keyToText(key),
      Array.from({ length: count }, (_, i) => [profiles[i] as number, flags[i] as number, seen[i] as number]),
    );
  }
  return found;
}

interface Writing {
  readonly source?: string;
  readonly previous?: number | undefined;
  readonly takenAt: number;
  readonly cuts?: readonly Uint8Array[];
  readonly changesMax?: number;
  readonly keepsRemoved?: boolean;
  readonly goneSince?: number;
}

/** Writes a snapshot in as many ranges as the cuts make, and makes it count. */
function write(runs: readonly Listed[], options: Writing): { id: number; parts: SnapshotPart[] } {
  const { previous, takenAt, cuts = [] } = options;
  const draft = snapshots.begin(options.source ?? "list");
  const bounds = [undefined, ...cuts, undefined];
  const parts = bounds.slice(1).map((to, i) =>
    writeSnapshot(snapshots, {
      runs: runs.map(runOf),
      draft,
      previous,
      takenAt,
      from: bounds[i],
      to,
      changesMax: options.changesMax ?? 1e9,
      keepsRemoved: options.keepsRemoved ?? false,
      goneSince: options.goneSince,
    }),
  );
  const facts = { takenAt, fingerprint: "", format: "domains", lines: 0, duplicates: 0, rejects: {}, previous };
  const entries = sum(parts, "entries");
  const retired = previous !== undefined ? parts.flatMap((part) => part.retired) : "all";
  snapshots.commit(draft, { ...facts, entries, changes: previous && sum(parts, "changes") }, retired);
  return { id: draft.id, parts };
}

const sum = (parts: readonly SnapshotPart[], what: "entries" | "changes"): number =>
  parts.reduce((total, part) => total + part[what], 0);

/** Names enough for several blocks, among which the changing ones stand. */
const ballast: Listed = new Map(Array.from({ length: 2500 }, (_, i) => [`${i}-some-name.x${i % 7}.test`, 1]));

const name = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "c-d", "7-some-name", "399-some-name"), { maxLength: 2 }),
    fc.constantFrom("x1.test", "x3.test", "x6.test", "z.example"),
  )
  .map(([labels, base]) => [...labels, base].join("."));
const flags = fc.integer({ min: 1, max: 15 });
const said = fc.oneof(
  flags,
  fc.array(fc.tuple(fc.nat(3), flags), { minLength: 1, maxLength: 3 }).map((list) => new Map(list)),
);
const listed = fc.array(fc.tuple(name, said), { maxLength: 30 }).map((list): Listed => new Map(list));
const history = fc.array(
  fc.record({
    runs: fc.array(listed, { minLength: 1, maxLength: 3 }),
    withBallast: fc.boolean(),
    cuts: fc.nat(3),
  }),
  { minLength: 1, maxLength: 6 },
);

/** When names were first seen that left, and when they left. */
type Gone = Map<string, { readonly first: number; readonly left: number }>;
/** Snapshots after which a name that left is new again. */
const rememberedFor = 3;

/** What the runs together say after what was said before, and the names of which that differs. */
function meantBy(runs: readonly Listed[], before: Read, gone: Gone, takenAt: number): { meant: Read; changes: Read } {
  const joined = new Map<string, Map<number, number>>();
  for (const run of runs) {
    for (const [name, said] of run) {
      const profiles = joined.get(name) ?? new Map<number, number>();
      joined.set(name, profiles);
      for (const [profile, flags] of flagsOf(said)) profiles.set(profile, (profiles.get(profile) ?? 0) | flags);
    }
  }
  const meant: Read = new Map();
  const changes: Read = new Map();
  for (const [name, profiles] of joined) {
    const [said] = before.get(name) ?? [];
    const left = gone.get(name);
    const known = left !== undefined && left.left > takenAt - rememberedFor ? left.first : takenAt;
    meant.set(
      name,
      flagsOf(profiles).map(([profile, flags]) => [profile, flags, said?.[2] ?? known]),
    );
  }
  for (const [name, [said]] of before) {
    if (!meant.has(name)) gone.set(name, { first: said?.[2] as number, left: takenAt });
  }
  for (const name of new Set([...before.keys(), ...meant.keys()])) {
    const [was, is] = [before.get(name) ?? [], meant.get(name) ?? []];
    const untimed = (all: readonly Statement[]): string =>
      JSON.stringify(all.map(([profile, flags]) => [profile, flags]));
    if (untimed(was) === untimed(is)) continue;
    const marked = was.map(([profile, flags, seen]): Statement => [2 * profile + 1, flags, seen]);
    changes.set(name, [...marked, ...is.map(([profile, flags, seen]): Statement => [2 * profile, flags, seen])]);
  }
  return { meant, changes };
}

const sorted = (read: Read): [string, Statement[]][] => [...read].sort(([a], [b]) => (a < b ? -1 : 1));

describe("snapshots of one source, one after the other", () => {
  it("hold what the runs hold, when each name was first seen, and each change with its old and its new state", () => {
    let lists = 0;
    fc.assert(
      fc.property(history, (takes) => {
        const source = `list-${lists++}`;
        let previous: number | undefined;
        let before: Read = new Map();
        const gone: Gone = new Map();
        const written: [number, Read][] = [];
        takes.forEach(({ withBallast, cuts, ...take }, i) => {
          const runs = withBallast ? [...take.runs, ballast] : take.runs;
          const takenAt = 1_000_000 + i;
          const { meant, changes } = meantBy(runs, before, gone, takenAt);
          const cutKeys = previous === undefined ? [] : snapshots.sampleKeys(previous, cuts);
          const { id, parts } = write(runs, {
            source,
            previous,
            takenAt,
            cuts: cutKeys,
            goneSince: takenAt - rememberedFor,
          });
          expect(sorted(readBack(id, "entries"))).toEqual(sorted(meant));
          expect(sum(parts, "entries")).toBe([...meant.values()].flat().length);
          // Against no earlier snapshot there is nothing to list.
          const listed: Read = previous === undefined ? new Map() : changes;
          expect(sorted(readBack(id, "changes"))).toEqual(sorted(listed));
          expect(sum(parts, "changes")).toBe(listed.size);
          previous = id;
          before = meant;
          written.push([id, meant]);
        });
        // What later snapshots changed is still there for the earlier ones, and is read back once their blocks are gone.
        for (const [id, meant] of written) expect(sorted(readBack(id, "entries"))).toEqual(sorted(meant));
        sweepSnapshots(db, [], 0);
        written.forEach(([, meant], i) => {
          expect(sorted(readState(source, 1_000_000 + i))).toEqual(sorted(meant));
        });
      }),
      { numRuns: 30 },
    );
  });

  it("share the blocks in which nothing changed", () => {
    const stored = (): number => db.prepare("SELECT count(*) FROM entry_block").pluck().get() as number;
    const first = write([ballast], { source: "shared", takenAt: 1 });
    const blocks = stored();
    const second = write([ballast, new Map([["a.x3.test", 1]])], { source: "shared", takenAt: 2, previous: first.id });
    expect(second.parts.flatMap(({ retired }) => retired)).toHaveLength(1);
    expect(stored()).toBe(blocks + 1);
    expect(snapshots.hasEntries(first.id)).toBe(true);
    sweepSnapshots(db, [], Number.POSITIVE_INFINITY);
    expect(snapshots.hasEntries(first.id)).toBe(false);
    expect(readBack(second.id, "entries").size).toBe(ballast.size + 1);
  });

  it("say from when on they can be read back, and where too much changed to be kept", () => {
    const history = new History(db);
    const first = write([new Map([["a.test", 1]])], { source: "past", takenAt: 100 });
    const second = write([new Map([["b.test", 1]])], { source: "past", takenAt: 200, previous: first.id });
    const shown = (from: number, to: number): string[] => {
      const changes = history.changesBetween("past", from, to);
      if ("why" in changes) return [changes.why];
      return Array.from(changes, ({ key, before, after }) => `${keyToText(key)} ${before.count} ${after.count}`);
    };
    expect(shown(100, 200)).toEqual(["a.test 1 0", "b.test 0 1"]);
    expect(shown(100, 199)).toEqual([]);
    expect(history.entriesAt("past", 99)).toEqual({ why: "before", from: 100 });
    expect(history.entriesAt("nobody", 99)).toEqual({ why: "before", from: undefined });
    db.prepare("UPDATE snapshot SET changes = NULL WHERE id = ?").run(second.id);
    expect(history.entriesAt("past", 150)).toEqual({ why: "too-large", at: 200 });
    sweepSnapshots(db, [], 199);
    expect(history.entriesAt("past", 150)).toEqual({ why: "too-large", at: 200 });
    sweepSnapshots(db, [], 200);
    expect(history.entriesAt("past", 150)).toEqual({ why: "before", from: 200 });
  });

  it("are rid of what one that never ended has left", () => {
    const before = db.prepare("SELECT count(*) FROM message").pluck().get();
    const left = snapshots.begin("left");
    writeSnapshot(snapshots, {
      runs: [runOf(ballast)],
      draft: left,
      previous: undefined,
      takenAt: 1,
      from: undefined,
      to: undefined,
      changesMax: 1,
      keepsRemoved: false,
      goneSince: undefined,
    });
    const next = snapshots.begin("left");
    expect(next.id).toBeGreaterThan(left.id);
    expect(db.prepare("SELECT count(*) FROM message").pluck().get()).toBe(before);
    expect(snapshots.sources()).not.toContain("left");
    snapshots.discard(next);
  });

  it("count all changes where there are more than are to be listed", () => {
    const many = (from: number): Listed => new Map(Array.from({ length: 50 }, (_, i) => [`n${from + i}.test`, 1]));
    const first = write([many(0)], { takenAt: 1 });
    const second = write([many(25)], { takenAt: 2, previous: first.id, changesMax: 10 });
    expect(second.parts).toMatchObject([{ entries: 50, changes: 50, added: 25, missing: 25 }]);
    expect(readBack(second.id, "changes").size).toBe(10);
  });

  it("keep what the runs no longer say where nothing may go, with its flags and times", () => {
    const list = (...entries: [string, number][]): Listed => new Map(entries);
    const first = write([list(["a.test", 1], ["b.test", 3], ["c.test", 1])], { source: "kept", takenAt: 1 });
    const second = write([list(["b.test", 1], ["d.test", 1])], {
      source: "kept",
      takenAt: 2,
      previous: first.id,
      keepsRemoved: true,
    });
    expect(second.parts).toMatchObject([
      { entries: 4, changes: 1, added: 1, addedNames: ["d.test"], missing: 2, missingNames: ["a.test", "c.test"] },
    ]);
    expect(readBack(second.id, "entries")).toEqual(
      new Map([
        ["a.test", [[0, 1, 1]]],
        ["b.test", [[0, 3, 1]]],
        ["c.test", [[0, 1, 1]]],
        ["d.test", [[0, 1, 2]]],
      ]),
    );
    expect([...readBack(second.id, "changes").keys()]).toEqual(["d.test"]);
  });

  it("stand in many blocks where they are large, cut or not", () => {
    const many: Listed = new Map(
      Array.from({ length: 20_000 }, (_, i) => [`name-${i}.some.long.example`, 1 + (i % 3)]),
    );
    const whole = write([many], { source: "whole", takenAt: 7 });
    const cuts = inKeyOrder(["name-3.some.long.example", "some.long.example", "z.test"]);
    const cut = write([many], { source: "cut", takenAt: 7, cuts });
    expect(readBack(cut.id, "entries")).toEqual(readBack(whole.id, "entries"));
    expect(cut.parts.map(({ entries }) => entries > 0)).toEqual([false, true, true, false]);
    expect(snapshots.sampleKeys(whole.id, 3)).toHaveLength(3);
  });
});
