/**
 * NOTIFY from the primaries of zones that the program fetches (RFC 1996). A hint and no more: whoever forges one makes us ask
 * the primary, who is asked by address or key, a little earlier.
 */
import { equalBytes } from "../base/bytes.ts";
import type { Question } from "../dns/message.ts";
import type { PreparedKey } from "../dns/tsig.ts";
import { classIn, flagAa, opcodeNotify, rcode, typeSoa } from "../dns/types.ts";
import { isAllowed } from "./acl.ts";
import { emptyMessage } from "./replies.ts";
import type { AclEntry } from "./zone-source.ts";

/** A zone that is fetched. */
export interface NotifiedZone {
  /** Uncompressed wire name in lower case. */
  readonly apex: Uint8Array;
  /** Its primaries. */
  readonly acl: readonly AclEntry[];
}

/** What the server needs of whoever fetches zones. */
export interface NotifyTaker {
  /** The zones that are fetched now; may change between calls. */
  zones(): readonly NotifiedZone[];
  /** A primary of the zone says that it changed. Comes as often as somebody sends it. */
  notified(apex: Uint8Array): void;
}

/** The RCODE of the answer to a NOTIFY, which the taker has heard of where it is NOERROR. */
export function takeNotify(
  taker: NotifyTaker,
  question: Question,
  address: string,
  key: PreparedKey | undefined,
): number {
  if (question.class !== classIn || question.type !== typeSoa) return rcode.refused;
  const zones = taker.zones().filter(({ apex }) => equalBytes(apex, question.lowerName));
  // RFC 1996 3.10: a NOTIFY from anybody but a primary is to be ignored; REFUSED tells its sender so.
  if (!zones.some(({ acl }) => isAllowed(acl, address, key))) return rcode.refused;
  taker.notified(question.lowerName);
  return rcode.noError;
}

/** RFC 1996 4.7: the answer has the question and the opcode of the NOTIFY. */
export function notifyMessage(question: Question): Uint8Array {
  const message = emptyMessage(question, opcodeNotify, rcode.noError);
  message[2] = (message[2] as number) | flagAa;
  return message;
}
