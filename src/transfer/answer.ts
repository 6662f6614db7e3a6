/**
 * The answer to AXFR and IXFR as a sequence of records (RFC 5936 2.2, RFC 1995 4): what each record of it does, and
 * whether it ends as it must. It keeps no records; the sink is given one at a time.
 */
import { lowerName, MessageError, readRecord, readUint16, readUint32 } from "../dns/message.ts";
import { type Serial, serial } from "../dns/serial.ts";
import { classIn, typeSoa } from "../dns/types.ts";
import type { AnswerMessage } from "./answer-message.ts";
import { broken, inconsistent } from "./fault.ts";
import { OwnerReader } from "./owner-reader.ts";
import { restOf, soaNumbers } from "./record-text.ts";
import type { Soa } from "./request.ts";

/** Takes the records of an answer but its SOAs, in the order in which they came. `owner` is that of the call alone. */
export interface RecordSink {
  /** `isDeletion` only in differences. */
  take(isDeletion: boolean, owner: OwnerReader, ttl: number, rest: Uint8Array): void;
}

/** `whole`: the zone's records. `differences`: from the serial that is there. */
export type AnswerForm = "whole" | "differences";

type Phase = "first" | "whole" | "sequence" | "deletions" | "additions" | "end";

export class Answer {
  readonly #form: AnswerForm;
  readonly #owner: OwnerReader;
  #phase: Phase = "first";
  /** The SOA at the start, in text: that at the end is the same (RFC 5936 2.2). */
  #firstSoa = "";
  #soa: Soa | undefined;
  /** Of differences, the serial that they have come to. */
  #at: Serial | undefined;

  /** `from` is the serial that differences start at. */
  constructor(apex: Uint8Array, form: AnswerForm, from: Serial | undefined) {
    this.#owner = new OwnerReader(apex);
    this.#form = form;
    this.#at = from;
  }

  /** The zone's, once the first record was read. */
  get soa(): Soa | undefined {
    return this.#soa;
  }

  get isEnded(): boolean {
    return this.#phase === "end";
  }

  /** Reads all records of the next message. @throws MessageError, TransferFault */
  read({ octets, answers, start: from }: AnswerMessage, sink: RecordSink): void {
    const owner = this.#owner;
    owner.startMessage();
    let at = from;
    for (let i = 0; i < answers; i++) {
      const fixed = owner.read(octets, at);
      if (fixed + 10 > octets.length) throw new MessageError("it ends inside a record");
      const type = ((octets[fixed] as number) << 8) | (octets[fixed + 1] as number);
      if (octets[fixed + 2] !== 0 || octets[fixed + 3] !== classIn) {
        throw broken("its primary sent a record of another class than IN");
      }
      const start = fixed + 10;
      const end = start + readUint16(octets, fixed + 8);
      if (end > octets.length) throw new MessageError("it ends inside a record");
      const phase = this.#phase;
      if (phase === "end") throw broken("its primary sent records behind the end of the zone");
      if (type === typeSoa) this.#takeSoa(octets, start, end);
      else if (phase === "first") throw broken("its primary does not begin with the SOA of the zone");
      else if (phase === "sequence") throw inconsistent("differences do not begin with an SOA");
      else sink.take(phase === "deletions", owner, readUint32(octets, fixed + 4), restOf(octets, type, start, end));
      at = end;
    }
  }

  #takeSoa(octets: Uint8Array, start: number, end: number): void {
    if (this.#owner.wireBytes > 0) throw broken("its primary sent an SOA that is not at the apex");
    const soa = soaAt(octets, start, end);
    const found = soa.serial;
    const text = Buffer.from(restOf(octets, typeSoa, start, end)).toString("latin1");
    switch (this.#phase) {
      case "first":
        this.#soa = soa;
        this.#firstSoa = text;
        this.#phase = this.#form === "whole" ? "whole" : "sequence";
        return;
      case "whole":
        if (text !== this.#firstSoa) throw broken("its primary ends the zone with another SOA than it began with");
        this.#phase = "end";
        return;
      case "sequence":
        this.#startDeletions(found);
        return;
      case "deletions":
        this.#at = found;
        this.#phase = "additions";
        return;
      case "additions":
        this.#endAdditions(found, text);
        return;
      case "end":
        return;
    }
  }

  /** RFC 1995 4: each sequence begins with the SOA that the one before has led to. */
  #startDeletions(found: Serial): void {
    if (found !== this.#at) throw inconsistent("its primary sent differences that do not follow each other");
    this.#phase = "deletions";
  }

  #endAdditions(found: Serial, text: string): void {
    if (this.#at !== this.#soa?.serial) {
      this.#startDeletions(found);
      return;
    }
    if (text !== this.#firstSoa) throw inconsistent("its primary ends differences with another SOA than it began with");
    this.#phase = "end";
  }
}

/** A record of a message as far as the form of an answer depends on it: its SOA where it is that of the zone. */
export interface PeekedRecord {
  readonly soa: Soa | undefined;
}

/** The first records of a message, at most so many. @throws MessageError */
export function peekRecords(
  { octets, answers, start }: AnswerMessage,
  apex: Uint8Array,
  countMax: number,
): PeekedRecord[] {
  const peeked: PeekedRecord[] = [];
  for (let at = start; peeked.length < Math.min(answers, countMax); ) {
    const { owner, type, rdataStart, end } = readRecord(octets, at);
    const isSoa = type === typeSoa && Buffer.compare(lowerName(owner), apex) === 0;
    peeked.push({ soa: isSoa ? soaAt(octets, rdataStart, end) : undefined });
    at = end;
  }
  return peeked;
}

function soaAt(octets: Uint8Array, start: number, end: number): Soa {
  const [number = 0, refresh = 0, retry = 0, expire = 0] = soaNumbers(octets, start, end);
  return { serial: serial(number), refresh, retry, expire };
}
