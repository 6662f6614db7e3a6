/**
 * JSON documents: the strings of the array at a path, or one field of the objects there. What the source itself calls
 * legitimate (a field such as `"classification": "benign"`, an array named `allow`) never blocks.
 */
import type { EntrySink } from "../entry/sink.ts";
import { readCell, readUrl } from "../item.ts";
import type { RejectReason } from "../rejects.ts";
import { FilterRules } from "./filter-rules.ts";
import { JsonReader, type JsonTaker } from "./json-reader.ts";
import { isBinary, type Parser } from "./line-parser.ts";
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

export interface JsonOptions {
  /**
   * Keys joined by dots, as in `data.domains`, `*` for any key; arrays on the way are walked through. Absent: see
   * `Frame.isDocument`.
   */
  readonly path?: string | undefined;
  /** Field of the objects at the path. Absent: the field that is known to hold names. */
  readonly column?: string | number | undefined;
  readonly where?: Where | undefined;
}

/** The keys of a path; `$`, `[]` and `[*]` may be written and change nothing. */
export function keysOfPath(path: string): string[] {
  return path
    .replace(/^\$/, "")
    .split(".")
    .map((key) => key.replace(/(?:\[\*?\])+$/, ""))
    .filter((key) => key !== "");
}

/** Stands for any key in a path: objects may be kept by ids of their own. */
const anyKey = "*";
/** Not on the way to the items. */
const aside = -1;
/** Fields of an object that are kept until it ends. */
const fieldsMax = 256;
/** Characters of a field's value that are kept: those that matter are short. */
const fieldTextMax = 1024;

interface Frame {
  readonly kind: "object" | "array";
  /** Keys of the path that lead here; `aside` off the way. */
  readonly matched: number;
  readonly inArray: boolean;
  /** A whole document that is an object, without a path: its only array has the items, or it is one row of many. */
  readonly isDocument: boolean;
  /** Entries before it, to which they are cut back where it must not count. */
  readonly entriesBefore: number;
  readonly fields: Map<string, string>;
  /** The key that a value is to come for. */
  key: string;
  /** Arrays that may have the items of a document. */
  arrays: number;
  /** A field of several values (`"tags": ["benign"]`) says that the object must not be blocked. */
  isMarked: boolean;
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
  /** Fields that `where` asks for: the operator has decided what their values mean. */
  readonly #asked: ReadonlySet<string>;
  readonly #frames: Frame[] = [];
  #lastOctet = 0x0a;
  #isOver = false;
  isCutShort = false;

