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
import { BlockRewriter } from "../indicator/entry/block-rewriter.ts";
import { flag } from "../indicator/entry/collector.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import { Statements } from "../indicator/entry/statements.ts";
import { samplesMax } from "../indicator/rejects.ts";
import type { EntryBlockId } from "../store/entry-blocks.ts";
import type { BlockKind, Draft, Snapshots } from "../store/snapshots.ts";
import { blocksOfRun, type Run } from "./run.ts";

export interface SnapshotTask {
  readonly runs: readonly Pick<Run, "bytes" | "starts">[];
  readonly draft: Draft;
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
  /** Names that only the earlier snapshot has, gone or kept. */
  readonly missing: number;
  /** The first of these. */
  readonly missingNames: readonly string[];
  /** Blocks of the earlier snapshot that the draft does not share. */
  readonly retired: readonly EntryBlockId[];
}

/** Octets of blocks that are written in one transaction. */
const batchBytes = 16 * 1024 * 1024;

/**
 * Merges the runs over a range of keys into a draft. Blocks of the earlier snapshot in which nothing changed are shared;
 * a first snapshot, and one that shares nothing, is written whole.
 */
export function writeSnapshot(snapshots: Snapshots, task: SnapshotTask): SnapshotPart {
  const runs = task.runs.map((run) => new EntryCursor(blocksOfRun(run)));
  const old = new EntryCursor(task.previous === undefined ? noBlocks : snapshots.blocks(task.previous));
  for (const cursor of [...runs, old]) {
    if (task.from === undefined) cursor.rewind();
    else cursor.seek(task.from);
  }
  const changes = new Changes(snapshots, task);
  const target = createTarget(snapshots, task);
  const { to, keepsRemoved, takenAt } = task;
  const missingNames: string[] = [];
  const said = new Statements();
  const before = new Statements();
  let entries = 0;
  let added = 0;
  let missing = 0;
  for (;;) {
    const least = leastOf(runs, to);
    const oldOrder = isWithin(old, to) ? (least === undefined ? -1 : compareCursors(old, least)) : 1;
    if (least === undefined && oldOrder > 0) break;
    const at = oldOrder < 0 ? old : (least as EntryCursor);
    said.clear();
    before.clear();
    if (oldOrder <= 0) before.take(old);
    if (oldOrder >= 0) {
      for (const run of runs) {
        if (run === least || !run.live || compareCursors(run, at) !== 0) continue;
        said.take(run);
        run.advance();
      }
      said.take(at);
      if (oldOrder > 0) added += 1;
    } else {
      missing += 1;
      if (missingNames.length < samplesMax) missingNames.push(shownKey(old.key.slice(0, old.keyBytes)));
    }
    if (keepsRemoved) said.join(before);
    said.keepTimes(before, takenAt);
    entries += said.count;
    const isChanged = !said.equals(before);
    if (isChanged) changes.add(at, before, said);
    target.put(at, said, isChanged);
    if (oldOrder <= 0) old.advance();
    if (oldOrder >= 0) (least as EntryCursor).advance();
  }
  changes.finish();
  return { entries, changes: changes.count, added, missing, missingNames, retired: target.finish() };
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

/** Where the entries of a draft go. */
interface Target {
  /** What is said of the key at hand from now on, whether or not it is what was said before. */
  put(at: EntryCursor, said: Statements, isChanged: boolean): void;
  /** Ends the range, and gives the blocks of the earlier snapshot that the draft does not share. */
  finish(): EntryBlockId[];
}

function createTarget(snapshots: Snapshots, { draft, previous, from, to }: SnapshotTask): Target {
  const batch = new Batch(snapshots, draft, "entries");
  const emit = (block: EntryBlock): void => batch.add(block);
  if (previous === undefined || draft.source === undefined) {
    const writer = new EntryBlockWriter(emit);
    return {
      put: ({ key, keyBytes }, { count, flags, seen, profiles }) => {
        for (let i = 0; i < count; i++)
          writer.add(key, 0, keyBytes, flags[i] as number, seen[i] as number, profiles[i] as number);
      },
      finish: () => {
        writer.flush();
        batch.write();
        return [];
      },
    };
  }
  const retired: EntryBlockId[] = [];
  const rewriter = new BlockRewriter(snapshots.index(previous, from, to), emit, ({ firstKey, created }) =>
    retired.push({ firstKey, created }),
  );
  return {
    put: ({ key, keyBytes }, { count, flags, seen, profiles }, isChanged) => {
      if (!isChanged) return;
      rewriter.change(key, keyBytes);
      for (let i = 0; i < count; i++) rewriter.add(flags[i] as number, seen[i] as number, profiles[i] as number);
    },
    finish: () => {
      rewriter.finish();
      batch.write();
      return retired;
    },
  };
}

/**
 * Lists changed names, each with what was said of it before and what is said now; against no earlier snapshot there are
 * none to list.
 */
class Changes {
  count = 0;
  readonly #task: SnapshotTask;
  readonly #batch: Batch;
  readonly #writer: EntryBlockWriter;

  constructor(snapshots: Snapshots, task: SnapshotTask) {
    this.#task = task;
    this.#batch = new Batch(snapshots, task.draft, "changes");
    this.#writer = new EntryBlockWriter((block) => this.#batch.add(block));
  }

  add({ key, keyBytes }: EntryCursor, before: Statements, now: Statements): void {
    if (this.#task.previous === undefined) return;
    this.count += 1;
    if (this.count > this.#task.changesMax) return;
    this.#write(key, keyBytes, before, flag.before);
    this.#write(key, keyBytes, now, 0);
  }

  #write(key: Uint8Array, keyBytes: number, { count, flags, seen, profiles }: Statements, mark: number): void {
    for (let i = 0; i < count; i++) {
      const marked = (flags[i] as number) | mark;
      this.#writer.add(key, 0, keyBytes, marked, seen[i] as number, profiles[i] as number);
    }
  }

  finish(): void {
    this.#writer.flush();
    this.#batch.write();
  }
}

/** Gathers blocks and writes them a batch at a time. */
class Batch {
  readonly #snapshots: Snapshots;
  readonly #draft: Draft;
  readonly #kind: BlockKind;
  #blocks: EntryBlock[] = [];
  #bytes = 0;

  constructor(snapshots: Snapshots, draft: Draft, kind: BlockKind) {
    this.#snapshots = snapshots;
    this.#draft = draft;
    this.#kind = kind;
  }

  add(block: EntryBlock): void {
    this.#blocks.push(block);
    this.#bytes += block.bytes.length;
    if (this.#bytes >= batchBytes) this.write();
  }

  write(): void {
    if (this.#blocks.length > 0) this.#snapshots.writeBlocks(this.#draft, this.#kind, this.#blocks);
    this.#blocks = [];
    this.#bytes = 0;
  }
}
