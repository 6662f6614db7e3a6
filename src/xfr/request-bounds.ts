/**
 * What a request may be at most. It is decided from size and header alone, before any record is read, so that nobody
 * can make the server read thousands of records before it knows who asks.
 */
import type { Header } from "../dns/message.ts";
import { opcodeQuery } from "../dns/types.ts";

/**
 * Octets of a request. The longest that a client has reason to send, an IXFR with the longest names, a SOA, an OPT with
 * padding and a TSIG, stays below 2,500.
 */
export const requestBytesMax = 4096;
/** An IXFR has one SOA there (RFC 1995 section 3). */
const authoritiesMax = 4;
/** An OPT and a TSIG or a SIG(0) are the usual ones. */
const additionalsMax = 4;

/** Whether a request is larger than any that makes sense; `bytes` is its length in octets. */
export function isOverBounds(bytes: number, header: Header): boolean {
  // A query answers nothing; a NOTIFY may have its SOA there (RFC 1996 3.7).
  const answersMax = header.opcode === opcodeQuery ? 0 : 1;
  return (
    bytes > requestBytesMax ||
    header.answers > answersMax ||
    header.authorities > authoritiesMax ||
    header.additionals > additionalsMax
  );
}
