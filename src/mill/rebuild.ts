/**
 * Brings a zone's blocks in line with its inputs over ranges of names: merges each range anew, keeps the blocks that
 * come out the same, writes the others, and notes the differences. A first build is one range with no old blocks.
 */
import { compareBytes, equalBytes } from "../base/bytes.ts";
import { blockBytesMax } from "../dns/block.ts";
import type { KeyRange } from "../dns/key-range.ts";
import { differencesShareMax } from "../dns/transfer-size.ts";
import { batchBytes } from "../store/disk-space.ts";
import type { BlockId, BlockRow, DifferenceKind, NewBlock, Recount, Zones } from "../store/zones.ts";
import { BlockSink, type FilledBlock } from "./block-sink.ts";
import { addCounts, type Counts, noCounts, packCounts, unpackCounts } from "./counts.ts";
import { type DifferenceSink, DifferenceWriter } from "./difference.ts";
import type { ListReader } from "./inputs.ts";
import { Merge } from "./merge.ts";
import type { ZonePolicy } from "./policy.ts";
import {
  type FirstNames,
  noNames,
  noRuleChanges,
  RuleChangeCounter,
  type RuleChanges,
  type RuleListener,
} from "./rule-changes.ts";

/** What a rebuild changed. */
export interface Rebuilt {
  /** Blocks that the new version no longer has. */
  readonly retired: BlockId[];
  /** Blocks that keep their records under other counts. */
  readonly recounted: Recount[];
  blocksWritten: number;
  /** Octets of all blocks: new ones less replaced ones. */
  bytes: number;
  readonly counts: Counts;
  /** In records. */
  added: number;
  removed: number;
  ruleChanges: RuleChanges;
  /** Of a first version, only where somebody listens. */
  first: FirstNames;
  /** Undefined where they are larger than allowed, and not kept. */
  differenceBytes: number | undefined;
}

export function nothingRebuilt(): Rebuilt {
  return {
    retired: [],
    recounted: [],
    blocksWritten: 0,
    bytes: 0,
    counts: noCounts(),
    added: 0,
    removed: 0,
    ruleChanges: noRuleChanges,
    first: noNames,
    differenceBytes: 0,
  };
}

const fillDefault = {
  /** Less than the most, so that a few dozen names fit in later without splitting the block. */
  first: 14_848,
  /** What is left is for names that come late (see `NodeSink`). */
  again: 15_872,
  /** A last block smaller than this is joined with the old block behind it, so that zones do not crumble. */
  min: blockBytesMax / 4,
};

export interface RebuildJob {
  readonly zone: number;
  /** The version being built. */
  readonly version: number;
  readonly policy: ZonePolicy;
  readonly reader: ListReader;
  /** Octets that a block is filled to, at first and later, and below which it is joined; there are defaults. */
  readonly fill?: { readonly first: number; readonly again: number; readonly min: number };
  /** Called now and then with the rules written so far. */
  readonly onProgress?: ((rules: number) => void) | undefined;
  /** Called with each rule that is added, removed or changed, in key order. */
  readonly onRule?: RuleListener | undefined;
}

/** Writes the nodes of a range of a zone that has no blocks there yet. */
export function buildRange(zones: Zones, job: RebuildJob, { from, to }: KeyRange): Rebuilt {
  const rebuilt = nothingRebuilt();
  const batch = new BlockBatch(zones, job, rebuilt);
  const counter = new RuleChangeCounter(job.onRule);
  const listing = new DifferenceWriter(job.policy.apex, { message: () => false }, counter);
  const sink = new BlockSink(job.policy, (job.fill ?? fillDefault).first, (block) => {
    batch.add(block);
    if (job.onRule !== undefined && block.data !== undefined) listing.compare([], [block.data]);
  });
  sink.startAt(from ?? new Uint8Array(0));
  new Merge(job.policy, job.reader, sink).run(from, to);
  sink.flush();
  batch.write();
  rebuilt.added = rebuilt.counts.records;
  rebuilt.ruleChanges = { added: rebuilt.counts.rules, removed: 0, changed: 0 };
  rebuilt.first = counter.first;
  return rebuilt;
}