  constructor(sink: EntrySink, options: JsonOptions) {
    this.#sink = sink;
    this.#path = keysOfPath(options.path ?? "");
    this.#column = options.column === undefined ? undefined : normaliseHeader(String(options.column));
    this.#where = options.where ?? {};
    this.#rules = new FilterRules(sink);
    this.#asked = new Set(Object.keys(this.#where).map(normaliseHeader));
    this.#filters = Object.keys(this.#where).length > 0;
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
    if (kind === "array" && parent?.isDocument === true && this.#column === undefined) {
      matched = this.#takesArray(parent) ? 0 : aside;
    }
    const inArray = parent?.kind === "array";
    const isDocument = kind === "object" && parent === undefined && this.#path.length === 0;
    const entriesBefore = this.#sink.collector.count;
    this.#frames.push({
      kind,
      matched,
      inArray,
      isDocument,
      entriesBefore,
      fields: new Map(),
      key: "",
      arrays: 0,
      isMarked: false,
    });
  }

  /** Whether an array of a document may have the items; one with a name that says otherwise makes it ambiguous. */
  #takesArray(document: Frame): boolean {
    const isLegitimate = isLegitimateName(document.key);
    document.arrays += isLegitimate ? 2 : 1;
    return !isLegitimate;
  }

  close(): void {
    const frame = this.#frames.pop() as Frame;
    if (frame.kind === "array" || frame.matched === aside) return;
    if (frame.isDocument && this.#column === undefined && frame.arrays > 0) {
      if (frame.arrays === 1 && guessColumn([...frame.fields.keys()]) === -1) return;
      this.#drop(frame, "ambiguous-path");
      return;
    }
    if (!this.#isRow(frame)) return;
    const reason = this.#reasonAgainst(frame);
    if (reason !== undefined) this.#drop(frame, reason);
    else if (frame.matched === this.#path.length) this.#takeField(frame);
  }

  /** Whether an object is at the path, or has the last key of it once for each element of an array. */
  #isRow({ kind, matched, inArray }: Frame): boolean {
    if (kind === "array" || matched === aside) return false;
    return matched === this.#path.length || (inArray && matched === this.#path.length - 1);
  }

  /** Takes the item of an object at the path. */
  #takeField(frame: Frame): void {
    const names = [...frame.fields.keys()];
    const name = this.#column ?? names[guessColumn(names)];
    const item = name === undefined ? undefined : frame.fields.get(name);
    const isUrl = name !== undefined && isUrlColumn(name);
    if (item === undefined) this.#reject(name === undefined ? "no-such-column" : "empty-item", shownFields(frame));
    else this.#takeItem(Buffer.from(item, "utf8").toString("latin1"), item, isUrl);
  }

  #reasonAgainst(frame: Frame): RejectReason | undefined {
    if (this.#filters && !matchesWhere(this.#where, (column) => frame.fields.get(normaliseHeader(column)))) {
      return "filtered";
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
  #drop(frame: Frame, reason: RejectReason): void {
    this.#sink.collector.truncate(frame.entriesBefore);
    this.#rules.truncate(frame.entriesBefore);
    this.#reject(reason, shownFields(frame));
  }

  key(text: string | undefined): void {
    (this.#frames.at(-1) as Frame).key = text ?? "";
  }

  text(octets: string, text: string | undefined): void {
    this.#keepField(text ?? "");
    this.#noteMark(text ?? "");
    if (!this.#isItem) return;
    if (text === undefined) this.#reject("not-utf8", octets);
    // Where nothing can be asked of a row, nothing is known of its class.
    else if (this.#filters && !this.#frames.some((frame) => this.#isRow(frame))) this.#reject("no-such-column", octets);
    else this.#takeItem(octets, text, isUrlColumn(normaliseHeader(this.#path.at(-1) ?? "")));
  }

  longText(octets: string): void {
    if (this.#isItem) this.#reject("line-too-long", octets);
  }

  literal(word: string): void {
    if (word !== "null") this.#keepField(word);
    if (this.#isItem) this.#reject(word === "null" ? "empty-item" : "not-text", word);
  }

  #keepField(text: string): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.kind === "array" || frame.matched === aside) return;
    if (frame.fields.size < fieldsMax && text.length <= fieldTextMax)
      frame.fields.set(normaliseHeader(frame.key), text);
  }

  /** Notes one of several values of a field, where it says that the object must not be blocked. */
  #noteMark(text: string): void {
    const object = this.#frames.at(-2);
    if (this.#frames.at(-1)?.kind !== "array" || object?.kind !== "object" || !isLegitimateMark(text)) return;
    object.isMarked ||= !this.#asked.has(normaliseHeader(object.key));
  }

  /** Whether a scalar that comes now is an item: at the path, and not a field of the object there. */
  get #isItem(): boolean {
    return (
      this.#matchedNext() === this.#path.length && (this.#path.length > 0 || this.#frames.at(-1)?.kind === "array")
    );
  }

  #takeItem(octets: string, text: string, isUrl: boolean): void {
    const { role } = this.#sink;
    const line = this.#reader.lines + 1;
    if (this.#isLegitimatePath) this.#reject("marked-legitimate", octets);
    else if (isBinary(octets) || isBinary(text)) this.#reject("binary", octets);
    else if (text.startsWith("@@")) this.#rules.take(octets, line);
    else this.#sink.takeItems(isUrl ? [readUrl(text, role)] : readCell(text, role), line, octets);
  }
}

function shownFields(frame: Frame): string {
  return Buffer.from(JSON.stringify(Object.fromEntries(frame.fields)).slice(0, 512), "utf8").toString("latin1");
}
