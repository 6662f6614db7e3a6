/**
 * Adblock lists (Adblock Plus, AdGuard, uBlock Origin). Only a rule about a whole name says "block this name"; every other
 * rule is about parts of pages and is a reject. Names alone and lines of hosts files may stand among the rules, as programs
 * that filter DNS read them.
 */

import { blockSubtree } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { NameScan } from "../name-scan.ts";
import { isCosmeticRule, isFilterRule } from "./filter-rule.ts";
import { FilterRules } from "./filter-rules.ts";
import { isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { isComment, takeComment, takeHostsLine, takePlainLine } from "./plain-line.ts";

const bar = 0x7c;
const caret = 0x5e;

/** A pattern that is a name and nothing else; one that starts or ends otherwise is a part of an address. */
const plainName = /^(?:[a-z0-9]|[^\x00-\x7f])(?:[a-z0-9._-]|[^\x00-\x7f])*(?:[a-z0-9]|[^\x00-\x7f])(?:[ \t]+#.*)?$/i;

export class AdblockParser extends LineParser {
  readonly #names = new NameScan();
  readonly #rules: FilterRules;
  /** Flags of a plain rule, narrowed. */
  readonly #plainFlags: number;
  /** `!#if` that are open. */
  #conditions = 0;
  /** Whether a hint restricts the next rule to some platforms. */
  #isHinted = false;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    this.#plainFlags = sink.narrow(blockSubtree, "name");
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== bar || bytes[at + 1] !== bar || this.#isConditional) return -1;
    const end = this.#names.read(bytes, at + 2);
    if (end === -1 || bytes[end] !== caret || !isLineEnd(bytes, end + 1)) return -1;
    this.#names.commit(bytes, this.sink.collector, this.#plainFlags);
    return end + 1;
  }

  get #isConditional(): boolean {
    return this.#conditions > 0 || this.#isHinted;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    const { sink } = this;
    if (line === "" || this.#takeComment(line)) return;
    const isConditional = this.#isConditional;
    this.#isHinted = false;
    if (isBinary(line)) sink.reject("binary", this.lines, line);
    else if (isFilterRule(line) || !sink.isMixed || isCosmeticRule(line, sink.role)) {
      // What some platforms exempt or allow is better not blocked on any.
      this.#rules.take(line, this.lines, ({ isException }) => !isConditional || isException || sink.role === "allow");
    } else if (isConditional && sink.role === "block") sink.reject("conditional-rule", this.lines, line);
    else if (plainName.test(line)) takePlainLine(sink, line, this.lines);
    else if (!takeHostsLine(sink, line, this.lines)) this.#rules.take(line, this.lines);
  }

  /** Whether the line is no rule; directives are counted. */
  #takeComment(line: string): boolean {
    if (line.startsWith("!")) {
      if (line.startsWith("!#")) this.#takeDirective(line);
      else if (/^!\+.*PLATFORM\(/.test(line)) this.#isHinted = true;
      return takeComment(this.sink, line, this.lines);
    }
    if (line.startsWith("[")) return isComment(line);
    if (!line.startsWith("#") || isCosmeticRule(line, this.sink.role)) return false;
    return takeComment(this.sink, line, this.lines);
  }

  #takeDirective(line: string): void {
    if (/^!#if\b/.test(line)) this.#conditions += 1;
    else if (/^!#endif\b/.test(line)) this.#conditions = Math.max(0, this.#conditions - 1);
    // What is to be allowed is so on any platform, while names that stand elsewhere are lost.
    if (this.sink.role === "block" || /^!#include\b/.test(line)) this.sink.reject("directive", this.lines, line);
  }

  protected override takeEnd(): void {
    this.#rules.settle();
  }
}
