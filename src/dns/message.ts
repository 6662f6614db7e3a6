/**
 * Reads DNS messages that come from outside (RFC 1035 section 4): header, question and where each record stands. It
 * trusts nothing: counts may lie, names may loop. It does not read RDATA; whoever knows the type does.
 */
import { nameBytesMax } from "./name.ts";
import { headerBytes } from "./types.ts";

/**
 * Pointers followed in one name. A name has at most 127 labels, and a pointer that leads to another pointer serves
 * nobody; without a bound a message of 64 KiB could cost millions of steps.
 */
const pointersMax = 127;

/** A message that is not as RFC 1035 section 4 has it. */
export class MessageError extends Error {
  /** What is wrong with it. */
  readonly what: string;

  constructor(what: string) {
    super(`Cannot read the message: ${what}`);
    this.what = what;
    this.name = "MessageError";
  }
}

/** A 16-bit number in network order. @throws MessageError past the end */
export function readUint16(bytes: Uint8Array, at: number): number {
  if (at + 2 > bytes.length) throw new MessageError("it ends early");
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** A 32-bit number in network order, unsigned. @throws MessageError past the end */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 0x10000 + readUint16(bytes, at + 2);
}

export interface NameRead {
  /** The name without compression, letter case kept. */
  readonly wire: Uint8Array;
  /** Offset just past the name where it stood. */
  readonly end: number;
}

/**
 * Reads the name at `at`, following compression (RFC 1035 4.1.4).
 * @throws MessageError on loops, forward pointers, unknown label types and names over 255 octets
 */
export function readName(bytes: Uint8Array, at: number): NameRead {
  const wire = new Uint8Array(nameBytesMax);
  let length = 0;
  let end = -1;
  let pointers = 0;
  let from = at;
  for (;;) {
    const octet = bytes[from];
    if (octet === undefined) throw new MessageError("it ends inside a name");
    if (octet < 0x40) {
      if (length + octet + 1 > nameBytesMax) throw new MessageError("a name is over 255 octets");
      if (from + octet + 1 > bytes.length) throw new MessageError("it ends inside a name");
      for (let i = 0; i <= octet; i++) wire[length++] = bytes[from + i] as number;
      from += octet + 1;
      if (octet === 0) break;
    } else if (octet >= 0xc0) {
      const target = readUint16(bytes, from) & 0x3fff;
      if (end < 0) end = from + 2;
      // RFC 1035 4.1.4: "a pointer to a prior occurance of the same name": only ever backward, so that it ends.
      if (target >= from || target < headerBytes) throw new MessageError("a compression pointer leads nowhere");
      if (++pointers > pointersMax) throw new MessageError("a name has too many compression pointers");
      from = target;
    } else throw new MessageError("a label has an unknown type");
  }
  return { wire: wire.slice(0, length), end: end < 0 ? from : end };
}

/** A copy; `slice` of a Buffer is a view, through which a request would be changed. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** A copy of a wire name in lower case; length octets are below 64 and stay as they are. */
export function lowerName(wire: Uint8Array): Uint8Array {
  const lower = copyBytes(wire);
  for (let i = 0; i < lower.length; i++) {
    const octet = lower[i] as number;
    if (octet >= 0x41 && octet <= 0x5a) lower[i] = octet + 0x20;
  }
  return lower;
}

/** A name as a Map's key. */
export function nameId(lowerWire: Uint8Array): string {
  return Buffer.from(lowerWire.buffer, lowerWire.byteOffset, lowerWire.length).toString("latin1");
}

export interface Header {
  readonly id: number;
  /** The third octet: QR, opcode, AA, TC, RD. */
  readonly flags: number;
  /** 0..15. */
  readonly opcode: number;
  readonly isResponse: boolean;
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

/** Reads the header; undefined when the message is shorter than one. */
export function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < headerBytes) return undefined;
  const flags = bytes[2] as number;
  return {
    id: readUint16(bytes, 0),
    flags,
    opcode: (flags >> 3) & 15,
    isResponse: flags >= 0x80,
    questions: readUint16(bytes, 4),
    answers: readUint16(bytes, 6),
    authorities: readUint16(bytes, 8),
    additionals: readUint16(bytes, 10),
  };
}

export interface Question {
  /** The name as sent, letter case kept, without compression. */
  readonly name: Uint8Array;
  /** The same in lower case. */
  readonly lowerName: Uint8Array;
  readonly type: number;
  readonly class: number;
  /** The whole question as sent: name, QTYPE, QCLASS. */
  readonly octets: Uint8Array;
}

/** Where a record stands in its message. */
export interface RecordPlace {
  /** Offset of its owner name. */
  readonly start: number;
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdataStart: number;
  /** Offset just past the record. */
  readonly end: number;
}

/** Reads the record at `at`. @throws MessageError */
export function readRecord(bytes: Uint8Array, at: number): RecordPlace {
  const { wire, end } = readName(bytes, at);
  const rdataStart = end + 10;
  const recordEnd = rdataStart + readUint16(bytes, end + 8);
  if (recordEnd > bytes.length) throw new MessageError("it ends inside a record");
  return {
    start: at,
    owner: wire,
    type: readUint16(bytes, end),
    class: readUint16(bytes, end + 2),
    ttl: readUint32(bytes, end + 4),
    rdataStart,
    end: recordEnd,
  };
}

/** The one question of a message. @throws MessageError also where there is not exactly one */
export function readQuestion(bytes: Uint8Array, header: Header): Question {
  // RFC 9619: a message with opcode QUERY has at most one question; none asks nothing.
  if (header.questions !== 1) throw new MessageError("it has not exactly one question");
  const { wire, end } = readName(bytes, headerBytes);
  return {
    name: wire,
    lowerName: lowerName(wire),
    type: readUint16(bytes, end),
    class: readUint16(bytes, end + 2),
    octets: copyBytes(bytes, headerBytes, end + 4),
  };
}

export interface Sections {
  readonly answers: readonly RecordPlace[];
  readonly authorities: readonly RecordPlace[];
  readonly additionals: readonly RecordPlace[];
}

/**
 * Reads the records behind the question.
 * @throws MessageError also where octets are left over after the last record
 */
export function readSections(bytes: Uint8Array, header: Header, question: Question): Sections {
  let at = headerBytes + question.octets.length;
  const read = (count: number): RecordPlace[] => {
    const places: RecordPlace[] = [];
    for (let i = 0; i < count; i++) {
      const place = readRecord(bytes, at);
      places.push(place);
      at = place.end;
    }
    return places;
  };
  const answers = read(header.answers);
  const authorities = read(header.authorities);
  const additionals = read(header.additionals);
  if (at !== bytes.length) throw new MessageError("octets are left over after the last record");
  return { answers, authorities, additionals };
}
