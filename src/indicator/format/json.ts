/**
 * JSON documents: the strings of the array at a path, or one field of the objects there. What the source itself calls
 * legitimate (a field such as `"classification": "benign"`, an array named `allow`) never blocks.
 */
import { EntryReports } from "../entry/reports.ts";
import type { EntrySink } from "../entry/sink.ts";
import { columnsOf, type FactColumns, type FactField, type FactReading } from "../facts/columns.ts";
import { decodeReport, inherit, type Report, unreadableAs } from "../facts/report.ts";
import type { RowReport } from "../facts/row.ts";
import { readCell } from "../item.ts";
import { readUrl } from "../item-url.ts";
import { type RejectReason, withWhy } from "../rejects.ts";
import { FilterRules } from "./filter-rules.ts";
import { JsonFacts, type Renamed } from "./json-facts.ts";
import { aside, Frame, fieldName, noteMark, shownFields } from "./json-frame.ts";
import { type LackingGroup, leaveTo } from "./json-lacking.ts";
import { anyKey, keysOfPath } from "./json-path.ts";
import { JsonReader, type JsonTaker } from "./json-reader.ts";
import { isBinary, type Parser, type Refusal } from "./line-parser.ts";
import { noteName } from "./plain-line.ts";
import {
  guessColumn,
  hasLegitimateMark,
  isLegitimateFlag,
  isLegitimateMark,
  isLegitimateName,
  isUrlColumn,
  matchesWhere,
  normaliseHeader,
  type Where,
} from "./table.ts";
import { WarninglistSigns, warninglistRefusal } from "./warninglist-signs.ts";

export interface JsonOptions {
  /**
   * Keys joined by dots, as in `data.domains`, `*` for any key; arrays on the way are walked through. Absent: see
   * `Frame.isDocument`.
   */
  readonly path?: string | undefined;
  /** Field of the objects at the path. Absent: the field that is known to hold names. */
  readonly column?: string | number | undefined;
  readonly where?: Where | undefined;
  /** Where an object has its facts: keys joined by dots. */
  readonly fields?: FactColumns | undefined;
  /** How the facts are written. */
  readonly factReading?: FactReading | undefined;
}

export class JsonParser implements Parser, JsonTaker {
  readonly #sink: EntrySink;
  readonly #reader: JsonReader = new JsonReader(this);
  readonly #path: readonly string[];
  readonly #column: string | undefined;
  readonly #where: Where;
  readonly #filters: boolean;
  readonly #isLegitimatePath: boolean;
  readonly #rules: FilterRules;
  /** Fields that `where` asks for, or that say what was taken back: the operator has decided what their values mean. */
  readonly #asked: ReadonlySet<string>;
  readonly #facts: JsonFacts | undefined;
  readonly #frames: Frame[] = [];
  readonly #signs = new WarninglistSigns();
  #lastOctet = 0x0a;
  #isOver = false;
  isCutShort = false;
  refusal: Refusal | undefined;

  constructor(sink: EntrySink, options: JsonOptions) {
    this.#sink = sink;
    this.#path = keysOfPath(options.path ?? "");
    this.#column = options.column === undefined ? undefined : normaliseHeader(String(options.column));
    this.#where = options.where ?? {};
    this.#rules = new FilterRules(sink);
    const taken = columnsOf(options.fields ?? {}, "revoked").map(String);
    this.#asked = new Set([...Object.keys(this.#where), ...taken].map(normaliseHeader));
    this.#filters = Object.keys(this.#where).length > 0;
    if (options.fields !== undefined) {
      this.#facts = new JsonFacts(options.fields, options.factReading ?? {}, this.#path);
      sink.collector.reports = new EntryReports();
    }
    this.#isLegitimatePath = sink.role === "block" && this.#path.some(isLegitimateName);
  }

  get lines(): number {
    return this.#reader.lines + (this.#lastOctet === 0x0a ? 0 : 1);
  }

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#reader.write(chunk);
    if (this.#reader.isBroken) this.#breakOff();
    this.#lastOctet = chunk[chunk.length - 1] as number;
  }

  end(): void {
    if (!this.#reader.end()) {
      this.isCutShort = !this.#isOver;
      this.#breakOff();
    }
    this.#rules.settle();
    this.refusal ??= this.#facts?.refusal(this.#sink.collector.count > 0);
  }

