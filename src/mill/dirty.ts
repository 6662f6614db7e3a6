/**
 * Which ranges of names must be merged again after some names changed in some inputs. A changed name can change the
 * rules of everything beneath it, and, where it lies beneath a blocked parent, whether names between the two need rules
 * of their own; so the range is all that is beneath the topmost blocked name above it, or beneath itself.
 */
import { compareBytes } from "../base/bytes.ts";
import { endOfSubtree } from "../dns/name.ts";
import { type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { flag } from "../indicator/entry/collector.ts";
import { isAddressKey } from "../rpz/address.ts";
import { addressSection } from "./addresses.ts";
import type { OpenEntries } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import type { KeyRange } from "./rebuild.ts";
import { SuffixGuard } from "./suffixes.ts";

/**
 * Ranges in key order that do not overlap. `changes` are lists of changed names, sorted each; undefined when there would
 * be more than `rangesMax` ranges, where one over all is cheaper.
 */
export function dirtyRanges(
  policy: ZonePolicy,
  open: OpenEntries,
  changes: readonly EntryBlocks[],
  rangesMax: number,
): KeyRange[] | undefined {
  const cover = new CoverFinder(policy, open);
  const ranges: { from: Uint8Array; to: Uint8Array }[] = [];
  for (const key of sortedNames(changes)) {
    const last = ranges.at(-1);
    if (last !== undefined && compareBytes(key, last.to) < 0) continue;
    const from = isAddressKey(key) ? addressSection : key.slice(0, cover.topmost(key));
    const to = endOfSubtree(from) as Uint8Array;
    if (ranges.length === rangesMax) return undefined;
    ranges.push({ from, to });
  }
  return ranges;
}

/** The names of several sorted lists in key order; the array yielded is overwritten by the next. */
function* sortedNames(lists: readonly EntryBlocks[]): Generator<Uint8Array> {
  const live = lists.map((blocks) => new EntryCursor(blocks));
  for (const cursor of live) cursor.rewind();
  for (;;) {
    let least: EntryCursor | undefined;
    for (const cursor of live) {
      if (!cursor.live) continue;
      if (least === undefined || compareBytes(keyAt(cursor), keyAt(least)) < 0) least = cursor;
    }
    if (least === undefined) return;
    yield keyAt(least);
    least.advance();
  }
}

function keyAt(cursor: EntryCursor): Uint8Array {
  return cursor.key.subarray(0, cursor.keyBytes);
}

/** Finds blocked names above a name; remembers the answers for the path of the last one. */
class CoverFinder {
  readonly #cursors: { readonly cursor: EntryCursor; readonly guarded: boolean }[];
  readonly #guard = new SuffixGuard();
  #path = new Uint8Array(0);
  /** Of each label end of the path: whether some source blocks what is beneath. */
  readonly #blocks = new Map<number, boolean>();

  constructor(policy: ZonePolicy, open: OpenEntries) {
    this.#cursors = policy.sources.map(({ id, allowPublicSuffix }) => ({
      cursor: new EntryCursor(open(id)),
      guarded: !allowPublicSuffix,
    }));
  }

  /** Octets of the topmost name at or above `key` beneath which some source blocks; all of `key` where none does. */
  topmost(key: Uint8Array): number {
    let shared = 0;
    while (shared < key.length && shared < this.#path.length && key[shared] === this.#path[shared]) shared++;
    for (const end of this.#blocks.keys()) if (end > shared) this.#blocks.delete(end);
    this.#path = key.slice();
    for (let end = 1; end < key.length; end++) {
      if (key[end - 1] !== 0) continue;
      let blocks = this.#blocks.get(end);
      if (blocks === undefined) this.#blocks.set(end, (blocks = this.#isBlocked(key.subarray(0, end))));
      if (blocks) return end;
    }
    return key.length;
  }

  #isBlocked(name: Uint8Array): boolean {
    const stopped = this.#guard.judge(name, name.length) !== "none";
    return this.#cursors.some(({ cursor, guarded }) => {
      if (guarded && stopped) return false;
      cursor.seek(name);
      return cursor.live && (cursor.flags & flag.blockBeneath) !== 0 && compareBytes(keyAt(cursor), name) === 0;
    });
  }
}
