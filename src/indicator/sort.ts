/**
 * Puts a collector's entries in the byte order of their keys, without a string or an object per entry.
 *
 * Ten octets of each key, recoded to six bits each, make two words that travel with the entry's number, so that nearly
 * all of the work runs over these words and not over the arena, whose reads miss the cache. Words are sorted by radix
 * where there are many and by quicksort where there are few; entries whose words are equal go on with their next octets.
 * Scratch is 24 octets an entry, the result included.
 */
import type { Collector } from "./collector.ts";

/** Runs up to this length are sorted by comparing keys octet by octet. */
const insertionMax = 20;
/** Runs from this length on are sorted by radix. */
const radixMin = 700;
const digitBits = 10;
const digits = 1 << digitBits;

/** Marks octets that the six-bit code does not know. */
const unknown = 0x40;
/** Order-keeping six-bit codes of the octets that keys of names have; 0 is the end of a label and of a key. */
const sixBits = new Uint8Array(256).fill(unknown);
for (const [code, character] of [..."\0\u0001*-0123456789_abcdefghijklmnopqrstuvwxyz"].entries()) {
  sixBits[character.charCodeAt(0)] = code;
}
const sixBitOctets = 5;
/** Octets of a word where a key has others than these; three keep a word within a small integer. */
const plainOctets = 3;

/**
 * Entry numbers in ascending order of their keys, a shorter key before those that it is a prefix of. Equal keys come in
 * any order. Takes time in proportion to the octets by which keys differ.
 */
export function sortEntries(collector: Collector): Uint32Array {
  return new Sorter(collector).sort();
}

class Sorter {
  readonly #arena: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #keyBytes: Uint8Array;
  readonly #count: number;
  readonly #entries: Uint32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #entriesTo: Uint32Array;
  readonly #highTo: Uint32Array;
  readonly #lowTo: Uint32Array;
  readonly #counts = new Uint32Array(digits);

  constructor(collector: Collector) {
    const count = collector.count;
    this.#arena = collector.bytes;
    this.#starts = collector.starts;
    this.#keyBytes = collector.keyBytes;
    this.#count = count;
    this.#entries = new Uint32Array(count);
    this.#high = new Uint32Array(count);
    this.#low = new Uint32Array(count);
    this.#entriesTo = new Uint32Array(count);
    this.#highTo = new Uint32Array(count);
    this.#lowTo = new Uint32Array(count);
  }

