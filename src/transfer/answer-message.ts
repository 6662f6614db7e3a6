/**
 * Looks at one message of an answer before its records are read: whether it answers the request, and where its parts
 * are. It makes no object of a record, since there may be millions.
 */
import { MessageError, type Question, readHeader, readQuestion, readRecord, readUint16 } from "../dns/message.ts";
import { readTsigRdata, type TsigRecord } from "../dns/tsig.ts";
import { classAny, classIn, flagTc, headerBytes, opcodeQuery, rcode, typeTsig } from "../dns/types.ts";
import { broken, TransferFault } from "./fault.ts";

export interface AnswerMessage {
  readonly octets: Uint8Array;
  /** Records in its answer section, and where the first is. */
  readonly answers: number;
  readonly start: number;
  readonly rcode: number;
  readonly isTruncated: boolean;
  readonly tsig: TsigRecord | undefined;
}

export interface Asked {
  readonly id: number;
  /** Wire, in lower case. */
  readonly apex: Uint8Array;
  readonly qtype: number;
}

/** @throws TransferFault where it is no answer to what was asked; MessageError where it cannot be read */
export function openAnswer(octets: Uint8Array, asked: Asked, isFirst: boolean): AnswerMessage {
  const header = readHeader(octets);
  if (header === undefined) throw new MessageError("it is shorter than a header");
  // RFC 5936 2.2.1: "ID: MUST be copied from request" in each of the messages.
  if (!header.isResponse || header.opcode !== opcodeQuery) throw broken("its primary sent a message that is no answer");
  if (header.id !== asked.id) throw broken("its primary sent the answer to another request");
  let at = headerBytes;
  if (header.questions > 0) {
    const question = readQuestion(octets, header);
    if (!isAsked(question, asked)) throw broken("its primary answered another question");
    at += question.octets.length;
  } else if (isFirst && ((octets[3] as number) & 15) === rcode.noError)
    throw broken("its primary answers without the question");
  const start = at;
  for (let i = header.answers + header.authorities; i > 0; i--) at = skipRecord(octets, at);
  let tsig: TsigRecord | undefined;
  for (let i = header.additionals; i > 0; i--) {
    const end = skipRecord(octets, at);
    if (typeAt(octets, end, at) === typeTsig) {
      // RFC 8945 5.2: the TSIG is the last record.
      if (i > 1) throw new MessageError("a TSIG is misplaced");
      tsig = tsigAt(octets, at);
    }
    at = end;
  }
  if (at !== octets.length) throw new MessageError("octets are left over after the last record");
  return {
    octets,
    answers: header.answers,
    start,
    rcode: (octets[3] as number) & 15,
    isTruncated: (header.flags & flagTc) !== 0,
    tsig,
  };
}

function isAsked({ lowerName, type, class: klass }: Question, { apex, qtype }: Asked): boolean {
  return type === qtype && klass === classIn && Buffer.compare(lowerName, apex) === 0;
}

/** Where the record at `at` ends. @throws MessageError */
function skipRecord(octets: Uint8Array, at: number): number {
  const fixed = skipName(octets, at);
  const end = fixed + 10 + readUint16(octets, fixed + 8);
  if (end > octets.length) throw new MessageError("it ends inside a record");
  return end;
}

/** Where the name at `at` ends; what a pointer leads to is not looked at. */
function skipName(octets: Uint8Array, at: number): number {
  for (;;) {
    const octet = octets[at];
    if (octet === undefined) throw new MessageError("it ends inside a name");
    if (octet === 0) return at + 1;
    if (octet >= 0xc0) return at + 2;
    if (octet >= 0x40) throw new MessageError("a label has an unknown type");
    at += octet + 1;
  }
}

/** The type of the record at `at`, which `skipRecord` has found to end at `end`. */
function typeAt(octets: Uint8Array, end: number, at: number): number {
  return end === at ? 0 : readUint16(octets, skipName(octets, at));
}

function tsigAt(octets: Uint8Array, at: number): TsigRecord {
  const place = readRecord(octets, at);
  // RFC 8945 4.2: CLASS "MUST be ANY", TTL "MUST be 0".
  if (place.class !== classAny || place.ttl !== 0) throw new MessageError("a TSIG has a class or a TTL");
  return readTsigRdata(octets, place);
}

const rcodeWords: ReadonlyMap<number, readonly [word: string, remedy: string]> = new Map([
  [rcode.formErr, ["does not understand the request (FORMERR)", "Its operator must say why"]],
  [rcode.servFail, ["cannot serve the zone now (SERVFAIL)", "Its operator must say why, if this lasts"]],
  [rcode.nxDomain, ["has no such zone (NXDOMAIN)", "Check the apex of the source"]],
  [rcode.notImp, ["does not do this (NOTIMP)", "Its operator must say how the zone is to be fetched"]],
  [rcode.refused, ["refuses the transfer (REFUSED)", "Let its operator allow this machine's address, or the key"]],
  [rcode.notAuth, ["does not have the zone, or rejects the key (NOTAUTH)", "Check the apex and the key of the source"]],
]);

/** What an answer with an error says; undefined of one without. */
export function errorOf(answer: AnswerMessage, isIxfr: boolean): TransferFault | undefined {
  if (answer.rcode === rcode.noError) return undefined;
  const [word, remedy] = rcodeWords.get(answer.rcode) ?? [
    `answers with the error ${answer.rcode}`,
    "Its operator must say why",
  ];
  return new TransferFault(`its primary ${word}`, remedy, {
    isTransient: answer.rcode === rcode.servFail,
    // Many primaries do no IXFR, or not now, and say so by any of these.
    needsWhole: isIxfr && answer.rcode !== rcode.notAuth && answer.rcode !== rcode.nxDomain,
  });
}
