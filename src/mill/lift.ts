/**
 * What is published of a zone on hold all the same: holds stop sources and configurations, never what people lift by an
 * allow list. A lift is the served version built again with the policy and the inputs that it was built from, its allow
 * lists alone exchanged for those of now, so that nothing of what is held comes along.
 */
import { OperatorError } from "../base/errors.ts";
import type { KeyRange } from "../dns/key-range.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { ZoneVersionRow } from "../store/zones.ts";
import { attemptVersion, type Basis, type OpenAttempt } from "./attempt.ts";
import { dirtyRanges, type InputChanges } from "./dirty.ts";
import type { OpenEntries } from "./inputs.ts";
import { policyOfText, policyWith, type ZonePolicy } from "./policy.ts";
import type { ZoneBuild } from "./zone-build.ts";

/** Whether there is something to lift: `basis` is what the served version is to be built from then. */
export type Lift =
  | { readonly kind: "none" }
  | { readonly kind: "lift"; readonly basis: Basis }
  | { readonly kind: "refused"; readonly error: OperatorError };

/** What the allow lists among `wanted`, the inputs of now, lift of the served version. */
export function liftOf(build: ZoneBuild, current: ZoneVersionRow, wanted: SnapshotIds): Lift {
  const { policy, snapshots } = build;
  const before = current.inputs;
  const served = servedPolicy(build, current);
  const isNew = (id: string): boolean => served !== undefined && !served.allow.includes(id);
  const changed = policy.allow.filter((id) => wanted[id] !== before[id] || isNew(id));
  if (changed.length === 0) return { kind: "none" };
  if (served === undefined) return refused(build, "what it was last built with is not known to this version");
  // A list that is no longer configured goes on lifting: to end that adds rules, which is for a build without a hold.
  const allow = [...new Set([...served.allow, ...policy.allow])].toSorted();
  const both = changed.find((id) => served.sources.some((source) => source.id === id));
  if (both !== undefined) return refused(build, `"${both}" is an allow list now and was a source`);
  const inputs = { ...before, ...Object.fromEntries(changed.map((id) => [id, wanted[id] as number])) };
  const lost = Object.entries(inputs).find(([, id]) => !snapshots.hasEntries(id));
  if (lost !== undefined) return refused(build, `what it was built from of "${lost[0]}" is gone`);
  return { kind: "lift", basis: { policy: policyWith(served, { allow }), inputs } };
}

/** The policy that a version was built with; undefined where it is not known, or merges otherwise than this program. */
function servedPolicy(
  { policy, policies }: ZoneBuild,
  { policy: fingerprint }: ZoneVersionRow,
): ZonePolicy | undefined {
  if (fingerprint === policy.fingerprint) return policy;
  const text = policies.find(fingerprint);
  return text === undefined ? undefined : policyOfText(text);
}

function refused({ zone }: ZoneBuild, why: string): Lift {
  const error = new OperatorError(
    "ZONE_ON_HOLD",
    `Cannot take changed allow lists into "${zone.apex}": it is on hold, and ${why}`,
    `Look at what is held with \`rpzmill build --dry-run --list\`, then publish it with \`rpzmill build --accept-zone ${zone.apex}\``,
  );
  return { kind: "refused", error };
}

/** Merges the ranges that a lift touches. */
export function attemptLift(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  basis: Basis,
): Promise<OpenAttempt> {
  const { snapshots } = build;
  return attemptVersion(build, zoneId, current, basis, (open) => liftedRanges(snapshots, current, basis, open));
}

/** The ranges that changed allow lists touch, in key order. `open` opens what is merged. */
function liftedRanges(
  snapshots: Snapshots,
  { inputs: before }: ZoneVersionRow,
  { policy, inputs }: Basis,
  open: OpenEntries,
): KeyRange[] | undefined {
  const changes: InputChanges[] = policy.allow
    .flatMap((id) => namesThatChanged(snapshots, before[id], inputs[id] as number))
    .map((names) => ({ names, ofGuard: false }));
  return dirtyRanges(policy, open, changes, Number.POSITIVE_INFINITY);
}

/** Lists that together hold every name that changed; where a step is not listed, every name of both counts as changed. */
function namesThatChanged(snapshots: Snapshots, before: number | undefined, after: number): EntryBlocks[] {
  return snapshots.changesBetween(before, after) ?? [before, after].flatMap((id) => entriesOf(snapshots, id));
}

function entriesOf(snapshots: Snapshots, id: number | undefined): EntryBlocks[] {
  return id === undefined ? [] : [snapshots.blocks(id)];
}
