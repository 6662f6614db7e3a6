/**
 * The merge: sorted entries of sources and allow lists in, the nodes of a policy zone out, in one pass with a small
 * stack. What a node means: its own action and the action of everything beneath it that has no node of its own.
 *
 * Resolvers disagree on what a node hides. To BIND and Unbound any existing name, even an empty non-terminal, hides the
 * wildcards above it (closest encloser, RFC 4592 2.2 and 3.3.1); PowerDNS and Knot Resolver look for a wildcard at every
 * ancestor. So a name that says nothing new beneath a blocked parent gets no node at all, and where a node must be, it
 * and each name between it and its parent carry their action and their wildcard's in full. Then both ways of looking
 * give the same answer for every name.
 *
 * Keys hold labels of a-z, 0-9, `-` and `_` only (the parsers see to that), all of which sort after `*`: a name's
 * wildcard comes right behind it, before anything beneath.
 */
import { equalBytes } from "../base/bytes.ts";
import { flag } from "../indicator/collector.ts";
import { type EntryBlocks, EntryCursor } from "../indicator/entry-block.ts";
import type { Counts } from "../store/counts.ts";
import { AddressGuard, addressSection } from "./addresses.ts";
import type { ZonePolicy } from "./policy.ts";
import { SuffixGuard } from "./suffixes.ts";

/** No rule. */
export const none = -1;
const passthru = 0;
const labelsMax = 128;

/** Takes the nodes of a zone in key order. */
export interface NodeSink {
  /** What was stopped or dropped since the sink last looked; the merge adds to it. */
  readonly counts: Counts;
  /**
   * `self` and `beneath` are action numbers or `none`. `key` has room for two octets more, which may be overwritten.
   * A node is late where names after it have been counted already: it had better go where the last node went.
   */
  node(key: Uint8Array, keyBytes: number, self: number, beneath: number, late: boolean): void;
}

/** Opens the entries of one source or allow list, anew at each call. */
export type OpenEntries = (id: string) => EntryBlocks;

export class Merge {
  readonly #policy: ZonePolicy;
  readonly #open: OpenEntries;
  readonly #sink: NodeSink;
  readonly #cursors: EntryCursor[] = [];
  /** Cursors for looking up ancestors, so that the walking ones keep their blocks. */
  readonly #lookups: EntryCursor[] = [];
  /** Words of 32 bits that a set of sources takes. */
  readonly #words: number;
  readonly #guard = new SuffixGuard();
  readonly #guarded: boolean;
  #addresses: AddressGuard | undefined;

  /** Inputs that have names left, the one with the least name first. */
  readonly #heap: number[] = [];
  /** The name at hand has been taken but lies past the range: the next range may go on with it. */
  #held = false;

  // The name at hand: what the inputs say of it.
  readonly #key = new Uint8Array(512);
  #keyBytes = 0;
  readonly #self: Int32Array;
  readonly #beneath: Int32Array;
  readonly #exceptSelf: Int32Array;
  readonly #exceptBeneath: Int32Array;
  #allowSelf = false;
  #allowBeneath = false;
  #suffixStops = false;

  // The stack: names above the one at hand that have a say. Frame 0 is the apex.
  #top = 0;
  readonly #frameBytes = new Int32Array(labelsMax + 1);
  readonly #frameAction = new Int16Array(labelsMax + 1);
  readonly #frameAllowed = new Uint8Array(labelsMax + 1);
  readonly #frameCover: Int32Array;
  readonly #frameFresh: Int32Array;
  /** The deepest frame's key. Frames lie on one path, so it holds that of every other. */
  readonly #path = new Uint8Array(512);

  /** The last name that got a node: it and all above it exist in the zone. */
  readonly #lastNode = new Uint8Array(512);
  #lastNodeBytes = 0;

  #from: Uint8Array | undefined;
  #to: Uint8Array | undefined;
  /** Neither counts nor nodes of their own for the names at hand: ancestors of the range, or names past its end. */
  #silent = false;

