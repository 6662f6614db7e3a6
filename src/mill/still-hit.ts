/**
 * Rules that hit a query for a name though nothing keeps the name itself blocked: those on the client, on addresses in the
 * answer, and on the name servers of its zone.
 */
import { EntryCursor } from "../indicator/entry/block.ts";
import { blockSubtree, flag } from "../indicator/entry/collector.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import { sectionKey, triggerOfKey } from "../rpz/section.ts";
import { passesAllowed } from "./allowed-names.ts";
import { openGuardedNames } from "./guarding.ts";
import type { ListReader } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";

/**
 * Triggers, of rules that the zone may have, which hit an allowed name: a resolver looks at them before those on names, and behind
 * them where none lets the name pass.
 */
export function hittingAllowed(policy: ZonePolicy, reader: ListReader, passes: boolean): RuleTrigger[] {
  const hitting: readonly RuleTrigger[] = passes ? ["client-ip"] : ["client-ip", "response-ip"];
  return hitting.filter((trigger) => isListed(policy, reader, trigger));
}

/**
 * The same of a name that a guard of class `protected` keeps rules from, where some are on name servers: a guard makes no rule
 * that lets the name pass. Empty for every other name.
 */
export function hittingProtected(policy: ZonePolicy, reader: ListReader, name: Uint8Array): RuleTrigger[] {
  if (!passesAllowed(policy.triggers) || !isProtected(policy, reader, name)) return [];
  const others: readonly RuleTrigger[] = ["client-ip", "response-ip", "nsdname", "nsip"];
  const hitting = others.filter((trigger) => isListed(policy, reader, trigger));
  return passesAllowed(hitting) ? hitting : [];
}

function isProtected({ guards }: ZonePolicy, reader: ListReader, name: Uint8Array): boolean {
  const own = guards.filter((guard) => guard.class === "protected");
  const names = openGuardedNames(own, reader, "subtree");
  return names.moveTo(name, name.length) && names.judge("exact", new Uint8Array(own.length)) !== undefined;
}

/** Whether a zone takes a trigger, and one of its sources has an entry of it that blocks. */
function isListed({ triggers, sources }: ZonePolicy, { open }: ListReader, trigger: RuleTrigger): boolean {
  if (!triggers.includes(trigger)) return false;
  return sources.some(({ id }) => {
    const cursor = new EntryCursor(open(id));
    for (cursor.seek(sectionKey(trigger)); cursor.live; cursor.advance()) {
      if (triggerOfKey(cursor.key, cursor.keyBytes) !== trigger) return false;
      if (cursor.flags & (blockSubtree | flag.blockSelf | flag.blockUrlHost)) return true;
    }
    return false;
  });
}
