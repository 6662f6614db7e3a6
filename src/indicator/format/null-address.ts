/** Addresses at which nothing is reached: what lists give to the names that they block. */
import type { Prefix } from "../../rpz/address.ts";

/**
 * Whether an address is 0.0.0.0, 127.0.0.1, `::` or `::1`. Other addresses of 127.0.0.0/8 map a name: Debian itself gives
 * the host's own name 127.0.1.1, and others run services there.
 */
export function isNullAddress({ octets }: Prefix): boolean {
  const last = octets.length - 1;
  const isLoopback = octets.length === 4 && octets[0] === 127;
  for (let i = isLoopback ? 1 : 0; i < last; i++) if (octets[i] !== 0) return false;
  return isLoopback ? octets[last] === 1 : (octets[last] as number) <= (octets.length === 4 ? 0 : 1);
}
