/**
 * What the order of zones does: a resolver asks them one after the other, and the first rule that matches ends the search
 * (draft-vixie-dnsop-dns-rpz-00 section 5.1). An `rpz-passthru` that restores an exception inside a blocked name is such a
 * rule, so that no later zone is asked. The order is that of the zones in the configuration.
 */
import { startsWith } from "../base/bytes.ts";
import type { Config } from "../config/types.ts";
import { wildcardKey } from "../dns/name.ts";
import { EntryCursor } from "../indicator/entry/block.ts";
import { exemptSubtree, flag } from "../indicator/entry/collector.ts";
import { isAddressKey } from "../rpz/address.ts";
import type { Snapshots } from "../store/snapshots.ts";
import { type Explanation, explainKey } from "./explain.ts";
import { type PolicyConfig, policyOf } from "./policy.ts";

/** A block that does not count, since an exception of a source in an earlier zone ends the search. */
export interface EndedBlock {
  /** The name, or `*.name` for one beneath. */
  readonly name: string;
  /** Whose exception it is. */
  readonly source: string;
  readonly zone: string;
  readonly later: string;
}

/** Exceptions of one source that are looked at: enough to tell that an order is wrong. */
const exceptionsMax = 1000;
/** Names beneath an exception, of one source of a later zone, that are looked at. */
const beneathMax = 10;

/** Blocks that exceptions of sources keep from counting, as the lists are now; of long lists only the start is looked at. */
export function endedBlocks(config: PolicyConfig & Pick<Config, "zones">, snapshots: Snapshots): readonly EndedBlock[] {
  if (config.zones.length < 2) return [];
  const policies = config.zones.map((zone) => policyOf(zone, config));
  const ended = new Map<string, EndedBlock>();
  for (const { id } of config.sources) {
    const first = policies.findIndex(({ sources }) => sources.some((source) => source.id === id));
    if (first === -1 || first === policies.length - 1) continue;
    const later = new Set(policies.slice(first + 1).flatMap(({ sources }) => sources.map((source) => source.id)));
    for (const key of exceptionsOf(id, snapshots, [...later])) {
      for (const block of endedOf(explainKey(key, config, snapshots))) {
        if (block.source === id) ended.set(JSON.stringify(block), block);
      }
    }
  }
  return [...ended.values()];
}

/** Keys that a source exempts, or that lie beneath such a one and that later sources name. */
function exceptionsOf(id: string, snapshots: Snapshots, later: readonly string[]): readonly Uint8Array[] {
  const snapshot = snapshots.current(id);
  if (snapshot === undefined) return [];
  const cursor = new EntryCursor(snapshots.blocks(snapshot.id));
  const keys: Uint8Array[] = [];
  let exceptions = 0;
  for (cursor.rewind(); cursor.live && exceptions < exceptionsMax; cursor.advance()) {
    if ((cursor.flags & exemptSubtree) === 0) continue;
    exceptions += 1;
    const key = cursor.key.slice(0, cursor.keyBytes);
    if (cursor.flags & flag.exemptSelf) keys.push(key);
    if ((cursor.flags & flag.exemptBeneath) === 0 || isAddressKey(key)) continue;
    keys.push(wildcardKey(key));
    for (const source of later) keys.push(...beneath(key, source, snapshots));
  }
  return keys;
}

/** The first names that a source has beneath another. */
function beneath(key: Uint8Array, id: string, snapshots: Snapshots): Uint8Array[] {
  const snapshot = snapshots.current(id);
  if (snapshot === undefined) return [];
  const cursor = new EntryCursor(snapshots.blocks(snapshot.id));
  const keys: Uint8Array[] = [];
  for (cursor.seek(key); cursor.live && keys.length < beneathMax; cursor.advance()) {
    const found = cursor.key.slice(0, cursor.keyBytes);
    if (!startsWith(found, key)) break;
    if (found.length > key.length && !cursor.repeats) keys.push(found);
  }
  return keys;
}

function endedOf({ name, verdicts }: Explanation): EndedBlock[] {
  return verdicts.flatMap(({ apex, endedBy }) => {
    const earlier = verdicts.find((verdict) => verdict.apex === endedBy)?.stoppedBy;
    if (endedBy === null || earlier?.by !== "exception" || earlier.source === undefined) return [];
    return [{ name, source: earlier.source, zone: endedBy, later: apex }];
  });
}
