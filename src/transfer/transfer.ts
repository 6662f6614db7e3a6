/**
 * Asks one primary for a zone: whether there is something new, then for the differences or the whole of it. What comes is
 * checked as it comes, and given on record by record; nothing of it counts before `next` has said that the end was right.
 */
import type { Clock } from "../base/clock.ts";
import { MessageError } from "../dns/message.ts";
import { compareSerials, type Serial } from "../dns/serial.ts";
import type { PreparedKey } from "../dns/tsig.ts";
import { typeAxfr, typeIxfr } from "../dns/types.ts";
import { Answer, type AnswerForm, type PeekedRecord, peekRecords, type RecordSink } from "./answer.ts";
import { type AnswerMessage, type Asked, errorOf, openAnswer } from "./answer-message.ts";
import { type Connection, connectTo, type TlsSettings } from "./connection.ts";
import { broken, inconsistent, messageFault, TransferFault } from "./fault.ts";
import { type Question, requestFor, type Soa } from "./request.ts";
import { type AnswerVerifier, signRequest } from "./tsig-client.ts";

export interface Primary {
  readonly address: string;
  readonly port: number;
  readonly key?: PreparedKey;
  readonly tls?: TlsSettings;
}

export interface TransferBounds {
  readonly connectMs: number;
  readonly stallMs: number;
  /** Octets that may come. */
  readonly bytesMax: number;
}

export interface TransferOptions {
  readonly primary: Primary;
  /** Text in lower case without the final dot, and wire. */
  readonly apex: string;
  readonly apexWire: Uint8Array;
  /** The serial of the copy that differences would change; undefined asks for the whole zone. */
  readonly have: Serial | undefined;
  /** The serial that the zone may not go back from; undefined allows any. */
  readonly newest: Serial | undefined;
  readonly bounds: TransferBounds;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Of a primary that says by one SOA that there are more differences than it has, none more comes. */
const secondMessageMs = 5000;

export type Opened =
  | { readonly kind: "nothing-new"; readonly soa: Soa }
  | { readonly kind: AnswerForm; readonly soa: Soa; readonly transfer: Transfer };

/** Asks by AXFR, or IXFR where a serial is there. Whoever gets a transfer closes it. @throws TransferFault */
export async function openTransfer(options: TransferOptions): Promise<Opened> {
  const { primary, bounds, signal, apex, apexWire, have, clock } = options;
  const question: Question = have === undefined ? { type: "AXFR" } : { type: "IXFR", from: have };
  const { id, message } = requestFor(apex, question);
  const signed = primary.key === undefined ? undefined : signRequest(message, primary.key, clock);
  const asked = { id, apex: apexWire, qtype: have === undefined ? typeAxfr : typeIxfr };
  const { key: _, ...endpoint } = primary;
  const connection = await connectTo({ ...endpoint, ...bounds, signal });
  try {
    connection.send(signed?.message ?? message);
    const transfer = new Transfer(connection, asked, signed?.verifier());
    const opened = await decideForm(transfer, options);
    if (opened.kind === "nothing-new") connection.close();
    return opened;
  } catch (thrown) {
    connection.close();
    throw faultOf(thrown);
  }
}

/** Looks at the first two records, on which the form of the answer depends (RFC 1995 4, RFC 5936 2.2). */
async function decideForm(transfer: Transfer, { have, newest, apexWire }: TransferOptions): Promise<Opened> {
  const first = await transfer.peek(0);
  const [start, second] = peekRecords(first as AnswerMessage, apexWire, 2);
  const soa = start?.soa;
  if (soa === undefined) throw broken("its primary does not begin with the SOA of the zone");
  const answer = (form: AnswerForm): Opened => {
    transfer.start(new Answer(apexWire, form, have));
    return { kind: form, soa, transfer };
  };
  if (newest !== undefined && isBehind(soa.serial, newest)) throw wentBack(soa.serial, newest);
  if (have === undefined) return answer("whole");
  if (soa.serial === have) return { kind: "nothing-new", soa };
  const next = (second ?? (await peekSecond(transfer, apexWire))).soa;
  // RFC 1995 4: "If the second record is an SOA", with the serial asked from, differences follow.
  if (next === undefined) return answer("whole");
  if (next.serial === have) return answer("differences");
  if (next.serial === soa.serial) return answer("whole");
  throw inconsistent("its primary sent differences from a serial that was not asked for");
}

async function peekSecond(transfer: Transfer, apex: Uint8Array): Promise<PeekedRecord> {
  const message = await transfer.peek(1, secondMessageMs);
  if (message === undefined) throw inconsistent("its primary sent the SOA of the zone and nothing more");
  const [next] = peekRecords(message, apex, 1);
  if (next === undefined) throw inconsistent("its primary sent a message without records");
  return next;
}

/** RFC 1982: also where two serials cannot be compared. */
function isBehind(found: Serial, newest: Serial): boolean {
  const order = compareSerials(found, newest);
  return order === undefined || order === -1;
}

export function wentBack(found: Serial, newest: Serial): TransferFault {
  return new TransferFault(
    `its serial went back from ${newest} to ${found}`,
    "If its operator began its serials anew, fetch it once with `source fetch --force`",
  );
}

/** An answer under way. */
export class Transfer {
  readonly #connection: Connection;
  readonly #asked: Asked;
  readonly #verifier: AnswerVerifier | undefined;
  /** Messages that were looked at and not yet read. */
  readonly #peeked: AnswerMessage[] = [];
  #messages = 0;
  #answer: Answer | undefined;

