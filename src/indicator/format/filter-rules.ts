/**
 * The rules of one list together: some cancel or outweigh others, wherever they stand. A `$badfilter` cancels the same
 * rule. Of the rest an exception with `$important` outweighs a block with it, that one a plain exception, and that one a
 * plain block; each counts for its name and, where it says so, for all beneath.
 */
import { equalBytes, startsWith } from "../../base/bytes.ts";
import { keyToText } from "../../dns/name.ts";
import { blockSelfBits, blockSubtree, exemptSubtree, flag } from "../entry/collector.ts";
import { EntryMarks } from "../entry/entry-marks.ts";
import type { EntrySink } from "../entry/sink.ts";
import { SortedKeys } from "../entry/sorted-keys.ts";
import { SortedView } from "../entry/sorted-view.ts";
import type { Item } from "../item-host.ts";
import { type FilterRule, readFilterRule, ruleOption } from "./filter-rule.ts";

/** Beside the bits of `ruleOption`: an exception that a rule makes of itself, which gives way to any block of the name. */
const yields = 1;
/** An exception by a rule, which takes back all beneath; those of other formats give way to deeper blocks. */
const outweighs = 2;
const ownBits = yields | outweighs;
const blockBits = blockSelfBits | blockSubtree;

export class FilterRules {
  readonly #sink: EntrySink;
  readonly #first: number;
  /** Options of the entries that have any. */
  readonly #marks = new EntryMarks();
  /** Rules that a `$badfilter` cancels, flags and options joined, and the lines that say so. */
  readonly #cancelled = new SortedKeys();
  readonly #cancelLines: number[] = [];
  #hasExceptions = false;

  /** All entries that come after this belong to the list. */
  constructor(sink: EntrySink) {
    this.#sink = sink;
    this.#first = sink.collector.count;
  }

  /** Whether rules speak of other lines of the list, so that no part of it can be read alone. */
  get bindLines(): boolean {
    return this.#hasExceptions || this.#cancelled.size > 0;
  }

  /** Takes a line (trimmed); where `accepts` refuses the rule, it is that reject. */
  take(line: string, lineNumber: number, accepts?: (rule: FilterRule) => boolean): void {
    const sink = this.#sink;
    const rule = readFilterRule(line, sink.role, sink.reading);
    if (typeof rule === "string") {
      sink.reject(rule, lineNumber, line);
    } else if (rule.host.kind === "reject") {
      sink.reject(rule.host.reason, lineNumber, line);
    } else if (rule.isBadfilter) {
      this.#cancelled.add(rule.host.key, sink.narrow(rule.flags, rule.host.kind) | rule.options);
      this.#cancelLines.push(lineNumber);
    } else if (accepts !== undefined && !accepts(rule)) {
      sink.reject("conditional-rule", lineNumber, line);
    } else if (rule.denied.some((item) => item.kind !== "reject" && equalBytes(item.key, keyOf(rule.host)))) {
      sink.reject("unsupported-option", lineNumber, line);
    } else {
      this.#add(rule.host, rule.flags, rule.options | (rule.isException ? outweighs : 0), lineNumber, line);
      for (const item of rule.denied) {
        if (startsWith(keyOf(item), keyOf(rule.host))) this.#add(item, exemptSubtree, yields, lineNumber, line);
      }
    }
  }

  #add(host: Item, flags: number, bits: number, lineNumber: number, line: string): void {
    const { collector, role } = this.#sink;
    const entry = collector.count;
    if (!this.#sink.takeRule(host, flags, lineNumber, line)) return;
    if (bits !== 0) this.#marks.add(entry, bits, lineNumber);
    this.#hasExceptions ||= role === "block" && (flags & exemptSubtree) !== 0;
  }

