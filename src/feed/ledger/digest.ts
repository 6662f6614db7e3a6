/** A short digest by which a report that is read again is known to be the same. */

/**
 * 52 bits of what is said and how: FNV-1a, and a second hash beside it. A source could make two reports alike on purpose;
 * it would only keep its own older one. A tenth of the time that SHA-256 takes (measured: 0.1 against 1.2 µs).
 */
export function digestOf(flags: number, text: string): number {
  let low = 0x811c_9dc5 ^ flags;
  let high = 0x9e37_79b9 ^ flags;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x0100_0193);
    high = Math.imul(high ^ unit, 0x85eb_ca6b);
    high ^= high >>> 13;
  }
  return (low >>> 0) + (high >>> 12) * 2 ** 32;
}

/** The same of a text in UTF-8, at `bytes[start…end)`; undefined where it has more than ASCII and wants decoding. */
export function digestOfOctets(flags: number, bytes: Uint8Array, start: number, end: number): number | undefined {
  let low = 0x811c_9dc5 ^ flags;
  let high = 0x9e37_79b9 ^ flags;
  for (let i = start; i < end; i++) {
    const octet = bytes[i] as number;
    if (octet > 0x7f) return undefined;
    low = Math.imul(low ^ octet, 0x0100_0193);
    high = Math.imul(high ^ octet, 0x85eb_ca6b);
    high ^= high >>> 13;
  }
  return (low >>> 0) + (high >>> 12) * 2 ** 32;
}