  sort(): Uint32Array {
    for (let i = 0; i < this.#count; i++) this.#entries[i] = i;
    this.#sortRun(0, this.#count, 0);
    return this.#entries;
  }

  /** Sorts the entries at `from…to`, which share their first `depth` octets. */
  #sortRun(from: number, to: number, depth: number): void {
    if (to - from <= insertionMax) {
      this.#insert(from, to, depth);
      return;
    }
    const next = depth + 2 * this.#load(from, to, depth);
    this.#sortWords(this.#high, from, to);
    for (let start = from; start < to; ) {
      const end = endOfEqual(this.#high, start, to);
      if (end - start > 1) this.#sortLow(start, end, depth, next);
      start = end;
    }
  }

  /** Sorts the entries at `from…to`, whose high words are equal. */
  #sortLow(from: number, to: number, depth: number, next: number): void {
    if (to - from <= insertionMax) {
      this.#insert(from, to, depth);
      return;
    }
    this.#sortWords(this.#low, from, to);
    for (let start = from; start < to; ) {
      const end = endOfEqual(this.#low, start, to);
      // A key that ended before `next` ended there in the whole run, since no label is empty: all are the same key.
      const isDone = end - start === 1 || (this.#keyBytes[this.#entries[start] as number] as number) < next;
      if (!isDone) this.#sortRun(start, end, next);
      start = end;
    }
  }

  /** Fills the words of the entries at `from…to` with the octets after `depth` and returns how many octets each took. */
  #load(from: number, to: number, depth: number): number {
    const arena = this.#arena;
    const starts = this.#starts;
    const keyBytes = this.#keyBytes;
    const entries = this.#entries;
    const high = this.#high;
    const low = this.#low;
    let all = 0;
    for (let i = from; i < to; i++) {
      const entry = entries[i] as number;
      const start = starts[entry] as number;
      const end = start + (keyBytes[entry] as number);
      let at = start + depth;
      let word = 0;
      for (const stop = at + sixBitOctets; at < stop; at++) {
        const code = at < end ? (sixBits[arena[at] as number] as number) : 0;
        all |= code;
        word = (word << 6) | code;
      }
      high[i] = word;
      word = 0;
      for (const stop = at + sixBitOctets; at < stop; at++) {
        const code = at < end ? (sixBits[arena[at] as number] as number) : 0;
        all |= code;
        word = (word << 6) | code;
      }
      low[i] = word;
    }
    if (all < unknown) return sixBitOctets;
    this.#loadPlain(from, to, depth);
    return plainOctets;
  }

  /** The same with whole octets, for runs in which a key has octets that names do not have. */
  #loadPlain(from: number, to: number, depth: number): void {
    for (let i = from; i < to; i++) {
      const entry = this.#entries[i] as number;
      const start = (this.#starts[entry] as number) + depth;
      const end = start - depth + (this.#keyBytes[entry] as number);
      this.#high[i] = this.#plainWord(start, end);
      this.#low[i] = this.#plainWord(start + plainOctets, end);
    }
  }

  #plainWord(start: number, end: number): number {
    let word = 0;
    for (let at = start; at < start + plainOctets; at++) {
      word = (word << 8) | (at < end ? (this.#arena[at] as number) : 0);
    }
    return word;
  }

  /** Sorts entries and both words at `from…to` by one of the words. */
  #sortWords(words: Uint32Array, from: number, to: number): void {
    if (to - from < radixMin) {
      this.#quicksort(words, from, to - 1);
      return;
    }
    const byHigh = words === this.#high;
    this.#scatter(
      this.#entries,
      this.#high,
      this.#low,
      this.#entriesTo,
      this.#highTo,
      this.#lowTo,
      byHigh,
      0,
      from,
      to,
    );
    const bits = digitBits;
    this.#scatter(
      this.#entriesTo,
      this.#highTo,
      this.#lowTo,
      this.#entries,
      this.#high,
      this.#low,
      byHigh,
      bits,
      from,
      to,
    );
    this.#scatter(
      this.#entries,
      this.#high,
      this.#low,
      this.#entriesTo,
      this.#highTo,
      this.#lowTo,
      byHigh,
      2 * bits,
      from,
      to,
    );
    this.#entries.set(this.#entriesTo.subarray(from, to), from);
    this.#high.set(this.#highTo.subarray(from, to), from);
    this.#low.set(this.#lowTo.subarray(from, to), from);
  }

  /** One stable pass of a radix sort: moves `from…to` in the order of ten bits of a word. */
  #scatter(
    entries: Uint32Array,
    high: Uint32Array,
    low: Uint32Array,
    entriesTo: Uint32Array,
    highTo: Uint32Array,
    lowTo: Uint32Array,
    byHigh: boolean,
    shift: number,
    from: number,
    to: number,
  ): void {
    const counts = this.#counts;
    const words = byHigh ? high : low;
    const mask = digits - 1;
    counts.fill(0);
    for (let i = from; i < to; i++) {
      const digit = ((words[i] as number) >> shift) & mask;
      counts[digit] = (counts[digit] as number) + 1;
    }
    let at = from;
    for (let digit = 0; digit < digits; digit++) {
      const count = counts[digit] as number;
      counts[digit] = at;
      at += count;
    }
    for (let i = from; i < to; i++) {
      const digit = ((words[i] as number) >> shift) & mask;
      const place = counts[digit] as number;
      counts[digit] = place + 1;
      entriesTo[place] = entries[i] as number;
      highTo[place] = high[i] as number;
      lowTo[place] = low[i] as number;
    }
  }

  /** Sorts entries and both words at `first…last`, both included, by one of the words. */
  #quicksort(words: Uint32Array, first: number, last: number): void {
    let from = first;
    let to = last;
    while (to - from > 12) {
      const pivot = middle(words[from] as number, words[(from + to) >> 1] as number, words[to] as number);
      let i = from;
      let j = to;
      while (i <= j) {
        while ((words[i] as number) < pivot) i += 1;
        while ((words[j] as number) > pivot) j -= 1;
        if (i <= j) this.#swap(i++, j--);
      }
      // The smaller part by recursion, so that the stack stays low.
      if (j - from < to - i) {
        this.#quicksort(words, from, j);
        from = i;
      } else {
        this.#quicksort(words, i, to);
        to = j;
      }
    }
    for (let i = from + 1; i <= to; i++) {
      for (let j = i; j > from && (words[j - 1] as number) > (words[j] as number); j--) this.#swap(j - 1, j);
    }
  }

  #swap(a: number, b: number): void {
    swap(this.#entries, a, b);
    swap(this.#high, a, b);
    swap(this.#low, a, b);
  }

  /** Sorts a short run by comparing keys after their first `depth` octets; the words are left as they are. */
  #insert(from: number, to: number, depth: number): void {
    const entries = this.#entries;
    for (let i = from + 1; i < to; i++) {
      const entry = entries[i] as number;
      let j = i;
      for (; j > from && this.#isAfter(entries[j - 1] as number, entry, depth); j--)
        entries[j] = entries[j - 1] as number;
      entries[j] = entry;
    }
  }

  /** Whether the key of `a` comes after the key of `b`, both having their first `depth` octets in common. */
  #isAfter(a: number, b: number, depth: number): boolean {
    const arena = this.#arena;
    const startA = this.#starts[a] as number;
    const startB = this.#starts[b] as number;
    const lengthA = this.#keyBytes[a] as number;
    const lengthB = this.#keyBytes[b] as number;
    const shorter = lengthA < lengthB ? lengthA : lengthB;
    for (let i = depth; i < shorter; i++) {
      const octetA = arena[startA + i] as number;
      const octetB = arena[startB + i] as number;
      if (octetA !== octetB) return octetA > octetB;
    }
    return lengthA > lengthB;
  }
}

/** Where the run of equal words that starts at `from` ends. */
function endOfEqual(words: Uint32Array, from: number, to: number): number {
  const word = words[from];
  let end = from + 1;
  while (end < to && words[end] === word) end += 1;
  return end;
}

function middle(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}

function swap(array: Uint32Array, a: number, b: number): void {
  const kept = array[a] as number;
  array[a] = array[b] as number;
  array[b] = kept;
}
