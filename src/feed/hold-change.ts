/** What a reading that is on hold would change, for people to look at: how much, the best known names first, and a digest of all of it. */
import { createHash } from "node:crypto";
import { type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import type { RankOf } from "./popularity.ts";
import { blocksOfRun, type Run } from "./run.ts";
import type { Breach } from "./source-guard.ts";

export const nameChanges = ["added", "removed", "changed"] as const;
type NameChange = (typeof nameChanges)[number];

/** Names of each kind, the best known first, the others in key order. */
export type ChangedNames = Readonly<Record<NameChange, readonly string[]>>;

/** What the store keeps of a hold, as plain JSON. */
export interface HoldChange {
  /** Why it is held, in words. */
  readonly message: string;
  readonly breaches: readonly Breach[];
  /** Entries in force, 0 where there are none, and entries that there would be. */
  readonly before: number;
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
  /** Names that stay and of which something else is said. */
  readonly changed: number;
  /** Names that the source itself takes back, which are not among those removed. */
  readonly takenBack: number;
  readonly names: ChangedNames;
  /** All that it was found from but the time: while that stays the same, so does what would change. */
  readonly computedFrom: string;
}

/** A look at what was read. */
export interface Look {
  /** Of all that it says, in hexadecimal digits. */
  readonly content: string;
  readonly names: ChangedNames;
}

/** Names of each kind that are kept to show. */
const namesMax = 200;

export class TopNames {
  readonly #rankOf: RankOf;
  readonly #known: Record<NameChange, { readonly rank: number; readonly name: string }[]> = {
    added: [],
    removed: [],
    changed: [],
  };
  readonly #others: Record<NameChange, string[]> = { added: [], removed: [], changed: [] };

  constructor(rankOf: RankOf) {
    this.#rankOf = rankOf;
  }

  /** Takes a name; they come in key order. */
  add(kind: NameChange, key: Uint8Array, keyBytes: number): void {
    const rank = this.#rankOf(key, keyBytes);
    const others = this.#others[kind];
    if (rank === Number.POSITIVE_INFINITY) {
      if (others.length < namesMax) others.push(shownKey(key.slice(0, keyBytes)));
      return;
    }
    const known = this.#known[kind];
    known.push({ rank, name: shownKey(key.slice(0, keyBytes)) });
    if (known.length >= 4 * namesMax) this.#cut(kind);
  }

  get names(): ChangedNames {
    const named = nameChanges.map((kind) => {
      const known = this.#cut(kind).map(({ name }) => name);
      return [kind, [...known, ...this.#others[kind]].slice(0, namesMax)] as const;
    });
    return Object.fromEntries(named) as Record<NameChange, string[]>;
  }

  #cut(kind: NameChange) {
    const known = this.#known[kind];
    known.sort((a, b) => a.rank - b.rank);
    known.length = Math.min(known.length, namesMax);
    return known;
  }
}

/** A digest of what is said of keys, in key order. */
export class ContentDigest {
  readonly #hash = createHash("sha256");
  readonly #buffer = Buffer.alloc(65_536);
  #at = 0;

  add(key: Uint8Array, keyBytes: number, flags: number): void {
    if (this.#at + keyBytes + 2 > this.#buffer.length) this.#flush();
    this.#buffer[this.#at++] = keyBytes;
    this.#buffer.set(key.subarray(0, keyBytes), this.#at);
    this.#at += keyBytes;
    this.#buffer[this.#at++] = flags;
  }

  addText(text: string): void {
    this.#flush();
    this.#hash.update(`${text.length}:${text}`);
  }

  end(): string {
    this.#flush();
    return this.#hash.digest("hex");
  }

  #flush(): void {
    this.#hash.update(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
  }
}

/** Looks at runs beside the entries in force. */
export function lookAtRuns(runs: readonly Run[], inForce: EntryBlocks, rankOf: RankOf): Look {
  const cursors = runs.map((run) => new EntryCursor(blocksOfRun(run)));
  const old = new EntryCursor(inForce);
  for (const cursor of [...cursors, old]) cursor.rewind();
  const heap = new CursorHeap(cursors);
  heap.restart();
  const digest = new ContentDigest();
  const top = new TopNames(rankOf);
  const key = new Uint8Array(256);
  const leave = (): void => {
    top.add("removed", old.key, old.keyBytes);
    old.advance();
  };
  while (heap.least >= 0) {
    const first = cursors[heap.least] as EntryCursor;
    const { keyBytes } = first;
    key.set(first.key.subarray(0, keyBytes));
    const at = key.subarray(0, keyBytes);
    let flags = 0;
    for (let i = heap.least; i >= 0 && (cursors[i] as EntryCursor).isAt(at); i = heap.least) {
      flags |= (cursors[i] as EntryCursor).flags;
      (cursors[i] as EntryCursor).advance();
      heap.settle();
    }
    digest.add(key, keyBytes, flags);
    while (old.live && Buffer.compare(old.key.subarray(0, old.keyBytes), at) < 0) leave();
    if (!old.isAt(at)) {
      top.add("added", key, keyBytes);
      continue;
    }
    let before = 0;
    for (; old.isAt(at); old.advance()) before |= old.flags;
    if (before !== flags) top.add("changed", key, keyBytes);
  }
  while (old.live) leave();
  return { content: digest.end(), names: top.names };
}
