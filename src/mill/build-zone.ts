/**
 * Builds one zone: finds out how much of it has to be merged again, rebuilds that, and publishes a new version, or none
 * where nothing changed.
 */

import { equalBytes } from "../base/bytes.ts";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ZoneConfig } from "../config/types.ts";
import { blockBytesMax } from "../dns/block.ts";
import { countRrs, splitRrs } from "../dns/rr.ts";
import { nextSerial, type Serial } from "../dns/serial.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import { addCounts, type Counts, noCounts } from "../store/counts.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";
import { dirtyRanges } from "./dirty.ts";
import { type OpenEntries, openInputs } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { type KeyRange, type RebuildJob, type Rebuilt, rebuildRanges } from "./rebuild.ts";

export interface ZoneBuild {
  readonly zone: ZoneConfig;
  readonly policy: ZonePolicy;
  readonly zones: Zones;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  /** Builds a zone that has no version yet, on as many cores as there are. */
  readonly buildRange: (job: RebuildJob, inputs: Readonly<Record<string, number>>) => Promise<Rebuilt>;
  /** Seconds for which a replaced version must stay: longer than the longest transfer. */
  readonly readableSeconds: number;
  /** Merge everything again, even what seems unchanged. */
  readonly full: boolean;
  readonly onProgress?: (rules: number) => void;
}

export interface ZoneResult {
  readonly apex: string;
  readonly serial: Serial;
  readonly previousSerial: Serial | undefined;
  readonly changed: boolean;
  /** How the zone was merged: not at all, over ranges, or over everything. */
  readonly merged: "none" | "ranges" | "all";
  readonly rules: number;
  readonly records: number;
  readonly added: number;
  readonly removed: number;
  readonly blocksWritten: number;
  readonly counts: Readonly<Counts>;
}

/**
 * Brings a zone up to date with the current snapshots.
 * @throws OperatorError BUILD_NOTHING where no source, or not every allow list, ever had a snapshot
 */
export async function buildZone(build: ZoneBuild): Promise<ZoneResult> {
  const { zone, policy, zones, snapshots, clock } = build;
  const inputs = currentInputs(build);
  const zoneId = zones.ensure(zone.apex);
  const current = zones.current(zoneId);
  const open = openInputs(snapshots, inputs);
  const samePolicy = current !== undefined && current.policy === policy.fingerprint;
  if (!build.full && samePolicy && sameInputs(current.inputs, inputs)) return unchanged(zone.apex, current, "none");

  const version = zones.begin(zoneId);
  const job: RebuildJob = { zone: zoneId, version, policy, open, onProgress: build.onProgress };
  const serial = nextSerial(current?.serial, nowSeconds(clock));
  const apexRrs = policy.apexRrs(serial);
  if (current === undefined) {
    const rebuilt = await build.buildRange(job, inputs);
    return publish(build, { zoneId, version, serial, apexRrs, inputs, current, rebuilt, merged: "all" });
  }

  const ranges = (build.full || !samePolicy ? undefined : changedRanges(build, current, inputs, open)) ?? [everything];
  const merged = ranges[0] === everything ? "all" : "ranges";
  const apexBefore = withoutSoa(current.apexRrs);
  const apexAfter = withoutSoa(apexRrs);
  const buildRange = (how: RebuildJob): Rebuilt =>
    rebuildRanges(
      zones,
      how,
      current.version,
      ranges,
      { before: apexBefore, after: apexAfter },
      Math.max(current.bytes, differenceBytesMin),
    );
  const rebuilt = buildRange(job);
  const sameSoa = equalBytes(policy.apexRrs(current.serial), current.apexRrs);
  if (rebuilt.added + rebuilt.removed === 0 && sameSoa) {
    let kept = rebuilt;
    if (rebuilt.retired.length > 0) {
      // The same records in other blocks. In those that stay, each range tells what it counts.
      zones.begin(zoneId);
      kept = buildRange({ ...job, fill: fillAsBefore });
    }
    const counts = totals(current, kept);
    const emptied = kept.retired.map((block) => ({ ...block, counts: noCounts() }));
    zones.confirm({ ...current, policy: policy.fingerprint, inputs, counts }, [...kept.recounted, ...emptied]);
    return unchanged(zone.apex, { ...current, counts }, merged);
  }
  return publish(build, { zoneId, version, serial, apexRrs, inputs, current, rebuilt, merged });
}

/** Any block's records fit into one block again, and none is joined with another. */
const fillAsBefore = { first: blockBytesMax, again: blockBytesMax, min: 0 };
const everything: KeyRange = { from: undefined, to: undefined };
/** Differences of a small zone are kept even where they are larger than the zone; the server chooses what to send. */
const differenceBytesMin = 65_536;

