/** Reads a list that no store knows: what it holds, what is rejected of it, and its entries in memory, with their facts. */
import { isAscii, isUtf8 } from "node:buffer";
import { statSync } from "node:fs";
import type { ListSourceConfig } from "../config/types.ts";
import {
  type EntryBlock,
  EntryBlockList,
  type EntryBlocks,
  EntryBlockWriter,
  plainProfile,
} from "../indicator/entry/block.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { decodeFacts, readReport } from "../indicator/facts/report.ts";
import type { Rejects } from "../indicator/rejects.ts";
import { parseOptionsOf } from "./feed.ts";
import { headOfFile } from "./file.ts";
import { keptReports } from "./ledger/reports.ts";
import type { KeyedReport } from "./ledger/sync.ts";
import { type ParsedList, parseList } from "./run.ts";

/** Rows of a list with facts that do not count, and what those that do say. */
export interface FactCounts {
  readonly revoked: number;
  readonly ended: number;
  readonly unreadable: number;
  /** Those that a person must look at first, by reason. */
  readonly review: ReadonlyMap<string, number>;
  /** Names that count, by category where they have one. */
  readonly categories: ReadonlyMap<string, number>;
}

export interface TriedList {
  readonly format: string;
  /** Why, where it was not given. */
  readonly why: string | undefined;
  readonly column: string | number | undefined;
  readonly path: string | undefined;
  /** By its first octets: `ASCII`, `UTF-8`, `not UTF-8`, with `byte order mark` and `CRLF` where there are such. */
  readonly encoding: string;
  /** Octets of the file, packed as it is. */
  readonly bytes: number;
  /** Unix seconds: when the file was changed. */
  readonly changedAt: number;
  readonly lines: number;
  /** Names and addresses that would count. */
  readonly entries: number;
  readonly duplicates: number;
  readonly rejects: Rejects;
  /** Undefined of lists without facts. */
  readonly facts: FactCounts | undefined;
  /** Opens the entries anew at each call. */
  open(): EntryBlocks;
  /** Of the profiles of these entries; undefined of others. */
  factsOf(profile: number): Facts | undefined;
}

/** Octets that are looked at to tell what a list is. */
const headBytes = 256 * 1024;
/** Profiles of the entries begin here, where no store has any. */
const firstProfile = 2 ** 31;

/** @throws OperatorError SOURCE_UNREADABLE, SOURCE_TOO_LARGE, SOURCE_NOT_A_LIST */
export async function tryList(list: ListSourceConfig, now: number): Promise<TriedList> {
  const { from, expandedBytesMax } = list;
  const feed = { role: "block", list } as const;
  let why: string | undefined;
  const parse = await parseOptionsOf(feed, (said) => (why = said));
  if (parse.role === "guard") throw new RangeError("A source is read as a guard list");
  const encoding = encodingOf(await headOfFile(from, headBytes));
  const { size, mtimeMs } = statSync(from);
  const parsed = await parseList({ file: from, range: undefined, expandedBytesMax, parse });
  const entries = new Entries();
  const { reports } = parsed.collector;
  const given = reports === undefined ? addPlain(parsed, entries) : addReports(parsed, entries, now);
  const blocks = entries.finish();
  return {
    format: parse.format,
    why,
    column: parse.column,
    path: parse.path,
    encoding,
    bytes: size,
    changedAt: Math.floor(mtimeMs / 1000),
    lines: parsed.lines,
    entries: entries.names,
    duplicates: given - entries.names,
    rejects: parsed.rejects,
    facts: reports === undefined ? undefined : entries,
    open: () => new EntryBlockList(blocks),
    factsOf: (profile) => entries.factsOf(profile),
  };
}

/** Gathers sorted entries, and counts what becomes of them. */
class Entries implements FactCounts {
  revoked = 0;
  ended = 0;
  unreadable = 0;
  readonly review = new Map<string, number>();
  readonly categories = new Map<string, number>();
  names = 0;
  readonly #blocks: EntryBlock[] = [];
  readonly #writer = new EntryBlockWriter((block) => this.#blocks.push(block));
  readonly #profiles = new Map<string, number>();
  readonly #facts: Facts[] = [];
  #key: Uint8Array | undefined;
  /** Of the key at hand, what is said of it by profile. */
  readonly #said = new Map<number, number>();

  /** `facts` as a report's text has them; empty where nothing is known. */
  add(key: Uint8Array, flags: number, facts: string): void {
    if (this.#key === undefined || Buffer.compare(this.#key, key) !== 0) {
      this.#flush();
      this.#key = key;
    }
    const profile = this.#profileOf(facts);
    this.#said.set(profile, (this.#said.get(profile) ?? 0) | flags);
  }

  factsOf(profile: number): Facts | undefined {
    return profile === plainProfile ? {} : this.#facts[profile - firstProfile];
  }

  finish(): readonly EntryBlock[] {
    this.#flush();
    this.#writer.flush();
    return this.#blocks;
  }

  #flush(): void {
    const key = this.#key;
    if (key === undefined) return;
    this.names += 1;
    const categories = new Set<string>();
    for (const [profile, flags] of [...this.#said].sort(([a], [b]) => a - b)) {
      this.#writer.add(key, 0, key.length, flags, 0, profile);
      const { category } = this.factsOf(profile) ?? {};
      if (category !== undefined) categories.add(category);
    }
    for (const category of categories) count(this.categories, category);
    this.#said.clear();
  }

  #profileOf(text: string): number {
    if (text === "") return plainProfile;
    const known = this.#profiles.get(text);
    if (known !== undefined) return known;
    const profile = firstProfile + this.#facts.length;
    this.#facts.push(decodeFacts(text));
    this.#profiles.set(text, profile);
    return profile;
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Gives how many entries there were, with those that stand there several times. */
function addPlain({ collector, order }: ParsedList, entries: Entries): number {
  for (const entry of order) entries.add(collector.keyOf(entry).slice(), collector.flags[entry] as number, "");
  return order.length;
}

function addReports({ collector, order }: ParsedList, entries: Entries, now: number): number {
  const { reports } = collector;
  if (reports === undefined) return 0;
  const kept = keptReports(collector, reports, order);
  let given = 0;
  for (const report of kept.walk()) if (addReport(report, entries, now)) given += 1;
  return given + kept.duplicates;
}

/** Whether a report counts. */
function addReport({ key, flags, text }: KeyedReport, entries: Entries, now: number): boolean {
  const { facts, revoked, unreadable, validUntil, review } = readReport(text);
  if (revoked) entries.revoked += 1;
  else if (unreadable !== undefined) entries.unreadable += 1;
  else if (validUntil !== undefined && validUntil <= now) entries.ended += 1;
  else if (review !== undefined) count(entries.review, review);
  else {
    entries.add(key, flags, /[^null,]/.test(facts) ? facts : "");
    return true;
  }
  return false;
}

function encodingOf(head: Uint8Array): string {
  // The end may be cut within a character.
  const lastEnd = head.lastIndexOf(0x0a);
  const whole = head.length < headBytes || lastEnd < 0 ? head : head.subarray(0, lastEnd);
  const hasMark = whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf;
  const name = isAscii(whole) ? "ASCII" : isUtf8(whole) ? "UTF-8" : "not UTF-8";
  const lineEnds = Buffer.from(whole.buffer, whole.byteOffset, whole.length).includes("\r\n") ? ", CRLF" : "";
  return `${name}${hasMark ? " with a byte order mark" : ""}${lineEnds}`;
}
