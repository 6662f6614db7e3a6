/**
 * The objects of JSON documents as `json-objects.ts` picks them, with a fast way for documents that stand on a line each: these are
 * parsed as a whole, in a third of the time. All others are read octet by octet.
 */
import { type ObjectFields, ObjectPicker, type ObjectTaker, takeParsed } from "./json-objects.ts";
import { JsonReader } from "./json-reader.ts";

/** Octets of the longest line that is parsed as a whole: longer ones are documents of many objects. */
const lineMaxDefault = 256 * 1024;
const lineFeed = 0x0a;
const openBrace = 0x7b;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class JsonLineObjects {
  readonly #fields: ObjectFields;
  readonly #taker: ObjectTaker;
  readonly #reader: JsonReader;
  readonly #lineMax: number;
  /** Parts of a line that has not ended, and their octets. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Lines that were parsed as a whole. */
  #parsedLines = 0;

  constructor(fields: ObjectFields, taker: ObjectTaker, lineMax: number = lineMaxDefault) {
    this.#lineMax = lineMax;
    this.#fields = fields;
    this.#taker = taker;
    this.#reader = new JsonReader(new ObjectPicker(fields, taker));
  }

  /** Line feeds seen. */
  get lines(): number {
    return this.#parsedLines + this.#reader.lines;
  }

  get isBroken(): boolean {
    return this.#reader.isBroken;
  }

  /** The line, from 1, from which on it is no JSON; 0 while it is. */
  get brokenLine(): number {
    return this.#reader.brokenLine === 0 ? 0 : this.#parsedLines + this.#reader.brokenLine;
  }

  write(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = this.#reader.isBroken ? -1 : chunk.indexOf(lineFeed, from);
      const to = end === -1 ? chunk.length : end + 1;
      this.#takePart(chunk.subarray(from, to), end !== -1);
      from = to;
    }
  }

  /** Takes a line, or a part of one. */
  #takePart(part: Uint8Array, isEnd: boolean): void {
    // What is in the middle of a document goes on there.
    if (part.length + this.#partBytes > this.#lineMax || !this.#reader.isBetween) {
      for (const before of this.#parts) this.#reader.write(before);
      this.#clear();
      this.#reader.write(part);
    } else {
      // Whoever wrote a chunk may use its memory again; `slice` of a Buffer copies nothing.
      this.#parts.push(isEnd ? part : Uint8Array.from(part));
      this.#partBytes += part.length;
      if (isEnd) this.#takeLine(true);
    }
  }

  #clear(): void {
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** Takes the end of the input; false where a document was cut. */
  end(): boolean {
    if (this.#parts.length > 0) this.#takeLine(false);
    return this.#reader.end();
  }

  #takeLine(hasEnd: boolean): void {
    const line = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts);
    this.#clear();
    const value = line[0] === openBrace ? parsed(line) : undefined;
    if (value === undefined) this.#reader.write(line);
    else {
      takeParsed(value, this.#fields, this.#taker);
      if (hasEnd) this.#parsedLines += 1;
    }
  }
}

/** Undefined where octets are no JSON by themselves, or no UTF-8. */
function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(line));
  } catch {
    return undefined;
  }
}
