/**
 * Which ranges of names must be merged again after some names changed in some inputs. A changed name can change the
 * rules of everything beneath it, and, where it lies beneath a blocked parent, whether names between the two need rules
 * of their own; so the range is all that is beneath the topmost blocked name above it, or beneath itself.
 *
 * A name that changed in a guard's list can bring a block above it to life as well as stop it. So there the range starts
 * at the topmost name above that a source lists with all beneath, whether or not guards stop it, now or before. For names
 * of other lists those that are stopped do not count: if one was blocked before, a guard's list changed and its range
 * holds all that is beneath.
 *
 * Sections of addresses are merged anew as wholes, and so is that of name servers' names where an allow list or a guard's list
 * changed: what these say of a name or an address counts in every section that the zone takes.
 */
import { compareBytes, startsWith } from "../base/bytes.ts";
import type { KeyRange } from "../dns/key-range.ts";
import { endOfSubtree } from "../dns/name.ts";
import { type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { flag } from "../indicator/entry/collector.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import { addressTriggers, isAddressTrigger, type RuleTrigger, ruleTriggers } from "../rpz/label.ts";
import { sectionKey, triggerOfKey } from "../rpz/section.ts";
import { Guarding } from "./guarding.ts";
import type { ListReader } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { notTaken, Ranks } from "./ranks.ts";

/** Names that changed in one input, in key order. */
export interface InputChanges {
  readonly names: EntryBlocks;
  readonly of: "source" | "allow" | "guard";
}

/** Ranges in key order that do not overlap; undefined when there would be more than `rangesMax`, where one over all is cheaper. */
export function dirtyRanges(
  policy: ZonePolicy,
  reader: ListReader,
  changes: readonly InputChanges[],
  rangesMax: number,
): KeyRange[] | undefined {
  const cover = new CoverFinder(policy, reader);
  const ranges: { from: Uint8Array; to: Uint8Array; ofGuard: boolean }[] = [];
  const whole = new Set<RuleTrigger>();
  for (const { key, of } of sortedNames(changes)) {
    const last = ranges.at(-1);
    const ofGuard = of === "guard";
    const trigger = triggerOfKey(key);
    if (of !== "source") for (const other of alsoIn(trigger)) whole.add(other);
    if (last !== undefined && compareBytes(key, last.to) < 0 && (last.ofGuard || !ofGuard)) continue;
    if (isAddressTrigger(trigger)) {
      whole.add(trigger);
      continue;
    }
    const from = key.slice(0, cover.topmost(key, ofGuard));
    const to = endOfSubtree(from) as Uint8Array;
    // Ranges nest or lie apart, so those that start later are inside.
    while (compareBytes(ranges.at(-1)?.from ?? nothing, from) >= 0) ranges.pop();
    if (ranges.length === rangesMax) return undefined;
    ranges.push({ from, to, ofGuard });
  }
  return withSections(
    ranges,
    ruleTriggers.filter((trigger) => whole.has(trigger) && policy.triggers.includes(trigger)),
  );
}

/** How many ranges of a zone of so many octets are worth merging one by one. */
export function rangesWorthMerging(zoneBytes: number): number {
  // Blocks are about this many; more ranges than that touch nearly all of them.
  const blocks = Math.ceil(zoneBytes / 12_000);
  return Math.max(1000, 2 * blocks);
}

/** The sections in which what an allow list or a guard's list says of an entry of this trigger counts as well. */
function alsoIn(trigger: RuleTrigger): readonly RuleTrigger[] {
  if (trigger === "qname") return ["nsdname"];
  return trigger === "response-ip" ? addressTriggers : [trigger];
}

/** Ranges with those of whole sections, which take the place of what lies in them. */
function withSections(ranges: readonly Required<KeyRange>[], whole: readonly RuleTrigger[]): KeyRange[] {
  const sections = whole.map((trigger) => {
    const from = sectionKey(trigger);
    return { from, to: endOfSubtree(from) as Uint8Array };
  });
  const outside = ranges.filter(
    ({ from }) => !sections.some((section) => from !== undefined && startsWith(from, section.from)),
  );
  return [...outside, ...sections].sort((a, b) => compareBytes(a.from ?? nothing, b.from ?? nothing));
}

/** Sorts before every name. */
const nothing = new Uint8Array(0);

/** The names of several lists in key order; the key yielded is overwritten by the next. */
function* sortedNames(
  lists: readonly InputChanges[],
): Generator<{ readonly key: Uint8Array; readonly of: InputChanges["of"] }> {
  const cursors = lists.map(({ names }) => new EntryCursor(names));
  for (const cursor of cursors) cursor.rewind();
  const heap = new CursorHeap(cursors);
  heap.restart();
  for (let list = heap.least; list >= 0; list = heap.least) {
    const cursor = cursors[list] as EntryCursor;
    yield { key: keyAt(cursor), of: (lists[list] as InputChanges).of };
    cursor.advance();
    heap.settle();
  }
}

function keyAt(cursor: EntryCursor): Uint8Array {
  return cursor.key.subarray(0, cursor.keyBytes);
}

/** Finds blocked names above a name; remembers the answers for the path of the last one. */
class CoverFinder {
  readonly #cursors: readonly EntryCursor[];
  readonly #ranks: Ranks;
  readonly #guarding: Guarding;
  #path = new Uint8Array(0);
  /** Of each label end of the path: what sources say of all beneath. */
  readonly #known = new Map<number, Cover>();

  constructor(policy: ZonePolicy, reader: ListReader) {
    this.#cursors = policy.sources.map(({ id }) => new EntryCursor(reader.open(id)));
    this.#ranks = new Ranks(policy, reader.factsOf);
    this.#guarding = new Guarding(policy, reader, this.#ranks);
  }

  /**
   * Octets of the topmost name at or above `key` beneath which some source blocks, or with `orStopped` would if no guard
   * stopped it; all of `key` where none does.
   */
  topmost(key: Uint8Array, orStopped: boolean): number {
    let shared = 0;
    while (shared < key.length && shared < this.#path.length && key[shared] === this.#path[shared]) shared++;
    for (const end of this.#known.keys()) if (end > shared) this.#known.delete(end);
    this.#path = key.slice();
    for (let end = 1; end < key.length; end++) {
      if (key[end - 1] !== 0) continue;
      let cover = this.#known.get(end);
      if (cover === undefined) this.#known.set(end, (cover = this.#coverAt(key.subarray(0, end))));
      if (cover === "blocked" || (orStopped && cover === "stopped")) return end;
    }
    return key.length;
  }

  #coverAt(name: Uint8Array): Cover {
    let cover: Cover = "none";
    for (const [source, cursor] of this.#cursors.entries()) {
      cursor.seek(name);
      if (!cursor.isAt(name)) continue;
      const flags = this.#takenFlags(source, cursor);
      if ((flags & flag.blockBeneath) === 0) continue;
      if (this.#guarding.judgeEntry(name, source, flags).flags & flag.blockBeneath) return "blocked";
      cover = "stopped";
    }
    return cover;
  }

  /** What the entries that the zone takes say of the name at which a cursor stands. */
  #takenFlags(source: number, cursor: EntryCursor): number {
    let flags = 0;
    for (;;) {
      if (this.#ranks.rankOf(source, cursor.profile) !== notTaken) flags |= cursor.flags;
      if (!cursor.repeats) return flags;
      cursor.advance();
    }
  }
}

/** Whether some source blocks all beneath a name, or lists it so while guards stop or narrow that. */
type Cover = "none" | "stopped" | "blocked";
