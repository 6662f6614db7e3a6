/**
 * What sources are worth, counted over all of them in one walk of their sorted entries: how many of its names and addresses no other
 * source has, and how many an allow list covers by now. Sources are as independent as the organisations behind their entries: what
 * two of them have from one organisation is still that organisation's alone.
 */
import { type EntryBlocks, EntryCursor, plainProfile } from "../indicator/entry/block.ts";
import { allowFlag } from "../indicator/entry/collector.ts";
import { CursorHeap } from "../indicator/entry/cursor-heap.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { organisationId } from "../indicator/facts/organisation.ts";

/** Of one source; names and addresses that stand in it several times are one. */
export interface SurveyedSource {
  readonly names: number;
  readonly unique: number;
  readonly allowed: number;
}

/** A list with its entries. */
export interface SurveyedList {
  readonly id: string;
  readonly blocks: EntryBlocks;
}

/** Counts by source. `factsOf` gives the facts of a profile. */
export function surveySources(
  sources: readonly SurveyedList[],
  allow: readonly Pick<SurveyedList, "blocks">[],
  factsOf: (profile: number) => Facts,
): Record<string, SurveyedSource> {
  const cursors = [...sources, ...allow].map(({ blocks }) => new EntryCursor(blocks));
  for (const cursor of cursors) cursor.rewind();
  const heap = new CursorHeap(cursors);
  heap.restart();
  const owners = new Owners(sources.length, factsOf);
  const names = new Float64Array(sources.length);
  const unique = new Float64Array(sources.length);
  const allowed = new Float64Array(sources.length);
  const cover = new AllowCover();
  const key = new Uint8Array(256);
  /** The sources that have the key at hand. */
  const having = new Int32Array(sources.length);
  for (let list = heap.least; list >= 0; list = heap.least) {
    const keyBytes = copyKey(cursors[list] as EntryCursor, key);
    let count = 0;
    let allowFlags = 0;
    owners.begin();
    for (; list >= 0 && isAt(cursors[list] as EntryCursor, key, keyBytes); list = heap.least) {
      const cursor = cursors[list] as EntryCursor;
      if (list < sources.length) {
        having[count++] = list;
        owners.enter(list);
        owners.add(cursor.profile);
        while (cursor.repeats) {
          cursor.advance();
          owners.add(cursor.profile);
        }
      } else allowFlags |= cursor.flags;
      cursor.advance();
      heap.settle();
    }
    const isAllowed = cover.take(key, keyBytes, allowFlags);
    for (let i = 0; i < count; i++) {
      const source = having[i] as number;
      names[source] = (names[source] as number) + 1;
      if (count === 1 || owners.hasAll(source)) unique[source] = (unique[source] as number) + 1;
      if (isAllowed) allowed[source] = (allowed[source] as number) + 1;
    }
  }
  return Object.fromEntries(
    sources.map(({ id }, i) => [
      id,
      { names: names[i] as number, unique: unique[i] as number, allowed: allowed[i] as number },
    ]),
  );
}

function copyKey({ key, keyBytes }: EntryCursor, into: Uint8Array): number {
  for (let i = 0; i < keyBytes; i++) into[i] = key[i] as number;
  return keyBytes;
}

/** Names differ mostly at their ends. */
function isAt({ key, keyBytes }: EntryCursor, other: Uint8Array, otherBytes: number): boolean {
  if (keyBytes !== otherBytes) return false;
  for (let i = keyBytes - 1; i >= 0; i--) if (key[i] !== other[i]) return false;
  return true;
}

/** Who is behind the entries of one key: an organisation, or the source itself. */
class Owners {
  readonly #factsOf: (profile: number) => Facts;
  readonly #sources: number;
  /** Numbers of organisations behind those of the sources. */
  readonly #organisations = new Map<string, number>();
  /** By profile: the number of its organisation, -1 where it names none, undefined where it was not met yet. */
  readonly #byProfile = new Map<number, number>();
  /** By owner: the last key that it was met at, in all and within a source. */
  readonly #seen: number[] = [];
  readonly #seenInSource: number[] = [];
  /** How many owners each source has at the key. */
  readonly #counts: Int32Array;
  #key = 0;
  #entered = 0;
  #source = 0;
  #total = 0;

  constructor(sources: number, factsOf: (profile: number) => Facts) {
    this.#sources = sources;
    this.#factsOf = factsOf;
    this.#counts = new Int32Array(sources);
  }

  /** Begins with the next key. */
  begin(): void {
    this.#key += 1;
    this.#total = 0;
  }

  /** Goes on with a source. */
  enter(source: number): void {
    this.#source = source;
    this.#entered += 1;
    this.#counts[source] = 0;
  }

  /** Adds who is behind an entry of the source at hand. */
  add(profile: number): void {
    const owner = profile === plainProfile ? this.#source : this.#ownerOf(profile);
    if (this.#seen[owner] !== this.#key) {
      this.#seen[owner] = this.#key;
      this.#total += 1;
    }
    if (this.#seenInSource[owner] === this.#entered) return;
    this.#seenInSource[owner] = this.#entered;
    this.#counts[this.#source] = (this.#counts[this.#source] as number) + 1;
  }

  /** Whether a source has the key from everybody who is behind any entry of it. */
  hasAll(source: number): boolean {
    return this.#counts[source] === this.#total;
  }

  #ownerOf(profile: number): number {
    let owner = this.#byProfile.get(profile);
    if (owner === undefined) this.#byProfile.set(profile, (owner = this.#numberOf(this.#factsOf(profile))));
    return owner === -1 ? this.#source : owner;
  }

  #numberOf({ organisation }: Facts): number {
    if (organisation === undefined) return -1;
    const id = organisationId(organisation);
    const number = this.#organisations.get(id) ?? this.#sources + this.#organisations.size;
    this.#organisations.set(id, number);
    return number;
  }
}

/** Whether allow lists cover the names of a walk: a name beneath another follows it, with nothing else between. */
class AllowCover {
  readonly #root = new Uint8Array(256);
  /** Octets of the name beneath which all is allowed; 0 where there is none. */
  #rootBytes = 0;

  /** Takes what allow lists say of a name, as bits of `allowFlag`. */
  take(key: Uint8Array, keyBytes: number, flags: number): boolean {
    const isBeneath = this.#isBeneath(key, keyBytes);
    if ((flags & allowFlag.beneath) !== 0 && !isBeneath) {
      this.#root.set(key.subarray(0, keyBytes));
      this.#rootBytes = keyBytes;
    }
    return isBeneath || (flags & allowFlag.self) !== 0;
  }

  #isBeneath(key: Uint8Array, keyBytes: number): boolean {
    const rootBytes = this.#rootBytes;
    // Each label ends in an octet of its own, so that a longer key with this one in front is beneath it.
    if (rootBytes === 0 || keyBytes <= rootBytes) return false;
    for (let i = rootBytes - 1; i >= 0; i--) if (key[i] !== this.#root[i]) return false;
    return true;
  }
}
