/**
 * Of all that a list reports, what the ledger takes: each report once, one of each id that a name has, and of a name with too
 * many of them those that decide whether it counts. The order of the list decides nothing.
 */
import { compareBytes } from "../../base/bytes.ts";
import type { Collector } from "../../indicator/entry/collector.ts";
import type { EntryReports } from "../../indicator/entry/reports.ts";
import { shownKey } from "../../indicator/entry/shown-key.ts";
import { combineVersions } from "../../indicator/facts/combine.ts";
import { maskedName, mentionsMasked } from "../../indicator/facts/masked.ts";
import { decodeReport, encodeReport, isUnreadable } from "../../indicator/facts/report.ts";
import { samplesMax } from "../../indicator/rejects.ts";
import { mostTelling } from "./most-telling.ts";

/** Reports of one name that are kept: a list that has more of them repeats itself, and must not fill the memory. */
export const reportsOfKeyMax = 1000;

/** Reports that were not kept as they are, with the first of their names. */
export interface Passed {
  count: number;
  readonly names: string[];
}

export interface DistinctReports {
  /** Numbers of entries, by key and then by text. */
  readonly entries: Uint32Array;
  /** Reports that say something else of a name than another one under the same id. */
  readonly versions: Passed;
  /** Reports of names that have too many. */
  readonly beyondMax: Passed;
  /** How many can be read: of all, and of `entries`. */
  readonly readable: { readonly given: number; readonly distinct: number };
}

/** Entries are given by key; those of one key in any order. Flags and reports of versions that are combined change. */
export function distinctReports(collector: Collector, reports: EntryReports, order: Uint32Array): DistinctReports {
  const kept = new Uint32Array(order.length);
  const versions: Passed = { count: 0, names: [] };
  const beyondMax: Passed = { count: 0, names: [] };
  const given = countReadable(reports, order);
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
      let single = combineIds(collector, reports, distinct, versions);
      if (single.length > reportsOfKeyMax) {
        note(beyondMax, single.length - reportsOfKeyMax, collector, reports, order[from] as number);
        single = mostTelling(collector, reports, single, reportsOfKeyMax);
      }
      for (const entry of single.sort(compare)) kept[count++] = entry;
    }
    from = to;
  }
  const entries = kept.subarray(0, count);
  const distinct = countReadable(reports, entries);
  return { entries, versions, beyondMax, readable: { given, distinct } };
}

function countReadable(reports: EntryReports, entries: Uint32Array): number {
  let count = 0;
  for (const entry of entries) if (!isUnreadable(reports.octetsOf(entry), reports.endOf(entry))) count += 1;
  return count;
}

/** One entry for each id, and all that have none; `entries` are of one key and sorted by their texts. */
function combineIds(collector: Collector, reports: EntryReports, entries: Uint32Array, versions: Passed): Uint32Array {
  const single: number[] = [];
  for (let from = 0; from < entries.length; ) {
    const first = entries[from] as number;
    let to = from + 1;
    while (to < entries.length && haveSameId(reports.bytesOf(first), reports.bytesOf(entries[to] as number))) to += 1;
    if (to > from + 1) {
      const texts = new Set(Array.from(entries.subarray(from, to), (entry) => reports.textOf(entry)));
      let flags = 0;
      for (const entry of entries.subarray(from, to)) flags |= collector.flags[entry] as number;
      collector.flags[first] = flags;
      if (texts.size > 1) {
        note(versions, texts.size - 1, collector, reports, first);
        reports.begin(encodeReport(combineVersions(Array.from(texts, decodeReport))));
        reports.commit(first);
      }
    }
    single.push(first);
    from = to;
  }
  return Uint32Array.from(single);
}

function note(passed: Passed, count: number, collector: Collector, reports: EntryReports, entry: number): void {
  passed.count += count;
  if (passed.names.length >= samplesMax) return;
  const name = shownKey(collector.keyOf(entry).slice());
  passed.names.push(mentionsMasked(reports.textOf(entry)) ? maskedName(name, undefined) : name);
}

const lineFeed = 0x0a;

/** Whether two reports have one id; those without any have none. */
function haveSameId(a: Uint8Array, b: Uint8Array): boolean {
  if (a[0] === lineFeed) return false;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === lineFeed) return true;
  return false;
}

export function haveSameKey({ bytes, starts, keyBytes }: Collector, a: number, b: number): boolean {
  const length = keyBytes[a] as number;
  if (keyBytes[b] !== length) return false;
  const startA = starts[a] as number;
  const startB = starts[b] as number;
  for (let i = 0; i < length; i++) if (bytes[startA + i] !== bytes[startB + i]) return false;
  return true;
}
