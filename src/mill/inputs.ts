/**
 * What the merge reads: the sources and allow lists of a zone walked side by side, one name at a time with all that they
 * say of it. What a source says counts by the rank of each entry; entries that the zone does not take do not count, but for
 * their exceptions: these take back all that the source says, in whatever profile.
 */

import { storedNameOfGuard } from "../guard/stored-name.ts";
import { EntryBlockList, type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { allowFlag, blockSelfBits, exemptSubtree, flag } from "../indicator/entry/collector.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { ZonePolicy } from "./policy.ts";
import { type FactsOf, notTaken, type Ranks } from "./ranks.ts";
import { openAllow } from "./section-view.ts";

/** The lists that a zone is made of. */
export interface ListReader {
  /** Opens the entries of one source, allow list or guard, anew at each call. */
  readonly open: (id: string) => EntryBlocks;
  readonly factsOf: FactsOf;
}

/** Whether the store keeps the list of a guard under this name. */
export function isGuardSource(name: string): boolean {
  return name.startsWith(storedNameOfGuard(""));
}

/** The name of a guard's list among the inputs; of a list as it was before, another one beside it. */
export function inputOfGuard({ id, before }: { readonly id: string; readonly before?: true }): string {
  return before === undefined ? storedNameOfGuard(id) : `${storedNameOfGuard(id)} before`;
}

/** Opens snapshots by the id of their source; a source that has none is empty. */
export function openInputs(snapshots: Snapshots, inputs: SnapshotIds): ListReader {
  const open = (id: string): EntryBlocks => {
    const snapshot = inputs[id];
    return snapshot === undefined ? new EntryBlockList([]) : snapshots.blocks(snapshot);
  };
  return { open, factsOf: (profile) => snapshots.profiles.factsOf(profile) };
}

/** Opens the snapshots that count now. */
export function openCurrent(snapshots: Snapshots): ListReader {
  const open = (id: string): EntryBlocks => {
    const snapshot = snapshots.current(id);
    return snapshot === undefined ? new EntryBlockList([]) : snapshots.blocks(snapshot.id);
  };
  return { open, factsOf: (profile) => snapshots.profiles.factsOf(profile) };
}

export class Inputs {
  /** Words of 32 bits that a set of ranks takes. */
  readonly words: number;

  // The name at hand, and what the inputs say of it: sets of ranks.
  readonly key = new Uint8Array(512);
  keyBytes = 0;
  readonly self: Int32Array;
  readonly beneath: Int32Array;
  /** Of those in `self`, the ranks in which the name is the host of a URL alone. */
  readonly urlHost: Int32Array;
  readonly exemptSelf: Int32Array;
  readonly exemptBeneath: Int32Array;
  allowSelf = false;
  allowBeneath = false;
  /** Whether an entry blocks it, or something beneath, that the zone does not take. */
  unselected = false;

  readonly #ranks: Ranks;
  readonly #sources: number;
  readonly #cursors: EntryCursor[] = [];
  /** Cursors for looking single names up, so that the walking ones keep their blocks. */
  readonly #lookups: EntryCursor[] = [];
  readonly #heap: CursorHeap;

  constructor(policy: Pick<ZonePolicy, "sources" | "allow" | "triggers">, reader: ListReader, ranks: Ranks) {
    const openAll = (): EntryBlocks[] => [
      ...policy.sources.map(({ id }) => reader.open(id)),
      ...policy.allow.flatMap((id) => openAllow(reader, id, policy.triggers)),
    ];
    for (const blocks of openAll()) this.#cursors.push(new EntryCursor(blocks));
    for (const blocks of openAll()) this.#lookups.push(new EntryCursor(blocks));
    this.#heap = new CursorHeap(this.#cursors);
    this.#ranks = ranks;
    this.#sources = policy.sources.length;
    this.words = ranks.words;
    this.self = new Int32Array(this.words);
    this.beneath = new Int32Array(this.words);
    this.urlHost = new Int32Array(this.words);
    this.exemptSelf = new Int32Array(this.words);
    this.exemptBeneath = new Int32Array(this.words);
  }

  /** Goes to the first name at or after `from`. */
  start(from: Uint8Array | undefined): void {
    for (const cursor of this.#cursors) {
      if (from === undefined) cursor.rewind();
      else cursor.seek(from);
    }
    this.#heap.restart();
  }

  /** Takes the next name; false where there is none left. */
  take(): boolean {
    const heap = this.#heap;
    const key = this.key;
    let input = heap.least;
    if (input < 0) return false;
    this.#clear();
    let first = true;
    do {
      const cursor = this.#cursors[input] as EntryCursor;
      if (first) {
        const bytes = cursor.keyBytes;
        for (let i = 0; i < bytes; i++) key[i] = cursor.key[i] as number;
        this.keyBytes = bytes;
        first = false;
      }
      this.#note(input, cursor.profile, cursor.flags);
      cursor.advance();
      heap.settle();
      input = heap.least;
    } while (input >= 0 && isAt(this.#cursors[input] as EntryCursor, key, this.keyBytes));
    return true;
  }

  /** Looks one name up out of turn; false where no input speaks of it. */
  lookUp(name: Uint8Array): boolean {
    this.key.set(name);
    this.keyBytes = name.length;
    this.#clear();
    let said = false;
    this.#lookups.forEach((cursor, input) => {
      cursor.seek(name);
      if (!cursor.live || !isAt(cursor, name, name.length)) return;
      for (;;) {
        this.#note(input, cursor.profile, cursor.flags);
        if (!cursor.repeats) break;
        cursor.advance();
      }
      said = true;
    });
    return said;
  }

  /** Forgets what sources say of the name at hand. */
  forgetSources(): void {
    const { allowSelf, allowBeneath } = this;
    this.#clear();
    this.allowSelf = allowSelf;
    this.allowBeneath = allowBeneath;
  }

  #clear(): void {
    for (let w = 0; w < this.words; w++) {
      this.self[w] = 0;
      this.beneath[w] = 0;
      this.urlHost[w] = 0;
      this.exemptSelf[w] = 0;
      this.exemptBeneath[w] = 0;
    }
    this.allowSelf = false;
    this.allowBeneath = false;
    this.unselected = false;
  }

  /** Notes what one input says of the name at hand in an entry. */
  #note(input: number, profile: number, flags: number): void {
    if (input >= this.#sources) {
      if (flags & blockSelfBits) this.allowSelf = true;
      if (flags & allowFlag.beneath) this.allowBeneath = true;
      return;
    }
    if (flags & exemptSubtree) {
      if (flags & flag.exemptSelf) this.#ranks.addAll(input, this.exemptSelf);
      if (flags & flag.exemptBeneath) this.#ranks.addAll(input, this.exemptBeneath);
    }
    const rank = this.#ranks.rankOf(input, profile);
    if (rank === notTaken) {
      if (flags & (blockSelfBits | flag.blockBeneath)) this.unselected = true;
      return;
    }
    const word = rank >> 5;
    const bit = 1 << (rank & 31);
    if (flags & blockSelfBits) {
      // Another entry of the rank may list the name plainly, which counts.
      const isKnown = ((this.self[word] as number) & bit) !== 0;
      this.self[word] = (this.self[word] as number) | bit;
      if (flags & flag.blockSelf) this.urlHost[word] = (this.urlHost[word] as number) & ~bit;
      else if (!isKnown) this.urlHost[word] = (this.urlHost[word] as number) | bit;
    }
    if (flags & flag.blockBeneath) this.beneath[word] = (this.beneath[word] as number) | bit;
  }
}

/** Whether a cursor stands at `key[0…keyBytes)`; compared from the end, where names of one zone differ first. */
function isAt(cursor: EntryCursor, key: Uint8Array, keyBytes: number): boolean {
  if (cursor.keyBytes !== keyBytes) return false;
  for (let i = keyBytes - 1; i >= 0; i--) if (cursor.key[i] !== key[i]) return false;
  return true;
}
