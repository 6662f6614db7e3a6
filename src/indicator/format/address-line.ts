/** The hot path of lists of addresses: one IPv4 address a line, from octets to its key. */
import { isPlainFirstOctet } from "../../rpz/address.ts";
import { Ipv4Scan, writeIpv4Key } from "../../rpz/ipv4-key.ts";
import { sectionKey } from "../../rpz/section.ts";
import { type Collector, flag } from "../entry/collector.ts";
import { isLineEnd } from "./line-parser.ts";

const addresses = new Ipv4Scan();
const section = sectionKey("response-ip");

/**
 * Takes a line that is one IPv4 address, which blocks or is to be allowed, and says where it ends; -1 where the line is
 * anything else, or the address may be one that no rule is for.
 */
export function takeAddress(bytes: Uint8Array, at: number, collector: Collector): number {
  const end = addresses.read(bytes, at);
  if (end === -1 || !isLineEnd(bytes, end)) return -1;
  const { octets } = addresses;
  if (!isPlainFirstOctet(octets[0] as number)) return -1;
  collector.reserve();
  const keyEnd = writeIpv4Key(collector.bytes, collector.length, section, octets, 32);
  collector.commit(keyEnd - collector.length, flag.blockSelf);
  return end;
}
