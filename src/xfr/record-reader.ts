/**
 * Takes a stored message apart into records, so that a few of them can be packed with others into one message. Only
 * small messages come this way; a zone's bulk is sent as it is stored.
 */
import { MessageError, type RecordPlace, readHeader, readName, readQuestion, readSections } from "../dns/message.ts";
import type { Rr } from "../dns/rr.ts";
import { typeCname, typeDname, typeMx, typeNs, typePtr, typeSoa } from "../dns/types.ts";

export interface OwnedRecord extends Rr {
  readonly owner: Uint8Array;
}

/** A stored message cannot be read. A MessageError says that a request cannot, which is its sender's affair. */
export class DamagedMessageError extends Error {
  constructor(cause: MessageError) {
    super(`a stored message is damaged: ${cause.message}`, { cause });
  }
}

/** RDATA without compression. @throws MessageError */
function expandRdata(message: Uint8Array, place: RecordPlace): Uint8Array {
  const { type, rdataStart, end } = place;
  const within = message.subarray(0, end);
  switch (type) {
    case typeCname:
    case typeNs:
    case typePtr:
    case typeDname:
      return readName(within, rdataStart).wire;
    case typeMx:
      return Buffer.concat([message.subarray(rdataStart, rdataStart + 2), readName(within, rdataStart + 2).wire]);
    case typeSoa: {
      const mname = readName(within, rdataStart);
      const rname = readName(within, mname.end);
      return Buffer.concat([mname.wire, rname.wire, message.subarray(rname.end, end)]);
    }
    default:
      return message.subarray(rdataStart, end);
  }
}

/** The records of a stored message, in order. @throws DamagedMessageError */
export function readRecords(message: Uint8Array): OwnedRecord[] {
  try {
    return recordsOf(message);
  } catch (thrown) {
    if (thrown instanceof MessageError) throw new DamagedMessageError(thrown);
    throw thrown;
  }
}

function recordsOf(message: Uint8Array): OwnedRecord[] {
  const header = readHeader(message);
  if (header === undefined) throw new MessageError("it is shorter than a header");
  const { answers } = readSections(message, header, readQuestion(message, header));
  return answers.map((place) => ({
    owner: place.owner,
    type: place.type,
    ttl: place.ttl,
    rdata: expandRdata(message, place),
  }));
}
