/**
 * The hot path: reads plain host names from octets straight into the collector's arena, with no string and no object
 * per name. Anything unusual about a name makes it step back, and the slower reader in `item.ts` decides.
 *
 * Measured on one core of a 2-core machine: 11.1 million hosts lines (263 MB) in 1.1 to 1.4 s, 100 to 125 ns a line, of
 * which finding the line feeds alone takes 27 ns; the reader in `item.ts` takes 2 to 4 µs for a name.
 */
import { labelBytesMax } from "../dns/name.ts";
import { type Collector, entryKeyBytesMax } from "./entry/collector.ts";

/** Characters of the longest name in text, without the final dot (RFC 1035 2.3.4 less two length octets). */
export const nameTextMax = 253;

const dot = 0x2e;
const hyphen = 0x2d;

/** Lower case of the octets that plain names have (letters, digits, `-`, `_`, `.`), and 0 for all others. */
export const plainOctets: Uint8Array = new Uint8Array(256);
for (const character of "abcdefghijklmnopqrstuvwxyz0123456789_-.") {
  const octet = character.charCodeAt(0);
  plainOctets[octet] = octet;
  plainOctets[character.toUpperCase().charCodeAt(0)] = octet;
}

export class NameScan {
  /** Where each label of the name last read starts, and where its last label ends. */
  readonly #starts = new Int32Array(nameTextMax + 2);
  #labels = 0;
  #end = 0;

  /**
   * Reads a name at `bytes[from…]`, with or without a final dot, up to the first octet that plain names do not have, and
   * says where that is; -1 where the name wants the slower reader. Such an octet, as a line feed, must come before the
   * end of `bytes`.
   */
  read(bytes: Uint8Array, from: number): number {
    const table = plainOctets;
    const starts = this.#starts;
    let labels = 0;
    let labelStart = from;
    let lastHyphen = -2;
    let at = from;
    for (;;) {
      const octet = table[bytes[at] as number] as number;
      if (octet > dot) {
        at += 1;
      } else if (octet === dot) {
        const length = at - labelStart;
        if (length === 0 || length > labelBytesMax || at - from > nameTextMax) return -1;
        starts[labels++] = labelStart;
        at += 1;
        labelStart = at;
      } else if (octet === hyphen) {
        // Two in a row may be punycode.
        if (lastHyphen === at - 1) return -1;
        lastHyphen = at;
        at += 1;
      } else {
        break;
      }
    }
    let end = at;
    if (end === labelStart && labels > 0) {
      end -= 1;
      labels -= 1;
      labelStart = starts[labels] as number;
    }
    const length = end - labelStart;
    if (labels === 0 || length === 0 || length > labelBytesMax || end - from > nameTextMax) return -1;
    // A top label with a digit or underscore in front or a hyphen anywhere may be a number, punycode or reserved, and
    // one such as `localdomain` is boilerplate.
    const first = table[bytes[labelStart] as number] as number;
    if (first < 0x61 || lastHyphen >= labelStart || (first === 0x6c && length >= 5)) return -1;
    starts[labels] = labelStart;
    this.#labels = labels;
    this.#end = end;
    return at;
  }

  /** Writes the name last read from `bytes` into the collector as a key. */
  commit(bytes: Uint8Array, collector: Collector, flags: number): void {
    if (
      collector.length + 2 * entryKeyBytesMax > collector.bytes.length ||
      collector.count === collector.starts.length
    ) {
      collector.reserve();
    }
    collector.commit(this.#write(bytes, collector.bytes, collector.length) - collector.length, flags);
  }

  /** The key of the name last read from `bytes`. */
  key(bytes: Uint8Array): Uint8Array {
    const key = new Uint8Array(this.#end - (this.#starts[0] as number) + 1);
    this.#write(bytes, key, 0);
    return key;
  }

  /** Writes the key at `out[start…]` and returns where it ends. */
  #write(bytes: Uint8Array, out: Uint8Array, start: number): number {
    const table = plainOctets;
    const starts = this.#starts;
    let at = start;
    let labelEnd = this.#end;
    for (let label = this.#labels; label >= 0; label--) {
      const labelStart = starts[label] as number;
      for (let from = labelStart; from < labelEnd; from++) out[at++] = table[bytes[from] as number] as number;
      out[at++] = 0;
      labelEnd = labelStart - 1;
    }
    return at;
  }
}
