/**
 * Who may ask about a zone. One list governs all of it: SOA, NS, direct queries and transfers. Nothing is open by
 * default: an empty list allows nobody.
 */
import { BlockList } from "node:net";
import { nameId } from "../dns/message.ts";
import { keyName, type PreparedKey } from "../dns/tsig.ts";
import type { ClientCertificate } from "./query.ts";
import type { AclEntry } from "./zone-source.ts";

type Family = "ipv4" | "ipv6";

/** The family of an address or a prefix. */
export function familyOf(address: string): Family {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Adds a prefix, or an address alone, to a list. @throws RangeError where it is none */
export function addSubnet(list: BlockList, prefix: string): void {
  const slash = prefix.lastIndexOf("/");
  const address = slash < 0 ? prefix : prefix.slice(0, slash);
  const family = familyOf(prefix);
  const bits = slash < 0 ? (family === "ipv6" ? 128 : 32) : Number(prefix.slice(slash + 1));
  list.addSubnet(address, bits, family);
}

interface PreparedEntry {
  readonly addresses: { readonly family: Family; readonly list: BlockList } | undefined;
  readonly key: string | undefined;
}

/** ACL entries are read once each; a reload brings new objects. */
const prepared = new WeakMap<AclEntry, PreparedEntry>();

/** @throws RangeError where the address is no prefix, NameError where the key is no name: configuration checks both */
function prepare(entry: AclEntry): PreparedEntry {
  const known = prepared.get(entry);
  if (known !== undefined) return known;
  let addresses: PreparedEntry["addresses"];
  if (entry.address !== undefined) {
    const list = new BlockList();
    addSubnet(list, entry.address);
    addresses = { family: familyOf(entry.address), list };
  }
  const made = { addresses, key: entry.key === undefined ? undefined : nameId(keyName(entry.key)) };
  prepared.set(entry, made);
  return made;
}

/** A client's address without an interface (`fe80::1%eth0`), and as IPv4 where it is one in IPv6 clothes. */
export function clientAddress(address: string): string {
  const percent = address.indexOf("%");
  const bare = percent < 0 ? address : address.slice(0, percent);
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

/**
 * Whether one of the entries holds for a client. `key` is the key that its request is validly signed with, `certificate` the
 * valid one that it showed.
 */
export function isAllowed(
  acl: readonly AclEntry[],
  address: string,
  key: PreparedKey | undefined,
  certificate?: ClientCertificate,
): boolean {
  const family = familyOf(address);
  return acl.some((entry) => {
    const { addresses, key: wanted } = prepare(entry);
    // A BlockList takes an IPv4 address for the IPv6 one that it maps to, and would find it in `::/0`.
    if (addresses !== undefined && !(addresses.family === family && addresses.list.check(address, family)))
      return false;
    if (wanted !== undefined && !(key !== undefined && nameId(key.name) === wanted)) return false;
    return entry.tlsName === undefined || certificate?.isFor(entry.tlsName) === true;
  });
}
