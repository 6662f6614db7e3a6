/** Times of STIX objects: RFC 3339 in UTC, with as many digits of a second as anybody writes. */
import { secondsOf } from "../moment.ts";

/** Times that are remembered: the objects of one source share many. */
const rememberedMax = 10_000;
const remembered = new Map<string, number | undefined>();

/** Unix seconds; undefined for what is no time. */
export function secondsOfStix(text: string): number | undefined {
  const known = remembered.get(text);
  if (known !== undefined || remembered.has(text)) return known;
  const seconds = secondsOf(text);
  if (remembered.size === rememberedMax) remembered.clear();
  if (text.length <= 40) remembered.set(text, seconds);
  return seconds;
}

/** Microseconds since 1970, to compare versions by; undefined for what is no time. */
export function instantOf(text: string | undefined): number | undefined {
  const seconds = text === undefined ? undefined : secondsOfStix(text);
  if (text === undefined || seconds === undefined) return undefined;
  const fraction = /\.(\d{1,6})\d*[Zz]?$/.exec(text)?.[1] ?? "";
  return 1_000_000 * seconds + Number(fraction.padEnd(6, "0"));
}
