/**
 * Allow lists fail closed: what they gain counts at once, and what they lose waits while a line of theirs cannot be read, or
 * while they lose more than their limit. A list that is held so is known by the rejects and notes of its snapshot.
 */
import { OperatorError } from "../base/errors.ts";
import type { AllowConfig } from "../config/types.ts";
import { type RejectReason, unreadableReasons } from "../indicator/rejects.ts";
import type { KeptRejects, Snapshot } from "../store/snapshots.ts";

/** What a list has of each reason, as a snapshot keeps it. */
type Kept = Readonly<Record<string, Pick<KeptRejects, "count" | "samples">>>;

/** How many lines could not be read, so that nobody knows which names they would have allowed. */
export function unreadableLines(rejects: Readonly<Record<string, number>>): number {
  let lines = 0;
  for (const [reason, count] of Object.entries(rejects)) {
    if (unreadableReasons.has(reason as RejectReason)) lines += count;
  }
  return lines;
}

/** Whether an allow list loses too much to lose it unasked: more than its limit's percentage, however short it is. */
export function losesTooMuch({ guard }: AllowConfig, removed: number, current: Snapshot): boolean {
  if (removed === 0 || guard.percent >= 100) return false;
  // Once held for this it stays so: what it gained since must not make the loss look small.
  return removed * 100 > current.entries * guard.percent || current.rejects["beyond-limit"] !== undefined;
}

/** What is wrong with an allow list in force; `isOnHold` says whether names stay on it for that. */
export interface AllowFault {
  readonly isOnHold: boolean;
  readonly error: OperatorError;
}

/** The fault of an allow list by its snapshot; undefined where every line was read and nothing waits. */
export function faultOf(list: AllowConfig, snapshot: Snapshot | undefined): AllowFault | undefined {
  const rejects: Kept = snapshot?.rejects ?? {};
  const counts = Object.fromEntries(Object.entries(rejects).map(([reason, { count }]) => [reason, count]));
  const lines = unreadableLines(counts);
  const beyond = rejects["beyond-limit"];
  if (lines === 0 && beyond === undefined) return undefined;
  if (lines === 0) return { isOnHold: true, error: beyondLimit(list, beyond as KeptRejects) };
  const kept = (beyond?.count ?? 0) + (rejects["not-removed"]?.count ?? 0);
  const others = lines === 1 ? "" : `, and ${lines - 1} more`;
  const first = `${firstUnreadable(rejects)}${others}`;
  if (!list.strict) {
    const error = new OperatorError(
      "ALLOW_UNREADABLE",
      `Cannot read all of "${list.from}": ${first}; what it means to allow there is not allowed`,
      `Fix the line; \`rpzmill source rejects ${list.id}\` shows all of them`,
    );
    return { isOnHold: beyond !== undefined, error };
  }
  const stay = kept === 0 ? "" : `, and ${names(kept)} it no longer has stay${kept === 1 ? "s" : ""} allowed`;
  const error = new OperatorError(
    "ALLOW_HELD",
    `Cannot read all of "${list.from}": ${first}; nothing goes off the list until that is fixed${stay}`,
    `Fix the line, or build with --accept ${list.id} to take the list as it is; \`rpzmill source rejects ${list.id}\` shows more`,
  );
  return { isOnHold: true, error };
}

function firstUnreadable(rejects: Kept): string {
  let first: { readonly line: number; readonly text: string; readonly reason: string } | undefined;
  for (const [reason, { samples }] of Object.entries(rejects)) {
    const [sample] = samples;
    if (sample === undefined || !unreadableReasons.has(reason as RejectReason)) continue;
    if (first === undefined || sample.line < first.line) first = { ...sample, reason };
  }
  return first === undefined ? "a line" : `line ${first.line} is "${first.text}" (${first.reason})`;
}

function beyondLimit({ from, id, guard }: AllowConfig, { count, samples }: Kept[string]): OperatorError {
  const some = samples.slice(0, 3).map(({ text }) => text);
  return new OperatorError(
    "ALLOW_HELD",
    `Cannot take ${names(count)} off "${from}" at once: more than its guard of ${guard.percent} % (${some.join(", ")}${count > some.length ? ", …" : ""}); they stay allowed`,
    `Look at the list; if it is right, build with --accept ${id}, or put the names back`,
  );
}

function names(count: number): string {
  return count === 1 ? "1 name" : `${count} names`;
}
