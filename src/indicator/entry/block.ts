/**
 * Entries on disk and between workers: blocks of sorted, distinct entries, front coded. A snapshot, a sorted run of a
 * source that is being read, and the list of names that changed between two snapshots all have this form.
 *
 * An entry is SHARED (1: octets of the previous key kept), SUFFIX (1: octets that follow), FLAGS (1), with 0x80 in
 * FLAGS a FIRST SEEN (4, Unix seconds, big endian) that also holds for the entries after it, then the suffix octets.
 * Keys are shorter than 255 octets, so 0xff in place of SHARED is no entry: a PROFILE follows it (1 to 5 octets, seven
 * bits each, the lowest first, 0x80 in all but the last) that holds for the entries after it. A block stands alone: its
 * first entry shares nothing and states its first-seen time, and its profile where that is not 0.
 *
 * Several entries may have one key, each with a profile of its own, in ascending order. They share one block.
 */
import { compareBytes, compareStarts } from "../../base/bytes.ts";
import { entryKeyBytesMax } from "./collector.ts";

/** Octets of a full block. */
export const entryBlockBytes = 16_384;
const seenBit = 0x80;
/** In place of SHARED: the profile of the entries that follow. */
const profileMark = 0xff;
/** The profile of an entry of which nothing is known but that it is listed. */
export const plainProfile = 0;
/** Octets of one entry at most: head, first seen, profile, key. */
const entryBytesMax = 6 + 3 + 4 + entryKeyBytesMax;

/** A finished block with its sparse-index entry. */
export interface EntryBlock {
  readonly firstKey: Uint8Array;
  readonly entries: number;
  readonly bytes: Uint8Array;
}

export class EntryBlockWriter {
  readonly #emit: (block: EntryBlock) => void;
  readonly #fill: number;
  #bytes: Uint8Array;
  #at = 0;
  #entries = 0;
  #seen = 0;
  #profile = plainProfile;
  #firstKey = new Uint8Array(0);
  readonly #previous = new Uint8Array(256);
  #previousBytes = 0;
  /** Entries added in all. */
  total = 0;

  /** `emit` is called with each finished block, in order. A block ends once it has `fill` octets. */
  constructor(emit: (block: EntryBlock) => void, fill: number = entryBlockBytes) {
    this.#emit = emit;
    this.#fill = fill;
    this.#bytes = new Uint8Array(fill + 512);
  }

  /** Octets added since the last block that was emitted. */
  get pendingBytes(): number {
    return this.#at;
  }