  constructor(policy: ZonePolicy, open: OpenEntries, sink: NodeSink) {
    this.#policy = policy;
    this.#open = open;
    this.#sink = sink;
    const inputs = [...policy.sources.map(({ id }) => id), ...policy.allow];
    for (const id of inputs) {
      this.#cursors.push(new EntryCursor(open(id)));
      this.#lookups.push(new EntryCursor(open(id)));
    }
    const words = Math.max(1, Math.ceil(policy.sources.length / 32));
    this.#words = words;
    this.#self = new Int32Array(words);
    this.#beneath = new Int32Array(words);
    this.#exceptSelf = new Int32Array(words);
    this.#exceptBeneath = new Int32Array(words);
    this.#frameCover = new Int32Array((labelsMax + 1) * words);
    this.#frameFresh = new Int32Array((labelsMax + 1) * words);
    this.#guarded = policy.sources.some(({ allowPublicSuffix }) => !allowPublicSuffix);
    this.#frameAction[0] = none;
  }

  /**
   * Emits the nodes whose key lies in [from, to); an undefined bound is no bound. Bounds are keys of names, never of
   * wildcards. Ranges that follow one another give together what one over both gives; the second goes on where the
   * first stopped.
   */
  run(from?: Uint8Array, to?: Uint8Array): void {
    let held = this.#held && from !== undefined && this.#to !== undefined && equalBytes(from, this.#to);
    this.#held = false;
    this.#from = from;
    this.#to = to;
    if (!held) {
      this.#top = 0;
      this.#lastNodeBytes = 0;
      this.#enterAncestors();
      this.#startHeap(from);
    }
    const heap = this.#heap;
    while (held || heap.length > 0) {
      if (!held) this.#take(heap);
      held = false;
      const past = to !== undefined && !isBefore(this.#key, this.#keyBytes, to);
      this.#leave();
      if (past && !this.#mayReachBack(to)) {
        // After a look further ahead, the names looked at would be missing.
        this.#held = !this.#silent;
        break;
      }
      this.#silent = past;
      if (this.#decide() && past) break;
    }
    this.#silent = false;
  }

  /** Puts what the names above `from` say on the stack. */
  #enterAncestors(): void {
    const from = this.#from;
    if (from === undefined) return;
    this.#silent = true;
    for (let end = 1; end < from.length; end++) {
      if (from[end - 1] !== 0) continue;
      const ancestor = from.subarray(0, end);
      this.#key.set(ancestor);
      this.#keyBytes = end;
      this.#clear();
      let said = false;
      for (let i = 0; i < this.#lookups.length; i++) {
        const cursor = this.#lookups[i] as EntryCursor;
        cursor.seek(ancestor);
        if (cursor.live && sameKey(cursor, ancestor, end)) {
          this.#note(i, cursor.flags);
          said = true;
        }
      }
      if (said) this.#decide();
    }
    this.#silent = false;
    this.#lastNodeBytes = 0;
  }

  #startHeap(from: Uint8Array | undefined): void {
    const heap = this.#heap;
    heap.length = 0;
    this.#cursors.forEach((cursor, i) => {
      if (from === undefined) cursor.rewind();
      else cursor.seek(from);
      if (cursor.live) heap.push(i);
    });
    for (let at = (heap.length >> 1) - 1; at >= 0; at--) this.#sift(heap, at);
  }

  /** Restores the heap's order downwards from `at`. */
  #sift(heap: number[], at: number): void {
    const cursors = this.#cursors;
    const moved = heap[at] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isLess(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!cursorIsLess(cursors[heap[child] as number] as EntryCursor, cursors[moved] as EntryCursor)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = moved;
  }

  #isLess(a: number, b: number): boolean {
    return cursorIsLess(this.#cursors[a] as EntryCursor, this.#cursors[b] as EntryCursor);
  }

  /** Takes the least name of all inputs with everything they say of it. */
  #take(heap: number[]): void {
    const key = this.#key;
    this.#clear();
    let first = true;
    do {
      const input = heap[0] as number;
      const cursor = this.#cursors[input] as EntryCursor;
      if (first) {
        const bytes = cursor.keyBytes;
        for (let i = 0; i < bytes; i++) key[i] = cursor.key[i] as number;
        this.#keyBytes = bytes;
        first = false;
      }
      this.#note(input, cursor.flags);
      cursor.advance();
      if (!cursor.live) {
        const last = heap.pop() as number;
        if (heap.length > 0) heap[0] = last;
      }
      if (heap.length > 1) this.#sift(heap, 0);
    } while (heap.length > 0 && sameKey(this.#cursors[heap[0] as number] as EntryCursor, key, this.#keyBytes));
  }

  #clear(): void {
    for (let w = 0; w < this.#words; w++) {
      this.#self[w] = 0;
      this.#beneath[w] = 0;
      this.#exceptSelf[w] = 0;
      this.#exceptBeneath[w] = 0;
    }
    this.#allowSelf = false;
    this.#allowBeneath = false;
    this.#suffixStops = false;
  }

  /** Notes what one input says of the name at hand. */
  #note(input: number, flags: number): void {
    if (input >= this.#policy.sources.length) {
      if (flags & flag.blockSelf) this.#allowSelf = true;
      if (flags & flag.blockBeneath) this.#allowBeneath = true;
      return;
    }
    const word = input >> 5;
    const bit = 1 << (input & 31);
    if (flags & flag.blockSelf) this.#self[word] = (this.#self[word] as number) | bit;
    if (flags & flag.blockBeneath) this.#beneath[word] = (this.#beneath[word] as number) | bit;
    if (flags & flag.exceptSelf) this.#exceptSelf[word] = (this.#exceptSelf[word] as number) | bit;
    if (flags & flag.exceptBeneath) this.#exceptBeneath[word] = (this.#exceptBeneath[word] as number) | bit;
  }

  /** Leaves the frames that the name at hand is not beneath. */
  #leave(): void {
    const key = this.#key;
    while (this.#top > 0) {
      const bytes = this.#frameBytes[this.#top] as number;
      if (bytes < this.#keyBytes && sameBytes(this.#path, key, bytes)) return;
      this.#top -= 1;
    }
  }
  /** Stops what the guards stop, source by source, before anything else counts. */
  #stopSuffixes(): void {
    const verdict = this.#guard.judge(this.#key, this.#keyBytes);
    if (verdict === "none") return;
    this.#policy.sources.forEach((source, i) => {
      if (source.allowPublicSuffix) return;
      const word = i >> 5;
      const bit = 1 << (i & 31);
      const subtree = ((this.#beneath[word] as number) & bit) !== 0;
      const exact = !subtree && ((this.#self[word] as number) & bit) !== 0;
      if (!subtree && !(exact && verdict === "icann")) return;
      this.#self[word] = (this.#self[word] as number) & ~bit;
      this.#beneath[word] = (this.#beneath[word] as number) & ~bit;
      this.#suffixStops = true;
    });
  }

  /** Decides on the name at hand; true where it got a node. */
  #decide(): boolean {
    const words = this.#words;
    const top = this.#top;
    const counts = this.#sink.counts;
    const self = this.#self;
    const beneath = this.#beneath;
    const cover = this.#frameCover;
    const isAddress = this.#isAddress();
    let said = 0;
    for (let w = 0; w < words; w++) said |= (self[w] as number) | (beneath[w] as number);
    if (said !== 0 && this.#guarded && !isAddress) this.#stopSuffixes();

    const allowedAbove = this.#frameAllowed[top] === 1;
    let inherited = this.#frameAction[top] as number;
    let allowSelf = allowedAbove || this.#allowSelf;
    const allowBeneath = allowedAbove || this.#allowBeneath;
    if (isAddress) {
      const addresses = this.#addressGuard();
      if (allowSelf) inherited = addresses.blockedAround(this.#key, this.#keyBytes);
      else allowSelf = addresses.isAllowed(this.#key, this.#keyBytes);
    }

    // Where something above is blocked, "not blocked" has to be said.
    const blank = inherited === none ? none : passthru;

    // What each source says of the name itself and of what is beneath it, its own exceptions taken off.
    let selfSaid = 0;
    let covered = 0;
    let excepted = 0;
    let changed = 0;
    let freshAny = 0;
    const at = top * words;
    const next = (top + 1) * words;
    for (let w = 0; w < words; w++) {
      const above = cover[at + w] as number;
      const offSelf = this.#exceptSelf[w] as number;
      const offBeneath = this.#exceptBeneath[w] as number;
      excepted |= ((self[w] as number) | above) & offSelf;
      self[w] = (self[w] as number) & ~offSelf;
      selfSaid |= self[w] as number;
      covered |= above & ~offSelf;
      const fresh = (beneath[w] as number) & ~offBeneath;
      const now = (above & ~offBeneath) | fresh;
      cover[next + w] = now;
      this.#frameFresh[next + w] = fresh;
      freshAny |= fresh;
      changed |= (now ^ above) | fresh;
    }

    let selfAction = blank;
    if (!allowSelf) {
      if (selfSaid !== 0) selfAction = this.#bestOf(self, 0);
      else if (covered !== 0) selfAction = excepted === 0 ? inherited : this.#deepestOf(top, this.#exceptSelf, blank);
    }
    let beneathAction = blank;
    if (isAddress) beneathAction = none;
    else if (!allowBeneath) {
      if (freshAny !== 0) beneathAction = this.#bestOf(this.#frameFresh, next);
      else if (changed === 0) beneathAction = inherited;
      else beneathAction = this.#deepestOf(top, this.#exceptBeneath, blank);
    }

    const needed = selfAction !== inherited || (!isAddress && beneathAction !== inherited);
    if (needed) this.#emit(selfAction, beneathAction);
    if (!this.#silent) {
      if (this.#suffixStops) counts.publicSuffix += 1;
      else if (allowSelf && said !== 0) counts.allowed += 1;
      else if (excepted !== 0 && selfAction === blank) counts.excepted += 1;
      else if (!needed && said !== 0) counts.covered += 1;
    }

    if (!isAddress && (changed !== 0 || allowBeneath !== allowedAbove)) {
      this.#top = top + 1;
      this.#frameBytes[top + 1] = this.#keyBytes;
      this.#frameAction[top + 1] = beneathAction;
      this.#frameAllowed[top + 1] = allowBeneath ? 1 : 0;
      for (let i = 0; i < this.#keyBytes; i++) this.#path[i] = this.#key[i] as number;
    }
    return needed;
  }

  /** The action of the first source in a set. */
  #bestOf(set: Int32Array, at: number): number {
    for (let w = 0; w < this.#words; w++) {
      const bits = set[at + w] as number;
      if (bits !== 0) return this.#policy.sources[32 * w + (31 - Math.clz32(bits & -bits))]?.action ?? none;
    }
    return none;
  }

  /** The action of the deepest cover above whose source is not excepted; `blank` where there is none. */
  #deepestOf(top: number, except: Int32Array, blank: number): number {
    const left = new Int32Array(this.#words);
    for (let frame = top; frame > 0; frame--) {
      for (let w = 0; w < this.#words; w++) {
        const live = (this.#frameCover[top * this.#words + w] as number) & ~(except[w] as number);
        left[w] = (this.#frameFresh[frame * this.#words + w] as number) & live;
      }
      const action = this.#bestOf(left, 0);
      if (action !== none) return action;
    }
    return blank;
  }

  /** Emits a node, and before it each name above that has none yet and would be uncovered by its existence. */
  #emit(self: number, beneath: number): void {
    const key = this.#key;
    const keyBytes = this.#keyBytes;
    if (this.#top > 0) {
      let shared = 0;
      const shorter = Math.min(this.#lastNodeBytes, keyBytes);
      while (shared < shorter && this.#lastNode[shared] === key[shared]) shared++;
      for (let end = this.#frameBytes[1] as number, frame = 1; end < keyBytes; end++) {
        if (key[end - 1] !== 0) continue;
        while (frame < this.#top && (this.#frameBytes[frame + 1] as number) <= end) frame++;
        const action = this.#frameAction[frame] as number;
        if (end > shared && action !== none && this.#isInRange(end)) this.#sinkNode(end, action, action, true);
      }
    }
    if (!this.#silent) this.#sinkNode(keyBytes, self, beneath, false);
    for (let i = 0; i < keyBytes; i++) this.#lastNode[i] = key[i] as number;
    this.#lastNodeBytes = keyBytes;
  }

  /** Hands on `key[0…end)`; the sink may write behind it, so what stands there is put back. */
  #sinkNode(end: number, self: number, beneath: number, late: boolean): void {
    const key = this.#key;
    const first = key[end] as number;
    const second = key[end + 1] as number;
    this.#sink.node(key, end, self, beneath, late);
    key[end] = first;
    key[end + 1] = second;
  }

  /** Whether the name `key[0…end)` lies in the range at hand. */
  #isInRange(end: number): boolean {
    if (this.#from !== undefined && isBefore(this.#key, end, this.#from)) return false;
    return this.#to === undefined || isBefore(this.#key, end, this.#to);
  }

  /**
   * Whether a node past the end of the range may still bring one to a name inside it: a covered name above the one at
   * hand that has none yet.
   */
  #mayReachBack(to: Uint8Array): boolean {
    if (this.#top === 0) return false;
    const key = this.#key;
    for (let end = this.#frameBytes[1] as number, frame = 1; end < this.#keyBytes; end++) {
      if (key[end - 1] !== 0) continue;
      if (!isBefore(key, end, to)) return false;
      while (frame < this.#top && (this.#frameBytes[frame + 1] as number) <= end) frame++;
      if (this.#frameAction[frame] === none || !this.#isInRange(end)) continue;
      if (this.#lastNodeBytes < end || !sameBytes(this.#lastNode, key, end)) return true;
    }
    return false;
  }

  #isAddress(): boolean {
    return this.#keyBytes > addressSection.length && sameBytes(addressSection, this.#key, addressSection.length);
  }

  #addressGuard(): AddressGuard {
    this.#addresses ??= new AddressGuard(this.#policy, this.#open);
    return this.#addresses;
  }
}

function cursorIsLess(a: EntryCursor, b: EntryCursor): boolean {
  const x = a.key;
  const y = b.key;
  const shorter = a.keyBytes < b.keyBytes ? a.keyBytes : b.keyBytes;
  for (let i = 0; i < shorter; i++) if (x[i] !== y[i]) return (x[i] as number) < (y[i] as number);
  return a.keyBytes < b.keyBytes;
}

function sameKey(cursor: EntryCursor, key: Uint8Array, keyBytes: number): boolean {
  return cursor.keyBytes === keyBytes && sameBytes(cursor.key, key, keyBytes);
}

/** Whether the first `bytes` octets are the same; from the end, where names of one zone differ first. */
function sameBytes(a: Uint8Array, b: Uint8Array, bytes: number): boolean {
  for (let i = bytes - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `key[0…keyBytes)` sorts before `bound`. */
function isBefore(key: Uint8Array, keyBytes: number, bound: Uint8Array): boolean {
  const shorter = keyBytes < bound.length ? keyBytes : bound.length;
  for (let i = 0; i < shorter; i++) if (key[i] !== bound[i]) return (key[i] as number) < (bound[i] as number);
  return keyBytes < bound.length;
}
