/** Which top-level domains there are, and the names of a list that lie under none of them. */

import { parse } from "tldts";
import { keyToText } from "../dns/name.ts";
import { isTriggerLabel } from "../rpz/label.ts";
import type { Collector } from "./entry/collector.ts";
import { maskedName, mentionsMasked } from "./facts/masked.ts";
import { type Rejects, samplesMax } from "./rejects.ts";

/**
 * Top-level domains that no registry has and that names are written under all the same: RFC 2606 and 6761 (test, example,
 * invalid, localhost), RFC 6762 (local), RFC 7686 (onion), RFC 9476 (alt), and `internal`, which ICANN keeps for private use.
 */
export const reservedTopLevels: ReadonlySet<string> = new Set(
  "test example invalid localhost local onion alt internal".split(" "),
);

/** Delegated domains for which the Public Suffix List has rules beneath (`co.za`) and none of their own. */
const withoutRule: ReadonlySet<string> = new Set(["za"]);

/** Whether a label (an A-label in lower case) is a top-level domain in the Public Suffix List's ICANN part, or reserved. */
export function isKnownTopLevel(label: string): boolean {
  if (reservedTopLevels.has(label) || withoutRule.has(label)) return true;
  return parse(`a.${label}`, { validateHostname: false, extractHostname: false }).isIcann === true;
}

/**
 * Counts the names under unknown top-level domains, as kept or as rejects, and returns the order without those that are
 * not kept. It looks at one name of each top-level domain, since in key order those of one follow one another.
 */
export function sortOutUnknown(
  collector: Collector,
  order: Uint32Array,
  keeps: boolean,
  rejects: Rejects,
): Uint32Array {
  const reason = keeps ? "unknown-tld" : "unknown-tld-rejected";
  let left = order;
  let removed = 0;
  for (let from = 0; from < order.length; ) {
    const top = topLabelOf(collector.keyOf(order[from] as number));
    const to = endOfTop(collector, order, from, top);
    const label = Buffer.from(top.subarray(0, -1)).toString("latin1");
    if (!isTriggerLabel(label) && !isKnownTopLevel(label)) {
      const shown = order.subarray(from, Math.min(to, from + samplesMax));
      const names = Array.from(shown, (entry) => {
        const name = keyToText(collector.keyOf(entry));
        return mentionsMasked(collector.reports?.textOf(entry) ?? "") ? maskedName(name, undefined) : name;
      });
      rejects.addNames(reason, to - from, names);
      if (!keeps) {
        // The rest moves down over what goes; the first such step makes a copy to move in.
        if (removed === 0) left = order.slice();
        left.copyWithin(from - removed, to);
        removed += to - from;
      }
    }
    from = to;
  }
  return removed === 0 ? order : left.subarray(0, order.length - removed);
}

/** The first label of a key with its end mark. */
function topLabelOf(key: Uint8Array): Uint8Array {
  return key.subarray(0, key.indexOf(0) + 1);
}

/** Where the entries of a top-level domain that start at `from` end: in steps that double, then by halves. */
function endOfTop(collector: Collector, order: Uint32Array, from: number, top: Uint8Array): number {
  const { bytes, starts } = collector;
  const isWithin = (place: number): boolean => {
    const start = starts[order[place] as number] as number;
    for (let i = 0; i < top.length; i++) if (bytes[start + i] !== top[i]) return false;
    return true;
  };
  let low = from;
  let step = 1;
  while (low + step < order.length && isWithin(low + step)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, order.length);
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (isWithin(middle)) low = middle;
    else high = middle;
  }
  return high;
}
