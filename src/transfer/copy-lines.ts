/** The lines of a copy: where the record of a line belongs, and which line of many a change belongs at. */
import { compareOctets, keyBytesAt, keyStartOf, restBytesAt } from "./changes.ts";

const lineEnd = 0x0a;
const backslash = 0x5c;
const dot = 0x2e;
const space = 0x20;

/** A copy that is not as it was written. */
export class DamagedCopyError extends Error {
  constructor() {
    super("a copy of a policy zone is damaged");
    this.name = "DamagedCopyError";
  }
}

/** Reads one line at a time, into buffers of its own. */
export class LineReader {
  readonly key = new Uint8Array(1024);
  keyBytes = 0;
  restStart = 0;
  readonly #octets = new Uint8Array(1024);
  readonly #starts = new Uint16Array(512);

  /** Reads the line at `start…end`, without its line end. @throws DamagedCopyError */
  read(text: Uint8Array, start: number, end: number): void {
    const octets = this.#octets;
    const starts = this.#starts;
    let length = 0;
    let labels = 0;
    let at = start;
    starts[labels++] = 0;
    for (; at < end; at++) {
      let octet = text[at] as number;
      if (octet === space) break;
      if (octet === dot) {
        starts[labels++] = length;
        continue;
      }
      if (octet === backslash) {
        octet = text[++at] as number;
        if (octet >= 0x30 && octet <= 0x39) {
          octet = 100 * (octet - 0x30) + 10 * ((text[at + 1] as number) - 0x30) + ((text[at + 2] as number) - 0x30);
          at += 2;
        }
      } else if (octet === 0x40 && at === start) continue;
      octets[length++] = octet;
      if (length > 255) throw new DamagedCopyError();
    }
    this.#makeKey(length, labels);
    const ttlEnd = text.indexOf(space, at + 1);
    if (at >= end || ttlEnd === -1 || ttlEnd >= end) throw new DamagedCopyError();
    this.restStart = ttlEnd + 1;
  }

  #makeKey(length: number, labels: number): void {
    const { key } = this;
    let bytes = 0;
    let end = length;
    for (let i = length === 0 ? -1 : labels - 1; i >= 0; i--) {
      const start = this.#starts[i] as number;
      for (let at = start; at < end; at++) {
        const octet = this.#octets[at] as number;
        if (octet <= 1) {
          key[bytes++] = 1;
          key[bytes++] = octet + 1;
        } else key[bytes++] = octet;
      }
      key[bytes++] = 0;
      end = start;
    }
    this.keyBytes = bytes;
  }

  /** Compares the line at `start…end` with the record of a change. @throws DamagedCopyError */
  compare(text: Uint8Array, start: number, end: number, bytes: Uint8Array, at: number): number {
    this.read(text, start, end);
    const keyStart = keyStartOf(at);
    const restStart = keyStart + keyBytesAt(bytes, at);
    const order = compareOctets(this.key, 0, this.keyBytes, bytes, keyStart, restStart);
    if (order !== 0) return order;
    return compareOctets(text, this.restStart, end, bytes, restStart, restStart + restBytesAt(bytes, at));
  }

  /**
   * The start of the first line, from the start of a line `from` on, that is not before a change; `to` where there is none.
   * Steps double from where it starts, so that changes which are close to each other cost little.
   */
  find(text: Uint8Array, from: number, to: number, bytes: Uint8Array, at: number): number {
    let low = from;
    let high = to;
    for (let step = 64; low + step < to; step *= 2) {
      const start = startOfLine(text, low + step, from);
      const end = text.indexOf(lineEnd, start);
      if (this.compare(text, start, end, bytes, at) >= 0) {
        high = start;
        break;
      }
      low = end + 1;
    }
    while (low < high) {
      const start = startOfLine(text, (low + high) >> 1, low);
      const end = text.indexOf(lineEnd, start);
      if (this.compare(text, start, end, bytes, at) < 0) low = end + 1;
      else high = start;
    }
    return low;
  }
}

/** Where the line starts that `at` is in, not before `from`. */
export function startOfLine(text: Uint8Array, at: number, from: number): number {
  // The line end of a line is in it.
  return at === from ? from : Math.max(from, text.lastIndexOf(lineEnd, at - 1) + 1);
}

/** The pieces of a text, each of whole lines. A last line without its end is left out. */
export async function* wholeLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let carried: Uint8Array[] = [];
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(lineEnd) + 1;
    if (end === 0) {
      carried.push(Uint8Array.from(piece));
      continue;
    }
    yield carried.length === 0 ? piece.subarray(0, end) : Buffer.concat([...carried, piece.subarray(0, end)]);
    carried = end === piece.length ? [] : [Uint8Array.from(piece.subarray(end))];
  }
}
