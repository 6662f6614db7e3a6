/**
 * Tables with a separator (RFC 4180 and its relatives), or by blanks where a column is asked for: the items of one column,
 * of the rows that `where` asks for. Rows that the source itself calls legitimate never block.
 */

import { EntryReports } from "../entry/reports.ts";
import type { EntrySink } from "../entry/sink.ts";
import { columnsOf, type FactColumns, type FactField, type FactReading } from "../facts/columns.ts";
import { type FactCell, type FactCells, RowReader } from "../facts/row.ts";
import { readCell } from "../item.ts";
import { decodeOctets } from "../item-text.ts";
import { readUrl } from "../item-url.ts";
import { type RejectReason, withWhy } from "../rejects.ts";
import { CsvRecords, guessSeparator, type Separator, separatorLine } from "./csv-records.ts";
import { FilterRules } from "./filter-rules.ts";
import { isBinary, LineParser, trimOctets } from "./line-parser.ts";
import {
  guessColumn,
  hasLegitimateMark,
  isHeaderWord,
  isLegitimateFlag,
  isLegitimateMark,
  isLegitimateName,
  isUrlColumn,
  matchesWhere,
  mayFlag,
  normaliseHeader,
  type Where,
} from "./table.ts";

export interface CsvOptions {
  /** A header, in any letter case, or a number from 1. Absent: the header that is known to hold names. */
  readonly column?: string | number | undefined;
  readonly where?: Where | undefined;
  /** Where a row has its facts. */
  readonly fields?: FactColumns | undefined;
  /** How the facts are written. */
  readonly factReading?: FactReading | undefined;
}

const unusualOctet = /[^ -~]/;

export class CsvParser extends LineParser {
  readonly #column: string | number | undefined;
  readonly #where: Where;
  readonly #filters: boolean;
  /** Columns that `where` asks for: the operator has decided what their values mean. */
  readonly #asked: ReadonlySet<string>;
  readonly #rules: FilterRules;
  readonly #fields: FactColumns;
  readonly #optional: ReadonlySet<FactField>;
  readonly #rows: RowReader;
  /** Indexes of the columns of `fields`; several where several have the fact. */
  #facts: ReadonlyMap<FactField, number | readonly number[]> = new Map();
  /** As the list itself says it in its first line. */
  #separator: Separator | undefined;
  #records: CsvRecords | undefined;
  /** Blanks separate the cells. */
  #isByBlanks = false;
  /** Cells of the header row, normalised; undefined until it has come. */
  #header: readonly string[] | undefined;
  /** Of each column, whether its name makes some of its cells say that their rows must not be blocked. */
  #mayFlag: readonly boolean[] = [];
  /** Whether the record at hand is printable ASCII. */
  #isPlain = false;
  /** Index of the column with the items; -1 where the header has none. */
  #index = -1;
  /** Columns of `where` and `fields` that the header does not have. */
  #lacking: readonly string[] = [];
  /** Whether the column itself lists what must not be blocked. */
  #isLegitimate = false;

  constructor(sink: EntrySink, options: CsvOptions) {
    super(sink);
    this.#column = typeof options.column === "string" ? normaliseHeader(options.column) : options.column;
    this.#where = options.where ?? {};
    this.#filters = Object.keys(this.#where).length > 0;
    this.#asked = new Set(Object.keys(this.#where).map(normaliseHeader));
    this.#rules = new FilterRules(sink);
    this.#fields = options.fields ?? {};
    this.#optional = new Set(options.factReading?.optionalFields);
    this.#rows = new RowReader(this.#fields, options.factReading ?? {});
    if (options.fields !== undefined) sink.collector.reports = new EntryReports();
  }

  protected takePlain(): number {
    return -1;
  }

  protected takeText(octets: string): void {
    const isInside = this.#records?.isOpen ?? false;
    const line = trimOctets(octets);
    if (!isInside && line === "") return;
    if (!isInside && line.startsWith("#")) {
      this.#takeComment(line);
      return;
    }
    const stated = this.#records === undefined ? separatorLine(line) : undefined;
    if (stated !== undefined) {
      this.#separator = stated;
      return;
    }
    this.#records ??= this.#start(line);
    this.#records.push(this.#isByBlanks ? line.replace(/[ \t]+/g, "\t") : octets, this.lines);
  }

