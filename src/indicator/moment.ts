/** Times as feeds write them, as Unix seconds. */

/** Before this a number of seconds is taken for something else: 2001-09-09. Times of reports are never older. */
const secondsMin = 1_000_000_000;
/** Times are stored in 32 bits: up to 2106. What lies beyond counts as never. */
export const secondsMax = 0xffff_ffff;

/**
 * A time: RFC 3339 (`2026-11-24T10:00:00Z`, with a blank for the T, with or without an offset: UTC where there is none),
 * a day (`2026-11-24`), or Unix time in seconds or milliseconds. A day is its first second, or with `endOfDay` the first
 * one after it: what is valid until a day is valid on that day. Undefined for anything else; years beyond 2106 give 2106.
 */
export function secondsOf(text: string, endOfDay = false): number | undefined {
  const plain = text.trim();
  if (/^\d{10}(?:\.\d+)?$/.test(plain)) return inRange(Math.floor(Number(plain)));
  if (/^\d{13}$/.test(plain)) return inRange(Math.floor(Number(plain) / 1000));
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(plain);
  if (day !== null) {
    const start = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
    // A day that is none, such as 31 June, would be taken for another.
    if (new Date(start).toISOString().slice(0, 10) !== plain) return undefined;
    return inRange(start / 1000 + (endOfDay ? 86_400 : 0));
  }
  const time = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*([Zz]|UTC|[+-]\d\d:?\d\d)?$/.exec(plain);
  if (time === null || secondsOf(time[1] as string) === undefined) return undefined;
  const [, date, clock, zone = "Z"] = time;
  const offset = /^(?:z|utc)$/i.test(zone) ? "Z" : zone.replace(/^(...)(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${date}T${clock?.replace(",", ".")}${offset}`);
  return Number.isNaN(ms) ? undefined : inRange(Math.floor(ms / 1000));
}

function inRange(seconds: number): number | undefined {
  return seconds < secondsMin && seconds !== 0 ? undefined : Math.min(seconds, secondsMax);
}
