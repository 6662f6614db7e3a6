/** A set of keys with a few bits each, kept in a collector: a list may name as many as it has lines. */
import { Collector } from "./collector.ts";
import { sortEntries } from "./sort.ts";

export class SortedKeys {
  readonly #keys = new Collector();
  /** Sorted, once it has been asked for. */
  #order: Uint32Array | undefined;

  get size(): number {
    return this.#keys.count;
  }

  /** Adds a key with bits (0..255); the same key may come again with other bits. */
  add(key: Uint8Array, bits: number): void {
    this.#keys.add(key, bits);
    this.#order = undefined;
  }

  /** Calls `visit` with the number (in order of `add`) and the bits of each entry with this key. */
  forEach(key: Uint8Array, visit: (entry: number, bits: number) => void): void {
    this.#order ??= sortEntries(this.#keys);
    const order = this.#order;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#keys.keyOf(order[middle] as number), key) < 0) low = middle + 1;
      else high = middle;
    }
    for (; low < order.length; low++) {
      const entry = order[low] as number;
      if (Buffer.compare(this.#keys.keyOf(entry), key) !== 0) return;
      visit(entry, this.#keys.flags[entry] as number);
    }
  }
}
