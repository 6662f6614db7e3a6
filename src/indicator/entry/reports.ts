/**
 * What was reported of entries besides their names, as texts (`facts/report.ts`) one after the other in pages of octets: a
 * list of millions of rows has no string and no object for each, and what is there is never copied to make room.
 */

import { type RuleTrigger, ruleTriggers } from "../../rpz/label.ts";

/** The number of the report that says nothing. */
const noReport = 0;
const plainText = "\n[]";

/** Octets of the first page; each further one has twice as many, up to those of the largest. */
const firstPageBytes = 64 * 1024;
const pageBytesMax = 8 * 1024 * 1024;

export class EntryReports {
  /** Octets of texts; buffers, which decode short ones in a third of the time that a TextDecoder takes. */
  readonly #pages: Buffer[] = [Buffer.alloc(firstPageBytes)];
  /** Of each text, the number of its page, and where on that it starts and ends. */
  #pageOf = new Uint16Array(1024);
  #starts = new Uint32Array(1024);
  #ends = new Uint32Array(1024);
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

  /** Octets among which an entry's report is, in UTF-8. */
  octetsOf(entry: number): Uint8Array {
    return this.#pages[this.#pageOf[this.#ofEntry[entry] as number] as number] as Buffer;
  }

  /** Where it starts in these. */
  startOf(entry: number): number {
    return this.#starts[this.#ofEntry[entry] as number] as number;
  }

  /** Where it ends. */
  endOf(entry: number): number {
    return this.#ends[this.#ofEntry[entry] as number] as number;
  }

  /** The octets of an entry's report, as a view. */
  bytesOf(entry: number): Uint8Array {
    return this.octetsOf(entry).subarray(this.startOf(entry), this.endOf(entry));
  }

  /** The trigger that an entry's report gives; undefined where it gives none. */
  triggerOf(entry: number): RuleTrigger | undefined {
    return ruleTriggers[(this.#triggers[this.#ofEntry[entry] as number] as number) - 1];
  }

  textOf(entry: number): string {
    return (this.octetsOf(entry) as Buffer).toString("utf8", this.startOf(entry), this.endOf(entry));
  }

  /** Gives its memory back at once, and is of no use any more: until the next collection of garbage, much else may need it. */
  release(): void {
    for (const page of this.#pages.splice(0)) (page.buffer as ArrayBuffer).transfer(0);
  }

  #put(report: number, text: string): void {
    if (report >= this.#starts.length) this.#growTables();
    // The text before may be of the same number, and gives its place to this one.
    let page = report === noReport ? 0 : (this.#pageOf[report - 1] as number);
    let start = report === noReport ? 0 : (this.#ends[report - 1] as number);
    // Three octets are the most that one unit of a string takes.
    const bytesMax = 3 * text.length;
    for (let room = this.#room(page); start + bytesMax > room; room = this.#room(page)) {
      page += 1;
      start = 0;
      if (page === this.#pages.length)
        this.#pages.push(Buffer.alloc(Math.max(bytesMax, Math.min(2 * room, pageBytesMax))));
      else if (bytesMax > this.#room(page)) this.#pages[page] = Buffer.alloc(bytesMax);
    }
    const { written } = this.#encoder.encodeInto(text, (this.#pages[page] as Buffer).subarray(start));
    this.#pageOf[report] = page;
    this.#starts[report] = start;
    this.#ends[report] = start + written;
  }

  #room(page: number): number {
    return (this.#pages[page] as Buffer).length;
  }

  #growTables(): void {
    const size = growth(this.#starts.length);
    const [pageOf, starts, ends] = [new Uint16Array(size), new Uint32Array(size), new Uint32Array(size)];
    pageOf.set(this.#pageOf);
    starts.set(this.#starts);
    ends.set(this.#ends);
    const triggers = new Uint8Array(size);
    triggers.set(this.#triggers);
    [this.#pageOf, this.#starts, this.#ends, this.#triggers] = [pageOf, starts, ends, triggers];
  }
}

/** Half as much again, so that a copy while growing never doubles the peak. */
function growth(size: number): number {
  return size + (size >> 1) + 1024;
}
