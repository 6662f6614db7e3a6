/**
 * Reads JSON (RFC 8259) as a stream of octets and says what comes, in memory that does not grow with the document: one
 * string, and a few octets for each level. Several documents may follow one another, as in JSON lines.
 */
import { lineBytesMax } from "./line-parser.ts";

/** Levels of nesting that are read. */
export const jsonDepthMax = 256;

export interface JsonTaker {
  open(kind: "object" | "array"): void;
  close(kind: "object" | "array"): void;
  /** A key of an object; undefined where it is no text, or too long to be one that matters. */
  key(text: string | undefined): void;
  /** A string: its octets, one per character and with escapes, and its text, undefined where these are not UTF-8. */
  text(octets: string, text: string | undefined): void;
  /** A string over `lineBytesMax`; only its start is kept. */
  longText(octets: string): void;
  /** A number, `true`, `false` or `null`. */
  literal(word: string): void;
  /** Whether strings that come now are of no use; then they need not be decoded, and are not told of. */
  passesStrings?(): boolean;
}

type Expected = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const literalPattern = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

export class JsonReader {
  readonly #taker: JsonTaker;
  /** 1 for an object, 0 for an array. */
  readonly #levels = new Uint8Array(jsonDepthMax);
  #depth = 0;
  #expected: Expected = "value";
  #string = new Uint8Array(256);
  #stringLength = 0;
  #inString = false;
  #isLong = false;
  #isEscaped = false;
  #hasEscapes = false;
  #word = "";
  /** Octets seen, so that a byte order mark is only taken in front. */
  #seen = 0;
  /** Line feeds seen. */
  lines = 0;
  /** The document is not JSON from here on; nothing after it is read. */
  isBroken = false;
  /** The line, from 1, on which it was not; 0 while it is. */
  brokenLine = 0;

  constructor(taker: JsonTaker) {
    this.#taker = taker;
  }

  write(chunk: Uint8Array): void {
    let at = 0;
    for (; at < chunk.length && !this.isBroken; at++) {
      if (this.#inString) at = this.#readString(chunk, at);
      else this.#readOctet(chunk[at] as number);
      this.#seen += 1;
    }
    if (this.isBroken) this.brokenLine ||= this.lines + 1;
    for (; at < chunk.length; at++) if (chunk[at] === 0x0a) this.lines += 1;
  }

  /** Whether what came so far ends with a document, so that the next may be read otherwise. */
  get isBetween(): boolean {
    return !this.isBroken && this.#depth === 0 && !this.#inString && this.#word === "";
  }

  /** Takes the end of the input; false where a document was cut. */
  end(): boolean {
    if (!this.isBroken) this.#endWord();
    return !this.isBroken && !this.#inString && this.#depth === 0;
  }

  #readOctet(octet: number): void {
    if (octet > 0x20 && octet !== quote && !isStructure(octet)) {
      if (this.#seen < 3 && octet === [0xef, 0xbb, 0xbf][this.#seen]) return;
      this.#word += String.fromCharCode(octet);
      if (this.#word.length > 64) this.isBroken = true;
      return;
    }
    this.#endWord();
    if (octet === 0x0a) this.lines += 1;
    if (octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09 || this.isBroken) return;
    if (octet === quote) this.#startString();
    else if (octet === openBrace || octet === openBracket) this.#open(octet === openBrace);
    else if (octet === closeBrace || octet === closeBracket) this.#close(octet === closeBrace);
    else if (octet === 0x3a && this.#expected === "colon") this.#expected = "value";
    else if (octet === 0x2c && this.#expected === "comma-or-end" && this.#depth > 0) {
      this.#expected = this.#levels[this.#depth - 1] === 1 ? "key" : "value";
    } else this.isBroken = true;
  }

  get #takesValue(): boolean {
    return this.#expected === "value" || this.#expected === "value-or-end";
  }

  #endWord(): void {
    if (this.#word === "") return;
    if (!this.#takesValue || !literalPattern.test(this.#word)) this.isBroken = true;
    else this.#taker.literal(this.#word);
    this.#word = "";
    this.#endValue();
  }

  #endValue(): void {
    this.#expected = this.#depth === 0 ? "value" : "comma-or-end";
  }

  #open(isObject: boolean): void {
    if (!this.#takesValue || this.#depth === jsonDepthMax) {
      this.isBroken = true;
      return;
    }
    this.#levels[this.#depth++] = isObject ? 1 : 0;
    this.#expected = isObject ? "key-or-end" : "value-or-end";
    this.#taker.open(isObject ? "object" : "array");
  }

  #close(isObject: boolean): void {
    const canEnd = this.#expected === "comma-or-end" || this.#expected === (isObject ? "key-or-end" : "value-or-end");
    if (!canEnd || this.#depth === 0 || this.#levels[this.#depth - 1] !== (isObject ? 1 : 0)) {
      this.isBroken = true;
      return;
    }
    this.#depth -= 1;
    this.#taker.close(isObject ? "object" : "array");
    this.#endValue();
  }

  #startString(): void {
    if (!this.#takesValue && this.#expected !== "key" && this.#expected !== "key-or-end") {
      this.isBroken = true;
      return;
    }
    this.#inString = true;
    this.#isLong = false;
    this.#hasEscapes = false;
    this.#stringLength = 0;
  }

  /** Reads on in a string and returns where it, or the chunk, ends. */
  #readString(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        this.#keep(chunk, at, at + 1);
        at += 1;
        continue;
      }
      let end = at;
      while (end < chunk.length && chunk[end] !== quote && chunk[end] !== backslash) end += 1;
      this.#keep(chunk, at, end);
      if (end === chunk.length) break;
      if (chunk[end] === quote) {
        this.#seen += end - from;
        this.#endString();
        return end;
      }
      this.#isEscaped = this.#hasEscapes = true;
      this.#keep(chunk, end, end + 1);
      at = end + 1;
    }
    this.#seen += chunk.length - 1 - from;
    return chunk.length - 1;
  }

  /** Keeps octets of a string, as far as there is room. */
  #keep(chunk: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) if (chunk[at] === 0x0a) this.lines += 1;
    const length = Math.min(this.#stringLength + to - from, lineBytesMax);
    this.#isLong ||= this.#stringLength + to - from > lineBytesMax;
    if (length > this.#string.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#string.length));
      grown.set(this.#string);
      this.#string = grown;
    }
    this.#string.set(chunk.subarray(from, from + length - this.#stringLength), this.#stringLength);
    this.#stringLength = length;
  }

  #endString(): void {
    this.#inString = false;
    if (this.#takesValue && this.#taker.passesStrings?.() === true) {
      this.#endValue();
      return;
    }
    if (!this.#takesValue) {
      this.#expected = "colon";
      this.#taker.key(this.#isLong ? undefined : this.#decode());
      return;
    }
    const octets = Buffer.from(this.#string.buffer, 0, this.#stringLength).toString("latin1");
    if (this.#isLong) this.#taker.longText(octets);
    else this.#taker.text(octets, this.#decode());
    this.#endValue();
  }

  /** The text of the string last read; undefined where it is not UTF-8 or its escapes are wrong. */
  #decode(): string | undefined {
    try {
      const text = utf8.decode(this.#string.subarray(0, this.#stringLength));
      return this.#hasEscapes ? (JSON.parse(`"${text}"`) as string) : text;
    } catch {
      return undefined;
    }
  }
}

function isStructure(octet: number): boolean {
  return (
    octet === openBrace ||
    octet === closeBrace ||
    octet === openBracket ||
    octet === closeBracket ||
    octet === 0x3a ||
    octet === 0x2c
  );
}
