/**
 * Which addresses are inside: of this machine, its networks, or no single host of the public Internet. Whoever answers for a
 * name must not have a program inside ask its own neighbours.
 */
import { embeddedIpv4, type Prefix, parseAddress, prefixFault } from "../../rpz/address.ts";

/** The octets before an IPv4 address within an IPv6 one: IPv4-mapped (RFC 4291 2.5.5.2), and NAT64 (RFC 6052 2.1). */
const carriers: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
  [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
];

/** Whether an address, as the system writes it, is inside; one that cannot be read is. */
export function isInside(address: string): boolean {
  const parsed = parseAddress(address.replace(/%.*$/, ""));
  if (parsed === undefined) return true;
  const ipv4 = carriedIpv4(parsed) ?? embeddedIpv4(parsed);
  return prefixFault(ipv4 ?? parsed) !== undefined;
}

function carriedIpv4({ octets }: Prefix): Prefix | undefined {
  const isCarrier = octets.length === 16 && carriers.some((start) => start.every((octet, i) => octets[i] === octet));
  return isCarrier ? { octets: octets.slice(12), length: 32 } : undefined;
}
