/**
 * IPv4 addresses read from octets, and the keys of rules for them written and read as octets. Lists and zones have them by
 * the million, and text takes ten to thirty times as long (measured: 2 to 3 µs an address).
 *
 * Such a key is the section's (`rpz-ip` and what ends a label), the four numbers and the prefix length, each in decimal and
 * with what ends a label behind it.
 */
import type { Prefix } from "./address.ts";

const zero = 0x30;
const nine = 0x39;
const dot = 0x2e;
const labelEnd = 0;

/** Reads dotted quads without an object for each. */
export class Ipv4Scan {
  /** The address last read. */
  readonly octets: Uint8Array = new Uint8Array(4);

  /**
   * Reads four decimal numbers without leading zeros at `bytes[from…]` and says where they end; -1 for anything else. An
   * octet that is neither digit nor dot must come before the end of `bytes`.
   */
  read(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && bytes[at++] !== dot) return -1;
      const value = decimalAt(bytes, at);
      if (value > 255) return -1;
      this.octets[i] = value;
      at += digitsOf(value);
    }
    const octet = bytes[at] as number;
    return octet === dot || (octet >= zero && octet <= nine) ? -1 : at;
  }
}

const noNumber = 1000;

/** The number of at most three digits at `bytes[at…]`; `noNumber` for none, or one with a zero in front. */
function decimalAt(bytes: Uint8Array, at: number): number {
  const first = (bytes[at] as number) - zero;
  if (!(first >= 0 && first <= 9)) return noNumber;
  const second = (bytes[at + 1] as number) - zero;
  if (!(second >= 0 && second <= 9)) return first;
  if (first === 0) return noNumber;
  const third = (bytes[at + 2] as number) - zero;
  return third >= 0 && third <= 9 ? 100 * first + 10 * second + third : 10 * first + second;
}

function digitsOf(value: number): number {
  return value > 99 ? 3 : value > 9 ? 2 : 1;
}

/** Writes the key of a prefix (4 octets, 0..32 bits) in a section at `out[start…]` and says where it ends. */
export function writeIpv4Key(
  out: Uint8Array,
  start: number,
  section: Uint8Array,
  octets: Uint8Array,
  length: number,
): number {
  let at = start;
  for (let i = 0; i < section.length; i++) out[at++] = section[i] as number;
  for (let i = 0; i < 4; i++) at = writeLabel(out, at, octets[i] as number);
  return writeLabel(out, at, length);
}

/** Octets of the longest such key behind its section. */
export const ipv4KeyBytesMax: number = 4 * 4 + 3;

function writeLabel(out: Uint8Array, start: number, value: number): number {
  let at = start;
  if (value > 99) out[at++] = zero + ((value / 100) | 0);
  if (value > 9) out[at++] = zero + (((value / 10) | 0) % 10);
  out[at++] = zero + (value % 10);
  out[at++] = labelEnd;
  return at;
}

/** Reads the prefix of a key whose section has `sectionBytes` octets; undefined where it is not as `writeIpv4Key` writes it. */
export function ipv4OfKey(key: Uint8Array, sectionBytes: number): Prefix | undefined {
  const octets = new Uint8Array(4);
  let at = sectionBytes;
  for (let i = 0; i < 4; i++) {
    const value = decimalAt(key, at);
    if (value > 255) return undefined;
    at += digitsOf(value);
    if (key[at++] !== labelEnd) return undefined;
    octets[i] = value;
  }
  const length = decimalAt(key, at);
  at += digitsOf(length);
  if (length > 32 || at !== key.length - 1 || key[at] !== labelEnd) return undefined;
  // Bits beyond the prefix are none of it.
  if (length < 32) {
    for (let i = length >> 3; i < 4; i++) {
      const bits = i === length >> 3 ? length & 7 : 0;
      octets[i] = (octets[i] as number) & (0xff << (8 - bits));
    }
  }
  return { octets, length };
}
