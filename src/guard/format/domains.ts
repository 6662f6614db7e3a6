/**
 * Guard lists of names and addresses, one a line: `name`, `*.name` or `.name` (the name and everything beneath, whatever
 * the scope), an address or a prefix, with comments; and as people copy them, URLs and rules (`||name^`, `@@||name^`).
 */
import { isFilterRule } from "../../indicator/format/filter-rule.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "../../indicator/format/line-parser.ts";
import { itemComment, takeComment, withoutWord } from "../../indicator/format/plain-line.ts";
import { NameScan } from "../../indicator/name-scan.ts";
import { guardFlag } from "../class.ts";
import type { GuardSink } from "./guard-sink.ts";

const markedFlags = guardFlag.name | guardFlag.beneath;

export class GuardDomainsParser extends LineParser<GuardSink> {
  readonly #names = new NameScan();
  readonly #flags: number;

  constructor(sink: GuardSink) {
    super(sink);
    this.#flags = sink.flagsOfName();
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    const end = this.#names.read(bytes, at);
    if (end === -1 || !isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, this.#flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || takeComment(this.sink, line, this.lines)) return;
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else if (isFilterRule(line)) this.sink.takeGuardedRule(line, this.lines);
    else this.sink.takeGuarded(withoutWord(cutComment(line, itemComment)), this.lines, this.#flags, markedFlags);
  }
}