/** Snapshot ids of all that the zone is made of. */
function currentInputs({ zone, policy, snapshots }: ZoneBuild): Record<string, number> {
  const inputs: Record<string, number> = {};
  for (const id of policy.allow) {
    const snapshot = snapshots.current(id);
    if (snapshot === undefined) {
      throw new OperatorError(
        "BUILD_NOTHING",
        `Cannot build "${zone.apex}": the allow list "${id}" has never been read, and without it names that must not be blocked would be`,
        "Fix that list, or take it out of the configuration",
      );
    }
    inputs[id] = snapshot.id;
  }
  let any = false;
  for (const { id } of policy.sources) {
    const snapshot = snapshots.current(id);
    if (snapshot === undefined) continue;
    inputs[id] = snapshot.id;
    any = true;
  }
  if (!any) {
    throw new OperatorError(
      "BUILD_NOTHING",
      `Cannot build "${zone.apex}": none of its sources has ever been read`,
      "Fix one of them: `rpzmill source list` says what is wrong with each",
    );
  }
  return inputs;
}

function sameInputs(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The ranges that changed inputs touch; undefined where their changes are not listed from one to the other. */
function changedRanges(
  { policy, snapshots }: ZoneBuild,
  current: ZoneVersionRow,
  inputs: Readonly<Record<string, number>>,
  open: OpenEntries,
): KeyRange[] | undefined {
  if (Object.keys(current.inputs).some((name) => inputs[name] === undefined)) return undefined;
  const changes: EntryBlocks[] = [];
  for (const [name, id] of Object.entries(inputs)) {
    const before = current.inputs[name];
    if (before === undefined) return undefined;
    for (let step = id; step !== before; ) {
      const snapshot = snapshots.byId(step);
      if (snapshot?.previous === undefined || snapshot.changes === undefined) return undefined;
      changes.push(snapshots.blocks(step, "changes"));
      step = snapshot.previous;
    }
  }
  // Blocks are about this many; more ranges than that touch nearly all of them.
  const blocks = Math.ceil(current.bytes / 12_000);
  return dirtyRanges(policy, open, changes, Math.max(1000, 2 * blocks));
}

function withoutSoa(apexRrs: Uint8Array): Uint8Array {
  return apexRrs.subarray((splitRrs(apexRrs)[0] as Uint8Array).length);
}

function totals(current: ZoneVersionRow | undefined, rebuilt: Rebuilt): Counts {
  const counts = noCounts();
  if (current !== undefined) addCounts(counts, current.counts);
  addCounts(counts, rebuilt.counts);
  return counts;
}

function unchanged(apex: string, current: ZoneVersionRow, merged: ZoneResult["merged"]): ZoneResult {
  const { serial, rules, records, counts } = current;
  const nothing = { added: 0, removed: 0, blocksWritten: 0 };
  return { apex, serial, previousSerial: serial, changed: false, merged, rules, records, counts, ...nothing };
}

function publish(
  build: ZoneBuild,
  built: {
    readonly zoneId: number;
    readonly version: number;
    readonly serial: Serial;
    readonly apexRrs: Uint8Array;
    readonly inputs: Readonly<Record<string, number>>;
    readonly current: ZoneVersionRow | undefined;
    readonly rebuilt: Rebuilt;
    readonly merged: ZoneResult["merged"];
  },
): ZoneResult {
  const { zone, policy, zones, clock } = build;
  const { zoneId, version, serial, apexRrs, inputs, current, rebuilt, merged } = built;
  const counts = totals(current, rebuilt);
  const records = counts.records + countRrs(apexRrs);
  const row: ZoneVersionRow = {
    zone: zoneId,
    version,
    serial,
    publishedAt: nowSeconds(clock),
    policy: policy.fingerprint,
    inputs,
    apexRrs,
    rules: counts.rules,
    records,
    bytes: (current?.bytes ?? 0) + rebuilt.bytes,
    counts,
    added: rebuilt.added,
    removed: rebuilt.removed,
    blocksWritten: rebuilt.blocksWritten,
    differenceBytes: current === undefined ? undefined : rebuilt.differenceBytes,
  };
  zones.publish(row, rebuilt.retired, rebuilt.recounted);
  const now = nowSeconds(clock);
  const { versions, seconds } = zone.keep;
  zones.prune(zoneId, { versions, since: now - seconds, readableSince: now - build.readableSeconds });
  return {
    apex: zone.apex,
    serial,
    previousSerial: current?.serial,
    changed: true,
    merged,
    rules: counts.rules,
    records,
    added: rebuilt.added,
    removed: rebuilt.removed,
    blocksWritten: rebuilt.blocksWritten,
    counts,
  };
}
