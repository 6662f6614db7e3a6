/**
 * One try at a next version of a zone: merges what has to be merged again and writes it as a version that nobody sees
 * yet, then publishes it, or only notes what the served version is built from where no record changed.
 */
import { equalBytes } from "../base/bytes.ts";
import { nowSeconds, steadySeconds } from "../base/clock.ts";
import { blockBytesMax } from "../dns/block.ts";
import { everyKey, type KeyRange } from "../dns/key-range.ts";
import { countRrs, splitRrs } from "../dns/rr.ts";
import { nextSerial, type Serial } from "../dns/serial.ts";
import { differencesShareMax } from "../dns/transfer-size.ts";
import type { SnapshotIds } from "../store/snapshots.ts";
import type { ZoneVersionRow } from "../store/zones.ts";
import { addCounts, type Counts, countsOf, noCounts, packCounts } from "./counts.ts";
import { type ListReader, openInputs } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { nothingRebuilt, type RebuildJob, type Rebuilt, rebuildRanges } from "./rebuild.ts";
import { servedAheadOf, withSerial } from "./served-serial.ts";
import { unchanged, type ZoneBuild, type ZoneResult } from "./zone-build.ts";

/** What a version is built from. */
export interface Basis {
  readonly policy: ZonePolicy;
  readonly inputs: SnapshotIds;
}

interface Attempt {
  readonly zoneId: number;
  readonly current: ZoneVersionRow | undefined;
  readonly inputs: SnapshotIds;
  /** Of the policy that the version will be noted with. */
  readonly fingerprint: string;
  readonly version: number;
  readonly serial: Serial;
  /** The serial that was served though the store is behind it; undefined where it is not. */
  readonly servedAhead: Serial | undefined;
  readonly apexRrs: Uint8Array;
  readonly rebuilt: Rebuilt;
  readonly merged: ZoneResult["merged"];
}

/** An attempt that is not settled yet. */
export interface OpenAttempt extends Attempt {
  readonly policy: ZonePolicy;
  /** Does the same again with each block filled as before. */
  readonly againAsBefore: () => Rebuilt;
}

/** Any block's records fit into one block again, and none is joined with another. */
const fillAsBefore = { first: blockBytesMax, again: blockBytesMax, min: 0 };
/** Differences of a small zone are kept however large they are beside it; the server chooses what to send. */
const differenceBytesMin = 65_536;

/**
 * Merges what has to be merged again: the ranges that `rangesOf` gives, or everything without one or where it gives none.
 * `readerOf` may have the lists read otherwise than they are stored.
 */
export async function attemptVersion(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow | undefined,
  { policy, inputs }: Basis,
  rangesOf?: (reader: ListReader) => KeyRange[] | undefined,
  readerOf: (stored: ListReader) => ListReader = (stored) => stored,
): Promise<OpenAttempt> {
  const { zones, snapshots, clock, onProgress, onRule } = build;
  const reader = readerOf(openInputs(snapshots, inputs));
  const version = zones.begin(zoneId);
  const servedAhead = servedAheadOf(build, current?.serial);
  const job: RebuildJob = { zone: zoneId, version, policy, reader, onProgress, onRule };
  const serial = nextSerial(servedAhead ?? current?.serial, nowSeconds(clock));
  const apexRrs = policy.apexRrs(serial);
  const { fingerprint } = policy;
  const known = { zoneId, current, policy, inputs, fingerprint, version, serial, servedAhead, apexRrs };
  if (current === undefined) {
    const rebuilt = await build.buildRange(job, inputs);
    rebuilt.first = build.shownNames(rebuilt.first);
    return { ...known, rebuilt, merged: "all", againAsBefore: () => rebuilt };
  }
  const ranges = rangesOf?.(reader) ?? [everyKey];
  const merged = ranges[0] === everyKey ? "all" : "ranges";
  const apex = { before: withoutSoa(current.apexRrs), after: withoutSoa(apexRrs) };
  const differenceBytesMax = Math.max(differencesShareMax * current.bytes, differenceBytesMin);
  const from = { previous: current.version, ranges, apexRrs: apex, differenceBytesMax };
  const rebuild = (how: RebuildJob): Rebuilt => {
    const rebuilt = rebuildRanges(zones, how, from);
    rebuilt.first = build.shownNames(rebuilt.first);
    return rebuilt;
  };
  const againAsBefore = (): Rebuilt => {
    zones.begin(zoneId);
    return rebuild({ ...job, fill: fillAsBefore, onRule: undefined });
  };
  return { ...known, rebuilt: rebuild(job), merged, againAsBefore };
}

