/**
 * Blocks: consecutive RRsets of one zone as a finished DNS message with full name compression (RFC 1035 4.1.4), ready
 * to be sent as part of a transfer. Owner names are keys relative to the apex, in canonical order.
 *
 * RRs travel as the runs of rr.ts ("rrs" below). Sorted owners make compression a small stack: the longest suffix that
 * was already written is one of the previous owner's.
 */
import { labelsMax } from "./name.ts";
import { countRrs } from "./rr.ts";
import { classIn, headerBytes, typeAxfr, typeCname } from "./types.ts";

/** Largest block: the last octet that a compression pointer reaches is 16,383. */
export const blockBytesMax = 16_384;

/** Compressed CNAME targets remembered in one block. */
const targetsMax = 16;

/** A run of finished DNS messages, read one at a time so that a slow reader holds one. */
export interface Messages {
  /**
   * The next message, a copy that is the caller's, to patch or to detach; undefined at the end.
   *
   * Each is a complete DNS message of at most 16,384 octets: ID 0, flags 0x8400 (QR, AA), QDCOUNT 1, the apex in lower
   * case with QTYPE AXFR and QCLASS IN as the question, ANCOUNT records, no authority, no additional section. Every
   * compression pointer points inside the message, so a question of other letter case may be patched in place.
   */
  next(): Uint8Array | undefined;
}

export class BlockWriter {
  readonly #message: Uint8Array;
  readonly #start: number;
  #at: number;
  #records = 0;
  /** The owner written last, its label ends within the key, and where in the message each of its suffixes stands. */
  readonly #previous = new Uint8Array(512);
  #previousBytes = 0;
  readonly #labelEnd = new Uint16Array(labelsMax + 1);
  readonly #labelAt = new Uint16Array(labelsMax + 1);
  #labels = 0;
  readonly #targets: { rdata: Uint8Array; at: number }[] = [];

  /** `apex` is a wire name in lower case. */
  constructor(apex: Uint8Array) {
    this.#message = new Uint8Array(blockBytesMax);
    const m = this.#message;
    m[2] = 0x84; // QR, AA
    m[5] = 1; // QDCOUNT
    m.set(apex, headerBytes);
    const at = headerBytes + apex.length;
    m[at + 1] = typeAxfr;
    m[at + 3] = classIn;
    this.#start = at + 4;
    this.#at = this.#start;
    this.#labelAt[0] = headerBytes;
  }

  get records(): number {
    return this.#records;
  }

  /** Octets written so far, header and question included. */
  get bytes(): number {
    return this.#at;
  }

