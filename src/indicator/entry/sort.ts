/**
 * Puts a collector's entries in the byte order of their keys, without a string or an object per entry.
 *
 * Ten octets of each key, recoded to six bits each, make two words that travel with the entry's number, so that nearly
 * all of the work runs over these words and not over the arena, whose reads miss the cache. Words are sorted by radix
 * where there are many and by quicksort where there are few; entries whose words are equal go on with their next octets.
 * Scratch is 24 octets an entry, the result included.
 */

import type { Collector } from "./collector.ts";
import { badWord, highMasks, lowMasks, sixBitOctets, wordAt } from "./key-words.ts";
import { groupByTop, type TopGroup } from "./top-labels.ts";

/** Runs up to this length are sorted by comparing keys octet by octet. */
const insertionMax = 20;
/** Runs from this length on are sorted by radix. */
const radixMin = 700;
/** Octets of a word where a key has some without a code; three keep a word within a small integer. */
const plainOctets = 3;
const digitBits = 10;
const digitMask = (1 << digitBits) - 1;
/** Words up to this many are sorted by insertion. */
const shortMax = 12;

/**
 * Entry numbers in ascending order of their keys, a shorter key before those that it is a prefix of. Equal keys come in
 * any order. Takes time in proportion to the octets by which keys differ.
 */
export function sortEntries(collector: Collector): Uint32Array {
  return new Sorter(collector).sort();
}

/** Collectors of this many entries and more are grouped by top label first. */
const groupMin = 4096;

/** Entry numbers with the words of their keys. */
interface Words {
  readonly entries: Uint32Array;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

class Sorter {
  readonly #collector: Collector;
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
  readonly #counts = new Uint32Array(digitMask + 1);

  constructor(collector: Collector) {
    const count = collector.count;
    this.#collector = collector;
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
    const groupOf = this.#entriesTo;
    const groups = this.#count < groupMin ? undefined : groupByTop(this.#collector, groupOf);
    if (groups === undefined) {
      for (let i = 0; i < this.#count; i++) this.#entries[i] = i;
      this.#sortRun(0, this.#count, 0);
      return this.#entries;
    }
    // Half of all names share one top label, whose octets would fill half of a word: it is sorted by first.
    const isLoaded = this.#place(groups, groupOf);
    for (const { from, count, keyBytes } of groups) {
      if (isLoaded && count > insertionMax) this.#sortLoaded(from, from + count, keyBytes + 2 * sixBitOctets);
      else this.#sortRun(from, from + count, keyBytes);
    }
    return this.#entries;
  }

  /** Puts entries with their words into their groups, in one pass over the arena; false where a key needs whole octets. */
  #place(groups: readonly TopGroup[], groupOf: Uint32Array): boolean {
    const arena = this.#arena;
    const depths = Uint8Array.from(groups, (group) => group.keyBytes);
    const places = Uint32Array.from(groups, (group) => group.from);
    const last = arena.length - 2 * sixBitOctets;
    let all = 0;
    for (let entry = 0; entry < this.#count; entry++) {
      const group = groupOf[entry] as number;
      const place = places[group] as number;
      places[group] = place + 1;
      const depth = depths[group] as number;
      const start = (this.#starts[entry] as number) + depth;
      const left = (this.#keyBytes[entry] as number) - depth;
      const kept = left < 2 * sixBitOctets ? left : 2 * sixBitOctets;
      const high = start <= last ? wordAt(arena, start) : badWord;
      const low = start <= last ? wordAt(arena, start + sixBitOctets) : badWord;
      all |= high | low;
      this.#entries[place] = entry;
      this.#high[place] = high & (highMasks[kept] as number);
      this.#low[place] = low & (lowMasks[kept] as number);
    }
    return all >= 0;
  }

  /** Sorts the entries at `from…to`, which share their first `depth` octets. */
  #sortRun(from: number, to: number, depth: number): void {
    if (to - from <= insertionMax) {
      this.#insert(from, to, depth);
      return;
    }
    this.#sortLoaded(from, to, depth + 2 * this.#load(from, to, depth));
  }

  /** Sorts the entries at `from…to`, whose words have their octets up to `next`. */
  #sortLoaded(from: number, to: number, next: number): void {
    this.#sortByHigh(from, to);
    const high = this.#high;
    for (let start = from; start < to; ) {
      const word = high[start];
      let end = start + 1;
      while (end < to && high[end] === word) end += 1;
      if (end - start > 1) this.#sortEqualHigh(start, end, next);
      start = end;
    }
  }

