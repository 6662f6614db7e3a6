/**
 * EDNS(0), RFC 6891: reads the OPT of a request and writes ours. No option is implemented; unknown ones are ignored, as
 * section 6.1.2 asks. Cookies (RFC 7873) are not offered.
 */
import { MessageError, type RecordPlace, readUint16, type Sections } from "./message.ts";
import { typeOpt } from "./types.ts";

/** What we take by UDP, and the most we send by it: 1,232 octets pass every IPv6 path unfragmented (DNS flag day 2020). */
export const ednsUdpBytes = 1232;
/** The most that a client without EDNS takes by UDP (RFC 1035 4.2.1). */
export const plainUdpBytes = 512;
/** Octets of an OPT without options. */
export const optBytes = 11;

export interface Edns {
  /** Octets the requester takes by UDP, at least 512. */
  readonly udpBytes: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

/** The OPT of a request; undefined without one. @throws MessageError where RFC 6891 6.1.1 wants FORMERR */
export function readEdns(bytes: Uint8Array, sections: Sections): Edns | undefined {
  for (const record of [...sections.answers, ...sections.authorities]) {
    if (record.type === typeOpt) throw new MessageError("an OPT stands outside the additional section");
  }
  let opt: RecordPlace | undefined;
  for (const record of sections.additionals) {
    if (record.type !== typeOpt) continue;
    // 6.1.1: "If a query message with more than one OPT RR is received, a FORMERR (RCODE=1) MUST be returned."
    if (opt !== undefined) throw new MessageError("it has two OPT records");
    opt = record;
  }
  if (opt === undefined) return undefined;
  // 6.1.2: NAME "MUST be 0 (root domain)".
  if (opt.owner.length !== 1) throw new MessageError("an OPT has an owner name");
  for (let at = opt.rdataStart; at < opt.end; ) {
    at += 4 + readUint16(bytes.subarray(0, opt.end), at + 2);
    if (at > opt.end) throw new MessageError("an EDNS option is longer than its OPT");
  }
  const ttl = opt.ttl;
  return {
    // 6.2.3: "Values lower than 512 MUST be treated as equal to 512."
    udpBytes: Math.max(plainUdpBytes, opt.class),
    version: Math.floor(ttl / 0x10000) & 0xff,
    dnssecOk: (ttl & 0x8000) !== 0,
  };
}

/**
 * Writes our OPT at `at`, `optBytes` octets. `fullRcode` is 0..4095, its upper eight bits go here.
 * @returns the offset behind it
 */
export function writeOpt(target: Uint8Array, at: number, fullRcode: number, dnssecOk: boolean): number {
  target.fill(0, at, at + optBytes);
  target[at + 2] = typeOpt;
  target[at + 3] = ednsUdpBytes >> 8;
  target[at + 4] = ednsUdpBytes & 0xff;
  target[at + 5] = fullRcode >> 4;
  // RFC 3225 section 3: "The DO bit of the query MUST be copied in the response."
  if (dnssecOk) target[at + 7] = 0x80;
  return at + optBytes;
}
