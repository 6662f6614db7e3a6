/**
 * Hosts files: a null address and the names that it blocks. A line with any other address maps, it does not block. Names
 * alone and rules (`||name^`, `@@||name^`) may stand among the lines.
 */
import type { EntrySink } from "../entry/sink.ts";
import { NameScan } from "../name-scan.ts";
import { isFilterRule } from "./filter-rule.ts";
import { FilterRules } from "./filter-rules.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { hasAt, octetsOf } from "./octets.ts";
import { takeComment, takeHostsLine, takePlainLine } from "./plain-line.ts";

const space = 0x20;
const tab = 0x09;
/** The two null addresses that nearly every list has. */
const zeroAddress = octetsOf("0.0.0.0");
const loopbackAddress = octetsOf("127.0.0.1");
export class HostsParser extends LineParser {
  readonly #names = new NameScan();
  readonly #rules: FilterRules;
  readonly #flags: number;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    this.#flags = sink.plainFlags;
  }

  get bindsLines(): boolean {
    return this.#rules.bindLines;
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    const nullAddress = bytes[at] === 0x30 ? zeroAddress : loopbackAddress;
    if (!hasAt(bytes, at, nullAddress)) return -1;
    let from = at + nullAddress.length;
    if (bytes[from] !== space && bytes[from] !== tab) return -1;
    do from += 1;
    while (bytes[from] === space || bytes[from] === tab);
    const end = this.#names.read(bytes, from);
    if (end === -1 || !isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, this.#flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    const { sink } = this;
    if (line === "" || takeComment(sink, line, this.lines)) return;
    if (isBinary(line)) sink.reject("binary", this.lines, line);
    else if (sink.isMixed && isFilterRule(line)) this.#rules.take(line, this.lines);
    else if (takeHostsLine(sink, line, this.lines)) return;
    else if (sink.isMixed && isNameAlone(line)) takePlainLine(sink, line, this.lines);
    else sink.reject("not-a-hosts-line", this.lines, line);
  }

  protected override takeEnd(): void {
    this.#rules.settle();
  }
}

/** Whether a line holds a name and no more; an address alone, or with a name stuck to it, is a line gone wrong. */
function isNameAlone(line: string): boolean {
  const text = cutComment(line, /[ \t]#/);
  return !/[ \t]/.test(text) && /[^0-9.:]/.test(text) && !/^\d+\.\d+\.\d+\.\d/.test(text);
}
