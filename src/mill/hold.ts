/** When a zone is put on hold, and what is known of what would change in it. */
import type { ZoneLimitConfig } from "../config/types.ts";
import type { HoldRow } from "../store/holds.ts";
import type { FirstNames, RuleChanges } from "./rule-changes.ts";

export interface Hold {
  /** Unix seconds; of the first build that put the zone on hold, whatever would have changed then. */
  readonly since: number;
  readonly rules: RuleChanges;
  readonly first: FirstNames;
  /** All that the change was computed from: while it stays the same, so does the change. */
  readonly computedFrom: string;
}

/** A hold as the store has it. */
export function holdOf(row: HoldRow | undefined): Hold | undefined {
  return row === undefined ? undefined : { since: row.since, ...(row.change as Omit<Hold, "since">) };
}

export function rowOfHold({ since, ...change }: Hold): HoldRow {
  return { since, change };
}

/** Whether so many rules of `before` may not change at once: beyond both parts of the limit. */
export function isBeyondLimit({ percent, rules }: ZoneLimitConfig, before: number, change: RuleChanges): boolean {
  const changes = change.added + change.removed + change.changed;
  return changes > rules && changes * 100 > before * percent;
}
