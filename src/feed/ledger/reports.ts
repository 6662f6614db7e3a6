/** What a list with facts reports: read into memory, and walked in the order that the ledger has. */
import { compareBytes } from "../../base/bytes.ts";
import type { Collector } from "../../indicator/entry/collector.ts";
import type { EntryReports } from "../../indicator/entry/reports.ts";
import { externalIdOf } from "../../indicator/facts/report.ts";
import type { Rejects } from "../../indicator/rejects.ts";
import { parseList, type RunTask } from "../run.ts";
import { digestOf, digestOfOctets } from "./digest.ts";
import type { KeyDigests } from "./key-digests.ts";
import { type KeyedReport, unusedId } from "./sync.ts";

export interface Reports {
  readonly lines: number;
  readonly rejects: Rejects;
  /** With those that say the same of one name. */
  readonly given: number;
  /** Those that differ. */
  readonly distinct: number;
  /** By key, then by text. */
  walk(): Generator<KeyedReport, undefined>;
  /** The same in stretches of about a hundred reports, each with all of its keys. */
  stretches(): Generator<ReportStretch, undefined>;
}

/** Reports of keys that follow one another. */
export interface ReportStretch {
  /** The first key. */
  readonly key: Uint8Array;
  walk(): Generator<KeyedReport, undefined>;
  /** Puts its keys with the digests of their reports into `digests`. */
  digest(digests: KeyDigests): void;
}

/** Reports of a stretch: few, since one change makes all of them be looked at, and enough for one statement to pay. */
const stretchReports = 100;

/** Reports of one name that are kept: a list that has more of them repeats itself, and must not fill the memory. */
const reportsOfKeyMax = 1000;

/** What a whole list reports. */
export interface ReportsOfList extends Reports {
  /** Keys of what its last line gave, where no line feed ends it. */
  readonly cutKeys: readonly Uint8Array[];
}

/** Reads, parses and sorts. @throws OperatorError as `parseList` */
export async function readReports(task: RunTask): Promise<ReportsOfList> {
  const { collector, order, rejects, lines, cutKeys } = await parseList(task);
  const { reports } = collector;
  if (reports === undefined) throw new RangeError("A list without fields has no reports");
  return { lines, rejects, cutKeys, ...keptReports(collector, reports, order) };
}

/**
 * The reports of a collector's entries, whose order is given; those of one key in any order.
 * @param perStretch about so many reports are in a stretch
 */
export function keptReports(
  collector: Collector,
  reports: EntryReports,
  order: Uint32Array,
  perStretch: number = stretchReports,
): Omit<Reports, "lines" | "rejects"> {
  const kept = new KeptReports(collector, reports, distinctReports(collector, reports, order));
  return {
    given: order.length,
    distinct: kept.count,
    walk: () => kept.walk(0, kept.count),
    stretches: () => kept.stretches(perStretch),
  };
}

class KeptReports {
  readonly #collector: Collector;
  readonly #reports: EntryReports;
  /** Numbers of entries, by key and then by text. */
  readonly #entries: Uint32Array;

  constructor(collector: Collector, reports: EntryReports, entries: Uint32Array) {
    this.#collector = collector;
    this.#reports = reports;
    this.#entries = entries;
  }

  get count(): number {
    return this.#entries.length;
  }

  *walk(from: number, to: number): Generator<KeyedReport, undefined> {
    for (let i = from; i < to; i++) {
      const entry = this.#entries[i] as number;
      const key = this.#collector.keyOf(entry).slice();
      yield { key, flags: this.#collector.flags[entry] as number, text: this.#reports.textOf(entry) };
    }
    return undefined;
  }

  *stretches(perStretch: number): Generator<ReportStretch, undefined> {
    for (let from = 0; from < this.count; ) {
      let to = Math.min(this.count, from + perStretch);
      while (to < this.count && this.#isSameKey(to - 1, to)) to += 1;
      const [start, end] = [from, to];
      yield {
        key: this.#collector.keyOf(this.#entries[start] as number).slice(),
        walk: () => this.walk(start, end),
        digest: (digests) => this.#digest(start, end, digests),
      };
      from = to;
    }
    return undefined;
  }

  #digest(from: number, to: number, digests: KeyDigests): void {
    const { bytes, starts, keyBytes } = this.#collector;
    digests.clear();
    for (let i = from; i < to; ) {
      let end = i + 1;
      while (end < to && this.#isSameKey(i, end)) end += 1;
      const entry = this.#entries[i] as number;
      for (const digest of end === i + 1 ? [this.#digestOf(entry)] : this.#digestsOfKey(i, end)) {
        digests.add(bytes, starts[entry] as number, keyBytes[entry] as number, digest);
      }
      i = end;
    }
  }

  /** Of the reports of one key, in the order of their ids, as the ledger has them. */
  #digestsOfKey(from: number, to: number): number[] {
    const used = new Set<string>();
    const named = Array.from(this.#entries.subarray(from, to), (entry) => ({
      id: Buffer.from(unusedId(externalIdOf(this.#reports.textOf(entry)), used)),
      digest: this.#digestOf(entry),
    }));
    return named.sort((a, b) => Buffer.compare(a.id, b.id)).map(({ digest }) => digest);
  }

  #digestOf(entry: number): number {
    const flags = this.#collector.flags[entry] as number;
    const { octets } = this.#reports;
    return (
      digestOfOctets(flags, octets, this.#reports.startOf(entry), this.#reports.endOf(entry)) ??
      digestOf(flags, this.#reports.textOf(entry))
    );
  }

  #isSameKey(a: number, b: number): boolean {
    return haveSameKey(this.#collector, this.#entries[a] as number, this.#entries[b] as number);
  }
}

/** Entries in the order given, those of one key by their reports, each report once. */
function distinctReports(collector: Collector, reports: EntryReports, order: Uint32Array): Uint32Array {
  const kept = new Uint32Array(order.length);
  let count = 0;
  const compare = (a: number, b: number): number =>
    compareBytes(reports.bytesOf(a), reports.bytesOf(b)) ||
    (collector.flags[a] as number) - (collector.flags[b] as number);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && haveSameKey(collector, order[from] as number, order[to] as number)) to += 1;
    if (to === from + 1) kept[count++] = order[from] as number;
    else {
      const sorted = order.slice(from, to).sort(compare);
      const distinct = sorted.filter((entry, i) => i === 0 || compare(sorted[i - 1] as number, entry) !== 0);
      for (const entry of distinct.subarray(0, reportsOfKeyMax)) kept[count++] = entry;
    }
    from = to;
  }
  return kept.subarray(0, count);
}

function haveSameKey({ bytes, starts, keyBytes }: Collector, a: number, b: number): boolean {
  const length = keyBytes[a] as number;
  if (keyBytes[b] !== length) return false;
  const startA = starts[a] as number;
  const startB = starts[b] as number;
  for (let i = 0; i < length; i++) if (bytes[startA + i] !== bytes[startB + i]) return false;
  return true;
}
