/**
 * What is published of a zone on hold, or of one that cannot be built, all the same: holds stop sources and configurations, never what people do: what
 * they lift by an allow list or by names of their own that they guard, and the entries that they add and end by hand; nor what ends. A lift is the served version
 * built again with the policy and the inputs that it was built from, these lists alone exchanged for those of now, and without the
 * entries that ended (`ended.ts`), so that nothing of what is held comes along.
 */
import { OperatorError } from "../base/errors.ts";
import { manualFormat } from "../config/source-kinds.ts";
import type { KeyRange } from "../dns/key-range.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { ZoneVersionRow } from "../store/zones.ts";
import { attemptVersion, type Basis, type OpenAttempt } from "./attempt.ts";
import { dirtyRanges, type InputChanges, rangesWorthMerging } from "./dirty.ts";
import { type Ended, findEnded, withoutEnded } from "./ended.ts";
import { inputOfGuard, type ListReader } from "./inputs.ts";
import { type PolicyGuard, type PolicySource, policyOfVersion, policyWith, type ZonePolicy } from "./policy.ts";
import type { ZoneBuild } from "./zone-build.ts";

/** What the served version is to be built from, and the names by which that differs from what it was built from. */
export interface Lift {
  readonly kind: "lift";
  readonly basis: Basis;
  readonly changes: readonly InputChanges[];
  /** Whether there is more to it than what ended. */
  readonly isAsked: boolean;
  /** What ended of its sources; undefined where nothing can have. */
  readonly ended: Ended | undefined;
}

/** Whether there is something to lift, and what. */
export type PossibleLift =
  | Lift
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly error: OperatorError };

/**
 * What the allow lists, own guards and manual sources among `wanted`, the inputs of now that were ever read, change in the
 * served version, and what ended of it. A manual source that it was not built with is a new configuration. Where nothing else is
 * to be lifted, `mayHaveEnded` says whether to look for that.
 */
export function liftOf(
  build: ZoneBuild,
  current: ZoneVersionRow,
  wanted: SnapshotIds,
  mayHaveEnded: boolean,
): PossibleLift {
  const { policy, policies, ownGuards, manualSources, snapshots } = build;
  const before = current.inputs;
  const served = policyOfVersion(policies, current, policy);
  const isNew = (id: string): boolean => served !== undefined && !served.allow.includes(id);
  // A list that was never read lifts nothing.
  const isKnown = (input: string): boolean => wanted[input] !== undefined;
  const allow = policy.allow.filter((id) => isKnown(id) && (wanted[id] !== before[id] || isNew(id)));
  const guards = ownGuards.filter((id) => {
    const input = inputOfGuard({ id });
    if (!isKnown(input)) return false;
    const known = served?.guards.find((guard) => guard.id === id && guard.before === undefined);
    return wanted[input] !== before[input] || (served !== undefined && known?.class !== "protected");
  });
  const wasManual = (id: string): boolean => snapshots.byId(before[id] ?? 0)?.format === manualFormat;
  const kept = manualSources.filter((id) => isKnown(id) && wanted[id] !== before[id] && wasManual(id));
  const isAsked = allow.length + guards.length + kept.length > 0;
  if (!isAsked && (served === undefined || !mayHaveEnded)) return { kind: "none" };
  if (served === undefined) return refused(build, "what it was last built with is not known to this version");
  const both = allow.find((id) => served.sources.some((source) => source.id === id));
  if (both !== undefined) return refused(build, `"${both}" is an allow list now and was a source`);
  const basis = basisOf(served, current, policy, wanted, { allow, guards, kept });
  const lost = Object.entries(basis.inputs).find(([, id]) => !snapshots.hasEntries(id));
  if (lost !== undefined) {
    return isAsked ? refused(build, `what it was built from of "${lost[0]}" is gone`) : { kind: "none" };
  }
  const ended = findEnded(build, basis.policy, basis.inputs, wanted);
  if (!isAsked && ended === undefined) return { kind: "none" };
  const changesOf = (name: string, of: InputChanges["of"]): InputChanges[] =>
    namesThatChanged(snapshots, before[name], wanted[name] as number).map((names) => ({ names, of }));
  const changes = [
    ...allow.flatMap((id) => changesOf(id, "allow")),
    ...guards.flatMap((id) => changesOf(inputOfGuard({ id }), "guard")),
    ...kept.flatMap((id) => changesOf(id, "source")),
    ...(ended?.changes ?? []),
  ];
  return { kind: "lift", basis, changes, isAsked, ended };
}

