/**
 * Keys in order, each with the digests of what is reported of it, as octets: equal to what the ledger makes of its rows
 * (`Ledger.digests`) where every row is as it is reported.
 */
import { compareBytes } from "../../base/bytes.ts";

/** Octets of a digest and what ends it. */
const digestBytes = 17;
const comma = 0x2c;
const zero = 0x30;

export class KeyDigests {
  #bytes = new Uint8Array(8192);
  #length = 0;
  /** Keys with several digests. */
  #several: Several[] = [];

  clear(): void {
    this.#length = 0;
    if (this.#several.length > 0) this.#several = [];
  }

  /** Adds a key, at `bytes[start…]`, with the digests of all that is reported of it. */
  add(bytes: Uint8Array, start: number, keyBytes: number, digests: readonly number[]): void {
    const from = this.#length;
    for (const digest of digests) this.#add(bytes, start, keyBytes, digest);
    if (digests.length > 1) this.#several.push({ from, to: this.#length, keyBytes });
  }

  #add(bytes: Uint8Array, start: number, keyBytes: number, digest: number): void {
    if (this.#length + keyBytes + digestBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length + keyBytes);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    const out = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < keyBytes; i++) out[at++] = bytes[start + i] as number;
    at = writeDecimal(out, at, digest);
    out[at++] = comma;
    this.#length = at;
  }

  /** Whether the keys and their digests are these; those of one key in any order. */
  equals(other: Uint8Array): boolean {
    if (this.#length !== other.length) return false;
    const own = this.#bytes.subarray(0, this.#length);
    if (compareBytes(own, other) === 0) return true;
    let at = 0;
    for (const { from, to, keyBytes } of this.#several) {
      const isSame =
        compareBytes(own.subarray(at, from), other.subarray(at, from)) === 0 &&
        sortedDigests(own.subarray(from, to), keyBytes) === sortedDigests(other.subarray(from, to), keyBytes);
      if (!isSame) return false;
      at = to;
    }
    return compareBytes(own.subarray(at), other.subarray(at)) === 0;
  }
}

interface Several {
  readonly from: number;
  readonly to: number;
  readonly keyBytes: number;
}

/** Pieces of a key and a digest, in order, as text; what is no such piece comes out as another text. */
function sortedDigests(bytes: Uint8Array, keyBytes: number): string {
  const text = Buffer.from(bytes).toString("latin1");
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(",", at + keyBytes);
    pieces.push(text.slice(at, end < 0 ? undefined : end));
    at = end < 0 ? text.length : end + 1;
  }
  return pieces.sort().join(",");
}

/** Writes a number of 0..2^52 in decimal and gives where it ends. */
function writeDecimal(out: Uint8Array, start: number, value: number): number {
  // In two halves that are small integers, with which the engine divides several times as fast.
  const high = Math.floor(value / half);
  const low = value - high * half;
  if (high === 0) return writeDigits(out, start, low, digitsOf(low));
  const middle = writeDigits(out, start, high, digitsOf(high));
  return writeDigits(out, middle, low, halfDigits);
}

const halfDigits = 8;
const half = 10 ** halfDigits;

function digitsOf(value: number): number {
  let digits = 1;
  for (let left = (value / 10) | 0; left > 0; left = (left / 10) | 0) digits += 1;
  return digits;
}

/** The last `digits` digits of a number below 2^31. */
function writeDigits(out: Uint8Array, start: number, value: number, digits: number): number {
  let left = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const shorter = (left / 10) | 0;
    out[at] = zero + (left - 10 * shorter);
    left = shorter;
  }
  return start + digits;
}
