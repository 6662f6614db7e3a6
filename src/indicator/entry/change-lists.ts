/**
 * Reads lists of changes one over the other: what was said before the first of them, and what several of them changed
 * together. A list names each changed key with what was said before and what was said from then on; the number of each
 * profile is doubled there, with 1 added for what was said before.
 */
import { compareStarts } from "../../base/bytes.ts";
import { type EntryBlocks, EntryCursor } from "./block.ts";
import { CursorHeap } from "./cursor-heap.ts";
import { Statements } from "./statements.ts";

/** Profiles have numbers below this, so that doubled ones are numbers of profiles too. */
export const profilesMax = 2 ** 31;

/** What stands in a list of changes for a profile. */
export function markProfile(profile: number, isBefore: boolean): number {
  return 2 * profile + (isBefore ? 1 : 0);
}

/** The profile that a mark stands for. */
export function profileOfMark(mark: number): number {
  return Math.floor(mark / 2);
}

function markedProfile(mark: number): { readonly profile: number; readonly isBefore: boolean } {
  return { profile: profileOfMark(mark), isBefore: mark % 2 === 1 };
}

/** One key; both arrays and statements are overwritten by the next. */
export interface ChangedKey {
  readonly key: Uint8Array;
  /** What was said before the first list that names the key; nothing where it was not listed. */
  readonly before: Statements;
  /** What is said after the last one; nothing where it is not listed. */
  readonly after: Statements;
}

/** What lists, the oldest first, changed together, in key order; keys whose changes cancel out are left out. */
export function* changesOf(lists: readonly EntryBlocks[]): Generator<ChangedKey, undefined> {
  for (const changed of keysOf(lists)) if (!changed.before.equals(changed.after)) yield changed;
}

/** One key with what is said of it; overwritten by the next. */
export interface ListedKey {
  readonly key: Uint8Array;
  readonly said: Statements;
}

/** What was said before the lists, the oldest first, changed it into what `now` says, in key order. */
export function* entriesBefore(now: EntryBlocks, lists: readonly EntryBlocks[]): Generator<ListedKey, undefined> {
  const cursor = new EntryCursor(now);
  cursor.rewind();
  const said = new Statements();
  const copy = new Uint8Array(256);
  const takeNow = (): ListedKey => {
    said.clear();
    said.take(cursor);
    copy.set(cursor.key.subarray(0, cursor.keyBytes));
    const key = copy.subarray(0, cursor.keyBytes);
    cursor.advance();
    return { key, said };
  };
  for (const { key, before } of keysOf(lists)) {
    while (cursor.live && compareStarts(cursor.key, cursor.keyBytes, key, key.length) < 0) yield takeNow();
    if (cursor.isAt(key)) takeNow();
    if (before.count > 0) yield { key, said: before };
  }
  while (cursor.live) yield takeNow();
  return undefined;
}

/** Every key that some list names. */
function* keysOf(lists: readonly EntryBlocks[]): Generator<ChangedKey, undefined> {
  const cursors = lists.map((list) => new EntryCursor(list));
  for (const cursor of cursors) cursor.rewind();
  const heap = new CursorHeap(cursors);
  heap.restart();
  const before = new Statements();
  const after = new Statements();
  const key = new Uint8Array(256);
  while (heap.least >= 0) {
    const first = cursors[heap.least] as EntryCursor;
    const { keyBytes } = first;
    key.set(first.key.subarray(0, keyBytes));
    let oldest = Number.POSITIVE_INFINITY;
    let newest = -1;
    for (let list = heap.least; list >= 0; list = heap.least) {
      const cursor = cursors[list] as EntryCursor;
      if (compareStarts(cursor.key, cursor.keyBytes, key, keyBytes) !== 0) break;
      if (list < oldest) before.clear();
      if (list > newest) after.clear();
      for (;;) {
        const { profile, isBefore } = markedProfile(cursor.profile);
        if (isBefore && list < oldest) before.add(profile, cursor.flags, cursor.firstSeen);
        if (!isBefore && list > newest) after.add(profile, cursor.flags, cursor.firstSeen);
        if (!cursor.repeats) break;
        cursor.advance();
      }
      oldest = Math.min(oldest, list);
      newest = Math.max(newest, list);
      cursor.advance();
      heap.settle();
    }
    yield { key: key.subarray(0, keyBytes), before, after };
  }
  return undefined;
}
