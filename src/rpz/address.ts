/**
 * IP addresses and prefixes: strict reading, the owner names of the triggers for addresses and their keys
 * (draft-vixie-dnsop-dns-rpz-00 sections 4.1, 4.3 and 4.5), and which prefixes no list may block.
 */
import ipaddr from "ipaddr.js";
import { keyOfText, keyToText } from "../dns/name.ts";
import { Ipv4Scan, ipv4KeyBytesMax, ipv4OfKey, writeIpv4Key } from "./ipv4-key.ts";
import { type AddressTrigger, isAddressTrigger, labelOfTrigger } from "./label.ts";
import { sectionKey, triggerOfKey } from "./section.ts";

/** An address prefix in network octets; the bits beyond `length` are zero. */
export interface Prefix {
  /** 4 octets for IPv4, 16 for IPv6. */
  readonly octets: Uint8Array;
  /** Bits that count: 0..32 or 0..128. */
  readonly length: number;
}

/** Shortest prefixes that a rule may have: anything wider takes whole registries' worth of the Internet. */
export const ipv4LengthMin = 8;
export const ipv6LengthMin = 19;

const decimal = /^(?:0|[1-9]\d{0,2})$/;

/** Reads a dotted quad: four decimal numbers without leading zeros, so neither octal nor short forms. */
function parseIpv4(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length < 7 || length > ipv4TextMax) return undefined;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return undefined;
    ipv4Text[i] = code;
  }
  ipv4Text[length] = 0;
  return ipv4.read(ipv4Text, 0) === length ? ipv4.octets.slice() : undefined;
}

const ipv4TextMax = 15;
const ipv4Text = new Uint8Array(ipv4TextMax + 1);
const ipv4 = new Ipv4Scan();

/** Reads IPv6 text (RFC 4291 2.2), without a zone index. */
function parseIpv6(text: string): Uint8Array | undefined {
  if (!text.includes(":") || !/^[0-9a-f:.]+$/i.test(text)) return undefined;
  // The library reads octal and short forms in a dotted tail; ours does not.
  const tail = /[^:]*\.[^:]*$/.exec(text)?.[0];
  if (tail !== undefined && parseIpv4(tail) === undefined) return undefined;
  return ipaddr.IPv6.isValid(text) ? Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray()) : undefined;
}

/** Reads one address as a prefix of full length; undefined for anything that is not exactly an address. */
export function parseAddress(text: string): Prefix | undefined {
  const octets = parseIpv4(text) ?? parseIpv6(text);
  return octets && { octets, length: octets.length * 8 };
}

/** Reads an address or a CIDR prefix; host bits beyond the prefix are cleared. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  if (slash === -1) return parseAddress(text);
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !decimal.test(digits) || Number(digits) > address.length) return undefined;
  return makePrefix(address.octets, Number(digits));
}

/** A prefix of these octets with the host bits cleared. */
function makePrefix(octets: Uint8Array, length: number): Prefix {
  const cleared = octets.slice();
  for (let i = 0; i < cleared.length; i++) {
    const bits = Math.min(8, Math.max(0, length - 8 * i));
    cleared[i] = (cleared[i] as number) & (0xff << (8 - bits));
  }
  return { octets: cleared, length };
}

/** Text of a prefix: a plain address where it has full length, else CIDR. IPv6 as in RFC 5952. */
export function prefixToText(prefix: Prefix): string {
  const address =
    prefix.octets.length === 4 ? prefix.octets.join(".") : new ipaddr.IPv6(Array.from(prefix.octets)).toRFC5952String();
  return prefix.length === prefix.octets.length * 8 ? address : `${address}/${prefix.length}`;
}

/** The eight 16-bit groups of an IPv6 address, last group first, as the owner name has them. */
function groupsFromEnd(octets: Uint8Array): number[] {
  const groups: number[] = [];
  for (let i = 14; i >= 0; i -= 2) groups.push(((octets[i] as number) << 8) | (octets[i + 1] as number));
  return groups;
}

/**
 * The owner name of a prefix's rule relative to the zone's apex, as in `32.4.2.0.192.rpz-ip`. In IPv6 `zz` stands
 * for the longest run of at least two zero groups, and on a tie for the last as encoded; BIND writes it so, and
 * complains of any other spelling.
 */
export function ownerOfPrefix(prefix: Prefix, trigger: AddressTrigger = "response-ip"): string {
  const top = labelOfTrigger[trigger];
  if (prefix.octets.length === 4) return `${prefix.length}.${[...prefix.octets].reverse().join(".")}.${top}`;
  const groups = groupsFromEnd(prefix.octets);
  let runAt = -1;
  let runLength = 1;
  for (let at = 0; at < groups.length; ) {
    let end = at;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - at > 1 && end - at >= runLength) {
      runAt = at;
      runLength = end - at;
    }
    at = end + 1;
  }
  const labels = groups.map((group) => group.toString(16));
  if (runAt !== -1) labels.splice(runAt, runLength, "zz");
  return `${prefix.length}.${labels.join(".")}.${top}`;
}

/**
 * Reads an owner name relative to the apex, as in `24.0.2.0.192.rpz-ip`, in any letter case and with `zz` for any zero
 * run; host bits are cleared. Undefined where it is no well-formed rule of this trigger.
 */
