/**
 * What the server needs of the rest of the program: zones at fixed versions, read a block at a time. The server knows no
 * store; whoever wires it supplies one (the daemon) or a small one in memory (tests).
 */
import type { Messages } from "../dns/block.ts";
import type { Lookup, Rr } from "../dns/rr.ts";
import type { Serial } from "../dns/serial.ts";

/** Who may query and transfer a zone. All parts of one entry must match; any entry of a list allows. */
export interface AclEntry {
  /** An address prefix, as in `192.0.2.0/24` or `2001:db8::/32`; absent: any address. */
  readonly address?: string;
  /** The name of a configured TSIG key the request must be signed with; absent: none needed. */
  readonly key?: string;
  /** A name that the client's certificate must have, in lower case; absent: none needed. */
  readonly tlsName?: string;
}

/** One step of a chain of differences (RFC 1995 section 4), without its SOA records. */
export interface Difference {
  readonly from: ApexSoa;
  readonly to: ApexSoa;
  /** Octets of all its messages. */
  readonly bytes: number;
  /** Records that `deletions` holds. */
  readonly removed: number;
  /** Records that `additions` holds. */
  readonly added: number;
  deletions(): Messages;
  additions(): Messages;
}

export interface ApexSoa {
  readonly serial: Serial;
  readonly soa: Rr;
}

/** A zone at one serial: it does not change, and stays readable for longer than the longest transfer may last. */
export interface ZoneVersion extends ApexSoa {
  /** NS records of the apex, at least one. */
  readonly ns: readonly Rr[];
  /** Records of the zone, with SOA and NS. */
  readonly records: number;
  /** Octets of all its blocks. */
  readonly bytes: number;
  /** The rules, without the apex, in canonical order. */
  blocks(): Messages;
  /** `ownerKey` is the key of the owner name relative to the apex (never empty). Finds what is stored: wildcards cover nothing here. */
  lookup(ownerKey: Uint8Array): Lookup;
  /** Differences from `serial` to this version, oldest first; undefined where they are not kept. */
  differencesFrom(serial: Serial): readonly Difference[] | undefined;
}

export interface Zone {
  /** Uncompressed wire name in lower case. */
  readonly apex: Uint8Array;
  readonly acl: readonly AclEntry[];
  /** Whether nothing of it but its SOA is answered in clear text. */
  readonly requiresTls?: boolean;
  /** The newest published version; undefined until there is one. */
  current(): ZoneVersion | undefined;
}

export interface ZoneSource {
  /** The zones to be served now; may change between calls. */
  zones(): readonly Zone[];
}
