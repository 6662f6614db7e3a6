/**
 * Writes a new snapshot of a source from its runs, comparing it with the last one as it goes: names keep the time they
 * were first seen, and names that came, went or changed are listed.
 */
import { compareBytes } from "../base/bytes.ts";
import {
  compareCursors,
  type EntryBlock,
  type EntryBlocks,
  EntryBlockWriter,
  EntryCursor,
} from "../indicator/entry/block.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import { samplesMax } from "../indicator/rejects.ts";
import type { BlockKind, Snapshots } from "../store/snapshots.ts";
import { blocksOfRun, type Run } from "./run.ts";

export interface SnapshotTask {
  readonly runs: readonly Pick<Run, "bytes" | "starts">[];
  /** The reserved number to write under. */
  readonly snapshot: number;
  /** The snapshot to compare with. */
  readonly previous: number | undefined;
  /** Unix seconds: first seen, for names that are new. */
  readonly takenAt: number;
  /** The range of keys to write; undefined is no bound. */
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  /** Changes beyond this number are counted, not listed. */
  readonly changesMax: number;
  /** Keep what the earlier snapshot says and the runs no longer do: nothing is taken off the list. */
  readonly keepsRemoved: boolean;
}

export interface SnapshotPart {
  readonly entries: number;
  readonly changes: number;
  /** Names that the earlier snapshot did not have. */
  readonly added: number;
  /** The first of these, where there is an earlier snapshot. */
  readonly addedNames: readonly string[];
  /** Names that only the earlier snapshot has, gone or kept. */
  readonly missing: number;
  /** The first of these. */
  readonly missingNames: readonly string[];
}

/** Octets of blocks that are written in one transaction: on a small disk each must find room twice. */
const batchBytes = 4 * 1024 * 1024;

/** Names that are new and kept to show: enough to look for the one that was mistyped. */
const addedNamesMax = 1000;

/** Merges the runs over a range of keys into blocks of the snapshot. */
export function writeSnapshot(snapshots: Snapshots, task: SnapshotTask): SnapshotPart {
  const runs = task.runs.map((run) => new EntryCursor(blocksOfRun(run)));
  const old = new EntryCursor(task.previous === undefined ? noBlocks : snapshots.blocks(task.previous));
  for (const cursor of [...runs, old]) {
    if (task.from === undefined) cursor.rewind();
    else cursor.seek(task.from);
  }
  const entries = new Batch(snapshots, task.snapshot, "entries");
  const writer = new EntryBlockWriter((block) => entries.add(block));
  const changes = new Changes(snapshots, task);
  const { to, keepsRemoved } = task;
  const missingNames: string[] = [];
  const addedNames: string[] = [];
  let added = 0;
  let missing = 0;
  for (;;) {
    const least = leastOf(runs, to);
    const oldOrder = isWithin(old, to) ? (least === undefined ? -1 : compareCursors(old, least)) : 1;
    if (oldOrder < 0) {
      missing += 1;
      if (missingNames.length < samplesMax) missingNames.push(shownKey(old.key.slice(0, old.keyBytes)));
      if (keepsRemoved) writer.add(old.key, 0, old.keyBytes, old.flags, old.firstSeen);
      else changes.add(old);
      old.advance();
      continue;
    }
    if (least === undefined) break;
    let flags = 0;
    const { key, keyBytes } = least;
    for (const run of runs)
      if (run !== least && run.live && compareCursors(run, least) === 0) {
        flags |= run.flags;
        run.advance();
      }
    flags |= least.flags;
    if (keepsRemoved && oldOrder === 0) flags |= old.flags;
    if (oldOrder !== 0) {
      added += 1;
      if (task.previous !== undefined && added <= addedNamesMax) addedNames.push(shownKey(key.slice(0, keyBytes)));
    }
    writer.add(key, 0, keyBytes, flags, oldOrder === 0 ? old.firstSeen : task.takenAt);
    if (oldOrder !== 0 || old.flags !== flags) changes.add(least);
    if (oldOrder === 0) old.advance();
    least.advance();
  }
  writer.flush();
  entries.write();
  changes.finish();
  return { entries: writer.total, changes: changes.count, added, addedNames, missing, missingNames };
}

const noBlocks: EntryBlocks = { at: () => undefined, first: () => undefined, next: () => undefined };

function isWithin(cursor: EntryCursor, to: Uint8Array | undefined): boolean {
  return cursor.live && (to === undefined || compareBytes(cursor.key.subarray(0, cursor.keyBytes), to) < 0);
}

/** The run that stands at the least key before `to`; runs are few. */
function leastOf(runs: readonly EntryCursor[], to: Uint8Array | undefined): EntryCursor | undefined {
  let least: EntryCursor | undefined;
  for (const run of runs) if (run.live && (least === undefined || compareCursors(run, least) < 0)) least = run;
  return least !== undefined && isWithin(least, to) ? least : undefined;
}

/** Lists changed names; against no earlier snapshot there are none to list. */
class Changes {
  count = 0;
  readonly #task: SnapshotTask;
  readonly #batch: Batch;
  readonly #writer: EntryBlockWriter;

  constructor(snapshots: Snapshots, task: SnapshotTask) {
    this.#task = task;
    this.#batch = new Batch(snapshots, task.snapshot, "changes");
    this.#writer = new EntryBlockWriter((block) => this.#batch.add(block));
  }

  add(cursor: EntryCursor): void {
    if (this.#task.previous === undefined) return;
    this.count += 1;
    if (this.count <= this.#task.changesMax) this.#writer.add(cursor.key, 0, cursor.keyBytes, 0, 0);
  }

  finish(): void {
    this.#writer.flush();
    this.#batch.write();
  }
}

/** Gathers blocks and writes them a batch at a time. */
class Batch {
  readonly #snapshots: Snapshots;
  readonly #snapshot: number;
  readonly #kind: BlockKind;
  #blocks: EntryBlock[] = [];
  #bytes = 0;

  constructor(snapshots: Snapshots, snapshot: number, kind: BlockKind) {
    this.#snapshots = snapshots;
    this.#snapshot = snapshot;
    this.#kind = kind;
  }

  add(block: EntryBlock): void {
    this.#blocks.push(block);
    this.#bytes += block.bytes.length;
    if (this.#bytes >= batchBytes) this.write();
  }

  write(): void {
    if (this.#blocks.length > 0) this.#snapshots.writeBlocks(this.#snapshot, this.#kind, this.#blocks);
    this.#blocks = [];
    this.#bytes = 0;
  }
}
