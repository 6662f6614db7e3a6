/**
 * Address prefixes with a number each, sorted so that a prefix comes right before all that it holds, in a few arrays of
 * numbers and octets. Each knows the narrowest one around it, so a look-up is a search and a short climb.
 */
import { Collector } from "../indicator/entry/collector.ts";
import { sortEntries } from "../indicator/entry/sort.ts";
import { type Prefix, prefixHolds } from "../rpz/address.ts";

/** Octets of an address at most. */
const addressBytesMax = 16;

export class PrefixTable {
  /** A key is the count of octets, the octets, the length in bits, and 65535 less the number. */
  readonly #keys = new Collector();
  readonly #starts = new PrefixStarts();
  /** Entries in key order, once it has been asked for. */
  #order: Uint32Array | undefined;
  /** By place in that order, the place of the narrowest prefix around; -1 where there is none. */
  #around = new Int32Array(0);

  get size(): number {
    return this.#keys.count;
  }

  /** Adds a prefix with a number (0..65535); the same prefix may come with several. */
  add(prefix: Prefix, number: number): void {
    this.#keys.add(keyOf(prefix, prefix.length, number), 0);
    this.#starts.add(prefix);
    this.#order = undefined;
  }

  /**
   * Calls `visit` for each prefix of at most `lengthMax` bits that holds one, the narrowest first and of equal ones the
   * lowest number first, until that returns true. `lengthMax` is at most the prefix's own length.
   */
  around(prefix: Prefix, lengthMax: number, visit: (number: number, found: Prefix) => boolean): void {
    if (lengthMax < 0 || !this.#starts.mayMeet(prefix)) return;
    const order = (this.#order ??= this.#sort());
    for (let at = this.#firstAfter(order, keyOf(prefix, lengthMax, 0)) - 1; at >= 0; ) {
      const found = this.#prefixAt(order, at);
      const isAround = found.length <= lengthMax && prefixHolds(found, prefix);
      if (isAround && visit(this.#numberAt(order, at), found)) return;
      at = this.#around[at] as number;
    }
  }

  /** Calls `visit` for each prefix inside one, itself left out, until that returns true. */
  inside(prefix: Prefix, visit: (number: number, found: Prefix) => boolean): void {
    // Nothing is inside one address, and most rules are for one.
    if (prefix.length === 8 * prefix.octets.length || !this.#starts.mayMeet(prefix)) return;
    const order = (this.#order ??= this.#sort());
    for (let at = this.#firstAfter(order, keyOf(prefix, prefix.length, 0)); at < order.length; at++) {
      const found = this.#prefixAt(order, at);
      if (!prefixHolds(prefix, found) || visit(this.#numberAt(order, at), found)) return;
    }
  }

  /** All prefixes in order, IPv6 first: each right before all that it holds. */
  *prefixes(): Generator<Prefix, void> {
    const order = (this.#order ??= this.#sort());
    for (let at = 0; at < order.length; at++) yield this.#prefixAt(order, at);
  }

  #sort(): Uint32Array {
    const order = sortEntries(this.#keys);
    this.#around = new Int32Array(order.length);
    let above = -1;
    for (let at = 0; at < order.length; at++) {
      const prefix = this.#prefixAt(order, at);
      while (above >= 0 && !prefixHolds(this.#prefixAt(order, above), prefix)) above = this.#around[above] as number;
      this.#around[at] = above;
      above = at;
    }
    return order;
  }

  /** The first place whose key sorts after `key`. */
  #firstAfter(order: Uint32Array, key: Uint8Array): number {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#keyAt(order, middle), key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyAt(order: Uint32Array, at: number): Uint8Array {
    return this.#keys.keyOf(order[at] as number);
  }

  #prefixAt(order: Uint32Array, at: number): Prefix {
    const key = this.#keyAt(order, at);
    return { octets: key.subarray(1, key.length - 3), length: key[key.length - 3] as number };
  }

  #numberAt(order: Uint32Array, at: number): number {
    const key = this.#keyAt(order, at);
    return 0xffff - (((key[key.length - 2] as number) << 8) | (key[key.length - 1] as number));
  }
}

/** By the first 16 bits of addresses, whether a table has anything that holds one or is inside: most often it has not. */
class PrefixStarts {
  readonly #ipv4 = new Uint8Array(1 << startBits);
  readonly #ipv6 = new Uint8Array(1 << startBits);

  add(prefix: Prefix): void {
    const start = startOf(prefix);
    this.#of(prefix).fill(1, start, start + countOf(prefix));
  }

  /** False where no prefix that was added shares an address with this one. */
  mayMeet(prefix: Prefix): boolean {
    const starts = this.#of(prefix);
    const start = startOf(prefix);
    if (prefix.length >= startBits) return starts[start] === 1;
    return starts.subarray(start, start + countOf(prefix)).includes(1);
  }

  #of({ octets }: Prefix): Uint8Array {
    return octets.length === 4 ? this.#ipv4 : this.#ipv6;
  }
}

const startBits = 16;

function startOf({ octets }: Prefix): number {
  return ((octets[0] as number) << 8) | (octets[1] as number);
}

/** How many starts a prefix takes. */
function countOf({ length }: Prefix): number {
  return length < startBits ? 1 << (startBits - length) : 1;
}

function keyOf({ octets }: Prefix, length: number, number: number): Uint8Array {
  const key = new Uint8Array(octets.length + 4);
  key[0] = addressBytesMax - octets.length;
  key.set(octets, 1);
  key[key.length - 3] = length;
  key[key.length - 2] = (0xffff - number) >> 8;
  key[key.length - 1] = 0xffff - number;
  return key;
}
