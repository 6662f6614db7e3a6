/**
 * Builds one zone: finds out how much of it has to be merged again, rebuilds that, and publishes a new version, or none
 * where nothing changed.
 */

import { equalBytes } from "../base/bytes.ts";
import { type Clock, nowSeconds, steadySeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ZoneConfig } from "../config/types.ts";
import { blockBytesMax } from "../dns/block.ts";
import { countRrs, splitRrs } from "../dns/rr.ts";
import { nextSerial, type Serial } from "../dns/serial.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { addCounts, type Counts, noCounts } from "../store/counts.ts";
import { type FirstNames, type Hold, type Holds, noNames, noRuleChanges, type RuleChanges } from "../store/holds.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";
import { dirtyRanges, type InputChanges } from "./dirty.ts";
import { addRuleChanges, isBeyondLimit, liftedRanges, sameAllow } from "./hold.ts";
import { isGuardSource, type OpenEntries, openInputs } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { type KeyRange, nothingRebuilt, type RebuildJob, type Rebuilt, rebuildRanges } from "./rebuild.ts";
import type { RuleListener } from "./rule-changes.ts";
import { servedBeyond, withSerial } from "./served-serial.ts";

export interface ZoneBuild {
  readonly zone: ZoneConfig;
  readonly policy: ZonePolicy;
  readonly zones: Zones;
  readonly holds: Holds;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  /** Builds a zone that has no version yet, on as many cores as there are. */
  readonly buildRange: (job: RebuildJob, inputs: SnapshotIds) => Promise<Rebuilt>;
  /** Seconds for which the rows of a withdrawn version must stay: longer than the longest transfer. */
  readonly readableSeconds: number;
  /** The highest serial that was ever served of the zone; undefined where none is known. */
  readonly servedSerial?: Serial | undefined;
  /** Merge everything again, even what seems unchanged. */
  readonly full: boolean;
  /** Publish a change beyond the zone's limit. */
  readonly accept: boolean;
  /** Only say what would change; `zones` writes nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (rules: number) => void;
  /** Called with each rule that changes. */
  readonly onRule?: RuleListener | undefined;
}

export interface ZoneResult {
  readonly apex: string;
  readonly serial: Serial;
  readonly previousSerial: Serial | undefined;
  readonly changed: boolean;
  /** The serial that had been served though the store was behind it; undefined where it was not. */
  readonly passedSerial: Serial | undefined;
  /** How the zone was merged: not at all, over ranges, or over everything. */
  readonly merged: "none" | "ranges" | "all";
  readonly rules: number;
  readonly records: number;
  /** In records. */
  readonly added: number;
  readonly removed: number;
  readonly ruleChanges: RuleChanges;
  readonly first: FirstNames;
  readonly blocksWritten: number;
  readonly counts: Readonly<Counts>;
  /** What is not published until somebody accepts it; the other fields are of what is. */
  readonly hold: Hold | undefined;
}

/** One try at a next version. */
interface Attempt {
  readonly zoneId: number;
  readonly current: ZoneVersionRow | undefined;
  readonly inputs: SnapshotIds;
  /** Of the policy that the version will be noted with. */
  readonly fingerprint: string;
  readonly version: number;
  readonly serial: Serial;
  /** The serial that was served though the store is behind it; undefined where it is not. */
  readonly passed: Serial | undefined;
  readonly apexRrs: Uint8Array;
  readonly rebuilt: Rebuilt;
  readonly merged: ZoneResult["merged"];
  /** Does the same again with each block filled as before. */
  readonly againAsBefore: () => Rebuilt;
}

/**
 * Brings a zone up to date with the current snapshots, or puts it on hold where that changes more than its limit.
 * @throws OperatorError BUILD_NOTHING where no source, or not every allow list and guard, ever had a snapshot; ZONE_ON_HOLD
 * where a zone on hold cannot take in a changed allow list
 */
