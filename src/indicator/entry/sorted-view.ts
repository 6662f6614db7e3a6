/** A collector's entries in key order, in which those of a key can be found. */
import { compareBytes, equalBytes } from "../../base/bytes.ts";
import type { Collector } from "./collector.ts";
import { sortEntries } from "./sort.ts";

export class SortedView {
  /** Numbers of the entries. */
  readonly order: Uint32Array;
  readonly #collector: Collector;

  /** Sorts the entries; the collector must stay as it is from then on. */
  constructor(collector: Collector) {
    this.#collector = collector;
    this.order = sortEntries(collector);
  }

  /** Whether an entry has this key and any of these flags. */
  has(key: Uint8Array, flags: number): boolean {
    const { order } = this;
    for (let place = this.placeOf(key); place < order.length && equalBytes(this.keyAt(place), key); place++) {
      if (((this.#collector.flags[order[place] as number] as number) & flags) !== 0) return true;
    }
    return false;
  }

  /** The first place in the order whose key does not sort before this one. */
  placeOf(key: Uint8Array): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.keyAt(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The key at a place in the order. */
  keyAt(place: number): Uint8Array {
    return this.#collector.keyOf(this.order[place] as number);
  }
}
