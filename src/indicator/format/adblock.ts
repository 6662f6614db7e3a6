/**
 * Adblock lists (Adblock Plus, AdGuard, uBlock Origin). Only `||name^`, alone or with options that widen it to the whole
 * site, says "block this name"; every other rule is about parts of pages and is a reject.
 */

import { keyToText } from "../../dns/name.ts";
import { blockSubtree, exemptSubtree } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { SortedKeys } from "../entry/sorted-keys.ts";
import { decodeOctets, type Item, readHost } from "../item.ts";
import { NameScan } from "../name-scan.ts";
import type { RejectReason } from "../rejects.ts";
import { isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";

const bar = 0x7c;
const caret = 0x5e;

/** Options that leave a rule a block of the whole name, as bits beside those of `flag` while the list is read. */
const optionBits: Readonly<Record<string, number>> = { all: 0x20, document: 0x40, doc: 0x40, important: 0x80 };
const allOptionBits = 0xe0;

const cosmeticMark = /#@?[?$%]{0,2}#|\$@?\$/;

interface Rule {
  readonly host: Item;
  /** Flags with option bits. */
  readonly flags: number;
  readonly isException: boolean;
  readonly isBadfilter: boolean;
}

export class AdblockParser extends LineParser {
  readonly #names = new NameScan();
  readonly #first: number;
  /** Flags of a plain rule, narrowed. */
  readonly #plainFlags: number;
  /** Rules that a `$badfilter` cancels, wherever they stand, and the lines that say so. */
  readonly #cancelled = new SortedKeys();
  readonly #cancelLines: number[] = [];
  #hasOptions = false;
  /** `!#if` that are open. */
  #conditions = 0;
  /** Whether a hint restricts the next rule to some platforms. */
  #isHinted = false;

  constructor(sink: EntrySink) {
    super(sink);
    this.#first = sink.collector.count;
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
    if (line === "" || this.#takeComment(line)) return;
    const rule = isBinary(line) ? "binary" : readRule(line);
    const isConditional = this.#isConditional;
    this.#isHinted = false;
    if (typeof rule === "string") {
      this.sink.reject(rule, this.lines, line);
    } else if (rule.host.kind === "reject") {
      this.sink.reject(rule.host.reason, this.lines, line);
    } else if (rule.isBadfilter) {
      this.#cancelled.add(rule.host.key, this.sink.narrow(rule.flags, rule.host.kind));
      this.#cancelLines.push(this.lines);
    } else if (isConditional && !rule.isException) {
      this.sink.reject("conditional-rule", this.lines, line);
    } else {
      this.#hasOptions ||= (rule.flags & allOptionBits) !== 0;
      this.sink.takeRule(rule.host, rule.flags, this.lines, line);
    }
  }

  /** Whether the line is no rule; directives are counted. */
  #takeComment(line: string): boolean {
    if (line.startsWith("!")) {
      if (line.startsWith("!#")) this.#takeDirective(line);
      else if (/^!\+.*PLATFORM\(/.test(line)) this.#isHinted = true;
      return true;
    }
    return /^\[(?:adblock|adguard|ublock|ubo|uab)\b/i.test(line) || (line.startsWith("#") && !cosmeticMark.test(line));
  }

  #takeDirective(line: string): void {
    if (/^!#if\b/.test(line)) this.#conditions += 1;
    else if (/^!#endif\b/.test(line)) this.#conditions = Math.max(0, this.#conditions - 1);
    this.sink.reject("directive", this.lines, line);
  }

  protected override takeEnd(): void {
    if (!this.#hasOptions && this.#cancelled.size === 0) return;
    const { collector } = this.sink;
    collector.revise(this.#first, (entry) => {
      const flags = collector.flags[entry] as number;
      return this.#isCancelled(collector.keyOf(entry), flags) ? 0 : flags & ~allOptionBits;
    });
  }

  #isCancelled(key: Uint8Array, flags: number): boolean {
    let found = false;
    if (this.#cancelled.size === 0) return found;
    this.#cancelled.forEach(key, (entry, bits) => {
      if (found || bits !== flags) return;
      found = true;
      this.sink.rejects.add("cancelled", this.#cancelLines[entry] as number, keyToText(key));
    });
    return found;
  }
}

/** Reads a rule, or says why it is no block or exception of a name. */
function readRule(octets: string): Rule | RejectReason {
  if (cosmeticMark.test(octets)) return "cosmetic-rule";
  const line = decodeOctets(octets);
  if (line === undefined) return "not-utf8";
  const isException = line.startsWith("@@");
  const body = isException ? line.slice(2) : line;
  // A host name has no `$`, so the first one ends the pattern of every rule that can be taken.
  const dollar = body.indexOf("$");
  const pattern = dollar === -1 ? body : body.slice(0, dollar);
  if (/^\/.+\/$/.test(pattern)) return "regular-expression";
  if (!pattern.startsWith("||")) return /\s/.test(pattern) ? "free-text" : "unsupported-rule";
  const host = readPattern(pattern.slice(2), isException);
  if (typeof host === "string") return host;
  const options = readOptions(dollar === -1 ? [] : body.slice(dollar + 1).split(","));
  if (options === undefined) return "unsupported-option";
  const stated = isException ? exemptSubtree : blockSubtree;
  return { host, flags: stated | options.bits, isException, isBadfilter: options.isBadfilter };
}

/** The host of a pattern without its `||`, which must go on with `^` and end there. */
function readPattern(pattern: string, isException: boolean): Item | RejectReason {
  if (pattern.includes("/")) return "rule-with-path";
  // Lists for DNS filters also write their exceptions with a bar at the end.
  const ended = isException && pattern.endsWith("^|") ? pattern.slice(0, -1) : pattern;
  if (pattern.includes("*")) return "wildcard";
  if (!ended.endsWith("^") || ended.indexOf("^") !== ended.length - 1) return "unsupported-rule";
  return readHost(ended.slice(0, -1));
}

/** The bits of the options of a rule; undefined where one narrows it to something else than the whole name. */
function readOptions(options: readonly string[]): { bits: number; isBadfilter: boolean } | undefined {
  let bits = 0;
  let isBadfilter = false;
  for (const option of options) {
    if (option === "badfilter") isBadfilter = true;
    else if (Object.hasOwn(optionBits, option)) bits |= optionBits[option] as number;
    else return undefined;
  }
  return { bits, isBadfilter };
}
