/**
 * Builds one zone: finds out whether and how much of it has to be merged again, and whether what comes of that is
 * published or the zone is put on hold.
 */
import { nowSeconds } from "../base/clock.ts";
import type { KeyRange } from "../dns/key-range.ts";
import type { ZoneVersionRow } from "../store/zones.ts";
import { attemptVersion, type Basis, type OpenAttempt, publishAgain, settle } from "./attempt.ts";
import { dirtyRanges, type InputChanges, rangesWorthMerging } from "./dirty.ts";
import { type Hold, holdOf, isBeyondLimit, rowOfHold } from "./hold.ts";
import { isGuardSource, type ListReader } from "./inputs.ts";
import { attemptLift, type Lift, liftOf, type PossibleLift } from "./lift.ts";
import type { ZonePolicy } from "./policy.ts";
import type { RuleChangeKind, RuleChanges } from "./rule-changes.ts";
import { servedAheadOf } from "./served-serial.ts";
import { together, unchanged, type ZoneBuild, type ZoneResult } from "./zone-build.ts";
import { currentInputs, sameInputs, wantedInputs } from "./zone-inputs.ts";

/**
 * Brings a zone up to date with the current snapshots, or puts it on hold where that changes more than its limit.
 * @throws OperatorError BUILD_NOTHING where no source, or not every allow list and guard, ever had a snapshot; ZONE_ON_HOLD
 * where a zone on hold cannot take in a changed allow list (in a dry run that is in the result)
 */
export async function buildZone(build: ZoneBuild): Promise<ZoneResult> {
  const { zone, policy, zones, accept, dryRun } = build;
  const wanted = { policy, inputs: wantedInputs(build) };
  const zoneId = zones.ensure(zone.apex);
  const current = zones.current(zoneId);
  if (current === undefined) return settle(build, await attemptVersion(build, zoneId, current, wanted));
  const known = holdOf(build.holds.find(zoneId));
  if (known !== undefined && !accept && !dryRun) {
    // What people lift, and what ended, goes out before the rest is merged, which takes longer.
    const isNew = known.computedFrom !== computedFrom(build, current, wanted) || build.full;
    const lift = liftOf(build, current, wanted.inputs, isNew);
    if (lift.kind === "lift") return liftFirst(build, zoneId, current, lift, wanted, known);
  }
  return bringUpToDate(build, zoneId, current, wanted, { known });
}

/** All that a change is computed from, as text; the version says what ended of it. */
function computedFrom(
  { policy, zone: { limit } }: ZoneBuild,
  { policy: served, inputs, version }: ZoneVersionRow,
  wanted: Basis,
): string {
  return JSON.stringify([policy.fingerprint, wanted.inputs, limit, served, inputs, version]);
}

/** Publishes what people lift and what ended, then goes on from there. */
async function liftFirst(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  lift: Lift,
  wanted: Basis,
  known: Hold,
): Promise<ZoneResult> {
  const result = settle(build, await attemptLift(build, zoneId, current, lift));
  const next = build.zones.current(zoneId) as ZoneVersionRow;
  return together(lifted(result, lift), await bringUpToDate(build, zoneId, next, wanted, { known, isLifted: true }));
}

/**
 * Publishes what people lift of a zone that cannot be built: the served version is built again with the lists that it was
 * built from, those that lift exchanged.
 * @returns undefined where there is nothing to lift, or it cannot be
 */
export async function liftAlone(build: ZoneBuild): Promise<ZoneResult | undefined> {
  const { zone, policy, zones, snapshots } = build;
  const zoneId = zones.find(zone.apex);
  const current = zoneId === undefined ? undefined : zones.current(zoneId);
  if (zoneId === undefined || current === undefined) return undefined;
  const lift = liftOf(build, current, currentInputs(policy, snapshots), true);
  if (lift.kind !== "lift") return undefined;
  const result = settle(build, await attemptLift(build, zoneId, current, lift));
  return lift.isAsked || result.changed ? lifted(result, lift) : undefined;
}

function lifted(result: ZoneResult, { ended }: Lift): ZoneResult {
  return { ...result, lifts: { ruleChanges: result.ruleChanges, first: result.first, ended: ended?.entries ?? 0 } };
}

