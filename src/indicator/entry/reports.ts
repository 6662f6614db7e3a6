/**
 * What was reported of entries besides their names, as texts (`facts/report.ts`) one after the other in one byte arena: a
 * list of millions of rows has no string and no object for each.
 */

import { type RuleTrigger, ruleTriggers } from "../../rpz/label.ts";

/** The number of the report that says nothing. */
const noReport = 0;
const plainText = "\n[]";

export class EntryReports {
  #bytes = new Uint8Array(64 * 1024);
  /** The same octets as a buffer, which decodes short texts in a third of the time that a TextDecoder takes. */
  #decoding = Buffer.from(this.#bytes.buffer);
  /** Where each text starts, and at the end where the last one ends. */
  #starts = new Float64Array(1024);
  /** Of each report, the place of the trigger that it gives among `ruleTriggers`, from 1 on; 0 where it gives none. */
  #triggers = new Uint8Array(1024);
  /** Texts so far. */
  #count = 1;
  /** Of each entry, the number of its report. */
  #ofEntry = new Uint32Array(1024);
  /** The report that entries get which are committed now. */
  #current = noReport;
  #isUsed = true;
  readonly #encoder = new TextEncoder();

  constructor() {
    this.#put(noReport, plainText);
  }

  /** Entries that come from now on have this report. One that no entry had gives its place to the next. */
  begin(text: string, trigger?: RuleTrigger): void {
    if (this.#isUsed) this.#count += 1;
    this.#current = this.#count - 1;
    this.#isUsed = false;
    this.#put(this.#current, text);
    this.#triggers[this.#current] = trigger === undefined ? 0 : 1 + ruleTriggers.indexOf(trigger);
  }

  /** Entries that come from now on have no report yet. */
  beginNone(): void {
    this.#current = noReport;
  }

  /** Takes note of an entry that was committed. */
  commit(entry: number): void {
    if (entry >= this.#ofEntry.length) {
      const grown = new Uint32Array(growth(this.#ofEntry.length));
      grown.set(this.#ofEntry);
      this.#ofEntry = grown;
    }
    this.#ofEntry[entry] = this.#current;
    if (this.#current !== noReport) this.#isUsed = true;
  }

  /** Gives a report to those of the entries `from…to` that have none yet. */
  give(text: string, from: number, to: number, trigger?: RuleTrigger): void {
    this.begin(text, trigger);
    for (let entry = from; entry < to; entry++) if (this.#ofEntry[entry] === noReport) this.commit(entry);
    this.beginNone();
  }

  /** Gives each of the entries `from…to` the report that `change` makes of its own, and a trigger where that gives none. */
  rewrite(from: number, to: number, change: (text: string) => string, trigger?: RuleTrigger): void {
    let last: number | undefined;
    for (let entry = from; entry < to; entry++) {
      // Entries of one row have the same report.
      if (this.#ofEntry[entry] !== last) {
        last = this.#ofEntry[entry] as number;
        this.begin(change(this.textOf(entry)), this.triggerOf(entry) ?? trigger);
      }
      this.commit(entry);
    }
    this.beginNone();
  }

  /** Entry `from` is number `to` from now on. */
  move(from: number, to: number): void {
    this.#ofEntry[to] = this.#ofEntry[from] as number;
  }

  /** All reports one after the other, in UTF-8. */
  get octets(): Uint8Array {
    return this.#bytes;
  }

  /** Where an entry's report starts in `octets`. */
  startOf(entry: number): number {
    return this.#starts[this.#ofEntry[entry] as number] as number;
  }

  /** Where it ends. */
  endOf(entry: number): number {
    return this.#starts[(this.#ofEntry[entry] as number) + 1] as number;
  }

  /** The octets of an entry's report, as a view. */
  bytesOf(entry: number): Uint8Array {
    return this.#bytes.subarray(this.startOf(entry), this.endOf(entry));
  }

  /** The trigger that an entry's report gives; undefined where it gives none. */
  triggerOf(entry: number): RuleTrigger | undefined {
    return ruleTriggers[(this.#triggers[this.#ofEntry[entry] as number] as number) - 1];
  }

  textOf(entry: number): string {
    return this.#decoding.toString("utf8", this.startOf(entry), this.endOf(entry));
  }

  #put(report: number, text: string): void {
    if (report + 1 >= this.#starts.length) {
      const grown = new Float64Array(growth(this.#starts.length));
      grown.set(this.#starts);
      this.#starts = grown;
      const triggers = new Uint8Array(grown.length);
      triggers.set(this.#triggers);
      this.#triggers = triggers;
    }
    const start = this.#starts[report] as number;
    // Three octets are the most that one unit of a string takes.
    if (start + 3 * text.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(growth(this.#bytes.length), start + 3 * text.length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#decoding = Buffer.from(grown.buffer);
    }
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(start));
    this.#starts[report + 1] = start + written;
  }
}

/** Half as much again, so that a copy while growing never doubles the peak. */
function growth(size: number): number {
  return size + (size >> 1) + 1024;
}
