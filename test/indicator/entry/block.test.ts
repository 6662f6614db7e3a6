/** Blocks of entries: what is written is read back, from the start and from any key on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/base/bytes.ts";
import {
  type EntryBlock,
  EntryBlockList,
  EntryBlockWriter,
  EntryCursor,
  entryBlockBytes,
  firstKeyOf,
} from "../../../src/indicator/entry/block.ts";

interface Entry {
  readonly key: Uint8Array;
  readonly flags: number;
  readonly firstSeen: number;
  readonly profile: number;
}

/** Short keys of few octets, so that they share and repeat, and some of the longest. */
const keys = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ min: 1, max: 3, minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 250, maxLength: 254 }) },
);
const profiles = fc.oneof(
  fc.constant(0),
  fc.nat(3),
  fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 28, 2 ** 31, 2 ** 32 - 1),
);
const entries: fc.Arbitrary<Entry[]> = fc
  .array(
    fc.record({
      key: keys,
      flags: fc.nat(0x7f),
      firstSeen: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
      profile: profiles,
    }),
    { maxLength: 400 },
  )
  .map((all) => sortedDistinct(all));

function sortedDistinct(all: readonly Entry[]): Entry[] {
  const sorted = [...all].sort((a, b) => compareBytes(a.key, b.key) || a.profile - b.profile);
  return sorted.filter((entry, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareBytes(before.key, entry.key) !== 0 || before.profile !== entry.profile;
  });
}

function written(all: readonly Entry[]): EntryBlock[] {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const { key, flags, firstSeen, profile } of all) writer.add(key, 0, key.length, flags, firstSeen, profile);
  writer.flush();
  expect(writer.total).toBe(all.length);
  return blocks;
}

function* rest(cursor: EntryCursor): Generator<Entry> {
  for (; cursor.live; cursor.advance()) {
    const { key, keyBytes, flags, firstSeen, profile } = cursor;
    yield { key: key.slice(0, keyBytes), flags, firstSeen, profile };
  }
}

/** Many entries, and of one key in the middle more than a block holds. */
function crowded(profilesOfOne: number): Entry[] {
  const key = (i: number): Uint8Array => new TextEncoder().encode(`k${String(i).padStart(5, "0")}`);
  const many = Array.from({ length: 3000 }, (_, i) => ({ key: key(i), flags: 1, firstSeen: 7, profile: i % 5 }));
  const one = Array.from({ length: profilesOfOne }, (_, i) => ({
    key: key(1500),
    flags: 3,
    firstSeen: i,
    profile: 9 + i,
  }));
  return sortedDistinct([...many, ...one]);
}

describe("blocks of entries", () => {
  it("read back as they were written, with any mix of profiles", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const cursor = new EntryCursor(new EntryBlockList(written(all)));
        cursor.rewind();
        expect([...rest(cursor)]).toEqual(all);
      }),
    );
  });

  it("are entered at any key, at the first of its profiles", () => {
    fc.assert(
      fc.property(entries, fc.array(keys, { minLength: 1, maxLength: 8 }), (all, targets) => {
        const cursor = new EntryCursor(new EntryBlockList(written(all)));
        for (const target of targets) {
          cursor.seek(target);
          expect([...rest(cursor)]).toEqual(all.filter(({ key }) => compareBytes(key, target) >= 0));
        }
      }),
    );
  });

  it("keep all entries of a key in one block, however many profiles it has", () => {
    const all = crowded(4000);
    const blocks = written(all);
    const cursor = new EntryCursor(new EntryBlockList(blocks));
    cursor.rewind();
    expect([...rest(cursor)]).toEqual(all);
    const firsts = blocks.map(({ firstKey }) => Buffer.from(firstKey).toString("hex"));
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(blocks.some(({ bytes }) => bytes.length > 2 * entryBlockBytes)).toBe(true);
    const [wanted] = all.filter(({ profile }) => profile === 9);
    cursor.seek(wanted?.key as Uint8Array);
    expect([...rest(cursor)]).toEqual(all.slice(all.findIndex(({ key }) => key === wanted?.key) - 1));
  });

  it("tell their first key, whatever its profile takes", () => {
    for (const profile of [0, 1, 127, 128, 2 ** 32 - 1]) {
      const key = new Uint8Array([1, 2, 3]);
      const [block] = written([{ key, flags: 1, firstSeen: 2 ** 32 - 1, profile }]);
      expect(firstKeyOf(block?.bytes as Uint8Array)).toEqual(key);
    }
  });

  it("cost nothing for entries without facts", () => {
    const key = (i: number): Uint8Array => new Uint8Array([1 + (i >> 7), 1 + (i & 0x7f)]);
    const plain = Array.from({ length: 1000 }, (_, i) => ({ key: key(i), flags: 1, firstSeen: 5, profile: 0 }));
    const bytes = written(plain).reduce((sum, block) => sum + block.bytes.length, 0);
    // Three octets of head and the last of the key each; the first octet of the key eight times, once a first-seen time.
    expect(bytes).toBe(1000 * 4 + 8 + 4);
  });
});
