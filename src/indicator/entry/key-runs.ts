/** Walks a collector's entries in key order, a name at a time: each comes just before all that lies beneath it. */
import { equalBytes } from "../../base/bytes.ts";
import type { Collector } from "./collector.ts";
import { sortEntries } from "./sort.ts";

/** The numbers of the entries of each key, from entry `first` on; of one key they come in any order. */
export function* keyRuns(collector: Collector, first: number): Generator<Uint32Array> {
  const sorted = sortEntries(collector);
  const order = first === 0 ? sorted : sorted.filter((entry) => entry >= first);
  for (let at = 0; at < order.length; ) {
    const key = collector.keyOf(order[at] as number);
    let end = at + 1;
    while (end < order.length && equalBytes(collector.keyOf(order[end] as number), key)) end += 1;
    yield order.subarray(at, end);
    at = end;
  }
}
