/**
 * Writes the entries of a draft, and the list of what they change, name by name in key order. Blocks of the snapshot
 * before in which nothing changes are shared; a first snapshot, and one that shares nothing, is written whole.
 */
import { failedForSpace } from "../base/errors.ts";
import { type EntryBlock, EntryBlockWriter } from "../indicator/entry/block.ts";
import { BlockRewriter } from "../indicator/entry/block-rewriter.ts";
import { markProfile } from "../indicator/entry/change-lists.ts";
import type { Statements } from "../indicator/entry/statements.ts";
import { batchBytes } from "../store/disk-space.ts";
import type { EntryBlockId } from "../store/entry-blocks.ts";
import type { GoneLookup, GoneNoting } from "../store/gone-names.ts";
import type { BlockKind, Draft, Snapshots } from "../store/snapshots.ts";

export interface DraftOptions {
  readonly draft: Draft;
  /** The snapshot before. */
  readonly previous: number | undefined;
  /** The range of keys to write, of whole blocks where they are shared; undefined is no bound. */
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  /** Changes beyond this number of names are counted, not listed. */
  readonly changesMax: number;
  /** Unix seconds: when names leave that it no longer lists. */
  readonly takenAt: number;
  /** Unix seconds: names that left later keep the time they were first seen where they come back; undefined where none do. */
  readonly goneSince: number | undefined;
}

/** What a draft differs in from the snapshot before. */
export interface DraftChanges {
  /** Names. */
  readonly changes: number;
  /** Whether all of them are listed: not where they are too many, or the disk has no room for the list. */
  readonly areListed: boolean;
  /** Blocks of the snapshot before that the draft does not share. */
  readonly retired: readonly EntryBlockId[];
}

export class DraftWriter {
  readonly #target: Target;
  readonly #changes: ChangeList;
  readonly #returning: GoneLookup | undefined;
  #leaving: GoneNoting | undefined;

  constructor(snapshots: Snapshots, options: DraftOptions) {
    const { draft, previous, goneSince, takenAt } = options;
    if (previous !== undefined && goneSince !== undefined) {
      const source = snapshots.sourceOf(previous);
      this.#returning = source === undefined ? undefined : snapshots.gone.lookup(source, goneSince);
      this.#leaving = draft.source === undefined ? undefined : snapshots.gone.noting(draft.source, takenAt);
    }
    this.#changes = new ChangeList(snapshots, options);
    this.#target = createTarget(snapshots, options);
  }

  /**
   * Says what was said of a name in the snapshot before, and what is said of it now. Of a draft that shares blocks, names
   * may be left out that stay as they are.
   */
  put(key: Uint8Array, keyBytes: number, before: Statements, now: Statements): void {
    if (before.count === 0 && now.count > 0) this.#return(key, keyBytes, now);
    else if (now.count === 0 && before.count > 0)
      this.#leave((leaving) => leaving.add(key, keyBytes, before.firstSeen));
    const isChanged = !now.equals(before);
    if (isChanged) this.#changes.add(key, keyBytes, before, now);
    this.#target.put(key, keyBytes, now, isChanged);
  }

  /** When names were first seen that leave is noted where there is space: the list itself must not wait for it. */
  #leave(note: (leaving: GoneNoting) => void): void {
    if (this.#leaving === undefined) return;
    try {
      note(this.#leaving);
    } catch (error) {
      if (!failedForSpace(error)) throw error;
      this.#leaving = undefined;
    }
  }

  /** Gives a name that comes back the time at which it was first seen. */
  #return(key: Uint8Array, keyBytes: number, now: Statements): void {
    const first = this.#returning?.firstSeen(key.subarray(0, keyBytes));
    if (first !== undefined) now.seeFrom(Math.min(first, now.firstSeen));
  }

  finish(): DraftChanges {
    this.#leave((leaving) => leaving.finish());
    this.#changes.finish();
    const { count: changes, isWhole: areListed } = this.#changes;
    return { changes, areListed, retired: this.#target.finish() };
  }
}

/** Where the entries of a draft go. */
interface Target {
  put(key: Uint8Array, keyBytes: number, now: Statements, isChanged: boolean): void;
  /** Gives the blocks of the snapshot before that are not shared. */
  finish(): EntryBlockId[];
}

function createTarget(snapshots: Snapshots, { draft, previous, from, to }: DraftOptions): Target {
  const batch = new Batch(snapshots, draft, "entries");
  const emit = (block: EntryBlock): void => batch.add(block);
  if (previous === undefined || draft.source === undefined) {
    const writer = new EntryBlockWriter(emit);
    return {
      put: (key, keyBytes, { count, flags, seen, profiles }) => {
        for (let i = 0; i < count; i++) {
          writer.add(key, 0, keyBytes, flags[i] as number, seen[i] as number, profiles[i]);
        }
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
    put: (key, keyBytes, { count, flags, seen, profiles }, isChanged) => {
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
class ChangeList {
  count = 0;
  readonly #options: DraftOptions;
  readonly #batch: Batch;
  readonly #writer: EntryBlockWriter;
  #hasSpace = true;

  constructor(snapshots: Snapshots, options: DraftOptions) {
    this.#options = options;
    this.#batch = new Batch(snapshots, options.draft, "changes");
    this.#writer = new EntryBlockWriter((block) => this.#whereSpace(() => this.#batch.add(block)));
  }

  /** Whether it has every change. */
  get isWhole(): boolean {
    return this.#hasSpace && this.count <= this.#options.changesMax;
  }

  add(key: Uint8Array, keyBytes: number, before: Statements, now: Statements): void {
    if (this.#options.previous === undefined) return;
    this.count += 1;
    if (!this.isWhole) return;
    this.#write(key, keyBytes, before, true);
    this.#write(key, keyBytes, now, false);
  }

  #write(key: Uint8Array, keyBytes: number, { count, flags, seen, profiles }: Statements, isBefore: boolean): void {
    for (let i = 0; i < count; i++) {
      const profile = markProfile(profiles[i] as number, isBefore);
      this.#writer.add(key, 0, keyBytes, flags[i] as number, seen[i] as number, profile);
    }
  }

  finish(): void {
    this.#writer.flush();
    this.#whereSpace(() => this.#batch.write());
  }

  /** The past can do without: what is listed now must not wait for room to list what changed. */
  #whereSpace(write: () => void): void {
    if (!this.#hasSpace) return;
    try {
      write();
    } catch (error) {
      if (!failedForSpace(error)) throw error;
      this.#hasSpace = false;
    }
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
