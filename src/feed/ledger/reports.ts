/** What a list with facts reports: read into memory, and walked in the order that the ledger has. */
import type { Collector } from "../../indicator/entry/collector.ts";
import type { EntryReports } from "../../indicator/entry/reports.ts";
import type { Rejects } from "../../indicator/rejects.ts";
import { type ParsedList, parseChunks, parseList, type RunTask } from "../run.ts";
import { digestOf, digestOfOctets } from "./digest.ts";
import { type DistinctReports, distinctReports, haveSameKey } from "./distinct-reports.ts";
import type { KeyDigests } from "./key-digests.ts";
import type { KeyedReport } from "./sync.ts";

/** How many reports a list has. */
export interface ReportCounts {
  readonly lines: number;
  readonly rejects: Rejects;
  /** Those that can be read, with those that say the same of one name, but for names with too many reports. */
  readonly given: number;
  /** Those of them that say the same as others. */
  readonly duplicates: number;
  /** Those that differ; of each id of a name, one. */
  readonly distinct: number;
}

export interface Reports extends ReportCounts {
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

/** What a whole list reports. */
export interface ReportsOfList extends Reports {
  /** Keys of what its last line gave, where no line feed ends it. */
  readonly cutKeys: readonly Uint8Array[];
  /** Gives the memory of the reports back; they cannot be walked any more. */
  release(): void;
}

/** Reads, parses and sorts. @throws OperatorError as `parseList` */
export async function readReports(task: RunTask): Promise<ReportsOfList> {
  return reportsOf(await parseList(task));
}

/** The same of octets of a list that are given. */
export async function readReportsIn(octets: Uint8Array, task: Omit<RunTask, "range" | "expandedBytesMax">) {
  return reportsOf(await parseChunks({ ...task, range: undefined }, [octets]));
}

function reportsOf({ collector, order, rejects, lines, cutKeys }: ParsedList): ReportsOfList {
  const { reports } = collector;
  if (reports === undefined) throw new RangeError("A list without fields has no reports");
  const { versions, beyondMax, ...kept } = keptReports(collector, reports, order);
  noteVersions(rejects, { versions, beyondMax });
  return { lines, rejects, cutKeys, ...kept, release: () => reports.release() };
}

/** Counts reports that were not kept as they are. */
export function noteVersions(rejects: Rejects, passed: Pick<DistinctReports, "versions" | "beyondMax">): void {
  for (const [reason, { count, names }] of [
    ["several-versions", passed.versions],
    ["too-many-reports", passed.beyondMax],
  ] as const) {
    if (count > 0) rejects.addNames(reason, count, names);
  }
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
): Omit<Reports, "lines" | "rejects"> & Pick<DistinctReports, "versions" | "beyondMax"> {
  const { entries, versions, beyondMax, readable } = distinctReports(collector, reports, order);
  const given = Math.max(0, readable.given - beyondMax.count);
  const kept = new KeptReports(collector, reports, entries);
  return {
    versions,
    beyondMax,
    given,
    duplicates: Math.max(0, given - readable.distinct),
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
      const all = end === i + 1 ? [this.#digestOf(entry)] : this.#digestsOf(i, end);
      digests.add(bytes, starts[entry] as number, keyBytes[entry] as number, all);
      i = end;
    }
  }

  #digestsOf(from: number, to: number): number[] {
    return Array.from(this.#entries.subarray(from, to), (entry) => this.#digestOf(entry));
  }

  #digestOf(entry: number): number {
    const flags = this.#collector.flags[entry] as number;
    const octets = this.#reports.octetsOf(entry);
    return (
      digestOfOctets(flags, octets, this.#reports.startOf(entry), this.#reports.endOf(entry)) ??
      digestOf(flags, this.#reports.textOf(entry))
    );
  }

  #isSameKey(a: number, b: number): boolean {
    return haveSameKey(this.#collector, this.#entries[a] as number, this.#entries[b] as number);
  }
}