/** From which version a zone is rebuilt, and where. */
export interface RebuildFrom {
  /** The version that the zone stands at. */
  readonly previous: number;
  /** In key order, without overlaps. */
  readonly ranges: readonly KeyRange[];
  /** The apex's RRs but the SOA. */
  readonly apexRrs: { readonly before: Uint8Array; readonly after: Uint8Array };
  /** Octets of differences that are kept of a zone that does not grow; twice what it grows by comes on top. */
  readonly differenceBytesMax: number;
}

/** Brings ranges of a zone up to date. */
export function rebuildRanges(
  zones: Zones,
  job: RebuildJob,
  { previous, ranges, apexRrs, differenceBytesMax }: RebuildFrom,
): Rebuilt {
  const fill = job.fill ?? fillDefault;
  const rebuilt = nothingRebuilt();
  const batch = new BlockBatch(zones, job, rebuilt);
  const differences = new DifferenceBatch(zones, job, rebuilt, differenceBytesMax);
  const difference = new DifferenceWriter(job.policy.apex, differences, new RuleChangeCounter(job.onRule));
  difference.changeRrs(new Uint8Array(0), apexRrs.before, apexRrs.after);
  let fresh: FilledBlock[] = [];
  const sink = new BlockSink(job.policy, fill.again, (block) => fresh.push(block));
  const merge = new Merge(job.policy, job.reader, sink);
  const rows = zones.blockRows(job.zone, previous);
  /** Where row `i` begins: what sorts before the first belongs to it too. */
  const startOf = (i: number): Uint8Array | undefined => (i === 0 ? undefined : rows[i]?.firstKey);
  let done = 0;
  for (const { from, to } of ranges) {
    const first = from === undefined ? 0 : Math.max(0, rowsBefore(rows, from, true) - 1);
    const end = to === undefined ? Math.max(1, rows.length) : Math.max(first + 1, rowsBefore(rows, to, false));
    for (let i = Math.max(first, done); i < end; i = done) {
      fresh = [];
      let next = i + 1;
      sink.startAt(startOf(i) ?? new Uint8Array(0));
      merge.run(startOf(i), startOf(next));
      // What was small before stays as it is, or every build of everything would write it again.
      const wasSmall = (rows[i]?.bytes ?? 0) < fill.min;
      while (next < rows.length && sink.pendingRecords > 0 && sink.pendingBytes < fill.min) {
        if (wasSmall) break;
        merge.run(startOf(next), startOf(next + 1));
        next += 1;
      }
      sink.flush();
      replaceRows(zones, rows.slice(i, next), fresh, difference, batch, rebuilt);
      done = next;
    }
  }
  difference.finish();
  differences.finish();
  batch.write();
  rebuilt.added = difference.added;
  rebuilt.removed = difference.removed;
  const { added, removed, changed, first } = difference.rules;
  rebuilt.ruleChanges = { added, removed, changed };
  rebuilt.first = first;
  return rebuilt;
}

