/** IP addresses as octets, for the RDATA of local data. */
import ipaddr from "ipaddr.js";

/** Four octets of a dotted quad. @throws RangeError */
export function parseIpv4(text: string): Uint8Array {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) throw new RangeError(`Not an IPv4 address: ${text}`);
  return Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray());
}

/** Sixteen octets. @throws RangeError */
export function parseIpv6(text: string): Uint8Array {
  if (!ipaddr.IPv6.isValid(text) || text.includes("%")) throw new RangeError(`Not an IPv6 address: ${text}`);
  return Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
}
