/** Ranges of addresses, which lists write where rules want prefixes. */
import { type Prefix, prefixToText } from "./address.ts";

/** Addresses of one family, from `first` to `last`, both included, as numbers. */
export interface AddressSpan {
  /** Of an address: 4 or 16. */
  readonly octets: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** The addresses of a prefix. */
export function spanOfPrefix({ octets, length }: Prefix): AddressSpan {
  const first = numberOf(octets);
  return { octets: octets.length, first, last: first + (1n << BigInt(8 * octets.length - length)) - 1n };
}

/** `first-last`, as lists write it. */
export function spanToText({ octets, first, last }: AddressSpan): string {
  return [first, last]
    .map((number) => prefixToText({ octets: octetsOf(number, octets), length: 8 * octets }))
    .join("-");
}

/**
 * The fewest prefixes that cover exactly the addresses from `first` to `last`, both included, in ascending order: at most
 * 62 of IPv4 and 254 of IPv6. Undefined where the two are of different families or in the wrong order.
 */
export function prefixesOfRange(first: Uint8Array, last: Uint8Array): Prefix[] | undefined {
  if (first.length !== last.length) return undefined;
  const bits = 8 * first.length;
  const end = numberOf(last);
  const prefixes: Prefix[] = [];
  let at = numberOf(first);
  if (at > end) return undefined;
  while (at <= end) {
    // The largest block that starts here and does not reach beyond the end.
    let free = 0;
    while (free < bits && (at >> BigInt(free)) % 2n === 0n && at + (2n << BigInt(free)) - 1n <= end) free += 1;
    prefixes.push({ octets: octetsOf(at, first.length), length: bits - free });
    at += 1n << BigInt(free);
  }
  return prefixes;
}

function numberOf(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString("hex")}`);
}

function octetsOf(number: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(2 * length, "0"), "hex"));
}
