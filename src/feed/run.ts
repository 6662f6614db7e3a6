/**
 * A run: the entries of a list, or of a range of a large one, sorted and distinct, packed into one shared buffer so that
 * every worker can read it.
 */
import { OperatorError } from "../base/errors.ts";
import type { GuardParseOptions } from "../guard/format/format.ts";
import { createGuardParser } from "../guard/format/parser.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter, firstKeyOf } from "../indicator/entry/block.ts";
import { Collector } from "../indicator/entry/collector.ts";
import { sortEntries } from "../indicator/entry/sort.ts";
import type { Parser, Refusal } from "../indicator/format/line-parser.ts";
import { createParser, type ParseOptions } from "../indicator/format/parser.ts";
import { type RejectReport, Rejects } from "../indicator/rejects.ts";
import { sortOutUnknown } from "../indicator/top-level.ts";
import { type ByteRange, chunksOfFile } from "./file.ts";

export interface RunTask {
  readonly file: string;
  /** Undefined for the whole file. */
  readonly range: ByteRange | undefined;
  readonly expandedBytesMax: number;
  readonly parse: ParseOptions | GuardParseOptions;
  /** Samples of rejects are masked. */
  readonly areSamplesMasked?: boolean;
  /** Entries that one run may hold, duplicates included; the default is right for all but tests. */
  readonly entriesMax?: number;
  /** Rejects of each reason that are kept to show; the default is what a snapshot keeps. */
  readonly samplesMax?: number;
}

/** What a run says besides its entries. Plain data, to pass between threads. */
export interface Run {
  /** Blocks of entries one after the other. */
  readonly bytes: SharedArrayBuffer;
  /** Where each block starts in `bytes`, and at the end how long all are. */
  readonly starts: readonly number[];
  readonly lines: number;
  /** Distinct names and addresses. */
  readonly entries: number;
  readonly duplicates: number;
  readonly rejects: RejectReport;
  /** Its lines speak of others, so that a part of a list must not be read alone. */
  readonly bindsLines: boolean;
  /** Keys of what its last line gave, where no line feed ends it. */
  readonly cutKeys: readonly Uint8Array[];
}

/** Octets of input per entry, low so that the collector seldom grows. */
const bytesPerEntry = 22;
/** Entries that a collector makes room for at first, at most. */
const expectedMax = 16_000_000;

/**
 * Entries of one run at most, 2.5 GB of memory to sort: more than any range of a file that is cut can hold (192 MiB of
 * four octets a line), and four times the largest list there is.
 */
const entriesMaxDefault = 64 * 1024 * 1024;

/** What was read of a list: entries, and the order of their keys. */
export interface ParsedList {
  readonly collector: Collector;
  /** Numbers of entries in the order of their keys; those of one key in any order. */
  readonly order: Uint32Array;
  readonly rejects: Rejects;
  readonly lines: number;
  /** Its lines speak of others, so that a part of a list must not be read alone. */
  readonly bindsLines: boolean;
  /** As in a run. */
  readonly cutKeys: Run["cutKeys"];
}

/** Reads, parses and sorts. @throws OperatorError SOURCE_UNREADABLE, SOURCE_TOO_LARGE, SOURCE_NOT_A_LIST */
export function parseList(task: RunTask): Promise<ParsedList> {
  const { file, range, expandedBytesMax } = task;
  return parseChunks(task, chunksOfFile(file, range, expandedBytesMax));
}

