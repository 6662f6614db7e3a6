/**
 * Walks the guard lists of a zone beside the names of its sources and judges each: which guards list the name itself, a
 * name above it or one beneath it. All lists are sorted streams; what the walk remembers are the listed names above.
 */
import { compareStarts } from "../base/bytes.ts";
import { wildcardKey } from "../dns/name.ts";
import { type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import { guardFlag } from "./class.ts";
import {
  type Extent,
  type Guard,
  type GuardVerdict,
  isStricter,
  judge,
  judgesBeneath,
  type Position,
  type SuffixKind,
} from "./judge.ts";

/** What becomes of a rule because of a guarded name. */
export interface Judgement {
  readonly verdict: Exclude<GuardVerdict, "keep">;
  /** Number of the guard among the zone's guards. */
  readonly guard: number;
  readonly position: Position;
  /** Key of the guarded name, as its list has it; of a wildcard with the label `*`. */
  readonly listed: Uint8Array;
  /** The range `first-last` that an address rule is a part of, where another part of it is at a guarded address. */
  readonly range?: string;
}

/** A guarded name that has to do with the name at hand. */
interface Finding {
  readonly guard: number;
  readonly position: Position;
  readonly listed: Uint8Array;
  readonly suffix: SuffixKind;
  /** Hosts of URLs alone are guarded. */
  readonly forUrlHosts: boolean;
}

/** Bits of entries that matter to a rule above them. */
const guardsFromAbove = guardFlag.name | guardFlag.beneath | guardFlag.suffixWildcard;
const anyGuard = guardsFromAbove | guardFlag.urlHost;
/** Entries that a cursor walks one by one before it seeks: a seek reads half a block. */
const stepsMax = 300;
const positions: readonly Position[] = ["at", "above", "beneath"];

export class GuardedNames {
  readonly #guards: readonly Guard[];
  readonly #open: (guard: Guard) => EntryBlocks;
  /** Each at its list's first name after the name at hand. */
  readonly #cursors: readonly EntryCursor[];
  readonly #heap: CursorHeap;
  /** For looking further ahead than the cursors are, by guard. */
  readonly #ahead: (EntryCursor | undefined)[] = [];
  /** Of each guard, whether its names judge all beneath them. */
  readonly #judgesBeneath: readonly boolean[];

  /** The name at hand, or one before it (see `#isUnspokenOf`); -1 octets before the first. */
  readonly #name = new Uint8Array(256);
  #nameBytes = -1;
  #speaks = false;
  #findings: readonly Finding[] | undefined;

  // Listed names at the one at hand, and those above it that have a say: octets of the name, guard, flags.
  #frames = 0;
  readonly #frameEnd: number[] = [];
  readonly #frameGuard: number[] = [];
  readonly #frameFlags: number[] = [];

  /** `widest` is the widest extent that will be asked about. */
  constructor(
    guards: readonly Guard[],
    open: (guard: Guard) => EntryBlocks,
    widest: "subtree" | "name-servers" = "subtree",
  ) {
    this.#guards = guards;
    this.#open = open;
    this.#cursors = guards.map((guard) => new EntryCursor(open(guard)));
    this.#heap = new CursorHeap(this.#cursors);
    this.#judgesBeneath = guards.map((guard) => judgesBeneath(guard.class, widest));
  }

  /** Goes to a name, quickly where names come in key order; true where some guard may have a say in its rules. */
  moveTo(key: Uint8Array, keyBytes: number): boolean {
    if (this.#frames === 0 && this.#isUnspokenOf(key, keyBytes)) {
      this.#speaks = false;
      return false;
    }
    const name = this.#name;
    const before = this.#nameBytes;
    const shorter = before < keyBytes ? before : keyBytes;
    let shared = 0;
    while (shared < shorter && name[shared] === key[shared]) shared++;
    if (shared === keyBytes && shared === before) return (this.#speaks = this.#isSpokenOf());
    const isAfter = before >= 0 && (shared === before || (shared < keyBytes && isLess(name, key, shared)));
    for (let i = shared; i < keyBytes; i++) name[i] = key[i] as number;
    this.#nameBytes = keyBytes;
    this.#findings = undefined;
    if (isAfter) {
      if (this.#frames > 0) this.#leave(shared);
      this.#advance();
    } else this.#restart();
    this.#speaks = this.#isSpokenOf();
    return this.#speaks;
  }

  /** The verdict on a rule for the name at hand; undefined where it is kept. `overridden` is 1 by guard. */
  judge(extent: Extent, overridden: Uint8Array): Judgement | undefined {
    let strictest: Judgement | undefined;
    if (!this.#speaks) return undefined;
    this.#findings ??= this.#find();
    for (const { guard, position, listed, suffix, forUrlHosts } of this.#findings) {
      if (overridden[guard] === 1 || (forUrlHosts && extent !== "url-host")) continue;
      const verdict = judge((this.#guards[guard] as Guard).class, position, extent, suffix);
      if (verdict === "keep" || (strictest !== undefined && !isStricter(verdict, strictest.verdict))) continue;
      strictest = { verdict, guard, position, listed };
    }
    return strictest;
  }

  /**
   * Whether a name lies between the name at hand and the next listed one, and not above that, while no listed name above
   * has a say: then nothing changes, and the name at hand may stay as it is. Most names end here.
   */
  #isUnspokenOf(key: Uint8Array, keyBytes: number): boolean {
    if (this.#nameBytes < 0 || compareStarts(this.#name, this.#nameBytes, key, keyBytes) >= 0) return false;
    const { least } = this.#heap;
    if (least < 0) return true;
    const next = this.#cursors[least] as EntryCursor;
    const shorter = keyBytes < next.keyBytes ? keyBytes : next.keyBytes;
    for (let i = 0; i < shorter; i++) if (key[i] !== next.key[i]) return isLess(key, next.key, i);
    return false;
  }

  /** Leaves the listed names that the name at hand is not beneath, and those that say nothing of what is. */
  #leave(shared: number): void {
    let kept = 0;
    for (let i = 0; i < this.#frames; i++) {
      const end = this.#frameEnd[i] as number;
      const guard = this.#frameGuard[i] as number;
      const flags = this.#frameFlags[i] as number;
      if (end > shared || !this.#lasts(guard, flags)) continue;
      this.#frameEnd[kept] = end;
      this.#frameGuard[kept] = guard;
      this.#frameFlags[kept] = flags;
      kept += 1;
    }
    this.#frames = kept;
  }

  /** Whether an entry may have a say over names beneath it. */
  #lasts(guard: number, flags: number): boolean {
    if (flags & (guardFlag.beneath | guardFlag.suffixWildcard)) return true;
    return this.#judgesBeneath[guard] === true && (flags & guardFlag.alone) === 0;
  }

  #note(end: number, guard: number, flags: number): void {
    if (end < this.#nameBytes && !this.#lasts(guard, flags)) return;
    this.#frameEnd[this.#frames] = end;
    this.#frameGuard[this.#frames] = guard;
    this.#frameFlags[this.#frames] = flags;
    this.#frames += 1;
  }

  /** Moves all cursors that are not past the name at hand yet. */
  #advance(): void {
    const heap = this.#heap;
    for (let guard = heap.least; guard >= 0; guard = heap.least) {
      const cursor = this.#cursors[guard] as EntryCursor;
      if (compareStarts(cursor.key, cursor.keyBytes, this.#name, this.#nameBytes) > 0) return;
      this.#walk(guard, cursor);
      heap.settle();
    }
  }

  /** Walks one cursor past the name at hand, and notes what it meets there and above. */
  #walk(guard: number, cursor: EntryCursor): void {
    const name = this.#name;
    const nameBytes = this.#nameBytes;
    for (let steps = 0; cursor.live; steps++) {
      if (steps === stepsMax) {
        this.#seek(guard, cursor, false);
        return;
      }
      const { key, keyBytes } = cursor;
      const shorter = keyBytes < nameBytes ? keyBytes : nameBytes;
      let same = 0;
      while (same < shorter && key[same] === name[same]) same++;
      if (same === keyBytes) this.#note(keyBytes, guard, cursor.flags);
      else if (same === nameBytes || isLess(name, key, same)) return;
      cursor.advance();
    }
  }

  /** Puts one cursor past the name at hand by looking up each name above it; those before the cursor are known. */
  #seek(guard: number, cursor: EntryCursor, anew: boolean): void {
    const name = this.#name;
    for (let end = 1; end <= this.#nameBytes; end++) {
      if (name[end - 1] !== 0) continue;
      if (!anew && compareStarts(name, end, cursor.key, cursor.keyBytes) < 0) continue;
      cursor.seek(name.subarray(0, end));
      if (!cursor.live) return;
      if (compareStarts(cursor.key, cursor.keyBytes, name, end) !== 0) continue;
      this.#note(end, guard, cursor.flags);
      if (end === this.#nameBytes) cursor.advance();
    }
  }

  #restart(): void {
    this.#frames = 0;
    this.#cursors.forEach((cursor, guard) => this.#seek(guard, cursor, true));
    this.#heap.restart();
  }

  /** Whether some guard may have a say in the name at hand. */
  #isSpokenOf(): boolean {
    for (let i = 0; i < this.#frames; i++) {
      const end = this.#frameEnd[i] as number;
      const flags = this.#frameFlags[i] as number;
      if (end === this.#nameBytes) {
        if (flags & anyGuard) return true;
      } else if (
        this.#judgesBeneath[this.#frameGuard[i] as number] ||
        flags & guardFlag.beneath ||
        this.#isChildOf(end)
      )
        return true;
    }
    const { least } = this.#heap;
    return least >= 0 && this.#isBeneath(this.#cursors[least] as EntryCursor);
  }

  /** Whether a cursor is at a name beneath the one at hand. */
  #isBeneath(cursor: EntryCursor): boolean {
    if (!cursor.live || cursor.keyBytes <= this.#nameBytes) return false;
    for (let i = this.#nameBytes - 1; i >= 0; i--) if (cursor.key[i] !== this.#name[i]) return false;
    return true;
  }

  /** Whether the name at hand is right beneath its ancestor of so many octets. */
  #isChildOf(end: number): boolean {
    return this.#name.indexOf(0, end) === this.#nameBytes - 1;
  }

  /** All that guards list at, above and beneath the name at hand: by guard, then by position, the nearest first. */
  #find(): Finding[] {
    const findings: Finding[] = [];
    const add = (guard: number, position: Position, listed: Uint8Array, flags: number, forUrlHosts = false): void => {
      const suffix = flags & guardFlag.privateSuffix ? "private" : "icann";
      findings.push({ guard, position, listed, suffix, forUrlHosts });
    };
    for (let i = 0; i < this.#frames; i++) {
      const end = this.#frameEnd[i] as number;
      const guard = this.#frameGuard[i] as number;
      const flags = this.#frameFlags[i] as number;
      const listed = this.#name.slice(0, end);
      const position = end === this.#nameBytes || flags & guardFlag.beneath ? "at" : "beneath";
      if (end === this.#nameBytes) {
        if (flags & (guardFlag.beneath | guardFlag.suffixWildcard)) add(guard, "above", wildcardKey(listed), flags);
      } else if (flags & guardFlag.suffixWildcard && this.#isChildOf(end) && !this.#isException(guard)) {
        const suffix = flags & guardFlag.privateSuffix ? "private-wildcard" : "icann";
        findings.push({ guard, position: "at", listed: wildcardKey(listed), suffix, forUrlHosts: false });
      }
      const isListed = flags & (end === this.#nameBytes ? guardFlag.name : guardFlag.name | guardFlag.beneath);
      if (isListed) add(guard, position, listed, flags);
      else if (flags & guardFlag.urlHost) add(guard, position, listed, flags, true);
    }
    this.#guards.forEach((_, guard) => {
      const found = this.#firstBeneath(guard);
      if (found !== undefined) add(guard, "above", found, 0);
    });
    const order = ({ position }: Finding): number => positions.indexOf(position);
    return findings.sort((a, b) => a.guard - b.guard || order(a) - order(b) || b.listed.length - a.listed.length);
  }

  #isException(guard: number): boolean {
    for (let i = 0; i < this.#frames; i++) {
      const isOwn = this.#frameEnd[i] === this.#nameBytes && this.#frameGuard[i] === guard;
      if (isOwn && (this.#frameFlags[i] as number) & guardFlag.suffixException) return true;
    }
    return false;
  }

  /** The first name beneath the one at hand that a guard lists for more than hosts of URLs; undefined without one. */
  #firstBeneath(guard: number): Uint8Array | undefined {
    const walking = this.#cursors[guard] as EntryCursor;
    if (!this.#isBeneath(walking)) return undefined;
    let cursor = walking;
    if ((walking.flags & guardsFromAbove) === 0) {
      cursor = this.#ahead[guard] ??= new EntryCursor(this.#open(this.#guards[guard] as Guard));
      cursor.seek(walking.key.subarray(0, walking.keyBytes));
      while (this.#isBeneath(cursor) && (cursor.flags & guardsFromAbove) === 0) cursor.advance();
      if (!this.#isBeneath(cursor)) return undefined;
    }
    const listed = cursor.key.slice(0, cursor.keyBytes);
    return cursor.flags & (guardFlag.name | guardFlag.beneath) ? listed : wildcardKey(listed);
  }
}

function isLess(a: Uint8Array, b: Uint8Array, at: number): boolean {
  return (a[at] as number) < (b[at] as number);
}