function refused({ zone }: ZoneBuild, why: string): PossibleLift {
  const error = new OperatorError(
    "ZONE_ON_HOLD",
    `Cannot take changed allow lists, guards and manual entries into "${zone.apex}": it is on hold, and ${why}`,
    `Look at what is held with \`rpzmill build --dry-run --list\`, then publish it with \`rpzmill build --accept-zone ${zone.apex}\``,
  );
  return { kind: "refused", error };
}

/** The served version's basis with some allow lists, own guards and manual sources exchanged for those of `policy` and `wanted`. */
function basisOf(
  served: ZonePolicy,
  { inputs: before }: ZoneVersionRow,
  policy: ZonePolicy,
  wanted: SnapshotIds,
  changed: Readonly<Record<"allow" | "guards" | "kept", readonly string[]>>,
): Basis {
  // A list that is no longer configured goes on lifting: to end that adds rules, which is for a build without a hold.
  const allow = [...new Set([...served.allow, ...policy.allow])].toSorted();
  const inputs: Record<string, number> = { ...before };
  for (const id of [...changed.allow, ...changed.kept]) inputs[id] = wanted[id] as number;
  const guards: PolicyGuard[] = [...served.guards];
  const added: string[] = [];
  for (const id of changed.guards) {
    const input = inputOfGuard({ id });
    const at = guards.findIndex((guard) => guard.id === id && guard.before === undefined);
    const known = guards[at];
    if (known === undefined) added.push(id);
    else {
      guards.splice(at, 1);
      // What it listed when the zone was put on hold stays guarded: to end that adds rules, too.
      const first: PolicyGuard = { ...known, before: true };
      if (!guards.some((guard) => guard.id === id)) {
        guards.push(first);
        inputs[inputOfGuard(first)] = before[input] as number;
      }
    }
    guards.push({ id, class: "protected" });
    inputs[input] = wanted[input] as number;
  }
  guards.sort((a, b) => (a.id === b.id ? (a.before === undefined ? -1 : 1) : a.id < b.id ? -1 : 1));
  const sources = served.sources.map((source) => overriding(source, policy.sources, added));
  return { policy: policyWith(served, { sources, guards, allow }), inputs };
}

/** A source with those of some new guards that it overrides in the configuration of now. */
function overriding(source: PolicySource, now: readonly PolicySource[], guards: readonly string[]): PolicySource {
  const overrides = now.find(({ id }) => id === source.id)?.overrideGuards ?? [];
  const more = guards.filter((id) => overrides.includes(id));
  return more.length === 0 ? source : { ...source, overrideGuards: [...source.overrideGuards, ...more].toSorted() };
}

/** Lists that together hold every name that changed; where a step is not listed, every name of both counts as changed. */
function namesThatChanged(snapshots: Snapshots, before: number | undefined, after: number): EntryBlocks[] {
  const steps = before === after ? undefined : snapshots.changesBetween(before, after);
  return steps ?? [before, after].flatMap((id) => (id === undefined ? [] : [snapshots.blocks(id)]));
}

/** Merges the ranges that a lift touches. */
export function attemptLift(
  build: ZoneBuild,
  zoneId: number,
  current: ZoneVersionRow,
  { basis, changes, ended }: Lift,
): Promise<OpenAttempt> {
  const rangesOf = (reader: ListReader): KeyRange[] | undefined =>
    build.full ? undefined : dirtyRanges(basis.policy, reader, changes, rangesWorthMerging(current.bytes));
  const readerOf = (stored: ListReader): ListReader =>
    ended === undefined ? stored : withoutEnded(basis.policy, stored, ended);
  return attemptVersion(build, zoneId, current, basis, rangesOf, readerOf);
}
