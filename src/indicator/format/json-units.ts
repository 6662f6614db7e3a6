/**
 * Cuts JSON into its units, each an object that is parsed by itself, wherever the chunks end: a document, the documents of JSON
 * lines, the elements of an array, and what stands in the wrapper that answers of MISP have (`{"response": […]}`,
 * `{"response": {"Attribute": […]}}`). Memory is one unit, and that is bounded.
 */

/** What is told of the units. */
export interface UnitTaker {
  /** A unit in octets, which are not kept, and the line on which it starts. */
  unit(octets: Uint8Array, line: number): void;
  /** A unit with more octets than may be held; it is passed over. */
  tooLong(line: number): void;
}

/** Octets of a unit: an event with a hundred thousand attributes in all words that MISP has for them. */
export const unitBytesMax: number = 96 * 1024 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const lineFeed = 0x0a;

/** How a wrapper begins, up to the bracket of what it holds; longer starts are of something else. */
const wrapperBytesMax = 64;
const wrapper = /^\{\s*"response"\s*:\s*([[{])$/;
const innerWrapper = /^\{\s*"Attribute"\s*:\s*\[$/;

export class JsonUnits {
  readonly #taker: UnitTaker;
  readonly #bytesMax: number;
  /** Closing brackets of what was entered, outermost first. */
  readonly #entered: number[] = [];
  /** Levels that are open within the unit; 0 between units. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** What earlier chunks had of the unit. */
  #stored = new Uint8Array(64 * 1024);
  #storedLength = 0;
  #isTooLong = false;
  #unitLine = 0;
  /** Line feeds seen. */
  lines = 0;
  /** The line, from 1, from which on it is no JSON; 0 while it is. */
  brokenLine = 0;

  constructor(taker: UnitTaker, bytesMax: number = unitBytesMax) {
    this.#taker = taker;
    this.#bytesMax = bytesMax;
  }

  write(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at] as number;
      if (octet === lineFeed) this.lines += 1;
      if (this.brokenLine > 0) continue;
      if (this.#inString) at = this.#passString(chunk, at);
      else if (octet === quote) this.#inString = true;
      else if (octet === openBrace || octet === openBracket) {
        if (this.#depth === 0) {
          if (octet === openBracket) this.#entered.push(closeBracket);
          else [from, this.#depth, this.#unitLine] = [at, 1, this.lines + 1];
        } else if (++this.#depth === 2 && this.#enterWrapper(chunk, from, at)) from = at;
      } else if (octet === closeBrace || octet === closeBracket) {
        if (this.#depth === 0) this.#leave(octet);
        else if (--this.#depth === 0) this.#end(chunk, from, at + 1);
      } else if (this.#depth === 0 && this.#entered.length === 0 && !isBetween(octet)) this.brokenLine = this.lines + 1;
    }
    if (this.#depth > 0) this.#store(chunk, from, chunk.length);
  }

  /** Takes the end of the input; false where something was not closed. */
  end(): boolean {
    return this.#depth === 0 && this.#entered.length === 0 && !this.#inString;
  }

  /** Passes over a string as far as it has come, and gives where its last octet is. */
  #passString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const octet = chunk[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (octet === backslash) this.#isEscaped = true;
      else if (octet === quote) {
        this.#inString = false;
        return at;
      } else if (octet === lineFeed && at > from) this.lines += 1;
    }
    return chunk.length - 1;
  }

  /** Enters what holds units rather than being one; says whether it did. */
  #enterWrapper(chunk: Uint8Array, from: number, at: number): boolean {
    if (this.#storedLength + at + 1 - from > wrapperBytesMax) return false;
    const before = Buffer.from(this.#stored.buffer, 0, this.#storedLength).toString("latin1");
    const start = before + Buffer.from(chunk.subarray(from, at + 1)).toString("latin1");
    const [, opened] = wrapper.exec(start) ?? [];
    const isInner = this.#entered.at(-1) === closeBrace && innerWrapper.test(start);
    if (opened === undefined && !isInner) return false;
    this.#entered.push(closeBrace);
    this.#storedLength = 0;
    if (opened === "{") this.#depth = 1;
    else {
      this.#entered.push(closeBracket);
      this.#depth = 0;
    }
    return true;
  }

  #leave(octet: number): void {
    if (this.#entered.pop() !== octet) this.brokenLine = this.lines + 1;
  }

  #end(chunk: Uint8Array, from: number, to: number): void {
    let unit = chunk.subarray(from, to);
    if (this.#storedLength > 0 || this.#isTooLong) {
      this.#store(chunk, from, to);
      unit = this.#stored.subarray(0, this.#storedLength);
    }
    if (this.#isTooLong || unit.length > this.#bytesMax) this.#taker.tooLong(this.#unitLine);
    else this.#taker.unit(unit, this.#unitLine);
    this.#storedLength = 0;
    this.#isTooLong = false;
  }

  #store(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#storedLength + to - from;
    if (length > this.#bytesMax) this.#isTooLong = true;
    if (this.#isTooLong) {
      this.#storedLength = 0;
      return;
    }
    if (length > this.#stored.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#stored.length));
      grown.set(this.#stored.subarray(0, this.#storedLength));
      this.#stored = grown;
    }
    this.#stored.set(chunk.subarray(from, to), this.#storedLength);
    this.#storedLength = length;
  }
}

/** Whether an octet may stand between documents: white space, a comma, or one of a byte order mark. */
function isBetween(octet: number): boolean {
  return octet <= 0x20 || octet === 0x2c || octet === 0xef || octet === 0xbb || octet === 0xbf;
}