/** The same of octets of a list that are given. */
export async function parseChunks(
  task: Omit<RunTask, "expandedBytesMax">,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<ParsedList> {
  const { file, range, parse, entriesMax = entriesMaxDefault } = task;
  const expected = range === undefined ? 4096 : Math.ceil((range.end - range.start) / bytesPerEntry);
  const collector = new Collector(Math.min(expected, expectedMax));
  const rejects = new Rejects({ max: task.samplesMax, areMasked: task.areSamplesMasked });
  const parser: Parser =
    parse.role === "guard" ? createGuardParser(parse, collector, rejects) : createParser(parse, collector, rejects);
  for await (const chunk of chunks) {
    parser.write(chunk);
    if (collector.count > entriesMax) throw tooMany(file, entriesMax);
  }
  parser.end();
  if (parser.isCutShort === true) throw cutShort(file);
  if (parser.refusal !== undefined) throw refused(file, parse.role, parser.refusal);
  const sorted = sortEntries(collector);
  // Guards may well hold names that no public top-level domain has.
  const order =
    parse.role === "guard" ? sorted : sortOutUnknown(collector, sorted, parse.keepsUnknownTld ?? true, rejects);
  return {
    collector,
    order,
    rejects,
    lines: parser.lines,
    bindsLines: parser.bindsLines ?? false,
    cutKeys: parser.cutKeys ?? [],
  };
}

/** Reads a list, or a range of it, into a run. @throws OperatorError as `parseList` */
export async function readRun(task: RunTask): Promise<Run> {
  const { collector, order, rejects, lines, bindsLines, cutKeys } = await parseList(task);
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  writeDistinct(collector, order, writer);
  const starts = [0];
  let length = 0;
  for (const { bytes } of blocks) starts.push((length += bytes.length));
  const packed = new SharedArrayBuffer(length);
  const view = new Uint8Array(packed);
  blocks.forEach(({ bytes }, i) => view.set(bytes, starts[i]));
  return {
    bytes: packed,
    starts,
    lines,
    entries: writer.total,
    duplicates: order.length - writer.total,
    rejects: rejects.report(),
    bindsLines,
    cutKeys,
  };
}

function cutShort(file: string): OperatorError {
  return new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${file}": its JSON ends in the middle`,
    "Get it again, and rename it into place once it is whole, so that it is never seen half written",
  );
}

function refused(file: string, role: RunTask["parse"]["role"], { why, remedy }: Refusal): OperatorError {
  const kind = role === "guard" ? "guard list" : "list";
  return new OperatorError("SOURCE_NOT_A_LIST", `Cannot read "${file}" as a ${kind}: ${why}`, remedy);
}

function tooMany(file: string, entriesMax: number): OperatorError {
  return new OperatorError(
    "SOURCE_TOO_LARGE",
    `Cannot read "${file}": it holds more than ${entriesMax} names and addresses, which are too many to sort at once`,
    "Check that it is what you expect, then unpack it, since plain lists are read in parts, or cut it into several",
  );
}

/** Writes a collector's entries in the order given, which is that of their keys, joining the flags of equal keys. */
function writeDistinct(collector: Collector, order: Uint32Array, writer: EntryBlockWriter): void {
  const { bytes, starts, keyBytes, flags } = collector;
  for (let i = 0; i < order.length; ) {
    const entry = order[i] as number;
    const start = starts[entry] as number;
    const length = keyBytes[entry] as number;
    let joined = flags[entry] as number;
    for (i += 1; i < order.length; i++) {
      const other = order[i] as number;
      if (keyBytes[other] !== length) break;
      const otherStart = starts[other] as number;
      let same = 0;
      while (same < length && bytes[start + same] === bytes[otherStart + same]) same++;
      if (same < length) break;
      joined |= flags[other] as number;
    }
    writer.add(bytes, start, length, joined, 0);
  }
  writer.flush();
}

/** The blocks of a run, ready to be walked. */
export function blocksOfRun(run: Pick<Run, "bytes" | "starts">): EntryBlockList {
  const view = new Uint8Array(run.bytes);
  return new EntryBlockList(
    run.starts.slice(0, -1).map((start, i) => {
      const bytes = view.subarray(start, run.starts[i + 1]);
      return { bytes, entries: 0, firstKey: firstKeyOf(bytes) };
    }),
  );
}
