/**
 * What the merge reads: the sources and allow lists of a zone walked side by side, one name at a time with all that they
 * say of it.
 */

import { storedNameOfGuard } from "../guard/stored-name.ts";
import { EntryBlockList, type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { allowFlag, blockSelfBits, flag } from "../indicator/entry/collector.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { ZonePolicy } from "./policy.ts";

/** Opens the entries of one source, allow list or guard, anew at each call. */
export type OpenEntries = (id: string) => EntryBlocks;

/** Whether the store keeps the list of a guard under this name. */
export function isGuardSource(name: string): boolean {
  return name.startsWith(storedNameOfGuard(""));
}

/** The name of a guard's list among the inputs; of a list as it was before, another one beside it. */
export function inputOfGuard({ id, before }: { readonly id: string; readonly before?: true }): string {
  return before === undefined ? storedNameOfGuard(id) : `${storedNameOfGuard(id)} before`;
}

/** Opens snapshots by the id of their source; a source that has none is empty. */
export function openInputs(snapshots: Snapshots, inputs: SnapshotIds): OpenEntries {
  return (id) => {
    const snapshot = inputs[id];
    return snapshot === undefined ? new EntryBlockList([]) : snapshots.blocks(snapshot);
  };
}

/** Opens the snapshots that count now. */
export function openCurrent(snapshots: Snapshots): OpenEntries {
  return (id) => {
    const snapshot = snapshots.current(id);
    return snapshot === undefined ? new EntryBlockList([]) : snapshots.blocks(snapshot.id);
  };
}

export class Inputs {
  /** Words of 32 bits that a set of sources takes. */
  readonly words: number;

  // The name at hand, and what the inputs say of it: sets of sources by rank.
  readonly key = new Uint8Array(512);
  keyBytes = 0;
  readonly self: Int32Array;
  readonly beneath: Int32Array;
  /** Of those in `self`, the sources that know the name as the host of a URL alone. */
  readonly urlHost: Int32Array;
  readonly exemptSelf: Int32Array;
  readonly exemptBeneath: Int32Array;
  allowSelf = false;
  allowBeneath = false;

  readonly #sources: number;
  readonly #cursors: EntryCursor[] = [];
  /** Cursors for looking single names up, so that the walking ones keep their blocks. */
  readonly #lookups: EntryCursor[] = [];
  readonly #heap: CursorHeap;

  constructor(policy: Pick<ZonePolicy, "sources" | "allow">, open: OpenEntries) {
    for (const id of [...policy.sources.map((source) => source.id), ...policy.allow]) {
      this.#cursors.push(new EntryCursor(open(id)));
      this.#lookups.push(new EntryCursor(open(id)));
    }
    this.#heap = new CursorHeap(this.#cursors);
    this.#sources = policy.sources.length;
    this.words = Math.max(1, Math.ceil(this.#sources / 32));
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
      this.#note(input, cursor.flags);
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
      this.#note(input, cursor.flags);
      said = true;
    });
    return said;
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
  }

  /** Notes what one input says of the name at hand. */
  #note(input: number, flags: number): void {
    if (input >= this.#sources) {
      if (flags & blockSelfBits) this.allowSelf = true;
      if (flags & allowFlag.beneath) this.allowBeneath = true;
      return;
    }
    const word = input >> 5;
    const bit = 1 << (input & 31);
    if (flags & blockSelfBits) {
      this.self[word] = (this.self[word] as number) | bit;
      if ((flags & flag.blockSelf) === 0) this.urlHost[word] = (this.urlHost[word] as number) | bit;
    }
    if (flags & flag.blockBeneath) this.beneath[word] = (this.beneath[word] as number) | bit;
    if (flags & flag.exemptSelf) this.exemptSelf[word] = (this.exemptSelf[word] as number) | bit;
    if (flags & flag.exemptBeneath) this.exemptBeneath[word] = (this.exemptBeneath[word] as number) | bit;
  }
}

/** Whether a cursor stands at `key[0…keyBytes)`; compared from the end, where names of one zone differ first. */
function isAt(cursor: EntryCursor, key: Uint8Array, keyBytes: number): boolean {
  if (cursor.keyBytes !== keyBytes) return false;
  for (let i = keyBytes - 1; i >= 0; i--) if (cursor.key[i] !== key[i]) return false;
  return true;
}
