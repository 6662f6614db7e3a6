/** Messages without records, and those with a few: the parts of an answer that are not stored. */
import type { Question } from "../dns/message.ts";
import { flagAa, flagQr, flagTc, headerBytes } from "../dns/types.ts";
import type { DirectAnswer } from "./direct.ts";
import { RecordWriter } from "./record-writer.ts";

/** A message of header and, where it could be read, question. `code` is 0..15. */
export function emptyMessage(question: Question | undefined, opcode: number, code: number): Uint8Array {
  const message = new Uint8Array(headerBytes + (question?.octets.length ?? 0));
  message[2] = flagQr | (opcode << 3);
  message[3] = code;
  if (question !== undefined) {
    message[5] = 1;
    message.set(question.octets, headerBytes);
  }
  return message;
}

/**
 * A direct answer as a message of at most `bytesMax` octets; where it does not fit, TC is set and the records are left
 * out (RFC 2181 section 9), so that the client asks again by TCP.
 */
export function directMessage(
  apex: Uint8Array,
  question: Question,
  answer: DirectAnswer,
  bytesMax: number,
): Uint8Array {
  const writer = new RecordWriter(question.octets, Math.max(bytesMax, headerBytes + question.octets.length));
  // Written in lower case, the owner is found as the question's own name and becomes a pointer to it.
  const fits =
    answer.answers.every((record) => writer.add("answer", question.lowerName, record)) &&
    answer.authorities.every((record) => writer.add("authority", apex, record));
  if (!fits) {
    const truncated = emptyMessage(question, 0, answer.rcode);
    truncated[2] = flagQr | flagAa | flagTc;
    return truncated;
  }
  const message = writer.take();
  message[3] = answer.rcode;
  return message;
}
