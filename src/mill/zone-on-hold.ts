/** What a zone on hold serves: the rules of its blocks, and what it was built from where that is still there. */

import { labelEnds, wildcardKey } from "../dns/name.ts";
import type { Lookup } from "../dns/rr.ts";
import { type Action, decodeAction } from "../rpz/action.ts";
import { addressKey } from "../rpz/address.ts";
import type { Holds } from "../store/holds.ts";
import type { Policies } from "../store/policies.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { ZoneReader } from "../store/zone-reader.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";
import type { Basis } from "./attempt.ts";
import { prefixesAround, type Target } from "./look.ts";
import { policyOfVersion, type ZonePolicy } from "./policy.ts";

export interface ZoneOnHold {
  /** Unix seconds. */
  readonly since: number;
  /** What the served version was built from; undefined where that is not known any more. */
  readonly basis: Basis | undefined;
  /** What resolvers do with a name or address; undefined where no rule matches. */
  readonly actionAt: (target: Target) => Action | undefined;
}

/** What is read of the store to say what zones do, and why. */
export interface ZoneStore {
  readonly snapshots: Snapshots;
  readonly zones: Zones;
  readonly policies: Policies;
  readonly holds: Holds;
  readonly reader: ZoneReader;
}

/** The zone of a policy, that of the configuration in force; undefined where it is not on hold. */
export function zoneOnHold(store: ZoneStore, policy: ZonePolicy): ZoneOnHold | undefined {
  const zone = store.zones.find(policy.apexText);
  const hold = zone === undefined ? undefined : store.holds.find(zone);
  const current = zone === undefined ? undefined : store.zones.current(zone);
  if (hold === undefined || current === undefined) return undefined;
  const lookUp = (key: Uint8Array): Lookup => store.reader.lookup(current, policy.apex, key);
  return { since: hold.since, basis: basisOf(store, policy, current), actionAt: (target) => actionAt(lookUp, target) };
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
function actionAt(lookUp: (key: Uint8Array) => Lookup, target: Target): Action | undefined {
  for (const key of target instanceof Uint8Array
    ? ownersFor(target)
    : prefixesAround(target).reverse().map(addressKey)) {
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
