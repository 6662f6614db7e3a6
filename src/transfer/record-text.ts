/**
 * The text of a record in a copy: `OWNER TTL TYPE RDATA`, one a line, owner relative to the apex. What is behind the TTL, the
 * *rest*, and the owner make a record what it is; a TTL alone makes no other.
 */
import { canonicalRdata } from "../dns/expand-rdata.ts";
import { MessageError } from "../dns/message.ts";
import { rdataToText, typeToText } from "../dns/rdata-text.ts";
import { typeA, typeAaaa, typeCname, typeSoa, typeTxt } from "../dns/types.ts";
import type { OwnerReader } from "./owner-reader.ts";

/** Octets of five numbers behind the names of an SOA. */
const soaNumbersBytes = 20;
/** Octets of a line, about: RDATA of 65,535 octets in hexadecimal digits, and an owner of escapes alone. */
export const lineBytesMax = 2 * 0xffff + 4 * 255 + 64;
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

/** NXDOMAIN, which most rules of most zones are. */
const cnameRoot = bytesOf("CNAME .");

/** The rest of a record whose RDATA is at `start…end` of a message. @throws MessageError where its RDATA is not that of its type */
export function restOf(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  if (type === typeCname && end - start === 1 && message[start] === 0) return cnameRoot;
  const rdata = canonicalRdata(message, type, start, end);
  const bytes = rdata.length;
  if ((type === typeA && bytes !== 4) || (type === typeAaaa && bytes !== 16)) throw badRdata();
  if (type === typeCname && bytes !== nameBytes(rdata)) throw badRdata();
  if (type === typeTxt && !areStrings(rdata)) throw badRdata();
  return bytesOf(`${typeToText(type)} ${rdataToText(type, rdata)}`);
}

/** The numbers of an SOA: serial, refresh, retry, expire, minimum. @throws MessageError */
export function soaNumbers(message: Uint8Array, start: number, end: number): readonly number[] {
  const rdata = canonicalRdata(message, typeSoa, start, end);
  const names = nameBytes(rdata);
  const numbers = names + nameBytes(rdata.subarray(names));
  if (rdata.length !== numbers + soaNumbersBytes) throw badRdata();
  const view = new DataView(rdata.buffer, rdata.byteOffset, rdata.byteLength);
  return Array.from({ length: 5 }, (_, i) => view.getUint32(numbers + 4 * i));
}

function badRdata(): MessageError {
  return new MessageError("a record has RDATA that its type does not have");
}

function nameBytes(wire: Uint8Array): number {
  let at = 0;
  while (wire[at] !== 0) at += (wire[at] as number) + 1;
  return at + 1;
}

function areStrings(rdata: Uint8Array): boolean {
  let at = 0;
  while (at < rdata.length) at += (rdata[at] as number) + 1;
  return at === rdata.length && at > 0;
}

/** By octet: 0 as it is, 1 with a backslash, 2 as a backslash and three digits. As `dns/name.ts` writes names. */
const escapes = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet <= 0x20 || octet >= 0x7f ? 2 : '.\\"();@$'.includes(String.fromCharCode(octet)) ? 1 : 0,
);

/** Writes an owner's text; where it ends. There must be room for four octets an octet. */
export function writeOwner(target: Uint8Array, at: number, wire: Uint8Array, wireBytes: number): number {
  if (wireBytes === 0) {
    target[at] = 0x40;
    return at + 1;
  }
  for (let from = 0; from < wireBytes; ) {
    if (from > 0) target[at++] = 0x2e;
    const end = from + 1 + (wire[from] as number);
    for (from += 1; from < end; from++) {
      const octet = wire[from] as number;
      const escape = escapes[octet] as number;
      if (escape > 0) target[at++] = 0x5c;
      if (escape === 2) {
        target[at++] = 0x30 + Math.floor(octet / 100);
        target[at++] = 0x30 + (Math.floor(octet / 10) % 10);
        target[at++] = 0x30 + (octet % 10);
      } else target[at++] = octet;
    }
  }
  return at;
}

/** Writes a whole line; where it ends. There must be room for `lineBytesMax`. */
export function writeLine(target: Uint8Array, at: number, owner: OwnerReader, ttl: number, rest: Uint8Array): number {
  at = writeOwner(target, at, owner.wire, owner.wireBytes);
  target[at++] = 0x20;
  at = writeNumber(target, at, ttl);
  target[at++] = 0x20;
  target.set(rest, at);
  at += rest.length;
  target[at] = 0x0a;
  return at + 1;
}

/** Digits of a whole number. */
export function writeNumber(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits += 1;
  for (let i = at + digits - 1; i >= at; i--) {
    target[i] = 0x30 + (value % 10);
    value = Math.floor(value / 10);
  }
  return at + digits;
}
