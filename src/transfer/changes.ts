/**
 * Records that are added to a copy or deleted from it, as runs of octets that are sorted by owner and then by what is behind
 * the TTL. A change is KEYBYTES (2), RESTBYTES (4), TTL (4), whether it is a deletion (1), the key, the rest. Of changes to one
 * record the order is that in which they came.
 */
import type { RecordSink } from "./answer.ts";
import type { OwnerReader } from "./owner-reader.ts";

const headBytes = 11;
/** Octets that are kept in memory; what is more goes to a file. */
const keptBytesDefault = 64 * 1_048_576;

/** Changes one after the other, from the least on. What it shows is valid until the next call of `next`. */
export interface ChangeCursor {
  readonly bytes: Uint8Array;
  /** Where the change at hand is. */
  readonly at: number;
  /** Goes to the next; false where there is none. */
  next(): boolean;
}

export const keyStartOf = (at: number): number => at + headBytes;
export const keyBytesAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
export const restBytesAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at + 2] as number) << 24) |
  ((bytes[at + 3] as number) << 16) |
  ((bytes[at + 4] as number) << 8) |
  (bytes[at + 5] as number);
export const ttlAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at + 6] as number) << 24) |
    ((bytes[at + 7] as number) << 16) |
    ((bytes[at + 8] as number) << 8) |
    (bytes[at + 9] as number)) >>>
  0;
export const isDeletionAt = (bytes: Uint8Array, at: number): boolean => bytes[at + 10] === 1;
/** Where the change ends. */
export const endOfChange = (bytes: Uint8Array, at: number): number =>
  at + headBytes + keyBytesAt(bytes, at) + restBytesAt(bytes, at);

/** Compares octets. */
export function compareOctets(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Compares the records of two changes; 0 where it is one record. */
export function compareChanges(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const aKey = aAt + headBytes;
  const bKey = bAt + headBytes;
  const aRest = aKey + keyBytesAt(a, aAt);
  const bRest = bKey + keyBytesAt(b, bAt);
  const order = compareOctets(a, aKey, aRest, b, bKey, bRest);
  if (order !== 0) return order;
  return compareOctets(a, aRest, aRest + restBytesAt(a, aAt), b, bRest, bRest + restBytesAt(b, bAt));
}

export class Changes implements RecordSink {
  readonly #keptBytesMax: number;
  #bytes = new Uint8Array(65_536);
  #used = 0;
  #starts = new Uint32Array(1024);
  #count = 0;

  constructor(keptBytesMax: number = keptBytesDefault) {
    this.#keptBytesMax = keptBytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether what is kept should go to a file before more comes. */
  get isFull(): boolean {
    return this.#used >= this.#keptBytesMax;
  }

  take(isDeletion: boolean, { key, keyBytes }: OwnerReader, ttl: number, rest: Uint8Array): void {
    const at = this.#used;
    const end = at + headBytes + keyBytes + rest.length;
    if (end > this.#bytes.length) this.#growTo(end);
    if (this.#count === this.#starts.length) {
      const starts = new Uint32Array(2 * this.#count);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    const bytes = this.#bytes;
    bytes[at] = keyBytes >> 8;
    bytes[at + 1] = keyBytes & 0xff;
    bytes[at + 2] = 0;
    bytes[at + 3] = rest.length >> 16;
    bytes[at + 4] = (rest.length >> 8) & 0xff;
    bytes[at + 5] = rest.length & 0xff;
    bytes[at + 6] = ttl >>> 24;
    bytes[at + 7] = (ttl >>> 16) & 0xff;
    bytes[at + 8] = (ttl >>> 8) & 0xff;
    bytes[at + 9] = ttl & 0xff;
    bytes[at + 10] = isDeletion ? 1 : 0;
    for (let i = 0; i < keyBytes; i++) bytes[at + headBytes + i] = key[i] as number;
    bytes.set(rest, at + headBytes + keyBytes);
    this.#starts[this.#count++] = at;
    this.#used = end;
  }

  #growTo(end: number): void {
    const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }

  /** The changes in order. Nothing may be taken while it is read. */
  sorted(): ChangeCursor {
    const bytes = this.#bytes;
    const order = this.#starts.slice(0, this.#count);
    // What came first has the lower offset.
    order.sort((a, b) => compareChanges(bytes, a, bytes, b) || a - b);
    let i = -1;
    return {
      bytes,
      get at() {
        return order[i] as number;
      },
      next: () => ++i < order.length,
    };
  }

  clear(): void {
    this.#used = 0;
    this.#count = 0;
  }
}

/** Several sorted runs as one; of changes to one record those of an earlier run come first. */
export function mergedCursor(cursors: readonly ChangeCursor[]): ChangeCursor {
  const left = [...cursors];
  let current: ChangeCursor | undefined;
  for (let i = 0; i < left.length; ) {
    if ((left[i] as ChangeCursor).next()) i += 1;
    else left.splice(i, 1);
  }
  return {
    get bytes() {
      return (current as ChangeCursor).bytes;
    },
    get at() {
      return (current as ChangeCursor).at;
    },
    next: () => {
      if (current !== undefined && !current.next()) left.splice(left.indexOf(current), 1);
      current = left[0];
      for (const cursor of left) {
        const least = current as ChangeCursor;
        if (cursor !== least && compareChanges(cursor.bytes, cursor.at, least.bytes, least.at) < 0) current = cursor;
      }
      return current !== undefined;
    },
  };
}

/** A run that is read from where it was put. `read` fills what it is given from its start, and says how much it had. */
export function cursorOfRun(read: (target: Uint8Array) => number, bufferBytes: number): ChangeCursor {
  let bytes = new Uint8Array(bufferBytes);
  let filled = 0;
  let at = 0;
  let end = 0;
  const isWhole = (): boolean => filled - end >= headBytes && endOfChange(bytes, end) <= filled;
  const fill = (): void => {
    const rest = bytes.subarray(end, filled);
    // A change that is longer than the buffer takes one that is twice as long.
    const target = end === 0 && filled === bytes.length ? new Uint8Array(2 * bytes.length) : bytes;
    if (target === bytes) bytes.copyWithin(0, end, filled);
    else target.set(rest);
    filled -= end;
    end = 0;
    bytes = target;
    filled += read(bytes.subarray(filled));
  };
  return {
    get bytes() {
      return bytes;
    },
    get at() {
      return at;
    },
    next: () => {
      for (let before = -1; !isWhole(); ) {
        if (before === filled - end) return false;
        before = filled - end;
        fill();
      }
      at = end;
      end = endOfChange(bytes, at);
      return true;
    },
  };
}
