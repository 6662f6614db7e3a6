/** Times of STIX objects, to compare versions by: RFC 3339 in UTC, with as many digits of a second as anybody writes. */
import { secondsOf } from "../moment.ts";

/** Microseconds since 1970; undefined for what is no time. */
export function instantOf(text: string | undefined): number | undefined {
  const seconds = text === undefined ? undefined : secondsOf(text);
  if (text === undefined || seconds === undefined) return undefined;
  const fraction = /\.(\d{1,6})\d*[Zz]?$/.exec(text)?.[1] ?? "";
  return 1_000_000 * seconds + Number(fraction.padEnd(6, "0"));
}