async function bringUpToDate(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  wanted: Basis,
  { known, isLifted = false }: { readonly known: Hold | undefined; readonly isLifted?: boolean },
): Promise<ZoneResult> {
  const { zone, policy, policies, holds, full, accept, dryRun } = build;
  const { apex, limit } = zone;
  const servedAhead = servedAheadOf(build, current.serial);
  const stay = (hold?: Hold): ZoneResult =>
    servedAhead === undefined
      ? unchanged(apex, current, "none", hold)
      : { ...publishAgain(build, zoneId, current, servedAhead), hold };
  const isSamePolicy = current.policy === policy.fingerprint;
  // The version may be of before policies were kept.
  if (isSamePolicy) policies.keep(policy.fingerprint, policy.text);
  if (isSamePolicy && !full && sameInputs(current.inputs, wanted.inputs)) {
    release(build, zoneId, known);
    return stay();
  }
  const from = computedFrom(build, current, wanted);
  if (known?.computedFrom === from && !full && !accept && !dryRun) {
    const lift = liftOf(build, current, wanted.inputs, false);
    if (lift.kind === "refused") throw lift.error;
    return stay(known);
  }
  const attempt = await attemptVersion(build, zoneId, current, wanted, (reader) =>
    isSamePolicy && !full ? changedRanges(build, current, wanted, reader) : undefined,
  );
  const { ruleChanges, first } = attempt.rebuilt;
  if (accept || !isBeyondLimit(limit, current.rules, ruleChanges)) {
    const result = settle(build, attempt);
    release(build, zoneId, known);
    return result;
  }
  const hold: Hold = { since: known?.since ?? nowSeconds(build.clock), ruleChanges, first, computedFrom: from };
  const lift = liftOf(build, current, wanted.inputs, !isLifted);
  if (dryRun) return tryHold(build, zoneId, current, { lift, attempt, hold });
  // What was written of it goes; what it was is kept in figures.
  build.zones.begin(zoneId);
  // Until the lift is published, the change behind it is not known: perhaps no more of it is beyond the limit.
  const found = lift.kind === "lift" ? { ...hold, computedFrom: "" } : hold;
  holds.put(zoneId, rowOfHold(found));
  if (lift.kind === "refused") throw lift.error;
  if (lift.kind === "lift") return liftFirst(build, zoneId, current, lift, wanted, found);
  return { ...stay(hold), merged: attempt.merged };
}

/** What a dry run says of a change beyond the limit: that it would be held, or that a lift would leave less of it. */
async function tryHold(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  { lift, attempt, hold }: { readonly lift: PossibleLift; readonly attempt: OpenAttempt; readonly hold: Hold },
): Promise<ZoneResult> {
  const { apex, limit } = build.zone;
  const { ruleChanges, first } = hold;
  const lifts = lift.kind === "lift" ? await tryLift(build, zoneId, current, lift) : undefined;
  const before = current.rules + (lifts?.ruleChanges.added ?? 0) - (lifts?.ruleChanges.removed ?? 0);
  if (lifts !== undefined && !isBeyondLimit(limit, before, restOf(ruleChanges, lifts.ruleChanges))) {
    return { ...settle(build, attempt), lifts };
  }
  const refused = lift.kind === "refused" ? lift.error : undefined;
  return { ...unchanged(apex, current, attempt.merged, hold), ruleChanges, first, lifts, refused };
}

/** What a lift would publish. Its rules are not listed: they are among those of the whole change. */
async function tryLift(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  lift: Lift,
): Promise<ZoneResult["lifts"]> {
  const { rebuilt } = await attemptLift({ ...build, onRule: undefined }, zoneId, current, lift);
  return { ruleChanges: rebuilt.ruleChanges, first: rebuilt.first, ended: lift.ended?.entries ?? 0 };
}

/**
 * About how many rules change behind a lift, by what changes in all: a rule that a lift puts in, and that goes again with
 * the one above it, is in neither. A build that is no dry run counts them.
 */
function restOf(all: RuleChanges, lifted: RuleChanges): RuleChanges {
  const rest = (kind: RuleChangeKind): number => Math.max(0, all[kind] - lifted[kind]);
  return { added: rest("added"), removed: rest("removed"), changed: rest("changed") };
}

function release({ holds, dryRun }: ZoneBuild, zoneId: number, known: Hold | undefined): void {
  if (known !== undefined && !dryRun) holds.release(zoneId);
}

/** What an input of a zone is. */
function kindOf(name: string, { allow }: Pick<ZonePolicy, "allow">): InputChanges["of"] {
  if (isGuardSource(name)) return "guard";
  return allow.includes(name) ? "allow" : "source";
}

/** The ranges that changed inputs touch; undefined where their changes are not listed from one to the other. */
function changedRanges(
  { snapshots }: ZoneBuild,
  { inputs: before, bytes }: ZoneVersionRow,
  { policy, inputs }: Basis,
  reader: ListReader,
): KeyRange[] | undefined {
  if (Object.keys(before).some((name) => inputs[name] === undefined)) return undefined;
  const changes: InputChanges[] = [];
  for (const [name, id] of Object.entries(inputs)) {
    const idBefore = before[name];
    if (idBefore === undefined) return undefined;
    const steps = snapshots.changesBetween(idBefore, id);
    if (steps === undefined) return undefined;
    for (const names of steps) changes.push({ names, of: kindOf(name, policy) });
  }
  return dirtyRanges(policy, reader, changes, rangesWorthMerging(bytes));
}
