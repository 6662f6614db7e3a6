/**
 * Takes a stored message apart into records, so that a few of them can be packed with others into one message. Only
 * small messages come this way; a zone's bulk is sent as it is stored.
 */
import { expandRdata } from "../dns/expand-rdata.ts";
import { MessageError, readHeader, readQuestion, readSections } from "../dns/message.ts";
import type { Rr } from "../dns/rr.ts";

export interface OwnedRecord extends Rr {
  readonly owner: Uint8Array;
}

/** A stored message cannot be read. A MessageError says that a request cannot, which is its sender's affair. */
export class DamagedMessageError extends Error {
  constructor(cause: MessageError) {
    super(`a stored message is damaged: ${cause.message}`, { cause });
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
    rdata: expandRdata(message, place.type, place.rdataStart, place.end),
  }));
}