/** Publishes a version; where it holds the same records as the current one, only notes what that is built from. */
export function settle(build: ZoneBuild, attempt: OpenAttempt): ZoneResult {
  const { zone, zones, policies } = build;
  const { current, policy, rebuilt, inputs, fingerprint, merged } = attempt;
  policies.keep(fingerprint, policy.text);
  if (current === undefined || rebuilt.added + rebuilt.removed > 0) return publish(build, attempt);
  if (attempt.servedAhead !== undefined) return publish(build, attempt);
  if (!equalBytes(policy.apexRrs(current.serial), current.apexRrs)) return publish(build, attempt);
  // The same records in other blocks: in those that stay, each range tells what it counts.
  const kept = rebuilt.retired.length > 0 ? attempt.againAsBefore() : rebuilt;
  const counts = totals(current, kept);
  const emptied = kept.retired.map((block) => ({ ...block, counts: packCounts(noCounts()) }));
  zones.confirm({ ...current, policy: fingerprint, inputs, counts }, [...kept.recounted, ...emptied]);
  return unchanged(zone.apex, { ...current, counts }, merged);
}

/** Publishes what is served anew, under a serial beyond one that was served before. */
export function publishAgain(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  servedAhead: Serial,
): ZoneResult {
  const version = build.zones.begin(zoneId);
  const serial = nextSerial(servedAhead, nowSeconds(build.clock));
  const { inputs, policy: fingerprint } = current;
  const apexRrs = withSerial(current.apexRrs, serial);
  const known = { zoneId, current, inputs, fingerprint, version, serial, servedAhead, apexRrs };
  return publish(build, { ...known, rebuilt: nothingRebuilt(), merged: "none" });
}

function publish(build: ZoneBuild, attempt: Attempt): ZoneResult {
  const { zone, zones, clock, readableSeconds } = build;
  const { zoneId, version, serial, apexRrs, inputs, fingerprint, servedAhead, current, rebuilt, merged } = attempt;
  const counts = totals(current, rebuilt);
  const { rules } = counts;
  const records = counts.records + countRrs(apexRrs);
  const { added, removed, blocksWritten } = rebuilt;
  const row: ZoneVersionRow = {
    zone: zoneId,
    version,
    serial,
    publishedAt: nowSeconds(clock),
    policy: fingerprint,
    inputs,
    apexRrs,
    rules,
    records,
    bytes: (current?.bytes ?? 0) + rebuilt.bytes,
    counts,
    added,
    removed,
    blocksWritten,
    differenceBytes: current === undefined ? undefined : rebuilt.differenceBytes,
  };
  zones.publish(row, rebuilt.retired, rebuilt.recounted);
  const { versions, seconds } = zone.keep;
  const since = nowSeconds(clock) - seconds;
  zones.prune(zoneId, { versions, since, steadyNow: steadySeconds(clock), readableSeconds });
  return {
    apex: zone.apex,
    serial,
    previousSerial: current?.serial,
    changed: true,
    servedAhead,
    merged,
    rules,
    records,
    added,
    removed,
    ruleChanges: rebuilt.ruleChanges,
    first: rebuilt.first,
    blocksWritten,
    counts,
    hold: undefined,
    lifts: undefined,
  };
}

function withoutSoa(apexRrs: Uint8Array): Uint8Array {
  return apexRrs.subarray((splitRrs(apexRrs)[0] as Uint8Array).length);
}

function totals(current: ZoneVersionRow | undefined, rebuilt: Rebuilt): Counts {
  const counts = noCounts();
  if (current !== undefined) addCounts(counts, countsOf(current));
  addCounts(counts, rebuilt.counts);
  return counts;
}
