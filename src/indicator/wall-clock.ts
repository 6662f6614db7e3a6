/** What the clocks of a time zone show, by the zones that the platform knows. */

/** Offsets are asked for once in so many seconds: no zone changes at another minute. */
const stepSeconds = 900;
/** Offsets of one zone that are remembered. */
const offsetsMax = 10_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}
const zones = new Map<string, Zone>();

/** Whether the platform knows a zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The Unix time at which clocks in a zone show a time, given in seconds as if it were UTC. Of two at which they do it is
 * the later one, as they are put back; where they are put forward past it, what they would show if they had not been is
 * meant. Absent, the zone is UTC.
 */
export function secondsAtWall(wall: number, timeZone: string | undefined): number {
  if (timeZone === undefined) return wall;
  const zone = zoneOf(timeZone);
  return wall - offsetAt(wall - offsetAt(wall, zone), zone);
}

function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = {
      format: new Intl.DateTimeFormat("en", { timeZone: name, timeZoneName: "longOffset" }),
      offsets: new Map(),
    };
    zones.set(name, zone);
  }
  return zone;
}

/** Seconds that the clocks of a zone are before UTC at a Unix time. */
function offsetAt(seconds: number, { format, offsets }: Zone): number {
  const step = Math.floor(seconds / stepSeconds);
  const known = offsets.get(step);
  if (known !== undefined) return known;
  const name = format.formatToParts(step * stepSeconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hour = "0", minute = "0"] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offset = (sign === "-" ? -1 : 1) * (3600 * Number(hour) + 60 * Number(minute));
  if (offsets.size === offsetsMax) offsets.clear();
  offsets.set(step, offset);
  return offset;
}