  /**
   * Adds the RRs of one owner, `key[0…keyBytes)`. Owners come in canonical order; the same owner may come again.
   * @returns false, with nothing written, when they do not fit
   * @throws RangeError where they would not fit into an empty block either
   */
  add(key: Uint8Array, keyBytes: number, rrs: Uint8Array, rrsBytes: number = rrs.length): boolean {
    const m = this.#message;
    const previous = this.#previous;
    const labelEnd = this.#labelEnd;
    // How many whole labels this owner shares with the previous one.
    const shorter = keyBytes < this.#previousBytes ? keyBytes : this.#previousBytes;
    let shared = 0;
    let same = 0;
    while (same < shorter && key[same] === previous[same]) same++;
    while (shared < this.#labels && (labelEnd[shared + 1] as number) <= same) shared++;
    const sharedBytes = labelEnd[shared] as number;

    // An upper bound: each RR beyond the first repeats the owner as a pointer.
    const count = countRrs(rrs, rrsBytes);
    const needed = keyBytes - sharedBytes + 2 * count + rrsBytes + 2 * count;
    if (this.#at + needed > blockBytesMax) {
      if (this.#records === 0) throw new RangeError(`RRset of ${needed} octets does not fit a block`);
      return false;
    }

    // Remember the new labels' ends, then write them deepest first.
    let labels = shared;
    for (let i = sharedBytes; i < keyBytes; i++) {
      const octet = key[i] as number;
      previous[i] = octet;
      if (octet === 0) labelEnd[++labels] = i + 1;
    }
    this.#previousBytes = keyBytes;
    this.#labels = labels;
    let at = this.#at;
    const labelAt = this.#labelAt;
    const pointerTo = labelAt[shared] as number;
    for (let label = labels; label > shared; label--) {
      labelAt[label] = at;
      const lengthAt = at++;
      const end = (labelEnd[label] as number) - 1;
      for (let i = labelEnd[label - 1] as number; i < end; i++) {
        const octet = key[i] as number;
        m[at++] = octet === 1 ? (key[++i] as number) - 1 : octet;
      }
      m[lengthAt] = at - lengthAt - 1;
    }
    m[at++] = 0xc0 | (pointerTo >> 8);
    m[at++] = pointerTo & 0xff;

    // RRs are read here in place: decoding them first costs an array and a copy of each RDATA for every rule.
    for (let i = 0; i < rrsBytes; ) {
      if (i > 0) {
        const owner = labelAt[labels] as number;
        m[at++] = 0xc0 | (owner >> 8);
        m[at++] = owner & 0xff;
      }
      const type = ((rrs[i] as number) << 8) | (rrs[i + 1] as number);
      const rdataBytes = ((rrs[i + 6] as number) << 8) | (rrs[i + 7] as number);
      m[at] = rrs[i] as number;
      m[at + 1] = rrs[i + 1] as number;
      m[at + 2] = 0;
      m[at + 3] = classIn;
      m[at + 4] = rrs[i + 2] as number;
      m[at + 5] = rrs[i + 3] as number;
      m[at + 6] = rrs[i + 4] as number;
      m[at + 7] = rrs[i + 5] as number;
      at += 8;
      i += 8;
      const target = type === typeCname && rdataBytes > 3 ? this.#targetAt(rrs, i, rdataBytes, at + 2) : at + 2;
      if (target !== at + 2) {
        m[at] = 0;
        m[at + 1] = 2;
        m[at + 2] = 0xc0 | (target >> 8);
        m[at + 3] = target & 0xff;
        at += 4;
      } else {
        m[at] = rdataBytes >> 8;
        m[at + 1] = rdataBytes & 0xff;
        at += 2;
        for (let j = 0; j < rdataBytes; j++) m[at++] = rrs[i + j] as number;
      }
      i += rdataBytes;
    }
    this.#at = at;
    this.#records += count;
    return true;
  }

  /** Where this CNAME target already stands in the block; `here` when it is new, which is then remembered. */
  #targetAt(rrs: Uint8Array, start: number, bytes: number, here: number): number {
    outer: for (const target of this.#targets) {
      if (target.rdata.length !== bytes) continue;
      for (let i = 0; i < bytes; i++) if (target.rdata[i] !== rrs[start + i]) continue outer;
      return target.at;
    }
    if (this.#targets.length < targetsMax) {
      this.#targets.push({ rdata: rrs.slice(start, start + bytes), at: here });
    }
    return here;
  }

  /** The finished message, a copy; the writer starts over empty. */
  take(): Uint8Array {
    const m = this.#message;
    m[6] = this.#records >> 8;
    m[7] = this.#records & 0xff;
    const message = m.slice(0, this.#at);
    this.#at = this.#start;
    this.#records = 0;
    this.#previousBytes = 0;
    this.#labels = 0;
    this.#targets.length = 0;
    return message;
  }
}

/** Reads blocks back, owner by owner. Made for blocks of `BlockWriter`, not for messages from outside. */
export class BlockReader {
  /** The current owner's key is `key[0…keyBytes)`. */
  readonly key = new Uint8Array(512);
  keyBytes = 0;
  /** The current owner's RRs are `rrs[0…rrsBytes)`. */
  rrs: Uint8Array = new Uint8Array(1024);
  rrsBytes = 0;
  /** The current owner's number of RRs. */
  records = 0;
  /** Whether the owner right before it in the block is its parent. */
  followsParent = false;

  readonly #start: number;
  #message: Uint8Array = new Uint8Array(0);
  #at = 0;
  #left = 0;
  readonly #labelEnd = new Uint16Array(labelsMax + 1);
  readonly #labelAt = new Uint16Array(labelsMax + 1);
  #labels = 0;
  readonly #fresh = new Uint16Array(labelsMax + 1);

  constructor(apex: Uint8Array) {
    this.#start = headerBytes + apex.length + 4;
    this.#labelAt[0] = headerBytes;
  }

  /** Starts on a block. */
  open(message: Uint8Array): void {
    this.#message = message;
    this.#at = this.#start;
    this.#left = ((message[6] as number) << 8) | (message[7] as number);
    this.#labels = 0;
    this.keyBytes = 0;
  }

  /** Goes to the next owner. @returns false at the end. @throws RangeError on a damaged block */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#readOwner();
    this.rrsBytes = 0;
    this.records = 0;
    const m = this.#message;
    do {
      this.#readRecord();
      // A record whose owner is only a pointer to the current owner belongs to it.
      const owner = 0xc000 | (this.#labelAt[this.#labels] as number);
      const here = ((m[this.#at] as number) << 8) | (m[this.#at + 1] as number);
      if (this.#left === 0 || here !== owner) break;
      this.#at += 2;
    } while (true);
    return true;
  }

  #readOwner(): void {
    const m = this.#message;
    const fresh = this.#fresh;
    let at = this.#at;
    let count = 0;
    let length = m[at] as number;
    while (length < 0xc0) {
      if (length === 0 || count >= labelsMax || at + length >= m.length) throw new RangeError("Damaged block");
      fresh[count++] = at;
      at += length + 1;
      length = m[at] as number;
    }
    const pointer = ((length & 0x3f) << 8) | (m[at + 1] as number);
    at += 2;
    let shared = this.#labels;
    this.followsParent = count === 1 && shared > 0 && this.#labelAt[shared] === pointer;
    while (shared > 0 && this.#labelAt[shared] !== pointer) shared--;
    if (shared === 0 && pointer !== headerBytes) throw new RangeError("Damaged block");
    const key = this.key;
    let end = this.#labelEnd[shared] as number;
    let labels = shared;
    for (let i = count - 1; i >= 0; i--) {
      let from = fresh[i] as number;
      const stop = from + 1 + (m[from] as number);
      this.#labelAt[++labels] = from;
      for (from += 1; from < stop; from++) {
        const octet = m[from] as number;
        if (octet <= 1) {
          key[end++] = 1;
          key[end++] = octet + 1;
        } else key[end++] = octet;
      }
      key[end++] = 0;
      this.#labelEnd[labels] = end;
    }
    this.keyBytes = end;
    this.#labels = labels;
    this.#at = at;
  }

  #readRecord(): void {
    const m = this.#message;
    let at = this.#at;
    let rdataBytes = ((m[at + 8] as number) << 8) | (m[at + 9] as number);
    const next = at + 10 + rdataBytes;
    if (next > m.length) throw new RangeError("Damaged block");
    const type = ((m[at] as number) << 8) | (m[at + 1] as number);
    let from = at + 10;
    if (type === typeCname && rdataBytes === 2 && (m[from] as number) >= 0xc0) {
      from = (((m[from] as number) & 0x3f) << 8) | (m[from + 1] as number);
      let end = from;
      while (m[end] !== 0) end += (m[end] as number) + 1;
      rdataBytes = end + 1 - from;
    }
    if (this.rrsBytes + 8 + rdataBytes > this.rrs.length) {
      const grown = new Uint8Array(2 * this.rrs.length + rdataBytes);
      grown.set(this.rrs);
      this.rrs = grown;
    }
    const rrs = this.rrs;
    let to = this.rrsBytes;
    rrs[to] = m[at] as number;
    rrs[to + 1] = m[at + 1] as number;
    at += 4;
    for (let i = 2; i < 6; i++) rrs[to + i] = m[at++] as number;
    rrs[to + 6] = rdataBytes >> 8;
    rrs[to + 7] = rdataBytes & 0xff;
    to += 8;
    for (let i = 0; i < rdataBytes; i++) rrs[to++] = m[from + i] as number;
    this.rrsBytes = to;
    this.records += 1;
    this.#at = next;
    this.#left -= 1;
  }
}