/** How many rows begin before a key, or at it where `orAt`. */
function rowsBefore(rows: readonly BlockRow[], key: Uint8Array, orAt: boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareBytes((rows[middle] as BlockRow).firstKey, key);
    if (order < 0 || (orAt && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts fresh blocks in the place of old ones, unless they are the same. */
function replaceRows(
  zones: Zones,
  rows: readonly BlockRow[],
  fresh: readonly FilledBlock[],
  difference: DifferenceWriter,
  batch: BlockBatch,
  rebuilt: Rebuilt,
): void {
  const before = rows.flatMap(({ message }) => (message === undefined ? [] : [zones.message(message)]));
  const after = fresh.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const sameMessages =
    before.length === after.length && before.every((data, i) => equalBytes(data, after[i] as Uint8Array));
  if (sameMessages && rows.length === fresh.length) {
    rows.forEach((row, i) => {
      const { counts } = fresh[i] as FilledBlock;
      const packed = packCounts(counts);
      if (row.counts === packed) return;
      rebuilt.recounted.push({ firstKey: row.firstKey, created: row.created, counts: packed });
      addCounts(rebuilt.counts, unpackCounts(row.counts), -1);
      addCounts(rebuilt.counts, counts);
    });
    return;
  }
  for (const row of rows) {
    rebuilt.retired.push({ firstKey: row.firstKey, created: row.created });
    rebuilt.bytes -= row.bytes;
    addCounts(rebuilt.counts, unpackCounts(row.counts), -1);
  }
  for (const block of fresh) batch.add(block);
  if (!sameMessages) difference.compare(before, after);
}

/** Gathers blocks and writes them a batch at a time. */
class BlockBatch {
  readonly #zones: Zones;
  readonly #job: RebuildJob;
  readonly #rebuilt: Rebuilt;
  #blocks: NewBlock[] = [];
  #bytes = 0;

  constructor(zones: Zones, job: RebuildJob, rebuilt: Rebuilt) {
    this.#zones = zones;
    this.#job = job;
    this.#rebuilt = rebuilt;
  }

  add(block: FilledBlock): void {
    this.#blocks.push({ ...block, counts: packCounts(block.counts) });
    const bytes = block.data?.length ?? 0;
    this.#bytes += bytes;
    this.#rebuilt.bytes += bytes;
    if (block.data !== undefined) this.#rebuilt.blocksWritten += 1;
    addCounts(this.#rebuilt.counts, block.counts);
    if (this.#bytes >= batchBytes) this.write();
  }

  write(): void {
    if (this.#blocks.length === 0) return;
    this.#zones.writeBlocks(this.#job.zone, this.#job.version, this.#blocks);
    this.#blocks = [];
    this.#bytes = 0;
    this.#job.onProgress?.(this.#rebuilt.counts.rules);
  }
}

/** Gathers difference messages; gives them up where they grow larger than they are worth. */
class DifferenceBatch implements DifferenceSink {
  readonly #zones: Zones;
  readonly #job: RebuildJob;
  readonly #rebuilt: Rebuilt;
  readonly #bytesMax: number;
  readonly #pending: Record<DifferenceKind, Uint8Array[]> = { deletions: [], additions: [] };
  readonly #written: Record<DifferenceKind, number> = { deletions: 0, additions: 0 };
  #pendingBytes = 0;
  #bytes = 0;
  /** Once they are too large they are not kept, however much the zone grows behind them. */
  #isKept = true;

  constructor(zones: Zones, job: RebuildJob, rebuilt: Rebuilt, bytesMax: number) {
    this.#zones = zones;
    this.#job = job;
    this.#rebuilt = rebuilt;
    this.#bytesMax = bytesMax;
  }

  message(kind: DifferenceKind, message: Uint8Array): boolean {
    this.#bytes += message.length;
    this.#isKept &&= this.#bytes <= this.#bytesMax + differencesShareMax * Math.max(0, this.#rebuilt.bytes);
    if (!this.#isKept) return false;
    this.#pending[kind].push(message);
    this.#pendingBytes += message.length;
    if (this.#pendingBytes >= batchBytes) this.#write();
    return true;
  }

  #write(): void {
    for (const kind of ["deletions", "additions"] as const) {
      const messages = this.#pending[kind];
      if (messages.length === 0) continue;
      this.#zones.writeDifference(this.#job.zone, this.#job.version, kind, this.#written[kind], messages);
      this.#written[kind] += messages.length;
      this.#pending[kind] = [];
    }
    this.#pendingBytes = 0;
  }

  finish(): void {
    if (this.#isKept) {
      this.#write();
      this.#rebuilt.differenceBytes = this.#bytes;
    } else {
      this.#zones.dropDifference(this.#job.zone, this.#job.version);
      this.#rebuilt.differenceBytes = undefined;
    }
  }
}
