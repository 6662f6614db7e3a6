/** What a build's report says of guards: how many are in force, which failed, and what sources override. */

import { counted, number } from "../base/counted.ts";
import type { GuardReport } from "../daemon/build-report.ts";
import { type Override, overrideInWords } from "../daemon/overrides.ts";
import { rejectsInWords } from "./reject-words.ts";

/** Lines, each ended, and a blank one behind them. */
export function guardLines(guards: readonly GuardReport[], overrides: readonly Override[]): string[] {
  const lines: string[] = [];
  const entries = guards.reduce((sum, guard) => sum + guard.entries, 0);
  if (guards.length > 0) {
    lines.push(`${counted(guards.length, "guard")} of ${number(entries)} names and addresses: ${outcomes(guards)}\n`);
  }
  for (const { id, error, takenAt } of guards) {
    if (error === null) continue;
    lines.push(
      `guard ${id}: ${error.code}, ${takenAt === null ? "there is no earlier copy" : "last good copy kept"}\n`,
    );
  }
  for (const { id, warning } of guards) {
    if (warning !== null) lines.push(`guard ${id}: ${warning.code}, losses held\n`);
  }
  for (const guard of guards) {
    const rejected = rejectsInWords(guard.rejects);
    if (rejected === "") continue;
    lines.push(`guard ${guard.id}: rejected ${rejected}; see \`rpzmill guard show ${guard.id}\`\n`);
  }
  for (const override of overrides) lines.push(`${overrideInWords(override)}\n`);
  return lines.length === 0 ? [] : [...lines, "\n"];
}

const words: Readonly<Record<GuardReport["outcome"], string>> = {
  new: "accepted",
  same: "read, nothing new",
  untouched: "unchanged",
  failed: "failed",
};

/** `6 unchanged, 1 accepted`. */
function outcomes(guards: readonly GuardReport[]): string {
  const parts = (["untouched", "same", "new", "failed"] as const).map((outcome) => {
    const count = guards.filter((guard) => guard.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${words[outcome]}`];
  });
  return parts.flat().join(", ");
}