export async function buildZone(build: ZoneBuild): Promise<ZoneResult> {
  const { zone, policy, zones, holds } = build;
  const inputs = currentInputs(build);
  const zoneId = zones.ensure(zone.apex);
  let known = holds.find(zoneId);
  const computedFrom = JSON.stringify([policy.fingerprint, inputs, zone.limit]);
  let lifted: ZoneResult | undefined;
  for (;;) {
    const current = zones.current(zoneId);
    const passed = servedBeyond(build, current?.serial);
    const samePolicy = current !== undefined && current.policy === policy.fingerprint;
    if (!build.full && samePolicy && sameInputs(current.inputs, inputs)) {
      release(build, zoneId, known);
      if (passed !== undefined) return publishAgain(build, zoneId, current, passed);
      return lifted ?? unchanged(zone.apex, current, "none");
    }
    const asKnown = current !== undefined && known?.computedFrom === computedFrom;
    if (asKnown && !build.full && !build.accept && !build.dryRun) {
      if (passed !== undefined) return { ...publishAgain(build, zoneId, current, passed), hold: known };
      return unchanged(zone.apex, current, "none", known);
    }

    const incremental = !build.full && samePolicy;
    const attempt = await attemptVersion(build, zoneId, current, inputs, policy.fingerprint, (open) =>
      incremental ? changedRanges(build, current, inputs, open) : undefined,
    );
    if (current === undefined || build.accept || !isBeyondLimit(zone.limit, current.rules, attempt.rebuilt.rules)) {
      const result = settle(build, attempt);
      release(build, zoneId, known);
      return lifted === undefined ? result : together(lifted, result);
    }
    // What was written of it goes; what it was is kept in figures.
    zones.begin(zoneId);
    const { rules, first } = attempt.rebuilt;
    const hold: Hold = { since: known?.since ?? nowSeconds(build.clock), rules, first, computedFrom };
    if (build.dryRun) return { ...unchanged(zone.apex, current, attempt.merged, hold), ruleChanges: rules, first };
    if (lifted === undefined && !sameAllow(policy, current.inputs, inputs)) {
      // First what people lifted, on what the zone is made of now: perhaps no more is beyond the limit then.
      known = { ...hold, computedFrom: "" };
      holds.put(zoneId, known);
      lifted = await publishLifts(build, zoneId, current, inputs);
      continue;
    }
    holds.put(zoneId, hold);
    const again = passed === undefined ? undefined : publishAgain(build, zoneId, current, passed);
    return { ...(lifted ?? again ?? unchanged(zone.apex, current, attempt.merged)), hold };
  }
}

function release({ holds, dryRun }: ZoneBuild, zoneId: number, known: Hold | undefined): void {
  if (known !== undefined && !dryRun) holds.release(zoneId);
}

/** Merges what has to be merged again, and writes it as a version that nobody sees yet. */
async function attemptVersion(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow | undefined,
  inputs: SnapshotIds,
  fingerprint: string,
  rangesOf: (open: OpenEntries) => KeyRange[] | undefined,
): Promise<Attempt> {
  const { policy, zones, snapshots, clock } = build;
  const open = openInputs(snapshots, inputs);
  const version = zones.begin(zoneId);
  const passed = servedBeyond(build, current?.serial);
  const job: RebuildJob = {
    zone: zoneId,
    version,
    policy,
    open,
    onProgress: build.onProgress,
    onRule: build.onRule,
  };
  const serial = nextSerial(passed ?? current?.serial, nowSeconds(clock));
  const apexRrs = policy.apexRrs(serial);
  const known = { zoneId, current, inputs, fingerprint, version, serial, passed, apexRrs };
  if (current === undefined) {
    const rebuilt = await build.buildRange(job, inputs);
    return { ...known, rebuilt, merged: "all", againAsBefore: () => rebuilt };
  }
  const ranges = rangesOf(open) ?? [everything];
  const merged = ranges[0] === everything ? "all" : "ranges";
  const apex = { before: withoutSoa(current.apexRrs), after: withoutSoa(apexRrs) };
  const bytesMax = Math.max(2 * current.bytes, differenceBytesMin);
  const rebuild = (how: RebuildJob): Rebuilt => rebuildRanges(zones, how, current.version, ranges, apex, bytesMax);
  const againAsBefore = (): Rebuilt => {
    zones.begin(zoneId);
    return rebuild({ ...job, fill: fillAsBefore, onRule: undefined });
  };
  return { ...known, rebuilt: rebuild(job), merged, againAsBefore };
}

/** Publishes a version; where it holds the same records as the current one, only notes what that is built from. */
function settle(build: ZoneBuild, attempt: Attempt): ZoneResult {
  const { zone, policy, zones } = build;
  const { current, rebuilt, inputs, fingerprint, merged } = attempt;
  if (current === undefined || rebuilt.added + rebuilt.removed > 0) return publish(build, attempt);
  if (attempt.passed !== undefined) return publish(build, attempt);
  if (!equalBytes(policy.apexRrs(current.serial), current.apexRrs)) return publish(build, attempt);
  // The same records in other blocks: in those that stay, each range tells what it counts.
  const kept = rebuilt.retired.length > 0 ? attempt.againAsBefore() : rebuilt;
  const counts = totals(current, kept);
  const emptied = kept.retired.map((block) => ({ ...block, counts: noCounts() }));
  zones.confirm({ ...current, policy: fingerprint, inputs, counts }, [...kept.recounted, ...emptied]);
  return unchanged(zone.apex, { ...current, counts }, merged);
}

/** Publishes what is served anew, under a serial beyond one that was served before. */
function publishAgain(build: ZoneBuild, zoneId: number, current: ZoneVersionRow, passed: Serial): ZoneResult {
  const version = build.zones.begin(zoneId);
  const serial = nextSerial(passed, nowSeconds(build.clock));
  const rebuilt = nothingRebuilt();
  const { inputs, policy: fingerprint } = current;
  const apexRrs = withSerial(current.apexRrs, serial);
  const known = { zoneId, current, inputs, fingerprint, version, serial, passed, apexRrs };
  return publish(build, { ...known, rebuilt, merged: "none", againAsBefore: () => rebuilt });
}

