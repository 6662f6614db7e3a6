/** What acts on entries come to, for people and for programs. */

import { isoTime } from "../base/clock.ts";
import { counted, number } from "../base/counted.ts";
import type { PlannedEntry } from "../daemon/act-on-rows.ts";
import { holdInWords, holdRemedy, reportHold } from "../daemon/hold-words.ts";
import type { KeptZone } from "../daemon/publish-source.ts";
import type { Acted } from "../feed/ledger/acts.ts";
import { isLive } from "../feed/ledger/compile.ts";
import { stateOf } from "../feed/ledger/states.ts";
import type { EntryEffect } from "../mill/entry-effect.ts";
import { pieceOf } from "./entry-rows.ts";
import { factsInWords } from "./fact-words.ts";
import { guardEffectInWords } from "./guard-effect-words.ts";
import { nameOf } from "./past-source.ts";
import { stopInWords } from "./stop-words.ts";

/** An entry, what was done to it, and what that comes to. */
export interface ActedEntry extends PlannedEntry {
  readonly acted: Exclude<Acted, { kind: "fault" }>;
}

/** `added`, `added again` (it had ended), `changed`, `ended`, `unchanged`. */
function actInWords({ acted, at }: ActedEntry): string {
  if (acted.kind === "none") return "unchanged";
  const { act, before } = acted;
  return act === "added" && before !== undefined && !isLive(before, at) ? "added again" : act;
}

/** The same for people: `ends at TIME` where the end lies ahead, `cancelled` where the entry never begins. */
function actForPeople(entry: ActedEntry): string {
  const { acted, row, at } = entry;
  if (acted.kind !== "act" || acted.act !== "ended") return actInWords(entry);
  if (row.state === "revoked") return "cancelled";
  return row.validUntil !== undefined && row.validUntil > at ? `ends at ${isoTime(row.validUntil)}` : acted.act;
}

function shownOf(entry: ActedEntry, source: string) {
  const { row, counts, facts, confidenceNow } = entry;
  return pieceOf({ source, isKept: true, row, state: stateOf(row, counts, entry), facts, confidenceNow }, "name");
}

/** The entry on a line, and beneath it what each zone makes of it. */
export function actedLines(entry: ActedEntry, source: string): string {
  const front = `${actForPeople(entry)}: ${shownOf(entry, source).line}\n`;
  return [front, ...keptLines(entry), ...effectLines(entry, source)].join("");
}

/** What each zone makes of an entry, each line ended. */
export function effectLines(entry: PlannedEntry, source: string): string[] {
  const { effects, row, counts } = entry;
  // Where some zone takes it, that others do not by its category is no news.
  const isElsewhere = ({ kind, reason }: EntryEffect): boolean => kind === "not-taken" && reason === "category";
  const shown = effects.every(isElsewhere) ? effects : effects.filter((effect) => !isElsewhere(effect));
  const own = { source, name: nameOf(row.key), isToCome: !counts && isLive(row, entry.at) };
  const zones = shown.flatMap((effect) => [
    `  ${effect.apex}: ${effectInWords(effect, own)}\n`,
    ...effect.guards.map((guard) => `    ${guardEffectInWords(guard)}\n`),
  ]);
  return effects.length === 0 ? ["  no zone takes entries of this source\n"] : zones;
}

function keptLines({ acted }: ActedEntry): string[] {
  const kept = acted.kind === "act" ? factsInWords(acted.keeps) : [];
  return kept.length === 0 ? [] : [`  kept from before it ended: ${kept.join(", ")}\n`];
}

function effectInWords(
  { kind, before, after, decidedBy, stoppedBy, reason }: EntryEffect,
  own: { readonly source: string; readonly name: string; readonly isToCome: boolean },
): string {
  switch (kind) {
    case "rule":
      if (before === after)
        return before === null ? "names beneath it change" : `${before}, for other names beneath it`;
      if (after === null) return `the rule goes (${before})`;
      return before === null ? `new rule, ${after}` : `${after} in the place of ${before}`;
    case "same": {
      if (own.isToCome) return `${after ?? "nothing"} for now`;
      if (after === null) return "nothing, as before";
      const isOwn = decidedBy?.source === own.source && decidedBy.matched === own.name;
      return isOwn ? `${after}, as before` : `${after} already: ${decidedBy?.source} lists ${decidedBy?.matched}`;
    }
    case "stopped":
      return stoppedBy === null ? "stopped by a guard" : `stopped: ${stopInWords(stoppedBy)}`;
    case "not-taken":
      return reason === "triggers" ? "not taken: the zone has no rules of this kind" : `not taken for its ${reason}`;
  }
}

export function actedValue(entry: ActedEntry): object {
  const { effects, row, acted } = entry;
  const keeps = acted.kind === "act" ? acted.keeps : {};
  const { name: _, source: __, ...value } = shownOf(entry, "").value as Record<string, unknown>;
  return { name: nameOf(row.key), act: actInWords(entry), ...value, keeps, zones: effects };
}

interface Done {
  /** One, or several with commas between. */
  readonly source: string;
  readonly dryRun: boolean;
  /** Entries that were added, changed or ended. */
  readonly changes: number;
}

/** What was published, each line ended. */
export function zoneLines(zones: readonly KeptZone[], { source, dryRun, changes }: Done): string {
  const nothing = changes === 0 ? "nothing changes\n" : "no zone changes by it now\n";
  const lines = zones.flatMap((zone) => zoneInWords(zone, source, dryRun).map((line) => `${line}\n`));
  return [...(zones.length === 0 ? [nothing] : lines), ...(dryRun ? ["nothing was written\n"] : [])].join("");
}

function zoneInWords(
  { apex, result, error, isTaking, takesEntries }: KeptZone,
  source: string,
  dryRun: boolean,
): string[] {
  if (error !== undefined && result === undefined)
    return [`${apex}: ${error.code}, what was published before stays served`];
  if (result === undefined) return [];
  const { serial, changed, ruleChanges, hold } = result;
  const { added, removed, changed: otherwise } = ruleChanges;
  const what = `${counted(added, "rule")} added, ${number(removed)} removed, ${number(otherwise)} changed`;
  const would = hold === undefined ? "would publish" : "on hold; would publish what is done here and now, and hold";
  const lines = dryRun
    ? [`${apex}: ${would} ${what}`]
    : [changed ? `${apex} ${serial}: ${what}` : `${apex} ${serial}: unchanged`];
  const report = reportHold(hold);
  if (dryRun || report === null) return lines;
  if (!isTaking) return [...lines, `${apex}: it is on hold ${holdInWords(report)}`];
  const onHold = takesEntries
    ? `it is on hold ${holdInWords(report)}; entries of "${source}" are published all the same`
    : `it is on hold ${holdInWords(report)}; it has nothing of "${source}" until that is accepted: ${holdRemedy(apex)}`;
  return [...lines, `${apex}: ${onHold}`];
}

export function zoneValue({ apex, result, error, takesEntries, seconds }: KeptZone): object {
  return {
    apex,
    serial: result?.serial ?? null,
    previousSerial: result?.previousSerial ?? null,
    changed: result?.changed ?? false,
    ruleChanges: result?.ruleChanges ?? null,
    takesEntries,
    hold: reportHold(result?.hold),
    seconds,
    error: error === undefined ? null : { code: error.code, message: error.message, remedy: error.remedy },
  };
}
