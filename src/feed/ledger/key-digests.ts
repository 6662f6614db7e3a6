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

  clear(): void {
    this.#length = 0;
  }

  add(bytes: Uint8Array, start: number, keyBytes: number, digest: number): void {
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

  equals(other: Uint8Array): boolean {
    return this.#length === other.length && compareBytes(this.#bytes.subarray(0, this.#length), other) === 0;
  }
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