  constructor(connection: Connection, asked: Asked, verifier: AnswerVerifier | undefined) {
    this.#connection = connection;
    this.#asked = asked;
    this.#verifier = verifier;
  }

  /** Octets that have come. */
  get bytes(): number {
    return this.#connection.bytes;
  }

  /** One of the first messages; undefined where it has not come in `waitMs`. @throws TransferFault, MessageError */
  async peek(index: number, waitMs?: number): Promise<AnswerMessage | undefined> {
    while (this.#peeked.length <= index) {
      const message = await this.#receive(waitMs);
      if (message === undefined) return undefined;
      this.#peeked.push(message);
    }
    return this.#peeked[index];
  }

  /** Says how the answer is read. */
  start(answer: Answer): void {
    this.#answer = answer;
  }

  /**
   * Reads the next message into a sink.
   * @returns false once the answer has ended as it must
   * @throws TransferFault, after which nothing that the sink was given counts
   */
  async next(sink: RecordSink): Promise<boolean> {
    const answer = this.#answer as Answer;
    try {
      const message = this.#peeked.shift() ?? ((await this.#receive()) as AnswerMessage);
      answer.read(message, sink);
      if (!answer.isEnded) return true;
      this.#verifier?.end();
      this.close();
      return false;
    } catch (thrown) {
      this.close();
      throw faultOf(thrown);
    }
  }

  async #receive(waitMs?: number): Promise<AnswerMessage | undefined> {
    const octets = await this.#connection.next(waitMs);
    if (octets === undefined) return undefined;
    const message = openAnswer(octets, this.#asked, this.#messages === 0);
    this.#messages += 1;
    const error = errorOf(message, this.#isIxfr);
    // Errors often come unsigned; nothing is believed of them but that nothing comes.
    if (error !== undefined && message.tsig === undefined) throw error;
    this.#verifier?.take(octets, message.tsig);
    if (error !== undefined) throw error;
    if (message.isTruncated) throw broken("its primary sent a message of a transfer that says it is cut (TC)");
    return message;
  }

  get #isIxfr(): boolean {
    return this.#asked.qtype === typeIxfr;
  }

  close(): void {
    this.#connection.close();
  }
}

function faultOf(thrown: unknown): unknown {
  return thrown instanceof MessageError ? messageFault(thrown.what) : thrown;
}
