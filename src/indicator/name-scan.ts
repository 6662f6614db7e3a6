/**
 * The hot path: reads plain host names from octets straight into the collector's arena, with no string and no object
 * per name. Anything unusual about a name makes it step back, and the slower reader in `item.ts` decides.
 *
 * Measured on one core of a 2-core machine: see docs/performance.md.
 */
import { labelBytesMax } from "../dns/name.ts";
import { type Collector, entryKeyBytesMax } from "./collector.ts";

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
  /** Where each label of the name last read starts. */
  readonly #starts = new Int32Array(nameTextMax + 1);
  #labels = 0;

  /**
   * Reads a name at `bytes[from…]` up to the first octet that plain names do not have, and says where that is; -1 where
   * the name wants the slower reader. The caller must have put such an octet, for example a newline, before the end.
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
        if (length === 0 || length > labelBytesMax || at - from >= nameTextMax) return -1;
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
    const length = at - labelStart;
    if (labels === 0 || length === 0 || length > labelBytesMax || at - from > nameTextMax) return -1;
    // A top label with a digit or underscore in front or a hyphen anywhere may be a number, punycode or reserved, and
    // one such as `localdomain` is boilerplate.
    const first = table[bytes[labelStart] as number] as number;
    if (first < 0x61 || lastHyphen >= labelStart || (first === 0x6c && length >= 5)) return -1;
    starts[labels] = labelStart;
    this.#labels = labels;
    return at;
  }

  /** Writes the name last read, which ended at `end`, into the collector as a key. */
  commit(bytes: Uint8Array, end: number, collector: Collector, flags: number): void {
    if (
      collector.length + 2 * entryKeyBytesMax > collector.bytes.length ||
      collector.count === collector.starts.length
    ) {
      collector.reserve();
    }
    const table = plainOctets;
    const starts = this.#starts;
    const out = collector.bytes;
    const keyStart = collector.length;
    let at = keyStart;
    let labelEnd = end;
    for (let label = this.#labels; label >= 0; label--) {
      const labelStart = starts[label] as number;
      for (let from = labelStart; from < labelEnd; from++) out[at++] = table[bytes[from] as number] as number;
      out[at++] = 0;
      labelEnd = labelStart - 1;
    }
    collector.commit(at - keyStart, flags);
  }
}
