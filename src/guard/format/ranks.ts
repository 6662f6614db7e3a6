/**
 * Rank lists, most used names first: CSV lines `rank,name` as Tranco and Umbrella write them (cells behind these are
 * ignored), or one name a line in the order of rank; with or without a header and quotes.
 */

import { isBinary, isLineEnd, LineParser, trimOctets } from "../../indicator/format/line-parser.ts";
import { skipDigits } from "../../indicator/format/octets.ts";
import { isComment } from "../../indicator/format/plain-line.ts";
import { decodeOctets, readItem } from "../../indicator/item.ts";
import { NameScan } from "../../indicator/name-scan.ts";
import { guardFlag } from "../class.ts";
import type { GuardSink } from "./guard-sink.ts";

/** Hosts of URLs are guarded this many times deeper than `top`: a whole host stands for one page there. */
const urlHostDepth = 10;

/** What headers call the column of names. */
const headers: ReadonlySet<string> = new Set(["domain", "name", "host", "hostname", "site", "origin", "fqdn"]);

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

export class RanksParser extends LineParser {
  readonly #guarded: GuardSink;
  readonly #names = new NameScan();
  readonly #top: number;
  readonly #topFlags: number;
  readonly #deepFlags: number;
  /** Lines that hold an entry, so far: the rank of the last one where lines do not say it. */
  #position = 0;

  /** `top` undefined: every name of the list guards. */
  constructor(sink: GuardSink, top: number | undefined) {
    super(sink);
    this.#guarded = sink;
    this.#top = top ?? Number.POSITIVE_INFINITY;
    this.#topFlags = sink.flagsOfName(guardFlag.name);
    this.#deepFlags = sink.flagsOfName(guardFlag.urlHost);
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
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
    const flags = this.#flagsAt(rank);
    if (flags === 0) this.sink.rejects.add("beyond-top", this.lines, bytes, at, end);
    else this.#names.commit(bytes, this.sink.collector, flags);
    if (this.#hasWww(rank)) this.#takeWww(Buffer.from(bytes.subarray(from, end)).toString("latin1"));
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || isComment(line)) return;
    const cells = line.split(",", 2).map(withoutQuotes);
    const name = cells.at(-1) as string;
    if (this.#position === 0 && headers.has(name.toLowerCase())) return;
    this.#position += 1;
    const said = cells.length === 1 ? String(this.#position) : (cells[0] as string);
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else if (!rankPattern.test(said)) this.sink.reject("bad-syntax", this.lines, line);
    else this.#take(name, Number(said));
  }

  #take(name: string, rank: number): void {
    const flags = this.#flagsAt(rank);
    if (flags === 0) this.sink.reject("beyond-top", this.lines, name);
    else if (this.#guarded.takeGuarded(name, this.lines, flags) && this.#hasWww(rank)) this.#takeWww(name);
  }

  #hasWww(rank: number): boolean {
    return rank <= wwwRankMax && this.#flagsAt(rank) !== 0;
  }

  /** Guards the `www.` host of a name that was accepted, unless that has no room for it. */
  #takeWww(name: string): void {
    const item = readItem(decodeOctets(`${www}${name}`) ?? "");
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
