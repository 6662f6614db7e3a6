/** Times as feeds write them, as Unix seconds. */
import { secondsAtWall } from "./wall-clock.ts";

/** Times are stored in 32 bits: up to 2106. What lies beyond counts as never. */
export const secondsMax = 0xffff_ffff;
const daySeconds = 86_400;

/**
 * How a list writes its days, besides year first (`2026-11-24`) and with dots (`24.11.2026`), which can mean but one:
 * `iso`, in no other way; `dmy` and `mdy`, what stands first in `11/12/2026`; `excel`, days since the end of 1899.
 */
export const dateFormats = ["iso", "dmy", "mdy", "excel"] as const;
export type DateFormat = (typeof dateFormats)[number];

export interface MomentOptions {
  /** A day is the first second after it: what is valid until a day is valid on that day. */
  readonly endOfDay?: boolean;
  /** Absent: `11/12/2026` is no time, since it may be either day. */
  readonly dateFormat?: DateFormat | undefined;
  /** Of times that do not say their own: a name of the IANA database; absent: UTC. */
  readonly timeZone?: string | undefined;
}

const dayPattern =
  /(\d{4}-\d\d?-\d\d?|\d{4}\/\d\d?\/\d\d?|\d{8}|\d\d?\. ?\d\d?\. ?\d{4}|\d\d?\/\d\d?\/\d{4}|\d\d?-\d\d?-\d{4})/;
const clockPattern = /(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?: ?([ap])\.?m\.?)?(?: Uhr)?/;
const zonePattern = /([+-]\d\d(?::?\d\d)?|[a-z]{1,4})/;
const momentPattern = new RegExp(
  `^${dayPattern.source}(?:(?:T|,? +)${clockPattern.source})?(?: *${zonePattern.source})?$`,
  "i",
);

/** Zones whose names mean one offset everywhere, in hours; `EST`, `BST`, `IST` and others mean several. */
const zoneHours: ReadonlyMap<string, number> = new Map(
  Object.entries({ z: 0, ut: 0, utc: 0, gmt: 0, wet: 0, west: 1, cet: 1, cest: 2, mez: 1, mesz: 2, eet: 2, eest: 3 }),
);

/**
 * A time: RFC 3339 (`2026-11-24T10:00:00Z`, with a blank for the T, with or without an offset), a day, with a time or
 * without, or Unix time in seconds or milliseconds. A day is its first second, or with `endOfDay` the first one after it.
 * Undefined for anything else; what lies outside 1970 to 2106 gives the nearest that does not.
 */
export function secondsOf(text: string, options: MomentOptions = {}): number | undefined {
  const plain = text.trim();
  if (/^\d{10}(?:\.\d+)?$/.test(plain)) return inRange(Math.floor(Number(plain)));
  if (/^\d{13}$/.test(plain)) return inRange(Math.floor(Number(plain) / 1000));
  const { dateFormat, timeZone, endOfDay = false } = options;
  if (dateFormat === "excel" && /^[1-9]\d{0,5}(?:[.,]\d+)?$/.test(plain)) {
    return inRange(secondsAtWall(wallOfSerial(plain, endOfDay), timeZone));
  }
  const [whole, day, hour, minute, second, half, zone] = momentPattern.exec(plain) ?? [];
  const midnight = whole === undefined ? undefined : midnightOf(day as string, dateFormat);
  const clock = hour === undefined ? (endOfDay ? daySeconds : 0) : clockOf(hour, minute, second, half);
  if (midnight === undefined || clock === undefined) return undefined;
  const wall = midnight + clock;
  if (zone === undefined) return inRange(secondsAtWall(wall, timeZone));
  const offset = offsetOf(zone);
  return offset === undefined ? undefined : inRange(wall - offset);
}

/** Whether a text starts with a day that means another one where the month stands first. */
export function hasUnclearDay(text: string): boolean {
  return /^\s*\d\d?[/-]\d\d?[/-]\d{4}/.test(text);
}

/** Seconds from 1970 to the start of a day, as if it were in UTC; undefined where there is no such day, or two are meant. */
function midnightOf(text: string, dateFormat: DateFormat | undefined): number | undefined {
  const parts = (/^\d{8}$/.test(text) ? [text.slice(0, 4), text.slice(4, 6), text.slice(6)] : text.split(/[-./]/)).map(
    Number,
  );
  const [first, middle, last] = parts as [number, number, number];
  if (/^\d{4}/.test(text)) return midnight(first, middle, last);
  if (dateFormat === "dmy" || text.includes(".")) return midnight(last, middle, first);
  if (dateFormat === "mdy") return midnight(last, first, middle);
  if (dateFormat === "iso") return undefined;
  const [one, other] = [midnight(last, middle, first), midnight(last, first, middle)];
  return one === undefined || other === undefined || one === other ? (one ?? other) : undefined;
}

function midnight(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that is none, such as 31 June, would be taken for another.
  const isDay = year > 99 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay ? date.getTime() / 1000 : undefined;
}

function clockOf(hour: string, minute = "0", second = "0", half?: string): number | undefined {
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  const seconds = 3600 * hours + 60 * Number(minute) + Number(second);
  const isClock = Number(minute) < 60 && Number(second) <= 60 && (half === undefined || Number(hour) <= 12);
  return isClock && seconds <= daySeconds ? seconds : undefined;
}

/** Seconds before UTC. */
function offsetOf(zone: string): number | undefined {
  const hours = zoneHours.get(zone.toLowerCase());
  if (hours !== undefined) return 3600 * hours;
  const [, sign, hour, minute = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (3600 * Number(hour) + 60 * Number(minute));
}

/** The wall clock, in seconds, of a number of days since the end of 1899, as tables count them. */
function wallOfSerial(text: string, endOfDay: boolean): number {
  const days = Number(text.replace(",", "."));
  const seconds = Math.round((days - 25_569) * daySeconds);
  return endOfDay && Number.isInteger(days) ? seconds + daySeconds : seconds;
}

function inRange(seconds: number): number {
  return Math.min(Math.max(seconds, 0), secondsMax);
}
