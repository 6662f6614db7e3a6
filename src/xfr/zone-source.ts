/**
 * What the server needs of the rest of the program: zones at fixed versions, read a block at a time. The server knows no
 * store; whoever wires it supplies one (the daemon) or a small one in memory (tests).
 */
import type { Serial } from "../dns/serial.ts";

/** One resource record beneath an owner that is known from context. RDATA is uncompressed wire. */
export interface Rr {
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** Who may query and transfer a zone. Both parts of one entry must match; any entry of a list allows. */
export interface AclEntry {
  /** An address prefix, as in `192.0.2.0/24` or `2001:db8::/32`; absent: any address. */
  readonly address?: string;
  /** The name of a configured TSIG key the request must be signed with; absent: none needed. */
  readonly key?: string;
}

/** A run of finished DNS messages, read one at a time so that a slow reader holds one. */
export interface Messages {
  /**
   * The next message, a copy the caller may patch; undefined at the end.
   *
   * Each is a complete DNS message of at most 16,384 octets: ID 0, flags 0x8400 (QR, AA), QDCOUNT 1, the apex in lower
   * case with QTYPE AXFR and QCLASS IN as the question, ANCOUNT records, no authority, no additional section. Every
   * compression pointer points inside the message, so a question of other letter case may be patched in place.
   */
  next(): Uint8Array | undefined;
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

/** What stands at an owner name. */
export type Lookup =
  | { readonly kind: "records"; readonly records: readonly Rr[] }
  /** An empty non-terminal: nothing here, something beneath. */
  | { readonly kind: "empty" }
  | { readonly kind: "absent" };

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
  /** The newest published version; undefined until there is one. */
  current(): ZoneVersion | undefined;
}

export interface ZoneSource {
  /** The zones to be served now; may change between calls. */
  zones(): readonly Zone[];
}
