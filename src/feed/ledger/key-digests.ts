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

/** Writes a number of 0..2^53-1 and gives where it ends. */
function writeDecimal(out: Uint8Array, start: number, value: number): number {
  let end = start + 1;
  for (let left = value; left >= 10; left = Math.floor(left / 10)) end += 1;
  let left = value;
  for (let at = end - 1; at >= start; at--) {
    const shorter = Math.floor(left / 10);
    out[at] = zero + (left - 10 * shorter);
    left = shorter;
  }
  return end;
}