  /** Sorts the entries at `from…to`, whose high words are equal; their octets up to `next` are in the words. */
  #sortEqualHigh(from: number, to: number, next: number): void {
    this.#sortByLow(from, to);
    const low = this.#low;
    for (let start = from; start < to; ) {
      const word = low[start];
      let end = start + 1;
      while (end < to && low[end] === word) end += 1;
      // A key that ended before `next` ended there in the whole run, since no label is empty: all are the same key.
      if (end - start > 1 && (this.#keyBytes[this.#entries[start] as number] as number) >= next) {
        this.#sortRun(start, end, next);
      }
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
    const last = arena.length - 2 * sixBitOctets;
    let all = 0;
    for (let i = from; i < to; i++) {
      const entry = entries[i] as number;
      const start = (starts[entry] as number) + depth;
      const left = (keyBytes[entry] as number) - depth;
      const kept = left < 2 * sixBitOctets ? left : 2 * sixBitOctets;
      const highWord = start <= last ? wordAt(arena, start) : badWord;
      const lowWord = start <= last ? wordAt(arena, start + sixBitOctets) : badWord;
      all |= highWord | lowWord;
      high[i] = highWord & (highMasks[kept] as number);
      low[i] = lowWord & (lowMasks[kept] as number);
    }
    if (all >= 0) return sixBitOctets;
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

  /** Sorts entries and both words at `from…to` by the high word. */
  #sortByHigh(from: number, to: number): void {
    if (to - from < radixMin) {
      this.#quicksortHigh(from, to - 1);
      return;
    }
    const here = { entries: this.#entries, high: this.#high, low: this.#low };
    const there = { entries: this.#entriesTo, high: this.#highTo, low: this.#lowTo };
    this.#scatterByHigh(here, there, 0, from, to);
    this.#scatterByHigh(there, here, digitBits, from, to);
    this.#scatterByHigh(here, there, 2 * digitBits, from, to);
    here.entries.set(there.entries.subarray(from, to), from);
    here.high.set(there.high.subarray(from, to), from);
    here.low.set(there.low.subarray(from, to), from);
  }

  /** Sorts entries and low words at `from…to`, where the high words are equal, by the low word. */
  #sortByLow(from: number, to: number): void {
    if (to - from < radixMin) {
      this.#quicksortLow(from, to - 1);
      return;
    }
    const entries = this.#entries;
    const low = this.#low;
    this.#scatterByLow(entries, low, this.#entriesTo, this.#lowTo, 0, from, to);
    this.#scatterByLow(this.#entriesTo, this.#lowTo, entries, low, digitBits, from, to);
    this.#scatterByLow(entries, low, this.#entriesTo, this.#lowTo, 2 * digitBits, from, to);
    entries.set(this.#entriesTo.subarray(from, to), from);
    low.set(this.#lowTo.subarray(from, to), from);
  }

  /** One stable pass of a radix sort: moves `from…to` in the order of ten bits of the high word. */
  #scatterByHigh(here: Words, there: Words, shift: number, from: number, to: number): void {
    const { entries, high, low } = here;
    const { entries: entriesTo, high: highTo, low: lowTo } = there;
    const places = this.#placesOf(high, shift, from, to);
    for (let i = from; i < to; i++) {
      const word = high[i] as number;
      const digit = (word >> shift) & digitMask;
      const place = places[digit] as number;
      places[digit] = place + 1;
      entriesTo[place] = entries[i] as number;
      highTo[place] = word;
      lowTo[place] = low[i] as number;
    }
  }

  /** The same by the low word, where the high words are equal and stay. */
  #scatterByLow(
    entries: Uint32Array,
    low: Uint32Array,
    entriesTo: Uint32Array,
    lowTo: Uint32Array,
    shift: number,
    from: number,
    to: number,
  ): void {
    const places = this.#placesOf(low, shift, from, to);
    for (let i = from; i < to; i++) {
      const word = low[i] as number;
      const digit = (word >> shift) & digitMask;
      const place = places[digit] as number;
      places[digit] = place + 1;
      entriesTo[place] = entries[i] as number;
      lowTo[place] = word;
    }
  }

  /** Where the first word of each digit goes. */
  #placesOf(words: Uint32Array, shift: number, from: number, to: number): Uint32Array {
    const counts = this.#counts;
    counts.fill(0);
    for (let i = from; i < to; i++) {
      const digit = ((words[i] as number) >> shift) & digitMask;
      counts[digit] = (counts[digit] as number) + 1;
    }
    let at = from;
    for (let digit = 0; digit <= digitMask; digit++) {
      const count = counts[digit] as number;
      counts[digit] = at;
      at += count;
    }
    return counts;
  }

  /** Sorts entries and both words at `first…last`, both included, by the high word. */
  #quicksortHigh(first: number, last: number): void {
    const words = this.#high;
    let from = first;
    let to = last;
    while (to - from > shortMax) {
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
        this.#quicksortHigh(from, j);
        from = i;
      } else {
        this.#quicksortHigh(i, to);
        to = j;
      }
    }
    for (let i = from + 1; i <= to; i++) {
      for (let j = i; j > from && (words[j - 1] as number) > (words[j] as number); j--) this.#swap(j - 1, j);
    }
  }

  /** Sorts entries and low words at `first…last`, both included, by the low word. */
  #quicksortLow(first: number, last: number): void {
    const words = this.#low;
    const entries = this.#entries;
    let from = first;
    let to = last;
    while (to - from > shortMax) {
      const pivot = middle(words[from] as number, words[(from + to) >> 1] as number, words[to] as number);
      let i = from;
      let j = to;
      while (i <= j) {
        while ((words[i] as number) < pivot) i += 1;
        while ((words[j] as number) > pivot) j -= 1;
        if (i > j) break;
        swap(words, i, j);
        swap(entries, i++, j--);
      }
      if (j - from < to - i) {
        this.#quicksortLow(from, j);
        from = i;
      } else {
        this.#quicksortLow(i, to);
        to = j;
      }
    }
    for (let i = from + 1; i <= to; i++) {
      const word = words[i] as number;
      const entry = entries[i] as number;
      let j = i;
      for (; j > from && (words[j - 1] as number) > word; j--) {
        words[j] = words[j - 1] as number;
        entries[j] = entries[j - 1] as number;
      }
      words[j] = word;
      entries[j] = entry;
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

function middle(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}

function swap(array: Uint32Array, a: number, b: number): void {
  const kept = array[a] as number;
  array[a] = array[b] as number;
  array[b] = kept;
}
