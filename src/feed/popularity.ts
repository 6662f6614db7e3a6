/**
 * How well known names are, by the guard lists: the ranks of rank lists first, in their order, then names that any other guard
 * lists. It is read when something is shown, and forgotten after.
 */
import { failsAlone } from "../base/errors.ts";
import type { GuardListConfig } from "../config/types.ts";
import { guardFeed, parseOptionsOfGuard } from "./guard-list.ts";
import { parseList } from "./run.ts";

/** Lower is better known; infinite for a name that no guard lists. */
export type RankOf = (key: Uint8Array, keyBytes: number) => number;

/** Names of a rank list that are looked at, some 100 octets each. */
const rankedMax = 1_000_000;
/** Of names that a guard lists without a rank. */
const unranked = 1e9;

/** Reads the lists; one that cannot be read ranks nothing. */
export async function readPopularity(guards: readonly GuardListConfig[]): Promise<RankOf> {
  const ranks = new Map<string, number>();
  const inOrder = guards.toSorted((a, b) => Number(b.format === "ranks") - Number(a.format === "ranks"));
  for (const list of inOrder) {
    try {
      await readRanks(list, ranks);
    } catch (error) {
      if (!failsAlone(error)) throw error;
    }
  }
  return (key, keyBytes) => ranks.get(textOf(key, keyBytes)) ?? Number.POSITIVE_INFINITY;
}

async function readRanks(list: GuardListConfig, ranks: Map<string, number>): Promise<void> {
  const { expandedBytesMax } = guardFeed(list).list;
  const task = { file: list.from, range: undefined, expandedBytesMax, parse: parseOptionsOfGuard(list) };
  const { collector } = await parseList(task);
  const isRanked = list.format === "ranks";
  // As they stand in the file.
  for (let entry = 0; entry < Math.min(collector.count, rankedMax); entry++) {
    const key = collector.keyOf(entry);
    const name = textOf(key, key.length);
    if (!ranks.has(name)) ranks.set(name, isRanked ? entry : unranked);
  }
}

function textOf(key: Uint8Array, keyBytes: number): string {
  return Buffer.from(key.buffer, key.byteOffset, keyBytes).toString("latin1");
}
