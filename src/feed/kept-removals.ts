/**
 * Allow lists and guard lists fail closed: what they gain counts at once, and what they lose stays in force while a line of
 * theirs cannot be read, or while they lose more than their limit. That removals are kept back is told by the rejects and
 * notes of the snapshot in force.
 */
import { hidesName, type RejectReason } from "../indicator/rejects.ts";
import type { Snapshot } from "../store/snapshots.ts";
import type { Feed } from "./feed.ts";
import { isReadOtherwise } from "./guard-list.ts";

/** Half of a guard list gone at once is a broken list far more often than a decision. */
const guardPercentMax = 50;

/** How many lines could not be read, so that nobody knows which names they would have meant. */
export function unreadableLines(rejects: Readonly<Record<string, number>>): number {
  let lines = 0;
  for (const [reason, count] of Object.entries(rejects)) if (hidesName(reason as RejectReason)) lines += count;
  return lines;
}

/** Whether lines of the list that cannot be read keep its removals back. */
export function isStrict(feed: Feed): boolean {
  return feed.role !== "block" && feed.list.strict;
}

/** Percent of its entries that the list may lose at once; infinite where it may lose all. */
export function lossPercentMax(feed: Feed): number {
  if (feed.role === "block" || (feed.role === "guard" && feed.list.builtIn)) return Number.POSITIVE_INFINITY;
  return feed.role === "guard" ? guardPercentMax : feed.list.limit.percent;
}

/** How many names a list had before it lost what is kept back for its limit, or has now. */
export function entriesBeforeLoss({ entries, rejects }: Snapshot): number {
  return rejects["beyond-limit"] === undefined ? entries : (rejects["before-loss"]?.count ?? entries);
}

/**
 * Whether a list loses too much to lose it unasked: more than its limit's percentage, however short it is. It is compared
 * afresh at each reading, since names come back, and with what the list had before, since others come meanwhile.
 */
export function losesTooMuch(feed: Feed, removed: number, current: Snapshot): boolean {
  const percent = lossPercentMax(feed);
  if (removed === 0 || percent >= 100) return false;
  // Somebody decided that it is read otherwise.
  if (feed.role === "guard" && isReadOtherwise(feed.list, current)) return false;
  return removed * 100 > entriesBeforeLoss(current) * percent;
}
