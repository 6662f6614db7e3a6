/**
 * Rank lists, most used names first: lines `rank,name` as Tranco and Umbrella write them (cells behind these are ignored),
 * or one name a line in the order of rank; by commas, semicolons or tabs, with or without quotes. A header may name other
 * columns, as that of Majestic does.
 */

import { isBinary, isLineEnd, LineParser, type Refusal, trimOctets } from "../../indicator/format/line-parser.ts";
import { skipDigits } from "../../indicator/format/octets.ts";
import { isComment } from "../../indicator/format/plain-line.ts";
import { readItem } from "../../indicator/item.ts";
import { decodeOctets, splitScheme } from "../../indicator/item-text.ts";
import { NameScan } from "../../indicator/name-scan.ts";
import { guardFlag } from "../class.ts";
import type { GuardSink } from "./guard-sink.ts";

/** Hosts of URLs are guarded this many times deeper than `top`: a whole host stands for one page there. */
const urlHostDepth = 10;

/** What headers call the column of names. */
const nameHeaders: ReadonlySet<string> = new Set(["domain", "name", "host", "hostname", "site", "origin", "fqdn"]);
/** What they call that of ranks, of which the first counts. */
const rankHeaders: ReadonlySet<string> = new Set(["rank", "globalrank", "global_rank", "ranking", "position"]);

/** Where the cells of a line stand; `rank` undefined: lines are in the order of rank. */
interface Columns {
  readonly rank: number | undefined;
  readonly name: number;
}
const usualColumns: Columns = { rank: 0, name: 1 };
const separator = /[,;\t]/;

/**
 * Down to this rank the `www.` host of a name that guards is guarded against URLs as well: rank lists have the registrable
 * name, lists of URLs the host. Deeper, the second entry is not worth what it costs a build.
 */
const wwwRankMax = 100_000;
const www = "www.";

/** Digits of the longest rank. */
const rankDigitsMax = 10;
const rankPattern = /^[1-9]\d{0,9}$/;
const comma = 0x2c;

export class RanksParser extends LineParser<GuardSink> {
  readonly #names = new NameScan();
  readonly #top: number;
  readonly #topFlags: number;
  readonly #deepFlags: number;
  /** Lines that hold an entry, so far: the rank of the last one where lines do not say it. */
  #position = 0;
  /** As a header has it. */
  #columns: Columns | undefined;
  /** Whether any line had a name. */
  #hasNames = false;
  refusal: Refusal | undefined;

  /** `top` undefined: every name of the list guards. */
  constructor(sink: GuardSink, top: number | undefined) {
    super(sink);
    this.#top = top ?? Number.POSITIVE_INFINITY;
    this.#topFlags = sink.flagsOfName(guardFlag.name);
    this.#deepFlags = sink.flagsOfName(guardFlag.urlHost);
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    if (this.#columns !== undefined) return -1;
    const digitsEnd = skipDigits(bytes, at);
    let from = at;
    let rank = this.#position + 1;
    if (bytes[digitsEnd] === comma) {
      const digits = digitsEnd - at;
      if (digits === 0 || digits > rankDigitsMax || bytes[at] === 0x30) return -1;
      rank = 0;
      for (let i = at; i < digitsEnd; i++) rank = 10 * rank + (bytes[i] as number) - 0x30;
      from = digitsEnd + 1;
    }
    const end = this.#names.read(bytes, from);
    if (end === -1 || !isLineEnd(bytes, end)) return -1;
    this.#position += 1;
    this.#hasNames = true;
    const flags = this.#flagsAt(rank);
    if (flags === 0) this.sink.rejects.add("beyond-top", this.lines, bytes, at, end);
    else this.#names.commit(bytes, this.sink.collector, flags);
    if (this.#hasWww(rank)) this.#takeWww(Buffer.from(bytes.subarray(from, end)).toString("latin1"));
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || isComment(line)) return;
    const cells = line.split(separator.exec(line)?.[0] ?? ",").map(withoutQuotes);
    if (this.#position === 0 && this.#takeHeader(cells)) return;
    this.#position += 1;
    const { rank, name } = this.#columns ?? (cells.length === 1 ? { rank: undefined, name: 0 } : usualColumns);
    const said = rank === undefined ? String(this.#position) : (cells[rank] ?? "");
    const item = cells[name];
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else if (item === undefined) this.sink.reject("no-such-column", this.lines, line);
    else if (!rankPattern.test(said)) this.sink.reject("bad-syntax", this.lines, line);
    else this.#take(item, Number(said));
  }

  /** Takes a line before all names as the header, where it is one. */
  #takeHeader(cells: readonly string[]): boolean {
    const header = cells.map((cell) => cell.toLowerCase());
    const name = header.findIndex((cell) => nameHeaders.has(cell));
    if (name === -1) return false;
    const rank = header.findIndex((cell) => rankHeaders.has(cell));
    const isUsual = (rank === 0 && name === 1) || header.length === 1;
    if (!isUsual) this.#columns = { rank: rank === -1 ? undefined : rank, name };
    return true;
  }

  protected override takeEnd(): void {
    if (this.#position === 0 || this.#hasNames) return;
    this.refusal = {
      why: "none of its lines is a rank and a name, or a name alone",
      remedy:
        "Give it a header that names its columns, such as `rank,domain`, with commas, semicolons or tabs, or set `format`",
    };
  }

  #take(name: string, rank: number): void {
    const flags = this.#flagsAt(rank);
    if (flags === 0) {
      this.sink.reject("beyond-top", this.lines, name);
      this.#hasNames = true;
    } else if (this.sink.takeGuarded(name, this.lines, flags)) {
      this.#hasNames = true;
      if (this.#hasWww(rank)) this.#takeWww(name);
    }
  }

  #hasWww(rank: number): boolean {
    return rank <= wwwRankMax && this.#flagsAt(rank) !== 0;
  }

  /** Guards the `www.` host of a name that was accepted, unless that has no room for it. */
  #takeWww(name: string): void {
    const host = splitScheme(name)?.rest ?? name;
    const item = readItem(decodeOctets(`${www}${host}`) ?? "");
    if (item.kind === "name") this.sink.collector.add(item.key, this.#deepFlags);
  }

  /** What a name of that rank guards against; 0 where it stands too deep for anything. */
  #flagsAt(rank: number): number {
    if (rank <= this.#top) return this.#topFlags;
    return rank <= urlHostDepth * this.#top ? this.#deepFlags : 0;
  }
}

function withoutQuotes(cell: string): string {
  const trimmed = trimOctets(cell);
  return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}
