/**
 * Writes the messages that are not stored: direct answers, errors, and the SOA, NS and small runs of records of a
 * transfer. It compresses with a table of names (RFC 1035 4.1.4). The bulk of a zone never comes through here.
 */
import { lowerName, nameId } from "../dns/message.ts";
import type { Rr } from "../dns/rr.ts";
import {
  classIn,
  flagAa,
  flagQr,
  headerBytes,
  typeAxfr,
  typeCname,
  typeMx,
  typeNs,
  typePtr,
  typeSoa,
} from "../dns/types.ts";

/** Offsets above this are out of a compression pointer's reach. */
const pointerReach = 0x3fff;

export type Section = "answer" | "authority";

/** How many octets come before the compressible names in RDATA, and how many names follow; RFC 1035 types only. */
function namesInRdata(type: number): { skip: number; names: number } {
  if (type === typeCname || type === typeNs || type === typePtr) return { skip: 0, names: 1 };
  if (type === typeSoa) return { skip: 0, names: 2 };
  if (type === typeMx) return { skip: 2, names: 1 };
  return { skip: 0, names: 0 };
}

/** The question of every message of a transfer before it is addressed to a client: apex, AXFR, IN. */
export function transferQuestion(apex: Uint8Array): Uint8Array {
  const octets = new Uint8Array(apex.length + 4);
  octets.set(apex);
  octets[apex.length + 1] = typeAxfr;
  octets[apex.length + 3] = classIn;
  return octets;
}

export class RecordWriter {
  readonly #message: Uint8Array;
  readonly #question: Uint8Array | undefined;
  readonly #start: number;
  #at: number;
  #answers = 0;
  #authorities = 0;
  /** Where in the message each name's tail stands; tails as Latin-1 text. */
  readonly #tails = new Map<string, number>();

  /** `question` is name, QTYPE and QCLASS; undefined where a request's could not be read. */
  constructor(question: Uint8Array | undefined, bytesMax: number) {
    this.#message = new Uint8Array(bytesMax);
    this.#question = question;
    this.#start = headerBytes + (question?.length ?? 0);
    this.#at = this.#start;
    this.#begin();
  }

  get records(): number {
    return this.#answers + this.#authorities;
  }

  #begin(): void {
    const question = this.#question;
    this.#at = this.#start;
    this.#answers = 0;
    this.#authorities = 0;
    this.#tails.clear();
    if (question === undefined) return;
    this.#message.set(question, headerBytes);
    const name = question.subarray(0, question.length - 4);
    // Our own names are lower case, and letter case does not matter in a comparison (RFC 4343).
    for (const form of [name, lowerName(name)]) {
      const text = nameId(form);
      for (let at = 0; form[at] !== 0; at += (form[at] as number) + 1) {
        this.#tails.set(text.slice(at), headerBytes + at);
      }
    }
  }

  /** Adds a record of class IN. @returns false, with nothing written, when it does not fit */
  add(section: Section, owner: Uint8Array, record: Rr): boolean {
    const undo = this.#at;
    const fits = this.#writeName(owner) && this.#writeRest(record);
    if (!fits) {
      this.#at = undo;
      for (const [tail, at] of this.#tails) if (at >= undo) this.#tails.delete(tail);
      return false;
    }
    if (section === "answer") this.#answers += 1;
    else this.#authorities += 1;
    return true;
  }

  #writeRest(record: Rr): boolean {
    const m = this.#message;
    const { type, ttl, rdata } = record;
    if (this.#at + 10 > m.length) return false;
    const view = new DataView(m.buffer);
    view.setUint16(this.#at, type);
    view.setUint16(this.#at + 2, classIn);
    view.setUint32(this.#at + 4, ttl);
    const lengthAt = this.#at + 8;
    this.#at += 10;
    const { skip, names } = namesInRdata(type);
    let from = 0;
    if (!this.#writeBytes(rdata.subarray(0, skip))) return false;
    from += skip;
    for (let i = 0; i < names; i++) {
      let end = from;
      while (rdata[end] !== 0) end += (rdata[end] as number) + 1;
      if (!this.#writeName(rdata.subarray(from, end + 1))) return false;
      from = end + 1;
    }
    if (!this.#writeBytes(rdata.subarray(from))) return false;
    view.setUint16(lengthAt, this.#at - lengthAt - 2);
    return true;
  }

  #writeBytes(bytes: Uint8Array): boolean {
    if (this.#at + bytes.length > this.#message.length) return false;
    this.#message.set(bytes, this.#at);
    this.#at += bytes.length;
    return true;
  }

  #writeName(name: Uint8Array): boolean {
    const m = this.#message;
    const text = nameId(name);
    let at = 0;
    while (name[at] !== 0) {
      const tail = text.slice(at);
      const known = this.#tails.get(tail);
      if (known !== undefined) return this.#writeBytes(Uint8Array.of(0xc0 | (known >> 8), known & 0xff));
      const length = name[at] as number;
      if (this.#at + length + 1 > m.length) return false;
      if (this.#at <= pointerReach) this.#tails.set(tail, this.#at);
      m.set(name.subarray(at, at + length + 1), this.#at);
      this.#at += length + 1;
      at += length + 1;
    }
    return this.#writeBytes(Uint8Array.of(0));
  }

  /** The finished message, a copy with ID 0, QR and AA set; the writer starts over empty. */
  take(): Uint8Array {
    const message = this.#message.slice(0, this.#at);
    message[2] = flagQr | flagAa;
    message[5] = this.#question === undefined ? 0 : 1;
    message[6] = this.#answers >> 8;
    message[7] = this.#answers & 0xff;
    message[8] = this.#authorities >> 8;
    message[9] = this.#authorities & 0xff;
    this.#begin();
    return message;
  }
}
