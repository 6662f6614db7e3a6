/**
 * Of a list that is read again most rows are as they were. Keys are looked at in stretches: where the ledger has the digests
 * that are reported, no row of the stretch is read.
 */
import type { Ledger } from "../../store/ledger.ts";
import { KeyDigests } from "./key-digests.ts";
import type { Reports } from "./reports.ts";
import { type KeyRows, type SyncOptions, syncRows } from "./sync.ts";

/** As `syncRows`, but for stretches of keys of which no row changes and none is due when the source is read. */
export function* changedRows(
  reports: Reports,
  ledger: Ledger,
  source: number,
  options: SyncOptions,
): Generator<KeyRows, undefined> {
  const digests = new KeyDigests();
  const stretches = reports.stretches();
  if (reports.distinct === 0) yield* syncRows(reports.walk(), ledger.walk(source), options);
  // What the ledger has before the first key reported, and behind the last, is in the first and the last stretch.
  let from = new Uint8Array(0);
  let stretch = stretches.next();
  while (stretch.done !== true) {
    const { walk, digest } = stretch.value;
    stretch = stretches.next();
    const to = stretch.done === true ? undefined : stretch.value.key;
    digest(digests);
    const stored = ledger.digests(source, from, to, options.takenAt);
    if (stored === undefined || !digests.equals(stored)) {
      yield* syncRows(walk(), ledger.walk(source, from, to), options);
    }
    if (to !== undefined) from = to as Uint8Array<ArrayBuffer>;
  }
  return undefined;
}
