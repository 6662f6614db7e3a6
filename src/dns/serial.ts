/** SOA serials and their arithmetic (RFC 1982). */

declare const serialBrand: unique symbol;
/** An SOA serial: 0..4294967295, made by `serial()`. */
export type Serial = number & { readonly [serialBrand]: true };

/**
 * Where the serial is in the RDATA of an SOA, in octets from its end: RFC 1035 3.3.13 ends it with five numbers of 32 bits,
 * of which the serial is the first.
 */
export const serialBytesFromEnd = 20;

/** Checks and brands a number. @throws RangeError outside 0..4294967295 */
export function serial(value: number): Serial {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`Not a serial: ${value}`);
  return value as Serial;
}

/** Compares in serial arithmetic; undefined where RFC 1982 3.2 leaves it so (exactly 2^31 apart). */
export function compareSerials(a: Serial, b: Serial): -1 | 0 | 1 | undefined {
  const ahead = (a - b) >>> 0;
  if (ahead === 0) return 0;
  if (ahead === 0x8000_0000) return undefined;
  return ahead < 0x8000_0000 ? 1 : -1;
}

/**
 * The serial of the next version: the larger of last + 1 and Unix time, in serial arithmetic, so that it never goes
 * back, not even under a clock that does.
 */
export function nextSerial(last: Serial | undefined, unixSeconds: number): Serial {
  const now = serial(Math.max(1, unixSeconds) >>> 0);
  if (last === undefined) return now;
  return compareSerials(now, last) === 1 ? now : serial((last + 1) >>> 0);
}