  /**
   * Takes the end of the list: drops what other rules cancel or outweigh. `judge` has the first word on each entry: the
   * flags that the format itself leaves of it.
   */
  settle(judge?: (entry: number, flags: number) => number): void {
    if (!this.bindLines && judge === undefined) return;
    const { collector } = this.#sink;
    const judged = new Uint8Array(collector.count);
    for (let entry = this.#first; entry < judged.length; entry++) {
      const flags = collector.flags[entry] as number;
      judged[entry] = this.#isCancelled(entry, flags) ? 0 : (judge?.(entry, flags) ?? flags);
    }
    if (this.#hasExceptions) new Weighing(this.#sink, this.#first, this.#marks, judged).run();
    collector.revise(this.#first, (entry) => judged[entry] as number);
  }

  /** Forgets the entries from number `count` on, which go. */
  truncate(count: number): void {
    this.#marks.truncate(count);
  }

  #isCancelled(entry: number, flags: number): boolean {
    let found = false;
    if (this.#cancelled.size === 0) return found;
    const key = this.#sink.collector.keyOf(entry);
    const stated = flags | (this.#marks.bitsOf(entry) & ~ownBits);
    this.#cancelled.forEach(key, (number, bits) => {
      if (found || bits !== stated) return;
      found = true;
      this.#sink.rejects.add("cancelled", this.#cancelLines[number] as number, keyToText(key));
    });
    return found;
  }
}

/** What the rules above a name, and at it, say of all beneath. */
interface Cover {
  readonly key: Uint8Array;
  readonly isExempt: boolean;
  readonly isBlockedForSure: boolean;
  readonly isExemptForSure: boolean;
}

const uncovered: Cover = { key: new Uint8Array(0), isExempt: false, isBlockedForSure: false, isExemptForSure: false };

/**
 * One walk over the entries in key order, in which a name comes just before all that lies beneath it. Only what lies at or
 * beneath a marked entry is looked at: nothing else is covered.
 */
class Weighing {
  readonly #sink: EntrySink;
  readonly #first: number;
  readonly #marks: EntryMarks;
  /** Bits of each entry's mark. */
  readonly #bits: Uint8Array;
  /** Flags of each entry as far as they have been judged; 0 for one that goes. */
  readonly #judged: Uint8Array;

  constructor(sink: EntrySink, first: number, marks: EntryMarks, judged: Uint8Array) {
    this.#sink = sink;
    this.#first = first;
    this.#marks = marks;
    this.#judged = judged;
    this.#bits = new Uint8Array(sink.collector.count);
    marks.forEach((entry, bits) => (this.#bits[entry] = bits));
  }

  run(): void {
    const view = new SortedView(this.#sink.collector);
    const { order } = view;
    for (let at = 0, done = 0; at < order.length; at++) {
      if (this.#bits[order[at] as number] === 0) continue;
      const top = view.keyAt(at);
      // Entries of one key come in any order, a marked one not always first.
      let from = at;
      while (from > done && equalBytes(view.keyAt(from - 1), top)) from -= 1;
      while (at < order.length && startsWith(view.keyAt(at), top)) at += 1;
      this.#weighRange(view, from, at);
      done = at;
      at -= 1;
    }
  }

  #weighRange(view: SortedView, from: number, to: number): void {
    const covers: Cover[] = [];
    for (let at = from; at < to; ) {
      const key = view.keyAt(at);
      let end = at + 1;
      while (end < to && equalBytes(view.keyAt(end), key)) end += 1;
      while (covers.length > 0 && !startsWith(key, (covers.at(-1) as Cover).key)) covers.pop();
      const entries = view.order.subarray(at, end).filter((entry) => entry >= this.#first);
      covers.push(this.#weigh(key, entries, covers.at(-1) ?? uncovered));
      at = end;
    }
  }

  /** Weighs the entries of one name against each other and against what covers it. */
  #weigh(key: Uint8Array, entries: Uint32Array, above: Cover): Cover {
    const joined = (isImportant: boolean): number => {
      let flags = 0;
      for (const entry of entries) if (this.#isImportant(entry) === isImportant) flags |= this.#judged[entry] as number;
      return flags;
    };
    const important = joined(true);
    const blocksForSure = above.isExemptForSure ? 0 : important & blockBits;
    const isBlocked = ((joined(false) | important) & blockBits) !== 0;
    let exempt = 0;
    for (const entry of entries) {
      const flags = this.#judged[entry] as number;
      let kept = flags;
      if (flags & blockBits) {
        if (above.isExemptForSure || (above.isExempt && !this.#isImportant(entry))) kept = 0;
      } else if (!this.#isImportant(entry)) {
        const bits = this.#bits[entry] as number;
        const isWeak = (bits & yields) !== 0;
        if (above.isBlockedForSure || (isWeak && isBlocked)) kept = 0;
        if (blocksForSure & blockSelfBits) kept &= ~flag.exemptSelf;
        if (blocksForSure & flag.blockBeneath) kept &= ~flag.exemptBeneath;
        if (bits & outweighs) exempt |= kept;
      }
      if (flags !== 0 && kept === 0) this.#sink.rejects.add("cancelled", this.#marks.lineOf(entry), keyToText(key));
      this.#judged[entry] = kept;
    }
    return {
      key,
      isExempt: above.isExempt || (exempt & flag.exemptBeneath) !== 0,
      isBlockedForSure: above.isBlockedForSure || (blocksForSure & flag.blockBeneath) !== 0,
      isExemptForSure: above.isExemptForSure || (important & flag.exemptBeneath) !== 0,
    };
  }

  #isImportant(entry: number): boolean {
    return ((this.#bits[entry] as number) & ruleOption.important) !== 0;
  }
}

function keyOf(item: Item): Uint8Array {
  return item.kind === "reject" ? uncovered.key : item.key;
}