export function prefixOfOwner(owner: string, trigger: AddressTrigger = "response-ip"): Prefix | undefined {
  const labels = owner.toLowerCase().split(".");
  if (labels.pop() !== labelOfTrigger[trigger]) return undefined;
  const digits = labels.shift() ?? "";
  if (!decimal.test(digits)) return undefined;
  const length = Number(digits);
  const zeroRun = labels.indexOf("zz");
  if (zeroRun === -1 && labels.length === 4) {
    const octets = parseIpv4(labels.reverse().join("."));
    return octets && length <= 32 ? makePrefix(octets, length) : undefined;
  }
  if (zeroRun !== -1) {
    const missing = 9 - labels.length;
    if (missing < 1) return undefined;
    labels.splice(zeroRun, 1, ...Array<string>(missing).fill("0"));
  }
  if (labels.length !== 8 || length > 128 || !labels.every((label) => /^[0-9a-f]{1,4}$/.test(label))) return undefined;
  const octets = parseIpv6(labels.reverse().join(":"));
  return octets && makePrefix(octets, length);
}

/** The key of a prefix's rule, relative to the apex. */
export function addressKey(prefix: Prefix, trigger: AddressTrigger = "response-ip"): Uint8Array {
  const { octets, length } = prefix;
  if (octets.length !== 4) return keyOfText(ownerOfPrefix(prefix, trigger));
  const section = sectionKey(trigger);
  const key = new Uint8Array(section.length + ipv4KeyBytesMax);
  return key.slice(0, writeIpv4Key(key, 0, section, octets, length));
}

/** The prefix of a rule's key, whatever its trigger; undefined for rules for names. */
export function prefixOfKey(key: Uint8Array): Prefix | undefined {
  const trigger = triggerOfKey(key);
  if (!isAddressTrigger(trigger)) return undefined;
  return ipv4OfKey(key, sectionKey(trigger).length) ?? prefixOfOwner(keyToText(key), trigger);
}

/** Whether a key, relative to the apex, is that of a rule for addresses. */
export function isAddressKey(key: Uint8Array): boolean {
  return isAddressTrigger(triggerOfKey(key));
}

/**
 * Prefixes that the IANA special-purpose registries (RFC 6890) keep from the public Internet. The documentation
 * prefixes (RFC 5737, RFC 3849) are left out: nothing real answers with them, and samples are written with them.
 */
const specialPurpose: readonly Prefix[] = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and the broadcast address
  "::/96", // unspecified, loopback, and the old IPv4-compatible form
  "::ffff:0:0/96", // IPv4-mapped
  "64:ff9b::/96", // NAT64: every IPv4 address behind one prefix
  "64:ff9b:1::/48", // NAT64, local
  "100::/64", // discard
  "fc00::/7", // unique local
  "fe80::/10", // link-local
  "fec0::/10", // site-local
  "ff00::/8", // multicast
].map((text) => parsePrefix(text) as Prefix);

/** Special-purpose prefixes from which resolvers are queried: the normal case of a rule for clients, however wide. */
const clientNetworks: readonly Prefix[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
].map((text) => parsePrefix(text) as Prefix);

/**
 * IPv6 prefixes whose addresses hold an IPv4 address, from a bit on: 6to4 (RFC 3056 section 2) and Teredo (RFC 4380
 * section 4), which has its client's inverted. No rule may be for IPv4-mapped addresses and NAT64: see above.
 */
const ipv4Carriers = [
  { prefix: parsePrefix("2002::/16") as Prefix, at: 16, isInverted: false },
  { prefix: parsePrefix("2001::/32") as Prefix, at: 96, isInverted: true },
];

/** The IPv4 addresses that are in the addresses of an IPv6 prefix; undefined where none are. */
export function embeddedIpv4(prefix: Prefix): Prefix | undefined {
  if (prefix.octets.length === 4) return undefined;
  const carrier = ipv4Carriers.find((one) => prefixesOverlap(one.prefix, prefix));
  if (carrier === undefined) return undefined;
  const { at, isInverted } = carrier;
  const octets = prefix.octets.slice(at / 8, at / 8 + 4);
  if (isInverted) for (const [i, octet] of octets.entries()) octets[i] = ~octet;
  return makePrefix(octets, Math.min(32, Math.max(0, prefix.length - at)));
}

/** Whether the first `bits` bits of two addresses of one family are the same. */
function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = 0xff << (8 - Math.min(8, bits - 8 * i));
    if ((((a[i] as number) ^ (b[i] as number)) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** Whether two prefixes of one family share an address. */
export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return a.octets.length === b.octets.length && sameBits(a.octets, b.octets, Math.min(a.length, b.length));
}

/** Whether the outer prefix is the inner one or holds all of it. */
export function prefixHolds(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixesOverlap(outer, inner);
}

/** By the first octet of an IPv4 address, whether one of its special-purpose prefixes may hold it. */
const specialFirstOctets = new Uint8Array(256);
for (const { octets, length } of specialPurpose) {
  if (octets.length !== 4) continue;
  const first = octets[0] as number;
  specialFirstOctets.fill(1, first, first + (length < 8 ? 1 << (8 - length) : 1));
}

/** Whether `prefixFault` has surely nothing against an IPv4 address that starts with this octet. */
export function isPlainFirstOctet(octet: number): boolean {
  return specialFirstOctets[octet] === 0;
}

export type PrefixFault = "special-purpose-address" | "prefix-too-short";

/** Why a prefix must not become a rule; undefined where it may. */
export function prefixFault(prefix: Prefix, trigger: AddressTrigger = "response-ip"): PrefixFault | undefined {
  const isOfClients = trigger === "client-ip" && clientNetworks.some((network) => prefixHolds(network, prefix));
  if (isOfClients) return undefined;
  if (prefix.length < (prefix.octets.length === 4 ? ipv4LengthMin : ipv6LengthMin)) return "prefix-too-short";
  return specialPurpose.some((special) => prefixesOverlap(prefix, special)) ? "special-purpose-address" : undefined;
}