/**
 * Publishes what the allow lists of now lift, or lift no more, on all else that the served version was built from. Only
 * the blocks that this touches are merged, with the policy of now; the version is noted with the policy of before, so
 * that the next build merges all.
 */
async function publishLifts(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  inputs: SnapshotIds,
): Promise<ZoneResult> {
  const { zone, policy, snapshots } = build;
  const lost = Object.entries(current.inputs).find(
    ([id, of]) => !policy.allow.includes(id) && !snapshots.hasEntries(of),
  );
  if (lost !== undefined) {
    throw new OperatorError(
      "ZONE_ON_HOLD",
      `Cannot take changed allow lists into "${zone.apex}": it is on hold, and what it was built from of "${lost[0]}" is gone`,
      `Look at what is held with \`rpzmill build --dry-run --list\`, then publish it with \`rpzmill build --accept-zone ${zone.apex}\``,
    );
  }
  const allow = Object.fromEntries(policy.allow.map((id) => [id, inputs[id] as number]));
  const attempt = await attemptVersion(
    build,
    zoneId,
    current,
    { ...current.inputs, ...allow },
    current.policy,
    (open) => liftedRanges(policy, snapshots, current.inputs, inputs, open),
  );
  return settle(build, attempt);
}

/** What two steps of one build did together. */
function together(first: ZoneResult, second: ZoneResult): ZoneResult {
  if (!first.changed) return second;
  const sum = (count: "added" | "removed" | "blocksWritten"): number => first[count] + second[count];
  const ruleChanges = addRuleChanges(first.ruleChanges, second.ruleChanges);
  const { previousSerial } = first;
  const counted = { added: sum("added"), removed: sum("removed"), blocksWritten: sum("blocksWritten"), ruleChanges };
  return { ...second, ...counted, previousSerial, changed: true };
}

/** Any block's records fit into one block again, and none is joined with another. */
const fillAsBefore = { first: blockBytesMax, again: blockBytesMax, min: 0 };
const everything: KeyRange = { from: undefined, to: undefined };
/** Differences of a small zone are kept however large they are beside it; the server chooses what to send. */
const differenceBytesMin = 65_536;

/** Snapshot ids of all that the zone is made of. */
function currentInputs({ zone, policy, snapshots }: ZoneBuild): SnapshotIds {
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
  for (const { id } of policy.guards) {
    const snapshot = snapshots.current(storedNameOfGuard(id));
    if (snapshot === undefined) {
      throw new OperatorError(
        "BUILD_NOTHING",
        `Cannot build "${zone.apex}": the guard "${id}" has never been read, and without it names that it guards would be blocked`,
        "Fix that guard's list, or leave it out with `use: false` in `guards`",
      );
    }
    inputs[storedNameOfGuard(id)] = snapshot.id;
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

function sameInputs(a: SnapshotIds, b: SnapshotIds): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The ranges that changed inputs touch; undefined where their changes are not listed from one to the other. */
function changedRanges(
  { policy, snapshots }: ZoneBuild,
  current: ZoneVersionRow,
  inputs: SnapshotIds,
  open: OpenEntries,
): KeyRange[] | undefined {
  if (Object.keys(current.inputs).some((name) => inputs[name] === undefined)) return undefined;
  const changes: InputChanges[] = [];
  for (const [name, id] of Object.entries(inputs)) {
    const before = current.inputs[name];
    if (before === undefined) return undefined;
    const steps = snapshots.changesBetween(before, id);
    if (steps === undefined) return undefined;
    for (const names of steps) changes.push({ names, ofGuard: isGuardSource(name) });
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

function unchanged(apex: string, current: ZoneVersionRow, merged: ZoneResult["merged"], hold?: Hold): ZoneResult {
  const { serial, rules, records, counts } = current;
  const nothing = { added: 0, removed: 0, ruleChanges: noRuleChanges, first: noNames, blocksWritten: 0 };
  const same = { serial, previousSerial: serial, changed: false, passedSerial: undefined };
  return { apex, ...same, merged, rules, records, counts, ...nothing, hold };
}

function publish(build: ZoneBuild, attempt: Attempt): ZoneResult {
  const { zone, zones, clock } = build;
  const { zoneId, version, serial, apexRrs, inputs, fingerprint, passed, current, rebuilt, merged } = attempt;
  const counts = totals(current, rebuilt);
  const records = counts.records + countRrs(apexRrs);
  const row: ZoneVersionRow = {
    zone: zoneId,
    version,
    serial,
    publishedAt: nowSeconds(clock),
    policy: fingerprint,
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
  const { readableSeconds } = build;
  zones.prune(zoneId, { versions, since: now - seconds, steadyNow: steadySeconds(clock), readableSeconds });
  return {
    apex: zone.apex,
    serial,
    previousSerial: current?.serial,
    changed: true,
    passedSerial: passed,
    merged,
    rules: counts.rules,
    records,
    added: rebuilt.added,
    removed: rebuilt.removed,
    ruleChanges: rebuilt.rules,
    first: rebuilt.first,
    blocksWritten: rebuilt.blocksWritten,
    counts,
    hold: undefined,
  };
}
