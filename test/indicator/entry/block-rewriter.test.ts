/** Blocks of which some keys change: what is read is what is meant, and untouched blocks stay. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/base/bytes.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter, EntryCursor } from "../../../src/indicator/entry/block.ts";
import { BlockRewriter, type IndexedBlocks } from "../../../src/indicator/entry/block-rewriter.ts";

/** What is said of a key: a list of [profile, flags, first seen]. */
type Said = readonly (readonly [number, number, number])[];
type Listing = ReadonlyMap<string, Said>;

const keyOf = (name: string): Uint8Array => new TextEncoder().encode(name);

function indexed(blocks: readonly EntryBlock[]): IndexedBlocks<EntryBlock> {
  return {
    at: (key) => blocks.findLast(({ firstKey }) => compareBytes(firstKey, key) <= 0) ?? blocks[0],
    after: (block) => blocks[blocks.indexOf(block) + 1],
    read: ({ bytes }) => bytes,
  };
}

function firstBlocks(listing: Listing): EntryBlock[] {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const name of [...listing.keys()].sort()) {
    for (const [profile, flags, seen] of listing.get(name) ?? []) {
      writer.add(keyOf(name), 0, name.length, flags, seen, profile);
    }
  }
  writer.flush();
  return blocks;
}

/** Applies changes (an empty `Said` is a key that goes). */
function rewritten(old: readonly EntryBlock[], changes: Listing) {
  const retired = new Set<EntryBlock>();
  const fresh: EntryBlock[] = [];
  const rewriter = new BlockRewriter(
    indexed(old),
    (block) => fresh.push(block),
    (block) => {
      expect(retired.has(block)).toBe(false);
      retired.add(block);
    },
  );
  for (const name of [...changes.keys()].sort()) {
    rewriter.change(keyOf(name), name.length);
    for (const [profile, flags, seen] of changes.get(name) ?? []) rewriter.add(flags, seen, profile);
  }
  rewriter.finish();
  const kept = old.filter((block) => !retired.has(block));
  return { fresh, retired, blocks: [...kept, ...fresh].sort((a, b) => compareBytes(a.firstKey, b.firstKey)) };
}

function readBack(blocks: readonly EntryBlock[]): Listing {
  const found = new Map<string, [number, number, number][]>();
  const cursor = new EntryCursor(new EntryBlockList(blocks));
  let before = "";
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    const name = new TextDecoder().decode(cursor.key.subarray(0, cursor.keyBytes));
    expect(name >= before).toBe(true);
    before = name;
    const said = found.get(name) ?? [];
    said.push([cursor.profile, cursor.flags, cursor.firstSeen]);
    found.set(name, said);
  }
  return found;
}

function changed(listing: Listing, changes: Listing): Listing {
  const after = new Map(listing);
  for (const [name, said] of changes) {
    if (said.length === 0) after.delete(name);
    else after.set(name, said);
  }
  return after;
}

const many = (from: number, to: number, said: Said = [[0, 1, 7]]): Listing =>
  new Map(Array.from({ length: to - from }, (_, i) => [`n${String(from + i).padStart(6, "0")}.some.long.name`, said]));

const name = fc.nat(2500).map((i) => `k${String(i).padStart(4, "0")}`);
const said: fc.Arbitrary<Said> = fc
  .uniqueArray(fc.nat(5), { maxLength: 3 })
  .map((profiles) => profiles.sort((a, b) => a - b).map((profile) => [profile, 1 + (profile % 3), 9] as const));
const changes = fc.array(fc.tuple(name, said), { maxLength: 60 }).map((list): Listing => new Map(list));

describe("blocks of which some keys change", () => {
  it("read as what is meant, over any history, and are entered at any key", () => {
    const start: Listing = new Map(
      Array.from({ length: 2000 }, (_, i) => [`k${String(i).padStart(4, "0")}`, [[i % 4, 1, i]]] as const),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(changes, { maxLength: 6 }), (isEmpty, history) => {
        let listing: Listing = isEmpty ? new Map() : start;
        let blocks = firstBlocks(listing);
        for (const step of history) {
          listing = changed(listing, step);
          ({ blocks } = rewritten(blocks, step));
          expect(readBack(blocks)).toEqual(new Map([...listing].sort(([a], [b]) => (a < b ? -1 : 1))));
          const cursor = new EntryCursor(new EntryBlockList(blocks));
          for (const [wanted, what] of step) {
            cursor.seek(keyOf(wanted));
            const found = new TextDecoder().decode(cursor.key.subarray(0, cursor.keyBytes));
            expect(cursor.live && found === wanted).toBe(what.length > 0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("stay where nothing touches them", () => {
    const blocks = firstBlocks(many(0, 20_000));
    expect(blocks.length).toBeGreaterThan(5);
    const { fresh, retired } = rewritten(blocks, many(7000, 7001, [[0, 3, 9]]));
    expect([fresh.length, retired.size]).toEqual([1, 1]);
    expect(rewritten(blocks, new Map()).retired.size).toBe(0);
  });

  it("do not crumble where names come and go for long", () => {
    let blocks = firstBlocks(many(0, 10_000));
    const full = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0) / 16_384;
    for (let i = 0; i < 300; i++) {
      ({ blocks } = rewritten(blocks, many(i * 30, i * 30 + 20, [])));
      ({ blocks } = rewritten(blocks, many(i * 30, i * 30 + 20)));
      ({ blocks } = rewritten(blocks, new Map([[`n${String(i * 33).padStart(6, "0")}.x`, [[0, 1, 1]]]])));
    }
    expect(blocks.length).toBeLessThan(2 * full + 2);
    expect(Math.max(...blocks.map(({ bytes }) => bytes.length))).toBeLessThan(25_000);
  });

  it("vanish where all their names do", () => {
    const { blocks } = rewritten(firstBlocks(many(0, 5000)), many(0, 5000, []));
    expect(blocks).toEqual([]);
  });
});
