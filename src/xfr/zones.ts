/** Finds the zone that a name belongs to. */
import { equalBytes } from "../base/bytes.ts";
import type { Zone, ZoneSource } from "./zone-source.ts";

/** Whether a lower-case wire name is the apex or beneath it. */
function isWithin(name: Uint8Array, apex: Uint8Array): boolean {
  const start = name.length - apex.length;
  if (start < 0 || !equalBytes(name.subarray(start), apex)) return false;
  // The tail must begin where a label begins.
  let at = 0;
  while (at < start) at += (name[at] as number) + 1;
  return at === start;
}

/** The zone with exactly this apex, a wire name in lower case. */
export function zoneAt(source: ZoneSource, apex: Uint8Array): Zone | undefined {
  return source.zones().find((zone) => equalBytes(zone.apex, apex));
}

/** The closest zone that a lower-case wire name lies in. */
export function zoneOf(source: ZoneSource, name: Uint8Array): Zone | undefined {
  let closest: Zone | undefined;
  for (const zone of source.zones()) {
    if (closest !== undefined && zone.apex.length <= closest.apex.length) continue;
    if (isWithin(name, zone.apex)) closest = zone;
  }
  return closest;
}