  /** Starts on the table by its first line. */
  #start(line: string): CsvRecords {
    // Only where the operator says that there are columns: a header of one column may have blanks in it.
    const isNamed = this.#column === undefined || this.#column === normaliseHeader(line);
    this.#isByBlanks = this.#separator === undefined && !isNamed && /^[^,;|\t"]+ [^,;|"]+$/.test(line);
    return new CsvRecords(this.#isByBlanks ? "\t" : (this.#separator ?? guessSeparator(line)), {
      record: (cells, lineNumber, record) => this.#takeRecord(cells, lineNumber, record),
      broken: (lineNumber, record) => this.sink.reject("bad-syntax", lineNumber, record),
    });
  }

  protected override takeEnd(): void {
    this.#records?.end();
    this.#rules.settle();
  }

  /** Some sources put their header row in a comment. */
  #takeComment(line: string): void {
    if (this.#header !== undefined || typeof this.#column === "number") return;
    const text = line.replace(/^#+[ \t]*/, "");
    const header = new CsvRecords(guessSeparator(text), {
      record: (cells) => {
        const names = cells.map(headerOf);
        if (cells.length > 1 && this.#indexIn(names) !== -1) this.#takeHeader(names);
      },
      broken: () => {},
    });
    header.push(text, this.lines);
  }

  #takeHeader(header: readonly string[]): void {
    this.#header = header;
    const taken = columnsOf(this.#fields, "revoked").map((column) => columnIn(header, column));
    this.#mayFlag = header.map((column, index) => mayFlag(column) && !taken.includes(index));
    this.#index = this.#indexIn(header);
    const unknown = Object.keys(this.#where).filter((column) => !header.includes(normaliseHeader(column)));
    this.#lacking = [...unknown, ...this.#takeFacts(header)];
    this.#isLegitimate = this.sink.role === "block" && isLegitimateName(header[this.#index] ?? "");
  }

  /** Finds the columns of the facts, and gives those that are not there and must be. */
  #takeFacts(header: readonly string[]): string[] {
    const facts = new Map<FactField, number | readonly number[]>();
    const lacking: string[] = [];
    for (const field of Object.keys(this.#fields) as FactField[]) {
      const columns = columnsOf(this.#fields, field);
      const found = columns.map((column) => columnIn(header, column)).filter((index) => index >= 0);
      const isWhole = found.length === columns.length || this.#optional.has(field);
      if (!isWhole) lacking.push(...columns.filter((column) => columnIn(header, column) < 0).map(String));
      if (found.length > 0) facts.set(field, found.length === 1 ? (found[0] as number) : found);
    }
    this.#facts = facts;
    return lacking;
  }

  #indexIn(header: readonly string[]): number {
    return this.#column === undefined ? guessColumn(header) : columnIn(header, this.#column);
  }

  #takeRecord(cells: readonly string[], line: number, record: string): void {
    if (cells.every((cell) => cell === "")) return;
    if (this.#header === undefined && this.#takeFirst(cells, line, record)) return;
    const cell = cells[this.#index];
    this.#isPlain = !unusualOctet.test(record);
    const reason = this.#reasonAgainst(cells, cell, record);
    if (reason === "no-such-column" && this.#lacking.length > 0) {
      this.sink.reject(reason, line, withWhy(`there is no column ${this.#lacking.join(", ")}; `, record));
    } else if (reason !== undefined) this.sink.reject(reason, line, record);
    else if (this.#beginReport(cells, line, record)) this.#takeCell(cell as string, line);
  }

  /**
   * Puts what the row reports beside its entries; false where nothing of it is to be taken. Of a row that is a reject the
   * entries are taken, so that the ledger knows of it, under a report that does not count.
   */
  #beginReport(cells: readonly string[], line: number, record: string): boolean {
    const { reports } = this.sink.collector;
    if (reports === undefined) return true;
    const { text, unread, isReject, trigger } = this.#rows.read((field) => this.#factsOf(cells, field));
    if (isReject) {
      const isException = cells[this.#index]?.startsWith("@@") === true;
      this.sink.reject(isException ? "exception-unreadable" : "bad-fact", line, withWhy(unread, record));
      if (isException) return false;
    } else if (unread !== "") this.sink.reject("unknown-fact", line, withWhy(unread, record));
    if (text === undefined) return false;
    reports.begin(text, trigger);
    return true;
  }

  #factsOf(cells: readonly string[], field: FactField): FactCells {
    const index = this.#facts.get(field);
    if (index === undefined) return undefined;
    if (typeof index === "number") return this.#factOf(cells, index);
    return index.map((one) => this.#factOf(cells, one));
  }

  #factOf(cells: readonly string[], index: number): FactCell {
    const cell = cells[index];
    if (cell === undefined) return null;
    // What is not UTF-8 is Latin-1 nearly always, of which each octet is its character.
    return this.#isPlain ? cell : (decodeOctets(cell) ?? cell);
  }

  #takeCell(cell: string, line: number): void {
    const text = this.#isPlain ? cell : decodeOctets(cell);
    const { reading } = this.sink;
    if (cell.startsWith("@@")) this.#rules.take(cell, line);
    else if (text === undefined) this.sink.reject("not-utf8", line, cell);
    else if (isUrlColumn(this.#header?.[this.#index] ?? "")) this.sink.takeItems([readUrl(text, reading)], line, cell);
    else this.sink.takeItems(readCell(text, reading), line, cell);
  }

  #reasonAgainst(cells: readonly string[], cell: string | undefined, record: string): RejectReason | undefined {
    if (this.#index < 0 || this.#lacking.length > 0) return "no-such-column";
    const isWanted = !this.#filters || matchesWhere(this.#where, (column) => this.#cellOf(cells, column));
    if (!isWanted) return this.#reasonToLeaveOut(cells);
    if (cell === undefined || cell === "") return "empty-item";
    if (!this.#isPlain && isBinary(record.replaceAll("\n", ""))) return "binary";
    if (this.#isLegitimate) return "marked-legitimate";
    if (this.sink.role !== "block") return undefined;
    const isMarked = cells.some((other, index) => index !== this.#index && this.#isMarked(other, index));
    return isMarked ? "marked-legitimate" : undefined;
  }

  /** Whether a cell says that its row must not be blocked. */
  #isMarked(cell: string, index: number): boolean {
    const column = this.#header?.[index] ?? "";
    if (this.#asked.has(column)) return isLegitimateMark(cell);
    return hasLegitimateMark(cell) || (this.#mayFlag[index] !== false && isLegitimateFlag(column, cell));
  }

  /** Takes the first row as the header where it is one, and says whether it was. */
  #takeFirst(cells: readonly string[], line: number, record: string): boolean {
    const names = cells.map(headerOf);
    this.#takeHeader(names);
    if (typeof this.#column === "number") {
      const isNamed = Object.values(this.#fields)
        .flat()
        .some((column) => typeof column === "string");
      return this.#isHeader(names, this.#index) || isNamed || Object.keys(this.#where).length > 0;
    }
    if (this.#index !== -1) return true;
    // A table of one column needs no header.
    if (this.#column === undefined && cells.length === 1) {
      this.#index = 0;
      return this.#isHeader(names, 0);
    }
    this.sink.reject("no-such-column", line, record);
    return true;
  }

  /**
   * Whether a first row of which nothing says that it is a header is one. A word without a dot is no item; but one that is to
   * be allowed may have lost it.
   */
  #isHeader(names: readonly string[], index: number): boolean {
    if (this.sink.role === "allow") return names.some(isHeaderWord);
    return /^[a-z][a-z0-9_]*$/.test(names[index] ?? "");
  }

  /** Why a row that `where` does not ask for is left out: of names to allow, one that does not say its class may be lost. */
  #reasonToLeaveOut(cells: readonly string[]): RejectReason {
    const isUnsaid = Object.keys(this.#where).some((column) => (this.#cellOf(cells, column) ?? "") === "");
    return this.sink.role === "allow" && isUnsaid ? "empty-item" : "filtered";
  }

  #cellOf(cells: readonly string[], column: string): string | undefined {
    const index = this.#header?.indexOf(normaliseHeader(column)) ?? -1;
    const cell = cells[index];
    return cell === undefined ? undefined : (decodeOctets(cell) ?? cell);
  }
}

/** The name of a column; one that is not UTF-8 is Latin-1 nearly always. */
function headerOf(cell: string): string {
  return normaliseHeader(decodeOctets(cell) ?? cell);
}

/** Index of a column that is named by its header or its number from 1; -1 where the header has none. */
function columnIn(header: readonly string[], column: string | number): number {
  return typeof column === "number" ? column - 1 : header.indexOf(normaliseHeader(column));
}
