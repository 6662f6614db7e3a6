/** What is on hold of a list, as plain JSON and in words. */
import { isoTime } from "../base/clock.ts";
import { counted, number } from "../base/counted.ts";
import type { ListHold } from "../feed/hold.ts";
import type { ChangedNames, HoldChange } from "../feed/hold-change.ts";
import type { Breach } from "../feed/source-guard.ts";
import type { HoldDecision, HoldVerdict } from "../store/source-holds.ts";

export interface DecisionReport {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly verdict: HoldVerdict;
  readonly by: string;
  readonly reason: string;
  /** Digest of the content that was decided of. */
  readonly content: string;
  readonly added: number;
  readonly removed: number;
}

export interface SourceHoldReport
  extends Pick<HoldChange, "before" | "entries" | "added" | "removed" | "changed" | "takenBack"> {
  /** ISO 8601 in UTC. */
  readonly since: string;
  /** Digest of all that the list says, SHA-256 in hexadecimal digits. */
  readonly content: string;
  readonly why: string;
  readonly breaches: readonly Breach[];
  /** Rejected content is left out; null: somebody has to decide. */
  readonly decision: DecisionReport | null;
}

export function reportSourceHold(held: ListHold | undefined): SourceHoldReport | null {
  if (held === undefined) return null;
  const { hold, change, decision } = held;
  const { before, entries, added, removed, changed, takenBack, breaches, message } = change;
  return {
    since: isoTime(hold.since),
    content: hold.content,
    why: message,
    breaches,
    before,
    entries,
    added,
    removed,
    changed,
    takenBack,
    decision: decision === undefined ? null : reportDecision(decision),
  };
}

/** The same with the names that would come, go and change. */
export function reportHoldNames(
  held: ListHold | undefined,
): (SourceHoldReport & { readonly names: ChangedNames }) | null {
  const report = reportSourceHold(held);
  return report === null || held === undefined ? null : { ...report, names: held.change.names };
}

export function reportDecision({ at, verdict, by, reason, content, change }: HoldDecision): DecisionReport {
  const { added, removed } = change as HoldChange;
  return { at: isoTime(at), verdict, by, reason, content, added, removed };
}

/** `3,000 entries to 1,499: 2 new, 1,503 gone`. */
export function holdCounts({
  before,
  entries,
  added,
  removed,
  changed,
  takenBack,
}: Pick<HoldChange, "before" | "entries" | "added" | "removed" | "changed" | "takenBack">): string {
  const parts = [
    [added, "new"],
    [removed, "gone"],
    [changed, "that say something else"],
    [takenBack, "taken back by the source"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return `${counted(before, "entry", "entries")} to ${number(entries)}: ${said.join(", ") || "nothing new"}`;
}

/** Whether what waits may be taken by itself later: a day's cap has room again as the day goes on. */
export function freesItself(held: Pick<SourceHoldReport, "breaches" | "decision"> | null): boolean {
  return held !== null && held.decision === null && held.breaches.every(({ guard }) => guard.startsWith("newPerDay"));
}