  /** What follows cannot be told from what it should be; what came before stays, and the guards look at its size. */
  #breakOff(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.reject("bad-syntax", this.#reader.brokenLine || this.#reader.lines + 1, "");
  }

  #reject(reason: RejectReason, octets: string): void {
    this.#sink.reject(reason, this.#reader.lines + 1, octets);
  }

  /** How many keys of the path lead to the value that comes now. */
  #matchedNext(): number {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return 0;
    if (frame.kind === "array" || frame.matched === aside) return frame.matched;
    if (frame.matched === this.#path.length) return aside;
    const wanted = this.#path[frame.matched];
    return wanted === anyKey || wanted === frame.key ? frame.matched + 1 : aside;
  }

  open(kind: "object" | "array"): void {
    const parent = this.#frames.at(-1);
    let matched = this.#matchedNext();
    this.#facts?.note(this.#frames, kind === "object" ? null : undefined);
    if (parent === undefined) this.#signs.clear();
    if (kind === "array" && parent?.isDocument === true && this.#column === undefined) {
      matched = this.#takesArray(parent) ? 0 : aside;
    } else if (parent !== undefined) this.#openValue(parent, kind);
    const inArray = parent?.kind === "array";
    const isDocument = kind === "object" && parent === undefined && this.#path.length === 0;
    const entriesBefore = this.#sink.collector.count;
    this.#frames.push(new Frame({ kind, matched, inArray, isDocument, entriesBefore }));
  }

  /** Takes note of a value of an object at the path that is no scalar: several items, or what is none. */
  #openValue(parent: Frame, kind: "object" | "array"): void {
    if (!this.#isAtPath(parent)) this.#keepInList(undefined, "");
    else if (this.#mayHaveItems(fieldName(parent.key))) {
      parent.openList();
      if (kind === "object") parent.keepInList(undefined);
    }
  }

  /** Whether a field of this name (normalised) is the one that has the items, as far as can be told before its object ends. */
  #mayHaveItems(name: string): boolean {
    return this.#column === undefined ? guessColumn([name]) !== -1 : name === this.#column;
  }

  /** Keeps one of several values of a field of an object at the path. */
  #keepInList(text: string | undefined, octets: string): void {
    const row = this.#frames.at(-2);
    if (this.#frames.at(-1)?.kind !== "array" || row === undefined || !this.#isAtPath(row)) return;
    if (!row.keepInList(text)) this.#reject("line-too-long", octets);
  }

  /** Whether an object is one whose field has the items. */
  #isAtPath({ kind, matched }: Frame): boolean {
    return kind === "object" && matched === this.#path.length;
  }

  /** Whether an array of a document may have the items; one with a name that says otherwise makes it ambiguous. */
  #takesArray(document: Frame): boolean {
    const isLegitimate = isLegitimateName(document.key);
    document.arrays += isLegitimate ? 2 : 1;
    return !isLegitimate;
  }

  close(): void {
    const frame = this.#frames.pop() as Frame;
    if (this.#frames.length === 0 && this.#sink.role === "block" && this.#signs.isWarninglist) {
      this.refusal = warninglistRefusal;
    }
    if (frame.kind === "array" || frame.matched === aside) return;
    if (this.#sink.role === "allow" && frame.matched < this.#path.length && !frame.hasNext) {
      // Others have the key, and what it had may stand under another one.
      this.#reject("no-such-column", shownFields(frame));
      return;
    }
    if (frame.isDocument && this.#column === undefined && frame.arrays > 0) {
      if (frame.arrays === 1 && guessColumn([...frame.fields.keys()]) === -1) this.#handDown(frame);
      else this.#drop(frame, "ambiguous-path");
      return;
    }
    if (!this.#isRow(frame)) {
      if (frame.isTagged && this.#sink.role === "block") this.#drop(frame, "marked-legitimate");
      else this.#handDown(frame);
      return;
    }
    const reason = this.#reasonAgainst(frame);
    const lacking = this.#facts?.lackingIn(frame) ?? [];
    if (reason !== undefined) this.#drop(frame, reason);
    else if (this.#facts === undefined) this.#takeRow(frame);
    else this.#takeReport(frame, this.#facts, lacking);
  }

  #takeRow(frame: Frame): void {
    if (frame.matched === this.#path.length) this.#takeField(frame);
  }

  /** Takes the items of an object with what it reports of them, where its facts can be read. */
  #takeReport(frame: Frame, facts: JsonFacts, lacking: readonly FactField[]): void {
    const report = facts.reportOf(frame);
    const renamed = facts.renamedIn(frame, lacking);
    if (renamed !== undefined || report.isReject) this.#dropBad(frame, report, renamed);
    else {
      this.#takeRow(frame);
      this.#noteLacking(frame, lacking);
      this.#giveReport(frame, report);
    }
  }

  /** Lets what an object on the way to the items reports count for all in it, but for its id, which is not theirs. */
  #handDown(frame: Frame): void {
    if (this.#facts === undefined) return;
    this.#noteLacking(frame, this.#facts.noteFields(frame));
    if (frame.facts.size === 0) return;
    const report = this.#facts.reportOf(frame);
    if (report.text === undefined || report.isReject) this.#drop(frame, "bad-fact", report.unread);
    else this.#giveWithin(frame, { ...decodeReport(report.text), externalId: "" }, report);
  }

  /** The entries of an object that is a reject are taken all the same, under a report that does not count. */
  #dropBad(frame: Frame, report: RowReport, renamed: Renamed | undefined): void {
    this.#drop(frame, "bad-fact", `${renamed?.why ?? ""}${report.isReject ? report.unread : ""}`);
    const isException = [...frame.fields.values()].some((text) => text.startsWith("@@"));
    if (report.text === undefined || isException || frame.matched !== this.#path.length) return;
    const { collector } = this.#sink;
    this.#takeField(frame);
    const text = renamed === undefined ? report.text : unreadableAs(report.text, renamed.unreadable);
    collector.reports?.give(text, frame.entriesBefore, collector.count, report.trigger);
  }

  /** Puts what an object reports beside its entries; those of objects within say more of themselves. */
  #giveReport(frame: Frame, report: RowReport): void {
    const { text } = report;
    if (frame.facts.size === 0 || text === undefined) return;
    if (frame.matched < this.#path.length) {
      this.#giveWithin(frame, decodeReport(text), report);
      return;
    }
    const { count, reports } = this.#sink.collector;
    this.#noteUnknown(frame, report);
    reports?.give(text, frame.entriesBefore, count, report.trigger);
  }

  #giveWithin(frame: Frame, outer: Report, report: RowReport): void {
    const { count, reports } = this.#sink.collector;
    this.#noteUnknown(frame, report);
    reports?.rewrite(frame.entriesBefore, count, (own) => inherit(own, outer), report.trigger);
  }

  #noteUnknown(frame: Frame, { unread }: RowReport): void {
    if (unread !== "") this.#reject("unknown-fact", withWhy(unread, shownFields(frame)));
  }

  /** Counts the rows that lack facts when an object has ended, which is one of them or around them. */
  #noteLacking(frame: Frame, lacking: readonly FactField[]): void {
    if (frame.matched < this.#path.length) this.#giveLacking(frame.lackingWithin.leftWith(lacking));
    else if (lacking.length > 0) this.#giveLacking([this.#lackingRow(lacking, shownFields(frame))]);
  }

  #lackingRow(fields: readonly FactField[], octets: string): LackingGroup {
    return { fields, rows: 1, line: this.#reader.lines + 1, octets };
  }

  /** Leaves rows that lack facts to the object around them, which is asked when it ends. */
  #giveLacking(groups: readonly LackingGroup[]): void {
    if (groups.length === 0) return;
    const outer = this.#frames.findLast((one) => one.kind === "object" && one.matched !== aside);
    leaveTo(outer?.lackingWithin, groups, (line, octets) => this.#sink.reject("no-such-fact", line, octets));
  }

  /** Whether an object is at the path, or has the last key of it once for each element of an array. */
  #isRow({ kind, matched, inArray }: Frame): boolean {
    if (kind === "array" || matched === aside) return false;
    return matched === this.#path.length || (inArray && matched === this.#path.length - 1);
  }

  /** Takes the items of an object at the path. */
  #takeField(frame: Frame): void {
    const names = [...frame.fields.keys(), ...frame.lists.keys()];
    const name = this.#column ?? names[guessColumn(names)];
    if (name === undefined) {
      this.#reject("no-such-column", shownFields(frame));
      return;
    }
    const item = frame.fields.get(name);
    const items = item === undefined ? (frame.lists.get(name) ?? []) : [item];
    if (items.length === 0) this.#reject("empty-item", shownFields(frame));
    for (const text of items) {
      if (text === undefined) this.#reject("not-text", shownFields(frame));
      else this.#takeItem(Buffer.from(text, "utf8").toString("latin1"), text, isUrlColumn(name));
    }
  }

  #reasonAgainst(frame: Frame): RejectReason | undefined {
    const fieldOf = (column: string): string | undefined => frame.fields.get(normaliseHeader(column));
    if (this.#filters && !matchesWhere(this.#where, fieldOf)) {
      // Of names to allow, an object that does not say its class may be lost.
      const isUnsaid = Object.keys(this.#where).some((column) => (fieldOf(column) ?? "") === "");
      return this.#sink.role === "allow" && isUnsaid ? "empty-item" : "filtered";
    }
    const isMarked = frame.isMarked || [...frame.fields].some(([name, value]) => this.#isMarked(name, value));
    return isMarked && this.#sink.role === "block" ? "marked-legitimate" : undefined;
  }

  /** Whether a field says that its object must not be blocked. */
  #isMarked(name: string, value: string): boolean {
    if (name !== this.#column && isLegitimateMark(value)) return true;
    return !this.#asked.has(name) && (hasLegitimateMark(value) || isLegitimateFlag(name, value));
  }

  /** Takes back what an object gave. */
  #drop(frame: Frame, reason: RejectReason, why = ""): void {
    this.#sink.collector.truncate(frame.entriesBefore);
    this.#rules.truncate(frame.entriesBefore);
    this.#reject(reason, withWhy(why, shownFields(frame)));
  }

  key(text: string | undefined): void {
    const frame = this.#frames.at(-1) as Frame;
    frame.key = text ?? "";
    const wanted = this.#path[frame.matched];
    if (wanted === anyKey || (wanted !== undefined && wanted === text)) frame.hasNext = true;
    if (this.#frames.length === 1) this.#signs.key(text ?? "");
  }

  text(octets: string, text: string | undefined): void {
    const frame = this.#frames.at(-1);
    if (this.#frames.length === 1) this.#signs.text(frame?.key ?? "", text ?? "");
    frame?.keep(text ?? "");
    this.#facts?.note(this.#frames, text ?? null);
    noteMark(this.#frames, text ?? "", this.#asked);
    this.#keepInList(text, octets);
    if (!this.#isItem) {
      if (this.#sink.role === "allow") this.#noteText(octets, text ?? "");
      return;
    }
    if (text === undefined) this.#reject("not-utf8", octets);
    // Where nothing can be asked of a row, nothing is known of its class.
    else if (this.#filters && !this.#frames.some((frame) => this.#isRow(frame))) this.#reject("no-such-column", octets);
    else {
      const lacking = this.#facts?.vital ?? [];
      if (lacking.length > 0) this.#giveLacking([this.#lackingRow(lacking, octets)]);
      this.#takeItem(octets, text, isUrlColumn(normaliseHeader(this.#path.at(-1) ?? "")));
    }
  }

  /** Notes text in a document of names to allow that is none of its items. */
  #noteText(octets: string, text: string): void {
    const frame = this.#frames.at(-1);
    const isOnWay = frame === undefined || (frame.kind === "array" && frame.matched !== aside);
    // It stands where the key of the path should: it may have been meant as an item.
    if (isOnWay) this.#reject("no-such-column", octets);
    else if (!isBinary(text) && !this.#isField(frame)) noteName(this.#sink, text, octets, this.#reader.lines + 1);
  }

  /** Whether a scalar that comes now is a field of an object that has the items, or the array of them. */
  #isField(frame: Frame): boolean {
    const row = frame.kind === "array" ? this.#frames.at(-2) : frame;
    return row !== undefined && this.#isAtPath(row) && this.#mayHaveItems(fieldName(row.key));
  }

  longText(octets: string): void {
    this.#facts?.note(this.#frames, null);
    if (this.#isItem) this.#reject("line-too-long", octets);
  }

  literal(word: string): void {
    if (word !== "null") this.#frames.at(-1)?.keep(word);
    this.#facts?.note(this.#frames, word === "null" ? undefined : word);
    noteMark(this.#frames, word, this.#asked);
    this.#keepInList(undefined, word);
    if (this.#isItem) this.#reject(word === "null" ? "empty-item" : "not-text", word);
  }

  /** Whether a scalar that comes now is an item: at the path, and not a field of the object there. */
  get #isItem(): boolean {
    return (
      this.#matchedNext() === this.#path.length && (this.#path.length > 0 || this.#frames.at(-1)?.kind === "array")
    );
  }

  #takeItem(octets: string, text: string, isUrl: boolean): void {
    const { reading } = this.#sink;
    const line = this.#reader.lines + 1;
    if (this.#isLegitimatePath) this.#reject("marked-legitimate", octets);
    else if (isBinary(octets) || isBinary(text)) this.#reject("binary", octets);
    else if (text.startsWith("@@")) this.#rules.take(octets, line);
    else this.#sink.takeItems(isUrl ? [readUrl(text, reading)] : readCell(text, reading), line, octets);
  }
}
