/**
 * Cuts a stream of octets into lines in bounded memory, wherever its chunks end. A format reads a line either on the
 * octets (`takePlain`, the hot path) or, where that declines, as text (`takeText`).
 */
import type { Collector } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import type { Rejects } from "../rejects.ts";

/** Octets of the longest line that is read; a longer one is one reject and costs no memory. */
export const lineBytesMax = 64 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Why what was read is no list of the format, and what to do. */
export interface Refusal {
  readonly why: string;
  readonly remedy: string;
}

/** A push parser: pure, it neither reads nor waits. */
export interface Parser {
  /** Takes the next part of the input, cut anywhere. The octets are not kept. */
  write(chunk: Uint8Array): void;
  /** Takes the end of the input. */
  end(): void;
  /** Lines seen so far. */
  readonly lines: number;
  /** After the end: the input is of a format that has an end of its own, and it was not there. */
  readonly isCutShort?: boolean;
  /** After the end: why nothing of the list may be used. */
  readonly refusal?: Refusal | undefined;
  /** After the end: keys of what the last line gave, where no line feed ends it. */
  readonly cutKeys?: readonly Uint8Array[];
  /** After the end: lines speak of others (an exception of all beneath a name), so that no part can be read alone. */
  readonly bindsLines?: boolean;
}

/** Whether the line ends at this octet: LF, or CR LF. */
export function isLineEnd(bytes: Uint8Array, at: number): boolean {
  const octet = bytes[at];
  return octet === lineFeed || (octet === carriageReturn && bytes[at + 1] === lineFeed);
}

/** Where a parser's lines go, as far as cutting them is concerned. */
interface LineSink {
  readonly collector: Collector;
  readonly rejects: Rejects;
  readonly dropsCutLine?: boolean;
}

export abstract class LineParser<Sink extends LineSink = EntrySink> implements Parser {
  lines = 0;
  cutKeys: readonly Uint8Array[] = [];
  protected readonly sink: Sink;
  /** The line that a chunk cut, as far as it has come. */
  #carry = new Uint8Array(1024);
  #carryLength = 0;
  #skipping = false;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  /**
   * Reads the line at `bytes[at…]` on its octets, takes its entry and returns where the line's end (`isLineEnd`) is; -1
   * where the line wants `takeText`. A line feed follows for certain.
   */
  protected abstract takePlain(bytes: Uint8Array, at: number): number;

  /** Reads a line, one character per octet, without its end and a BOM in front. */
  protected abstract takeText(octets: string): void;

  /** Takes the end of the input, after the last line. */
  protected takeEnd(): void {}

  write(chunk: Uint8Array): void {
    // Buffers are another class to the engine; the hot loops stay fast while they see one class only.
    const bytes =
      Object.getPrototypeOf(chunk) === Uint8Array.prototype
        ? chunk
        : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    if (this.#carryLength > 0 || this.#skipping) {
      const end = bytes.indexOf(lineFeed);
      this.#keep(bytes, 0, end === -1 ? bytes.length : end);
      if (end === -1) return;
      this.#takeCarried();
      from = end + 1;
    }
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end > from) this.#takeLines(bytes, from, end);
    if (bytes.length > Math.max(end, from)) this.#keep(bytes, Math.max(end, from), bytes.length);
  }

  end(): void {
    if (this.#carryLength > 0 || this.#skipping) this.#takeCutLine();
    this.takeEnd();
  }

  /** Takes the last line where no line feed ends it. */
  #takeCutLine(): void {
    const { collector, dropsCutLine, rejects } = this.sink;
    if (dropsCutLine === true) {
      this.lines += 1;
      rejects.add("cut-line", this.lines, this.#carry, 0, this.#carryLength);
      return;
    }
    const first = collector.count;
    this.#takeCarried();
    const count = Math.max(0, collector.count - first);
    this.cutKeys = Array.from({ length: count }, (_, i) => collector.keyOf(first + i).slice());
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    if (this.#skipping) return;
    const length = this.#carryLength + to - from;
    this.#skipping = length > lineBytesMax;
    const kept = Math.min(length, lineBytesMax);
    if (kept >= this.#carry.length) {
      const grown = new Uint8Array(Math.max(2 * this.#carry.length, kept + 1));
      grown.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(from, from + kept - this.#carryLength), this.#carryLength);
    this.#carryLength = kept;
  }

  #takeCarried(): void {
    const length = this.#carryLength;
    this.#carryLength = 0;
    if (this.#skipping) {
      this.#skipping = false;
      this.lines += 1;
      this.sink.rejects.add("line-too-long", this.lines, this.#carry, 0, length);
      return;
    }
    this.#carry[length] = lineFeed;
    this.#takeLines(this.#carry, 0, length + 1);
  }

  /** Reads whole lines; `bytes[to - 1]` is a line feed. */
  #takeLines(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      this.lines += 1;
      let end = this.takePlain(bytes, at);
      if (end === -1) {
        end = bytes.indexOf(lineFeed, at);
        this.#takeUnusual(bytes, at, end);
      } else if (bytes[end] === carriageReturn) {
        end += 1;
      }
      at = end + 1;
    }
  }

  #takeUnusual(bytes: Uint8Array, from: number, end: number): void {
    if (end - from > lineBytesMax) {
      this.sink.rejects.add("line-too-long", this.lines, bytes, from, end);
      return;
    }
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end;
    // Lists that were joined have byte order marks at the start of any line.
    const start = bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? from + 3 : from;
    this.takeText(Buffer.from(bytes.buffer, bytes.byteOffset + start, to - start).toString("latin1"));
  }
}

const controlOctet = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Whether a line, one character per octet, has octets that no text has. */
export function isBinary(octets: string): boolean {
  return controlOctet.test(octets);
}

/** Takes spaces and tabs off both ends; octets beyond ASCII are left alone, unlike in `trim()`. */
export function trimOctets(octets: string): string {
  let from = 0;
  let to = octets.length;
  // Loops, since a search for spaces at the end takes quadratic time on a line of spaces.
  while (from < to && isBlank(octets.charCodeAt(from))) from += 1;
  while (to > from && isBlank(octets.charCodeAt(to - 1))) to -= 1;
  return octets.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Cuts a comment at the end of a line: `mark` finds the one blank before its sign. */
export function cutComment(octets: string, mark: RegExp): string {
  const at = octets.search(mark);
  return at === -1 ? octets : trimOctets(octets.slice(0, at));
}
