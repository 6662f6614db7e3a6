/** What a list with facts reports: read into memory, and walked in the order that the ledger has. */
import { compareBytes } from "../../base/bytes.ts";
import type { Collector } from "../../indicator/entry/collector.ts";
import type { EntryReports } from "../../indicator/entry/reports.ts";
import type { Rejects } from "../../indicator/rejects.ts";
import { parseList, type RunTask } from "../run.ts";
import type { KeyedReport } from "./sync.ts";

export interface Reports {
  readonly lines: number;
  readonly rejects: Rejects;
  /** With those that say the same of one name. */
  readonly given: number;
  /** Those that differ. */
  readonly distinct: number;
  /** By key, then by text. */
  walk(): Generator<KeyedReport, undefined>;
}

/** Reports of one name that are kept: a list that has more of them repeats itself, and must not fill the memory. */
const reportsOfKeyMax = 1000;

/** Reads, parses and sorts. @throws OperatorError as `parseList` */
export async function readReports(task: RunTask): Promise<Reports> {
  const { collector, order, rejects, lines } = await parseList(task);
  const { reports } = collector;
  if (reports === undefined) throw new RangeError("A list without fields has no reports");
  const kept = distinctReports(collector, reports, order);
  return {
    lines,
    rejects,
    given: order.length,
    distinct: kept.length,
    *walk() {
      for (const entry of kept) {
        const key = collector.keyOf(entry).slice();
        yield { key, flags: collector.flags[entry] as number, text: reports.textOf(entry) };
      }
      return undefined;
    },
  };
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
