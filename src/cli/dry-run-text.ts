/** What a dry run found, as people read it: a table of zones, and the first names of each kind. */

import { counted, number } from "../base/counted.ts";
import type { BuildReport, ZoneReport } from "../daemon/build-report.ts";
import { endedInWords, holdRemedy } from "../daemon/hold-words.ts";
import type { RuleChangeKind } from "../mill/rule-changes.ts";
import { table } from "./text.ts";

/** Before a name that is listed. */
export const changeSigns: Readonly<Record<RuleChangeKind, string>> = { added: "+", removed: "-", changed: "~" };
/** Names that are shown of each kind where not all are listed. */
const shownMax = 5;

/** The whole report, each line ended. */
export function dryRunText({ zones }: BuildReport, listed: boolean): string {
  const columns = [
    { head: "zone" },
    { head: "rules to add", right: true },
    { head: "to remove", right: true },
    { head: "to change", right: true },
    { head: "a build would" },
  ];
  const rows = zones.map((zone) => {
    const { added, removed, changed } = zone.ruleChanges;
    return [zone.apex, number(added), number(removed), number(changed), verdictOf(zone)];
  });
  const more = zones.flatMap((zone) => (listed ? [] : firstNames(zone)));
  const holds = zones.flatMap(({ apex, hold, lifts, error }) => [
    ...(lifts === null || (hold === null && error === null && lifts.ended === 0) ? [] : [liftLine(apex, lifts)]),
    ...(hold === null ? [] : [`${apex}: ${holdRemedy(apex)}\n`]),
  ]);
  return [table(columns, rows), "\n", ...more, ...holds, "nothing was published, and the store is as it was\n"].join(
    "",
  );
}

function verdictOf({ outcome, error, hold }: ZoneReport): string {
  switch (outcome) {
    case "published":
      return "publish it";
    case "unchanged":
      return "leave it as it is";
    case "held":
      return "put it on hold: it is beyond the zone's limit";
    case "failed":
      return `${hold === null ? "" : "put it on hold, and "}fail: ${error?.code ?? "defect"}`;
  }
}

function liftLine(apex: string, { rules, firstNames: names, ended }: NonNullable<ZoneReport["lifts"]>): string {
  const { added, removed, changed } = rules;
  const shown = (["removed", "added", "changed"] as const).flatMap((kind) =>
    names[kind].slice(0, shownMax).map((name) => `${changeSigns[kind]} ${name}`),
  );
  const what = `${counted(added, "rule")} added, ${number(removed)} removed and ${number(changed)} changed`;
  const such = shown.length === 0 ? "" : ` (${shown.join(", ")})`;
  const gone = ended === 0 ? "" : `${apex}: ${endedInWords(ended)} go at once\n`;
  return `${apex}: what allow lists and guards of your own lift, entries that people keep, and what ended is published at once: ${what}${such}\n${gone}`;
}

function firstNames({ apex, firstNames: names }: ZoneReport): string[] {
  return (["added", "removed", "changed"] as const).flatMap((kind) =>
    names[kind].slice(0, shownMax).map((name) => `${changeSigns[kind]} ${name}.${apex}\n`),
  );
}
