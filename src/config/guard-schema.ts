/** The shape of a source's `guard`: what holds a fetch of it back, each bound by itself. */
import { z } from "zod";
import { changeLimitDefault } from "./defaults.ts";
import { FieldError, word } from "./fields.ts";
import { valueAt } from "./value-path.ts";

const daySeconds = 86_400;
const unitSeconds: Readonly<Record<string, number>> = { h: 3600, d: daySeconds };
const ageSecondsMax = 3650 * daySeconds;

/** `12h`, `7d` in seconds. */
const age = word((text): number => {
  const [, digits = "", unit = ""] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? Number.NaN);
  if (!Number.isFinite(seconds) || seconds < 3600 || seconds > ageSecondsMax) {
    throw new FieldError(`should be a time from 1h to 3650d such as 12h or 7d, but is ${JSON.stringify(text)}`);
  }
  return seconds;
});

const percent = z.exactOptional(z.number().min(0).max(1_000_000));
const count = z.exactOptional(z.int().min(1));

/** Keys of what `limit` was called before there were guards. */
const oldLimitKeys = ["percent", "entries"] as const;

export const sourceGuard = z.exactOptional(
  z.strictObject({
    shrinkPercent: percent,
    growPercent: percent,
    turnoverPercent: percent,
    newPerDay: count,
    newPerDayByOrganisation: count,
    minEntries: count,
    maxAge: z.exactOptional(age),
    percent: percent.meta({ deprecated: true }),
    entries: z.exactOptional(z.int().min(0)).meta({ deprecated: true }),
  }),
);
type SourceGuardEntry = Exclude<z.output<typeof sourceGuard>, undefined>;

/** How far a source may change at once, where `guard` says it by the old keys; undefined where it has none of them. */
export function limitOfGuard({ percent, entries }: SourceGuardEntry) {
  if (percent === undefined && entries === undefined) return undefined;
  return { percent: percent ?? changeLimitDefault.percent, entries: entries ?? changeLimitDefault.entries };
}

/** What a source's guard says, without the old keys. */
export function guardOf({ percent: _, entries: __, maxAge, ...guard }: SourceGuardEntry) {
  return maxAge === undefined ? guard : { ...guard, maxAgeSeconds: maxAge };
}

/** Whether a list says by an old key how far it may change: of an allow list all of `guard` is one. */
export function hasOldLimit(list: unknown, kind: string): boolean {
  if (kind === "allow") return valueAt(list, ["guard"]) !== undefined;
  return oldLimitKeys.some((key) => valueAt(list, ["guard", key]) !== undefined);
}
