/**
 * Lists of names, one a line: `name`, `*.name`, `.name`, `+.name`, an address, a prefix or a range, with comments; and
 * among them rules (`||name^`, `@@||name^`) and lines of hosts files.
 */
import type { EntrySink } from "../entry/sink.ts";
import { NameScan } from "../name-scan.ts";
import { takeAddress } from "./address-line.ts";
import { isFilterRule } from "./filter-rule.ts";
import { FilterRules } from "./filter-rules.ts";
import { isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { takeComment, takeHostsLine, takePlainLine } from "./plain-line.ts";

const star = 0x2a;
const plus = 0x2b;
const dot = 0x2e;

export class DomainsParser extends LineParser {
  readonly #names = new NameScan();
  readonly #rules: FilterRules;
  readonly #plainFlags: number;
  readonly #dottedFlags: number;
  readonly #starFlags: number;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    this.#plainFlags = sink.plainFlags;
    this.#dottedFlags = sink.dottedFlags;
    this.#starFlags = sink.starFlags;
  }

  get bindsLines(): boolean {
    return this.#rules.bindLines;
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    let from = at;
    let flags = this.#plainFlags;
    const first = bytes[at] as number;
    if (first === dot) {
      from += 1;
      flags = this.#dottedFlags;
    } else if ((first === star || first === plus) && bytes[at + 1] === dot) {
      from += 2;
      flags = first === star ? this.#starFlags : this.#dottedFlags;
      if (flags === 0) return -1;
    }
    const end = this.#names.read(bytes, from);
    if (end === -1) return from === at ? takeAddress(bytes, at, this.sink.collector) : -1;
    if (!isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    const { sink } = this;
    if (line === "" || takeComment(sink, line, this.lines)) return;
    if (isBinary(line)) sink.reject("binary", this.lines, line);
    else if (sink.isMixed && isFilterRule(line)) this.#rules.take(line, this.lines);
    // Two addresses with a hyphen between are a range, with blanks around it or not.
    else if (sink.isMixed && !/[ \t]-[ \t]/.test(line) && takeHostsLine(sink, line, this.lines)) return;
    else takePlainLine(sink, line, this.lines);
  }

  protected override takeEnd(): void {
    this.#rules.settle();
  }
}
