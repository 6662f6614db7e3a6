/**
 * What a source's guard and limit say of a reading: which of them it is beyond. What the source itself takes back counts against none
 * of them, unless nothing is left.
 */
import type { ListSourceConfig, SourceGuardConfig } from "../config/types.ts";
import type { OrganisationCounts } from "../store/source-turnover.ts";
import type { NamesChanged } from "./limit.ts";

/** One bound that a reading is beyond. Percentages are of the entries that there were. */
export interface Breach {
  /** `empty`: nothing is left, which no bound need say. */
  readonly guard: "limit" | "empty" | Exclude<keyof SourceGuardConfig, "maxAgeSeconds">;
  readonly allowed: number;
  readonly found: number;
  /** Of `newPerDayByOrganisation`: whose names they are. */
  readonly organisation?: string;
}

/** Names that are new, of this reading or of the day so far. */
export interface NewNames {
  readonly names: number;
  readonly organisations: OrganisationCounts;
}

/** What is looked at besides what changed. */
export interface GuardedReading {
  /** Entries in force; undefined before the first reading. */
  readonly before: number | undefined;
  /** New names of the last 24 hours, without this reading's. */
  readonly today: NewNames;
  /** New names of this reading by organisation. */
  readonly organisations: OrganisationCounts;
}

/** The bounds that a reading is beyond; none where it may be taken unasked. */
export function breachesOf(
  { limit, guard = {} }: Pick<ListSourceConfig, "limit" | "guard">,
  changed: NamesChanged,
  reading: GuardedReading,
): Breach[] {
  const { before } = reading;
  const few = tooFew(guard, changed, before);
  if (before === undefined) return few;
  return [...percentages({ limit, guard }, changed, before), ...few, ...newNames(guard, changed, reading)];
}

/**
 * Growth or loss on balance, and what was exchanged. Each part that the guard names counts by that, whatever the size of the
 * list; the rest counts together by the limit, which leaves small lists alone.
 */
function percentages(
  { limit, guard }: { readonly limit: ListSourceConfig["limit"]; readonly guard: SourceGuardConfig },
  { entries, added, missing, otherwise = 0, takenBack = 0, toReview = 0 }: NamesChanged,
  before: number,
): Breach[] {
  // A column that was shifted takes back all at once; a source seldom does.
  const lost = missing + toReview + (entries === 0 ? takenBack : 0);
  const balance = added >= lost ? "growPercent" : "shrinkPercent";
  const parts = [
    [balance, Math.abs(added - lost)],
    ["turnoverPercent", 2 * Math.min(added, lost) + otherwise],
  ] as const;
  const breaches: Breach[] = [];
  let rest = 0;
  for (const [name, count] of parts) {
    const allowed = guard[name];
    if (allowed === undefined) rest += count;
    // Of nothing there is no percentage.
    else if (before > 0 && count * 100 > before * allowed)
      breaches.push({ guard: name, allowed, found: percentOf(count, before) });
  }
  if (rest > limit.entries && rest * 100 > before * limit.percent) {
    breaches.unshift({ guard: "limit", allowed: limit.percent, found: percentOf(rest, before) });
  }
  return breaches;
}

function percentOf(count: number, before: number): number {
  return before === 0 ? 100 : Math.round((1000 * count) / before) / 10;
}

/** A list that had fewer already may grow; and one that takes entries back itself may shrink by that. */
function tooFew(
  { minEntries = 0 }: SourceGuardConfig,
  { entries, takenBack = 0 }: NamesChanged,
  before: number | undefined,
): Breach[] {
  const isTooFew = entries + takenBack < minEntries && (before === undefined || entries < before);
  return isTooFew ? [{ guard: "minEntries", allowed: minEntries, found: entries }] : [];
}

function newNames(
  { newPerDay, newPerDayByOrganisation }: SourceGuardConfig,
  { added }: NamesChanged,
  { today, organisations }: GuardedReading,
): Breach[] {
  const breaches: Breach[] = [];
  // A day that is full already holds nothing that brings no more.
  if (newPerDay !== undefined && added > 0 && today.names + added > newPerDay) {
    breaches.push({ guard: "newPerDay", allowed: newPerDay, found: today.names + added });
  }
  if (newPerDayByOrganisation === undefined) return breaches;
  for (const [organisation, count] of Object.entries(organisations)) {
    const found =
      (Object.hasOwn(today.organisations, organisation) ? (today.organisations[organisation] ?? 0) : 0) + count;
    if (found <= newPerDayByOrganisation) continue;
    breaches.push({ guard: "newPerDayByOrganisation", allowed: newPerDayByOrganisation, found, organisation });
  }
  return breaches;
}

/** A breach in words, behind `beyond`. */
export function breachInWords({ guard, allowed, found, organisation }: Breach, limitEntries: number): string {
  switch (guard) {
    case "empty":
      return "what it had before";
    case "limit":
      return `its limit of ${allowed} % and ${limitEntries} entries`;
    case "shrinkPercent":
      return `its guard: shrinkPercent is ${allowed}, and it lost ${found} %`;
    case "growPercent":
      return `its guard: growPercent is ${allowed}, and it gained ${found} %`;
    case "turnoverPercent":
      return `its guard: turnoverPercent is ${allowed}, and ${found} % were exchanged or say something else`;
    case "minEntries":
      return `its guard: minEntries is ${allowed}`;
    case "newPerDay":
      return `its guard: newPerDay is ${allowed}, and ${found} came within 24 hours`;
    case "newPerDayByOrganisation":
      return `its guard: newPerDayByOrganisation is ${allowed}, and ${found} of ${organisation} came within 24 hours`;
  }
}
