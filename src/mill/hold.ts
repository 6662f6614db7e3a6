/** When a zone is put on hold, and what is known of what would change in it. */
import type { ZoneLimitConfig } from "../config/zone-types.ts";
import type { HoldRow } from "../store/holds.ts";
import { type FirstNames, noNames, noRuleChanges, type RuleChanges, ruleChangeKinds } from "./rule-changes.ts";

export interface Hold {
  /** Unix seconds; of the first build that put the zone on hold, whatever would have changed then. */
  readonly since: number;
  readonly ruleChanges: RuleChanges;
  readonly first: FirstNames;
  /** All that the change was computed from: while it stays the same, so does the change. */
  readonly computedFrom: string;
}

/** The change of a hold in a store, where it has its names from the first version on. */
interface StoredChange {
  readonly rules: RuleChanges;
  readonly first: FirstNames;
  readonly computedFrom: string;
}

/**
 * A hold as the store has it. Where its change is not as this program writes it, the zone is on hold all the same, and the
 * next build finds out what would change.
 */
export function holdOf(row: HoldRow | undefined): Hold | undefined {
  if (row === undefined) return undefined;
  const { since, change } = row;
  if (!isStoredChange(change)) return { since, ruleChanges: noRuleChanges, first: noNames, computedFrom: "" };
  const { rules: ruleChanges, first, computedFrom } = change;
  return { since, ruleChanges, first, computedFrom };
}

export function rowOfHold({ since, ruleChanges, first, computedFrom }: Hold): HoldRow {
  const change: StoredChange = { rules: ruleChanges, first, computedFrom };
  return { since, change };
}

function isStoredChange(value: unknown): value is StoredChange {
  const { rules, first, computedFrom } = fieldsOf(value);
  const isName = (name: unknown): boolean => typeof name === "string";
  const hasKind = (kind: string): boolean => {
    const names = fieldsOf(first)[kind];
    return Number.isInteger(fieldsOf(rules)[kind]) && Array.isArray(names) && names.every(isName);
  };
  return typeof computedFrom === "string" && ruleChangeKinds.every(hasKind);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Whether so many rules of `before` may not change at once: beyond both parts of the limit. */
export function isBeyondLimit({ percent, rules }: ZoneLimitConfig, before: number, change: RuleChanges): boolean {
  const changes = change.added + change.removed + change.changed;
  return changes > rules && changes * 100 > before * percent;
}