  /**
   * Adds an entry. Keys come in ascending order, those of one key in the order in which they are to be read. `flags` are
   * bits 0x01 to 0x40, `firstSeen` is Unix seconds, 0 where not known, `profile` 0..2^32-1.
   */
  add(
    source: Uint8Array,
    start: number,
    keyBytes: number,
    flags: number,
    firstSeen: number,
    profile: number = plainProfile,
  ): void {
    if (keyBytes > entryKeyBytesMax) throw new RangeError(`A key has ${keyBytes} octets`);
    const previous = this.#previous;
    let shared = 0;
    if (this.#entries > 0) {
      const shorter = keyBytes < this.#previousBytes ? keyBytes : this.#previousBytes;
      while (shared < shorter && source[start + shared] === previous[shared]) shared++;
      if (this.#at >= this.#fill) {
        if (shared < keyBytes) {
          this.flush();
          shared = 0;
        } else if (this.#at + entryBytesMax > this.#bytes.length) this.#grow();
      }
    }
    const out = this.#bytes;
    let at = this.#at;
    let marked = flags;
    if (this.#entries === 0) {
      this.#firstKey = source.slice(start, start + keyBytes);
      this.#profile = plainProfile;
      marked |= seenBit;
    } else if (firstSeen !== this.#seen) marked |= seenBit;
    if (profile !== this.#profile) {
      out[at++] = profileMark;
      let left = profile;
      for (; left > 0x7f; left >>>= 7) out[at++] = 0x80 | (left & 0x7f);
      out[at++] = left;
      this.#profile = profile;
    }
    out[at] = shared;
    out[at + 1] = keyBytes - shared;
    out[at + 2] = marked;
    at += 3;
    if (marked & seenBit) {
      out[at] = firstSeen >>> 24;
      out[at + 1] = firstSeen >>> 16;
      out[at + 2] = firstSeen >>> 8;
      out[at + 3] = firstSeen;
      at += 4;
      this.#seen = firstSeen;
    }
    for (let i = shared; i < keyBytes; i++) {
      const octet = source[start + i] as number;
      out[at++] = octet;
      previous[i] = octet;
    }
    this.#previousBytes = keyBytes;
    this.#at = at;
    this.#entries += 1;
    this.total += 1;
  }

  /** Makes room for more entries of a key whose entries fill a block. */
  #grow(): void {
    const grown = new Uint8Array(2 * this.#bytes.length);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  /** Emits what has been added since the last block. */
  flush(): void {
    if (this.#entries === 0) return;
    this.#emit({ firstKey: this.#firstKey, entries: this.#entries, bytes: this.#bytes.slice(0, this.#at) });
    this.#at = 0;
    this.#entries = 0;
  }
}

/** The first key of a block, as a view of it. */
export function firstKeyOf(block: Uint8Array): Uint8Array {
  const start = afterProfile(block, 0);
  const key = start + 3 + 4;
  return block.subarray(key, key + (block[start + 1] as number));
}

/** Where the entry at or behind `at` starts: behind a profile that stands there. */
function afterProfile(block: Uint8Array, at: number): number {
  if (block[at] !== profileMark) return at;
  let end = at + 1;
  while ((block[end++] as number) & 0x80);
  return end;
}

/** Sorted blocks that can be entered in the middle. */
export interface EntryBlocks {
  /** The last block whose first key is at or before `key`; the very first block where there is none. */
  at(key: Uint8Array): Uint8Array | undefined;
  /** The first block of all. */
  first(): Uint8Array | undefined;
  /** The block after the one returned last. */
  next(): Uint8Array | undefined;
}

/** Walks entries in the order of their keys, those of one key in the order of their profiles. */
export class EntryCursor {
  /** The current key is `key[0…keyBytes)`; the array stays the same object. */
  readonly key = new Uint8Array(256);
  keyBytes = 0;
  flags = 0;
  firstSeen = 0;
  profile = plainProfile;
  /** False once past the last entry. */
  live = false;
  readonly #blocks: EntryBlocks;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Stands before the first entry: call `rewind()` or `seek()`. */
  constructor(blocks: EntryBlocks) {
    this.#blocks = blocks;
  }

  /** Goes to the first entry. */
  rewind(): void {
    this.#enter(this.#blocks.first());
    this.advance();
  }

  /** Goes to the first entry whose key is at or after `target`. */
  seek(target: Uint8Array): void {
    const block = this.#blocks.at(target);
    // Within the block at hand a target ahead is reached from where the cursor stands.
    if (block === undefined || block !== this.#block || !this.live || !this.#isBefore(target)) {
      this.#enter(block);
      this.advance();
    }
    while (this.live && this.#isBefore(target)) this.advance();
  }

  /** Goes to the next entry; `live` tells whether there was one. */
  advance(): void {
    if (this.#at >= this.#block.length) {
      this.#enter(this.#blocks.next());
      if (this.#block.length === 0) {
        this.live = false;
        return;
      }
    }
    const block = this.#block;
    const key = this.key;
    let at = this.#at;
    if (block[at] === profileMark) at = this.#readProfile(block, at + 1);
    const shared = block[at] as number;
    const end = shared + (block[at + 1] as number);
    const flags = block[at + 2] as number;
    at += 3;
    if (flags & seenBit) {
      this.firstSeen =
        (((block[at] as number) << 24) |
          ((block[at + 1] as number) << 16) |
          ((block[at + 2] as number) << 8) |
          (block[at + 3] as number)) >>>
        0;
      at += 4;
    }
    for (let i = shared; i < end; i++) key[i] = block[at++] as number;
    this.keyBytes = end;
    this.flags = flags & ~seenBit;
    this.live = true;
    this.#at = at;
  }

  /** Whether it stands at an entry of this key. */
  isAt(key: Uint8Array): boolean {
    return this.live && compareStarts(this.key, this.keyBytes, key, key.length) === 0;
  }

  /** Whether the next entry has the same key, under another profile. */
  get repeats(): boolean {
    // All entries of a key are in one block.
    const next = afterProfile(this.#block, this.#at);
    return this.#block[next] === this.keyBytes && this.#block[next + 1] === 0;
  }

  /** Reads a profile, and gives where the entry behind it starts. */
  #readProfile(block: Uint8Array, start: number): number {
    let at = start;
    let profile = 0;
    let shift = 0;
    let octet: number;
    do {
      octet = block[at++] as number;
      profile |= (octet & 0x7f) << shift;
      shift += 7;
    } while (octet & 0x80);
    this.profile = profile >>> 0;
    return at;
  }

  #isBefore(target: Uint8Array): boolean {
    return compareStarts(this.key, this.keyBytes, target, target.length) < 0;
  }

  #enter(block: Uint8Array | undefined): void {
    this.#block = block ?? new Uint8Array(0);
    this.#at = 0;
    this.keyBytes = 0;
    this.profile = plainProfile;
    this.live = false;
  }
}

/** Finished blocks held in memory: a run of a source that is being read. */
export class EntryBlockList implements EntryBlocks {
  readonly #list: readonly EntryBlock[];
  #position = -1;

  constructor(list: readonly EntryBlock[]) {
    this.#list = list;
  }

  at(key: Uint8Array): Uint8Array | undefined {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes((this.#list[middle] as EntryBlock).firstKey, key) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#position = Math.max(0, low - 1);
    return this.#list[this.#position]?.bytes;
  }

  first(): Uint8Array | undefined {
    this.#position = 0;
    return this.#list[0]?.bytes;
  }

  next(): Uint8Array | undefined {
    this.#position += 1;
    return this.#list[this.#position]?.bytes;
  }

  /** First keys of blocks at even distances, where the work may be cut in `count + 1` parts. */
  sampleKeys(count: number): Uint8Array[] {
    const list = this.#list;
    return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 1) * list.length) / (count + 1))]?.firstKey)
      .filter((key) => key !== undefined)
      .map((key) => key.slice());
  }
}

/** Three-way comparison of the keys at which two cursors stand. */
export function compareCursors(a: EntryCursor, b: EntryCursor): number {
  return compareStarts(a.key, a.keyBytes, b.key, b.keyBytes);
}
