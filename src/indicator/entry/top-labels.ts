/** Groups a collector's entries by the top label of their keys, of which even a large list has few. */
import { compareBytes } from "../../base/bytes.ts";
import type { Collector } from "./collector.ts";

/** Top labels that are told apart; a collector with more is better sorted without. */
const groupsMax = 4096;
const slots = 4 * groupsMax;

/** The entries of one top label. */
export interface TopGroup {
  /** Octets of the label with its end mark. */
  readonly keyBytes: number;
  /** Where the label stands in the arena, in one of its entries. */
  readonly start: number;
  count: number;
  /** Where its entries stand once entries are sorted by group. */
  from: number;
}

/**
 * Writes the number of each entry's group to `groupOf` and returns the groups, each with its place in the order of the
 * labels; undefined where there are too many.
 */
export function groupByTop(collector: Collector, groupOf: Uint32Array): readonly TopGroup[] | undefined {
  const { bytes: arena, starts, keyBytes, count } = collector;
  const groups: TopGroup[] = [];
  const table = new Uint16Array(slots);
  for (let entry = 0; entry < count; entry++) {
    const start = starts[entry] as number;
    const end = start + (keyBytes[entry] as number);
    let hash = 0;
    let at = start;
    while (at < end) {
      const octet = arena[at++] as number;
      hash = (Math.imul(hash, 31) + octet) | 0;
      if (octet === 0) break;
    }
    const length = at - start;
    let slot = (hash ^ (hash >>> 15)) & (slots - 1);
    for (;;) {
      const number = table[slot] as number;
      if (number === 0) {
        if (groups.length === groupsMax) return undefined;
        groups.push({ keyBytes: length, start, count: 1, from: 0 });
        table[slot] = groups.length;
        groupOf[entry] = groups.length - 1;
        break;
      }
      const group = groups[number - 1] as TopGroup;
      if (group.keyBytes === length && sameOctets(arena, group.start, start, length)) {
        group.count += 1;
        groupOf[entry] = number - 1;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  const label = (group: TopGroup): Uint8Array => arena.subarray(group.start, group.start + group.keyBytes);
  let from = 0;
  for (const group of [...groups].sort((a, b) => compareBytes(label(a), label(b)))) {
    group.from = from;
    from += group.count;
  }
  return groups;
}

function sameOctets(arena: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (arena[a + i] !== arena[b + i]) return false;
  return true;
}
