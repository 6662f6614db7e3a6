/** Lists of names, one a line: `name`, `*.name`, `.name`, an address or a prefix, with comments. */
import type { EntrySink } from "../entry/sink.ts";
import { NameScan } from "../name-scan.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";

const star = 0x2a;
const dot = 0x2e;

/** Whether a line (trimmed) is a comment: `#`, `!`, `;`, `//`, or the `[Adblock …]` line. */
export function isComment(octets: string): boolean {
  return /^(?:[#!;]|\/\/|\[adblock\b)/i.test(octets);
}

/** A comment after an item; only one that a blank sets apart, since `#` and `//` also stand inside items. */
export const inlineComment: RegExp = /[ \t](?:[#!;]|\/\/)/;

export class DomainsParser extends LineParser {
  readonly #names = new NameScan();
  readonly #plainFlags: number;
  readonly #dottedFlags: number;

  constructor(sink: EntrySink) {
    super(sink);
    this.#plainFlags = sink.plainFlags;
    this.#dottedFlags = sink.dottedFlags;
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    let from = at;
    let flags = this.#plainFlags;
    if (bytes[at] === star && bytes[at + 1] === dot) from += 2;
    else if (bytes[at] === dot) from += 1;
    if (from !== at) flags = this.#dottedFlags;
    const end = this.#names.read(bytes, from);
    if (end === -1 || !isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || isComment(line)) return;
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else this.sink.takeOctets(cutComment(line, inlineComment), this.lines);
  }
}
