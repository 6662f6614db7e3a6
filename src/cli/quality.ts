/** How good a source is, for people and for programs: see `daemon/source-quality.ts`. */
import { number } from "../base/counted.ts";
import type { Config } from "../config/types.ts";
import { type Changes, changesOf, type Survey, surveyOf } from "../daemon/source-quality.ts";
import type { Invocation } from "./command.ts";
import type { ListedFeed, Store } from "./store.ts";

/** Null where it is not known. */
export interface Quality extends Changes {
  /** Names and addresses that it has, whatever is said of each. */
  readonly names: number | null;
  /** Those that no other source has, or only from the same organisations. */
  readonly unique: number | null;
  /** Names that an allow list covers by now. */
  readonly allowed: number | null;
}

/** What sources are worth together, as `--quick` wants it. */
export function surveyWanted(invocation: Invocation, config: Config, store: Store): Survey | undefined {
  return surveyOf(config, store, !invocation.flag("quick"));
}

/** Up to a time, Unix seconds. */
export function qualityOf(
  { role, list: { id } }: ListedFeed,
  { turnovers }: Pick<Store, "turnovers">,
  survey: Survey | undefined,
  now: number,
): Quality {
  const counted = role === "block" ? survey?.counts[id] : undefined;
  return {
    ...changesOf(id, turnovers, now),
    names: counted?.names ?? null,
    unique: counted?.unique ?? null,
    allowed: counted?.allowed ?? null,
  };
}

/** `40 %`, `< 1 %`; of nothing there is no share. */
export function shareInWords(part: number | null, of: number | null): string {
  if (part === null || of === null || of === 0) return "-";
  const percent = (100 * part) / of;
  if (percent > 0 && percent < 1) return "< 1 %";
  return `${percent > 99 && part < of ? 99 : Math.round(percent)} %`;
}

/** `+12 -3`. */
export function changesInWords(added: number, removed: number): string {
  return `+${number(added)} -${number(removed)}`;
}

/** Lines on what comes and goes and what it is worth. */
export function qualityLines(quality: Quality): [string, string][] {
  const { names, unique, allowed, addedLastDay, removedLastDay, addedPerDay, removedPerDay } = quality;
  const lines: [string, string][] = [
    ["last day", `${number(addedLastDay)} came, ${number(removedLastDay)} went`],
    ["last 7 days", `${number(addedPerDay)} came and ${number(removedPerDay)} went a day`],
  ];
  if (names === null || unique === null || allowed === null) return lines;
  const share = names === 0 ? "" : ` (${shareInWords(unique, names)})`;
  return [
    ...lines,
    ["unique", `${number(unique)} of ${number(names)} names that no other source has${share}`],
    ["allowed", `${number(allowed)} of its names are on an allow list by now`],
  ];
}
