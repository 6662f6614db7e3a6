/** What is held of a zone, or not published yet, as it is reported: as plain JSON, and in words for logs and people. */
import { isoTime } from "../base/clock.ts";
import { counted, number } from "../base/counted.ts";
import type { Hold } from "../mill/hold.ts";
import type { FirstNames, RuleChanges } from "../mill/rule-changes.ts";

export interface HoldReport {
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly rules: RuleChanges;
  /** The first names of each kind, relative to the apex. */
  readonly firstNames: FirstNames;
}

/** Null where there is no hold. */
export function reportHold(hold: Hold | undefined): HoldReport | null {
  if (hold === undefined) return null;
  const since = isoTime(hold.since);
  return { since, rules: hold.ruleChanges, firstNames: hold.first };
}

/** `since 2025-01-31T12:00:00Z: it would add 1,200 rules, remove 30 and change 0`. */
export function holdInWords({ since, rules: { added, removed, changed } }: HoldReport): string {
  return `since ${since}: it would add ${counted(added, "rule")}, remove ${number(removed)} and change ${number(changed)}`;
}

/** `entries of 3 names that ended, were revoked or must not be passed on any more`. */
export function endedInWords(ended: number): string {
  return `entries of ${counted(ended, "name")} that ended, were revoked or must not be passed on any more`;
}

/** What to do about it. */
export function holdRemedy(apex: string): string {
  return `\`rpzmill build --dry-run --list\` names them, \`rpzmill build --accept-zone ${apex}\` publishes them`;
}

/** What is said of a zone whose lists or configuration no build has brought to it. */
export const behindInWords =
  "behind its lists or configuration: `rpzmill build` publishes what they lead to, or says what stops it";
