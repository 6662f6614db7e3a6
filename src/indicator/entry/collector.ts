/**
 * Where parsers put what they find: keys one after the other in one byte arena, no object and no string per entry.
 * Sorting and duplicates come later (`sort.ts`).
 */

import type { EntryReports } from "./reports.ts";

/** What an entry says of its name; the bits of one name's entries are joined. */
export const flag = {
  /** The name itself is malicious. */
  blockSelf: 1,
  /** Everything beneath the name is malicious. */
  blockBeneath: 2,
  /** The source exempts the name itself from its own entries. */
  exemptSelf: 4,
  /** The source exempts everything beneath the name from its own entries. */
  exemptBeneath: 8,
  /**
   * The name itself is the host of a malicious URL, which is all that is known of it. A name that is listed plainly as
   * well has `blockSelf` beside it, which counts.
   */
  blockUrlHost: 16,
  /** The address or prefix is a part of a range that one line names, and that takes several prefixes. */
  rangePart: 32,
} as const;

/**
 * Flags of the entries of an allow list, which are the bits by which a source's entries block: of either list the words are
 * that it lists the name.
 */
export const allowFlag = {
  /** The name itself is to be allowed. */
  self: flag.blockSelf,
  /** Everything beneath the name is to be allowed. */
  beneath: flag.blockBeneath,
} as const;

/** Either of these says that the name itself is malicious. */
export const blockSelfBits: number = flag.blockSelf | flag.blockUrlHost;

export const blockSubtree: number = flag.blockSelf | flag.blockBeneath;
export const exemptSubtree: number = flag.exemptSelf | flag.exemptBeneath;

/** Octets of the longest key an entry may have. */
export const entryKeyBytesMax = 254;

export class Collector {
  /** The arena. Parsers write a key at `bytes[length…]` after `reserve()`, then `commit()` it. */
  bytes: Uint8Array;
  /** Octets of the arena in use. */
  length = 0;
  /** Where each entry's key starts in the arena. */
  starts: Uint32Array;
  /** Octets of each entry's key. */
  keyBytes: Uint8Array;
  /** Bits of `flag`. */
  flags: Uint8Array;
  /** Entries committed. */
  count = 0;
  /** What is said of the entries besides, of a list that says it. */
  reports: EntryReports | undefined;

  constructor(expectedEntries = 1024, expectedBytes = expectedEntries * 24) {
    this.bytes = new Uint8Array(Math.max(expectedBytes, 4 * entryKeyBytesMax));
    this.starts = new Uint32Array(Math.max(expectedEntries, 16));
    this.keyBytes = new Uint8Array(this.starts.length);
    this.flags = new Uint8Array(this.starts.length);
  }

  /** Makes room for one more entry of any length; may replace `bytes`. */
  reserve(): void {
    if (this.length + 2 * entryKeyBytesMax > this.bytes.length) {
      const grown = new Uint8Array(growth(this.bytes.length));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    if (this.count === this.starts.length) {
      const entries = growth(this.starts.length);
      const starts = new Uint32Array(entries);
      starts.set(this.starts);
      this.starts = starts;
      const keyBytes = new Uint8Array(entries);
      keyBytes.set(this.keyBytes);
      this.keyBytes = keyBytes;
      const flags = new Uint8Array(entries);
      flags.set(this.flags);
      this.flags = flags;
    }
  }

  /** Takes the `keyBytes` octets written at `bytes[length…]` as an entry. */
  commit(keyBytes: number, flags: number): void {
    const entry = this.count++;
    this.starts[entry] = this.length;
    this.keyBytes[entry] = keyBytes;
    this.flags[entry] = flags;
    this.length += keyBytes;
    if (this.reports !== undefined) this.reports.commit(entry);
  }

  /** Looks at the entries from `first` on once more: each gets the flags that `judge` says, and is dropped on 0. */
  revise(first: number, judge: (entry: number) => number): void {
    const { bytes, starts, keyBytes, flags } = this;
    let kept = first;
    let at = first < this.count ? (starts[first] as number) : this.length;
    for (let entry = first; entry < this.count; entry++) {
      const judged = judge(entry);
      if (judged === 0) continue;
      const start = starts[entry] as number;
      const octets = keyBytes[entry] as number;
      bytes.copyWithin(at, start, start + octets);
      starts[kept] = at;
      keyBytes[kept] = octets;
      flags[kept] = judged;
      this.reports?.move(entry, kept);
      kept += 1;
      at += octets;
    }
    this.count = kept;
    this.length = at;
  }

  /** Gives each entry another key, or drops it where there is none; `keyOf` gets the key as a view. */
  replaceKeys(keyOf: (entry: number, key: Uint8Array) => Uint8Array | undefined): void {
    const bytes = this.bytes.slice(0, this.length);
    const starts = this.starts.slice(0, this.count);
    const { count } = this;
    this.length = 0;
    this.count = 0;
    for (let entry = 0; entry < count; entry++) {
      const start = starts[entry] as number;
      const flags = this.flags[entry] as number;
      const key = keyOf(entry, bytes.subarray(start, start + (this.keyBytes[entry] as number)));
      if (key === undefined) continue;
      this.reserve();
      this.bytes.set(key, this.length);
      this.starts[this.count] = this.length;
      this.keyBytes[this.count] = key.length;
      this.flags[this.count] = flags;
      this.reports?.move(entry, this.count);
      this.length += key.length;
      this.count += 1;
    }
  }

  /** Drops all entries from number `count` on. */
  truncate(count: number): void {
    if (count >= this.count) return;
    this.length = this.starts[count] as number;
    this.count = count;
  }

  /** The key of an entry, as a view of the arena that the next entry may invalidate. */
  keyOf(entry: number): Uint8Array {
    const start = this.starts[entry] as number;
    return this.bytes.subarray(start, start + (this.keyBytes[entry] as number));
  }

  /** Adds a finished key; the slower way for formats that are not on the hot path. */
  add(key: Uint8Array, flags: number): void {
    this.reserve();
    this.bytes.set(key, this.length);
    this.commit(key.length, flags);
  }
}

/** Half as much again, so that a copy while growing never doubles the peak. */
function growth(size: number): number {
  return size + (size >> 1) + 1024;
}
