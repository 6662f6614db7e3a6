/**
 * Counts what is read of a version, so that a transfer can be compared with what the version says it is before its last
 * SOA is sent. A store that lost rows, or deleted them under a slow reader, may simply seem to end early.
 */
import type { Messages } from "../dns/block.ts";

/** What was read is not what the version says it has. */
export class IncompleteZoneError extends Error {}

/** Passes messages on and counts them. */
export class CountedMessages implements Messages {
  /** As stored, whatever is sent of them. */
  octets = 0;
  records = 0;
  readonly #messages: Messages;

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  next(): Uint8Array | undefined {
    const message = this.#messages.next();
    if (message === undefined) return undefined;
    this.octets += message.length;
    // ANCOUNT; a message too short to have one counts for nothing.
    this.records += ((message[6] ?? 0) << 8) | (message[7] ?? 0);
    return message;
  }
}

/** @throws IncompleteZoneError where the two differ; `what` is in the plural */
export function requireCount(what: string, counted: number, expected: number): void {
  if (counted !== expected) throw new IncompleteZoneError(`there are ${counted} ${what}, not ${expected}`);
}
