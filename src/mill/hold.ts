/**
 * When a zone is put on hold, and what of it is published all the same: holds stop sources, never what people lift by an
 * allow list.
 */
import type { ZoneLimitConfig } from "../config/types.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import type { RuleChanges } from "../store/holds.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { dirtyRanges } from "./dirty.ts";
import type { OpenEntries } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import type { KeyRange } from "./rebuild.ts";

/** Whether so many rules of `before` may not change at once: beyond both parts of the limit. */
export function isBeyondLimit({ percent, rules }: ZoneLimitConfig, before: number, change: RuleChanges): boolean {
  const changes = change.added + change.removed + change.changed;
  return changes > rules && changes * 100 > before * percent;
}

export function addRuleChanges(a: RuleChanges, b: RuleChanges): RuleChanges {
  return { added: a.added + b.added, removed: a.removed + b.removed, changed: a.changed + b.changed };
}

/** Whether two sets of inputs have the same snapshots of the policy's allow lists. */
export function sameAllow({ allow }: Pick<ZonePolicy, "allow">, a: SnapshotIds, b: SnapshotIds): boolean {
  return allow.every((id) => a[id] === b[id]);
}

/**
 * The ranges that changed allow lists touch, in key order. `open` opens what is merged: the allow lists of `after` on the
 * sources of `before`.
 */
export function liftedRanges(
  policy: ZonePolicy,
  snapshots: Snapshots,
  before: SnapshotIds,
  after: SnapshotIds,
  open: OpenEntries,
): KeyRange[] | undefined {
  const changes = policy.allow
    .flatMap((id) => namesThatChanged(snapshots, before[id], after[id] as number))
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
