/**
 * EDNS(0), RFC 6891: reads the OPT of a request and writes ours. Of the options padding (RFC 7830), edns-tcp-keepalive
 * (RFC 7828) and extended errors (RFC 8914) are implemented; others are ignored, as section 6.1.2 asks. Cookies (RFC 7873)
 * are not offered.
 */
import { MessageError, type RecordPlace, readUint16, type Sections } from "./message.ts";
import { typeOpt } from "./types.ts";

/** What we take by UDP, and the most we send by it: 1,232 octets pass every IPv6 path unfragmented (DNS flag day 2020). */
export const ednsUdpBytes = 1232;
/** The most that a client without EDNS takes by UDP (RFC 1035 4.2.1). */
export const plainUdpBytes = 512;
/** Octets of an OPT without options. */
export const optBytes = 11;

const optionKeepalive = 11;
const optionPadding = 12;
const optionExtendedError = 15;
/** Octets of an option without its data. */
const optionBytes = 4;
/** RFC 8467 section 4.1: responses are padded to a multiple of this. */
const paddedBlockBytes = 468;

/** INFO-CODE of an extended error (RFC 8914 section 4). */
export const extendedError = { prohibited: 18, notSupported: 21 } as const;

/** What an answer says beside its RCODE, to people (RFC 8914 section 2). */
export interface ExtendedError {
  readonly code: (typeof extendedError)[keyof typeof extendedError];
  /** ASCII. */
  readonly text: string;
}

/** The options of our OPT. */
export interface OptOptions {
  /** For how long an idle connection stays open (RFC 7828), in ms. */
  readonly keepaliveMs?: number;
  readonly error?: ExtendedError;
  /** The whole message is padded, what follows the OPT included. Over encrypted transports only (RFC 7830 section 6). */
  readonly isPadded?: boolean;
}

export interface Edns {
  /** Octets the requester takes by UDP, at least 512. */
  readonly udpBytes: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** It has a Padding option, so that the answer is to have one (RFC 7830 section 4). */
  readonly hasPadding: boolean;
  /** It asks for how long the connection stays open. */
  readonly hasKeepalive: boolean;
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
  let hasPadding = false;
  let hasKeepalive = false;
  for (let at = opt.rdataStart; at < opt.end; ) {
    const within = bytes.subarray(0, opt.end);
    const code = readUint16(within, at);
    if (code === optionPadding) hasPadding = true;
    if (code === optionKeepalive) hasKeepalive = true;
    at += optionBytes + readUint16(within, at + 2);
    if (at > opt.end) throw new MessageError("an EDNS option is longer than its OPT");
  }
  const ttl = opt.ttl;
  return {
    // 6.2.3: "Values lower than 512 MUST be treated as equal to 512."
    udpBytes: Math.max(plainUdpBytes, opt.class),
    version: Math.floor(ttl / 0x10000) & 0xff,
    dnssecOk: (ttl & 0x8000) !== 0,
    hasPadding,
    hasKeepalive,
  };
}

/** Octets of an OPT with these options, at most. */
export function optBytesMax({ keepaliveMs, error, isPadded }: OptOptions): number {
  const keepalive = keepaliveMs === undefined ? 0 : optionBytes + 2;
  const said = error === undefined ? 0 : optionBytes + 2 + error.text.length;
  return optBytes + keepalive + said + (isPadded === true ? optionBytes + paddedBlockBytes - 1 : 0);
}

/** Where an OPT is written. */
export interface OptPlace {
  /** Where its message begins. */
  readonly start: number;
  readonly at: number;
  /** Octets that follow it in the message. */
  readonly bytesBehind: number;
}

/**
 * Writes our OPT, `optBytesMax` octets at most. `fullRcode` is 0..4095, its upper eight bits go here.
 * @returns the offset behind it
 */
export function writeOpt(
  target: Uint8Array,
  { start, at, bytesBehind }: OptPlace,
  fullRcode: number,
  dnssecOk: boolean,
  options: OptOptions,
): number {
  target.fill(0, at, at + optBytes);
  target[at + 2] = typeOpt;
  target[at + 3] = ednsUdpBytes >> 8;
  target[at + 4] = ednsUdpBytes & 0xff;
  target[at + 5] = fullRcode >> 4;
  // RFC 3225 section 3: "The DO bit of the query MUST be copied in the response."
  if (dnssecOk) target[at + 7] = 0x80;
  const end = writeOptions(target, start, at + optBytes, bytesBehind, options);
  writeUint16(target, at + 9, end - at - optBytes);
  return end;
}

function writeOptions(
  target: Uint8Array,
  start: number,
  from: number,
  bytesBehind: number,
  { keepaliveMs, error, isPadded }: OptOptions,
): number {
  let at = from;
  if (keepaliveMs !== undefined) {
    writeUint16(target, at, optionKeepalive);
    writeUint16(target, at + 2, 2);
    // RFC 7828 3.1: in units of 100 ms.
    writeUint16(target, at + optionBytes, Math.min(0xffff, Math.floor(keepaliveMs / 100)));
    at += optionBytes + 2;
  }
  if (error !== undefined) {
    writeUint16(target, at, optionExtendedError);
    writeUint16(target, at + 2, 2 + error.text.length);
    writeUint16(target, at + optionBytes, error.code);
    for (let i = 0; i < error.text.length; i++) target[at + optionBytes + 2 + i] = error.text.charCodeAt(i);
    at += optionBytes + 2 + error.text.length;
  }
  if (isPadded !== true) return at;
  const bytes = at + optionBytes + bytesBehind - start;
  const padding = (paddedBlockBytes - (bytes % paddedBlockBytes)) % paddedBlockBytes;
  writeUint16(target, at, optionPadding);
  writeUint16(target, at + 2, padding);
  at += optionBytes;
  target.fill(0, at, at + padding);
  return at + padding;
}

function writeUint16(target: Uint8Array, at: number, value: number): void {
  target[at] = value >> 8;
  target[at + 1] = value & 0xff;
}
