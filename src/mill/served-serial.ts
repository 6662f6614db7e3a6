/** What a build does where the store is behind a serial that was served: an older copy took its place, perhaps. */
import { splitRrs } from "../dns/rr.ts";
import { compareSerials, type Serial, serialBytesFromEnd } from "../dns/serial.ts";

/**
 * The highest serial that was served, where a store is behind it, as one is that an older copy was put in the place of: the
 * next version exceeds it. Undefined where the store is at that serial or beyond, or none is known.
 */
export function servedAheadOf(
  { dryRun, servedSerial: served }: { readonly dryRun: boolean; readonly servedSerial?: Serial | undefined },
  current: Serial | undefined,
): Serial | undefined {
  // A dry run publishes nothing, so that there is no serial to choose.
  if (dryRun) return undefined;
  if (served === undefined || current === undefined) return served;
  const order = compareSerials(current, served);
  return order === 0 || order === 1 ? undefined : served;
}

/** The apex's RRs, of which the SOA is the first, with another serial. */
export function withSerial(apexRrs: Uint8Array, serial: Serial): Uint8Array {
  const changed = apexRrs.slice();
  const soaBytes = (splitRrs(apexRrs)[0] as Uint8Array).length;
  new DataView(changed.buffer).setUint32(soaBytes - serialBytesFromEnd, serial);
  return changed;
}
