/**
 * What one zone does with a name or address, because of which entries, and what stops them. It follows the definition of
 * the merge (ARCHITECTURE.md, "The merge") rather than its way of working, so that each can be held against the other.
 */
import { isoTime } from "../base/clock.ts";
import { allowFlag, blockSelfBits, flag } from "../indicator/entry/collector.ts";
import type { Scope } from "../indicator/role.ts";
import { type Action, nameOfAction } from "../rpz/action.ts";
import { type GuardEffect, guardEffectOf, scopeOf } from "./guard-hits.ts";
import { Guarding } from "./guarding.ts";
import type { OpenEntries } from "./inputs.ts";
import type { Hit, Look } from "./look.ts";
import type { ZonePolicy } from "./policy.ts";

/** An entry of a source that speaks for a block. Times are ISO 8601 in UTC. */
export interface Cause {
  readonly source: string;
  readonly category: string;
  readonly confidence: number;
  readonly scope: Scope;
  readonly firstSeen: string;
  /** When the source was last read and still said so. */
  readonly lastSeen: string;
  /** The name or prefix that the source lists. */
  readonly matched: string;
}

/** What keeps entries from blocking. */
export interface Stop {
  /** `public-suffix` for guards of that class, `guard` for those of the others; `ZoneVerdict.guards` says which. */
  readonly by: "allow" | "exception" | "public-suffix" | "guard";
  /** The allow list or source; undefined for guards. */
  readonly source: string | undefined;
  readonly matched: string;
}

/** What a zone does with a name or address. */
export interface Outcome {
  /** The action; null where nothing is done. */
  readonly action: string | null;
  /** With the records, where the action is local data. */
  readonly localData: Action | undefined;
  /** Entries that speak for a block, the deciding one first. */
  readonly because: readonly Cause[];
  readonly stoppedBy: Stop | null;
  /** What guards did to entries for the name and those above it. */
  readonly guards: readonly GuardEffect[];
}

/** What a zone does with what `look` is for; undefined where no entry speaks of it. */
export function outcomeOf(policy: ZonePolicy, look: Look, open: OpenEntries): Outcome | undefined {
  if (!policy.triggers.includes(look.trigger)) return undefined;
  const guarding = new Guarding(policy, open);
  const blocks: { readonly hit: Hit; readonly rank: number }[] = [];
  const guards: GuardEffect[] = [];
  let stop: Stop | undefined;
  policy.sources.forEach((source, rank) => {
    let live: Hit[] = [];
    for (const hit of look.hits(source.id)) {
      const blocking = hit.own ? blockSelfBits : flag.blockBeneath;
      const exempting = hit.flags & (hit.own ? flag.exemptSelf : flag.exemptBeneath);
      if ((hit.flags & blocking) !== 0) {
        const kept = guarding.judgeEntry(hit.key, rank, hit.flags);
        const effects = kept.hits.map((guardHit) => guardEffectOf(policy, guardHit, hit.matched, hit.flags));
        guards.push(...effects);
        if ((kept.flags & blocking) !== 0) live.push(hit);
        else {
          const by = effects[0]?.class === "public-suffix" ? "public-suffix" : "guard";
          stop ??= { by, source: undefined, matched: hit.matched };
          blocks.push({ hit: { ...hit, depth: -1 }, rank });
        }
      }
      if (exempting !== 0) {
        if (live.length > 0) stop ??= { by: "exception", source: source.id, matched: hit.matched };
        for (const exempted of live) blocks.push({ hit: { ...exempted, depth: -1 }, rank });
        live = [];
      }
    }
    for (const hit of live) blocks.push({ hit, rank });
  });
  const allowed = allowedBy(policy, look);
  if (blocks.length === 0 && allowed === undefined) return undefined;
  // The deepest entry decides, then the source's rank; what was stopped comes last.
  blocks.sort((a, b) => b.hit.depth - a.hit.depth || a.rank - b.rank);
  const decides = blocks.find(({ hit }) => hit.depth >= 0);
  const actionNumber = decides === undefined ? undefined : policy.sources[decides.rank]?.action;
  const action = allowed === undefined && actionNumber !== undefined ? policy.actions[actionNumber] : undefined;
  return {
    action: action === undefined ? null : nameOfAction(action),
    localData: typeof action === "object" ? action : undefined,
    because: blocks.map(({ hit, rank }) => causeOf(policy, look, hit, rank)),
    stoppedBy: action === undefined ? (allowed ?? stop ?? null) : null,
    guards,
  };
}

function allowedBy(policy: ZonePolicy, look: Look): Stop | undefined {
  for (const id of policy.allow) {
    for (const { own, flags, matched } of look.hits(id)) {
      if ((flags & (own ? blockSelfBits : allowFlag.beneath)) !== 0) return { by: "allow", source: id, matched };
    }
  }
  return undefined;
}

function causeOf(policy: ZonePolicy, look: Look, hit: Hit, rank: number): Cause {
  const { id, category, confidence } = policy.sources[rank] as ZonePolicy["sources"][number];
  const lastSeen = look.snapshot(id)?.takenAt ?? 0;
  return {
    source: id,
    category,
    confidence,
    scope: scopeOf(hit.flags),
    firstSeen: isoTime(hit.firstSeen),
    lastSeen: isoTime(lastSeen),
    matched: hit.matched,
  };
}
