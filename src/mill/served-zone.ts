/**
 * What a zone serves where that is not what the lists and the configuration in force lead to: the rules of its blocks, and
 * what it was built from where that is still there.
 */
import { labelEnds, wildcardKey } from "../dns/name.ts";
import type { Lookup } from "../dns/rr.ts";
import type { Serial } from "../dns/serial.ts";
import { type Action, decodeAction } from "../rpz/action.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import { keyInSection } from "../rpz/section.ts";
import type { Holds } from "../store/holds.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Policies } from "../store/policies.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { ZoneReader } from "../store/zone-reader.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";
import type { Basis } from "./attempt.ts";
import { RowsLeft } from "./ended.ts";
import { keyOfTarget, prefixesAround, type Target } from "./look.ts";
import { type PolicySource, policyOfVersion, type ZonePolicy } from "./policy.ts";
import { currentInputs, sameInputs } from "./zone-inputs.ts";

export interface ServedZone {
  /** Unix seconds since when the zone is on hold; undefined where it is not, and no build has taken in what is new. */
  readonly onHoldSince: number | undefined;
  /** Undefined where the zone was never built, so that nothing is served. */
  readonly serial: Serial | undefined;
  /** What the served version was built from; undefined where that is not known any more. */
  readonly basis: Basis | undefined;
  /** What resolvers do with a name or address; undefined where no rule matches. */
  readonly actionAt: (target: Target, trigger: RuleTrigger) => Action | undefined;
  /** Of a zone on hold: whether what a source that it was built from lists at a key has ended since, so that it blocks no longer. */
  readonly hasEnded: (source: PolicySource, key: Uint8Array) => boolean;
}

/** What is read of the store to say what zones do, and why. */
export interface ZoneStore {
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
  readonly zones: Zones;
  readonly policies: Policies;
  readonly holds: Holds;
  readonly reader: ZoneReader;
}

/**
 * The zone of a policy, that of the configuration in force; undefined where what it serves was built with that policy from
 * the lists in force.
 */
export function servedZone(store: ZoneStore, policy: ZonePolicy): ServedZone | undefined {
  const zone = store.zones.find(policy.apexText);
  const current = zone === undefined ? undefined : store.zones.current(zone);
  if (zone === undefined || current === undefined) {
    return {
      onHoldSince: undefined,
      serial: undefined,
      basis: undefined,
      actionAt: () => undefined,
      hasEnded: () => false,
    };
  }
  const hold = store.holds.find(zone);
  if (hold === undefined && !isBehind(store.snapshots, policy, current)) return undefined;
  const lookUp = (key: Uint8Array): Lookup => store.reader.lookup(current, policy.apex, key);
  const basis = basisOf(store, policy, current);
  const now = currentInputs(policy, store.snapshots);
  const hasEnded = (source: PolicySource, key: Uint8Array): boolean =>
    hold !== undefined &&
    basis !== undefined &&
    RowsLeft.of(store, basis.policy, source, basis.inputs, now)?.at(key) === 0;
  return {
    onHoldSince: hold?.since,
    serial: current.serial,
    basis,
    hasEnded,
    actionAt: (target, trigger) => actionAt(lookUp, target, trigger),
  };
}

/** Whether a version was built with another policy, or from other snapshots, than those in force. */
export function isBehind(snapshots: Snapshots, policy: ZonePolicy, { policy: built, inputs }: ZoneVersionRow): boolean {
  return built !== policy.fingerprint || !sameInputs(inputs, currentInputs(policy, snapshots));
}

function basisOf({ policies, snapshots }: ZoneStore, policy: ZonePolicy, current: ZoneVersionRow): Basis | undefined {
  const { inputs } = current;
  const built = policyOfVersion(policies, current, policy);
  if (built === undefined || !Object.values(inputs).every((id) => snapshots.hasEntries(id))) return undefined;
  return { policy: built, inputs };
}

/**
 * The action of the rule that matches: of a name its own, else the wildcard of the nearest name above that has one; of an
 * address that of the longest prefix.
 */
function actionAt(lookUp: (key: Uint8Array) => Lookup, target: Target, trigger: RuleTrigger): Action | undefined {
  for (const key of target instanceof Uint8Array
    ? ownersFor(target).map((owner) => keyInSection(trigger, owner))
    : prefixesAround(target)
        .reverse()
        .map((prefix) => keyOfTarget(prefix, trigger))) {
    const found = lookUp(key);
    if (found.kind === "records") return decodeAction(found.records);
  }
  return undefined;
}

/** Keys of the owners whose rules match a name, the one that decides first. */
function ownersFor(name: Uint8Array): Uint8Array[] {
  const above = labelEnds(name).slice(0, -1).reverse();
  return [name, ...above.map((end) => wildcardKey(name.subarray(0, end)))];
}
