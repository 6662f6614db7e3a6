/**
 * Tells the addresses that some zone's access list names from those of strangers. A zone that asks for a key from any
 * address makes nobody known: its clients are known by the network they were last served in.
 */
import { BlockList } from "node:net";
import ipaddr from "ipaddr.js";
import { addSubnet, familyOf } from "./acl.ts";
import type { AclEntry, ZoneSource } from "./zone-source.ts";

/** Networks that a client was served in and that no list names; the one that was served longest ago goes first. */
const servedMax = 1024;

/** What one client has of the net: an IPv4 address, or a /64 of IPv6 (RFC 6177 gives each site one at least). */
export function networkOf(address: string): string {
  if (familyOf(address) === "ipv4") return address;
  return Buffer.from(ipaddr.IPv6.parse(address).toByteArray().slice(0, 8)).toString("hex");
}

export class KnownAddresses {
  readonly #source: ZoneSource;
  readonly #served = new Set<string>();
  /** The lists that `#lists` was made of. */
  #acls: readonly (readonly AclEntry[])[] = [];
  #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(source: ZoneSource) {
    this.#source = source;
  }

  has(address: string): boolean {
    this.#takeInLists();
    const family = familyOf(address);
    return this.#lists[family].check(address, family) || this.#served.has(networkOf(address));
  }

  /** Remembers a client that was given an answer, and so is none of the strangers. */
  addServed(address: string): void {
    const network = networkOf(address);
    this.#served.delete(network);
    this.#served.add(network);
    if (this.#served.size <= servedMax) return;
    for (const oldest of this.#served) {
      this.#served.delete(oldest);
      break;
    }
  }

  #takeInLists(): void {
    const acls = this.#source.zones().map(({ acl }) => acl);
    if (acls.length === this.#acls.length && acls.every((acl, i) => acl === this.#acls[i])) return;
    this.#acls = acls;
    this.#lists = { ipv4: new BlockList(), ipv6: new BlockList() };
    // Zones share most of their clients.
    for (const prefix of new Set(acls.flat().map((entry) => entry.address))) {
      if (prefix !== undefined) addSubnet(this.#lists[familyOf(prefix)], prefix);
    }
  }
}
