/**
 * Turns the parts of a transfer (the apex's records, runs of stored messages) into the messages to be sent. Stored
 * messages pass through as they are; the records between them are packed together, and so are small stored messages, into
 * messages of the same size at most.
 */

import { blockBytesMax, type Messages } from "../dns/block.ts";
import type { Rr } from "../dns/rr.ts";
import { readRecords } from "./record-reader.ts";
import { RecordWriter, transferQuestion } from "./record-writer.ts";

export type Part =
  | { readonly kind: "apex"; readonly records: readonly Rr[] }
  | { readonly kind: "stored"; readonly messages: Messages };

/** The parts of a transfer in order, and about how many octets they are. */
export interface Plan {
  readonly parts: Iterable<Part>;
  readonly bytes: number;
}

/** A whole transfer of up to this many octets is packed, most often into one message. */
const packAllBytesMax = 12_288;
/** In a larger one, only stored messages of up to this size are packed with their neighbours. */
const packBytesMax = 2_048;

/**
 * The messages of a transfer, not yet addressed: ID 0, QR and AA set, the question apex/AXFR/IN.
 * @throws RangeError where a record does not fit a message at all
 */
export function* streamMessages(apex: Uint8Array, plan: Plan): Generator<Uint8Array> {
  const packMax = plan.bytes <= packAllBytesMax ? blockBytesMax : packBytesMax;
  const writer = new RecordWriter(transferQuestion(apex), blockBytesMax);
  for (const part of plan.parts) {
    if (part.kind === "apex") {
      for (const record of part.records) yield* pack(writer, apex, record);
      continue;
    }
    for (let message = part.messages.next(); message !== undefined; message = part.messages.next()) {
      if (message.length <= packMax) {
        for (const record of readRecords(message)) yield* pack(writer, record.owner, record);
      } else {
        if (writer.records > 0) yield writer.take();
        yield message;
      }
    }
  }
  if (writer.records > 0) yield writer.take();
}

function* pack(writer: RecordWriter, owner: Uint8Array, record: Rr): Generator<Uint8Array> {
  if (writer.add("answer", owner, record)) return;
  if (writer.records > 0) yield writer.take();
  if (!writer.add("answer", owner, record)) throw new RangeError("A record does not fit into a message of its own");
}
