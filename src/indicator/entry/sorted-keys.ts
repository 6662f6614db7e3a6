/** A set of keys with a few bits each, kept in a collector: a list may name as many as it has lines. */
import { equalBytes } from "../../base/bytes.ts";
import { Collector } from "./collector.ts";
import { SortedView } from "./sorted-view.ts";

export class SortedKeys {
  readonly #keys = new Collector();
  /** Once it has been asked for. */
  #view: SortedView | undefined;

  get size(): number {
    return this.#keys.count;
  }

  /** Adds a key with bits (0..255); the same key may come again with other bits. */
  add(key: Uint8Array, bits: number): void {
    this.#keys.add(key, bits);
    this.#view = undefined;
  }

  /** Calls `visit` with the number (in order of `add`) and the bits of each entry with this key. */
  forEach(key: Uint8Array, visit: (entry: number, bits: number) => void): void {
    const view = (this.#view ??= new SortedView(this.#keys));
    const { order } = view;
    for (let place = view.placeOf(key); place < order.length && equalBytes(view.keyAt(place), key); place++) {
      const entry = order[place] as number;
      visit(entry, this.#keys.flags[entry] as number);
    }
  }
}
