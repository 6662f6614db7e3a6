/**
 * What one zone does with a name or address, because of which entries, and what stops them. It follows the definition of
 * the merge (ARCHITECTURE.md, "The merge") rather than its way of working, so that each can be held against the other.
 */
import { isoTime } from "../base/clock.ts";
import type { Refusal } from "../config/selection.ts";
import { allowFlag, blockSelfBits, flag } from "../indicator/entry/collector.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import type { Scope } from "../indicator/role.ts";
import { type Action, nameOfAction } from "../rpz/action.ts";
import { passesAllowed } from "./allowed-names.ts";
import { type GuardEffect, guardEffectOf, scopeOf } from "./guard-hits.ts";
import { blocksOfFlags, Guarding } from "./guarding.ts";
import type { ListReader } from "./inputs.ts";
import { allFlags, type Entry, type Hit, type Look } from "./look.ts";
import { actionFor, type PolicySource, type ZonePolicy } from "./policy.ts";
import { notTaken, Ranks } from "./ranks.ts";
import { plainTriggerFor } from "./section-view.ts";

/**
 * An entry of a source that speaks for a block, with what is known of it: what it says itself, else what its source says of all its
 * entries. A TLP or PAP that is absent is clear. Times are ISO 8601 in UTC.
 */
export interface Cause extends Omit<Facts, "category" | "confidence"> {
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
  /**
   * `public-suffix` for guards of that class, `guard` for those of the others; `ZoneVerdict.guards` says which. `take` where
   * the zone takes none of the entries.
   */
  readonly by: "allow" | "exception" | "public-suffix" | "guard" | "take";
  /** The allow list or source; undefined for guards. */
  readonly source: string | undefined;
  readonly matched: string;
  /** What of the entry the zone does not take it for, beside `take`. */
  readonly reason?: Refusal;
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

/** What the entries of a hit say that have one rank. */
interface Block {
  readonly hit: Hit;
  readonly rank: number;
  readonly flags: number;
  readonly entries: readonly Entry[];
}

/** Bits of an entry that blocks what is looked for. */
function blockingBits({ own }: Hit): number {
  return own ? blockSelfBits : flag.blockBeneath;
}

/** What a hit of a source says that blocks what is looked for, by rank; entries that the zone does not take are left out. */
function blocksAt(hit: Hit, source: number, ranks: Ranks): Block[] {
  const byRank = new Map<number, Entry[]>();
  for (const entry of hit.entries) {
    const rank = ranks.rankOf(source, entry.profile);
    if (rank !== notTaken) byRank.set(rank, [...(byRank.get(rank) ?? []), entry]);
  }
  return [...byRank]
    .map(([rank, entries]) => ({ hit, rank, flags: allFlags(entries), entries }))
    .filter(({ flags }) => (flags & blockingBits(hit)) !== 0);
}

/** What entries are judged by; of use for many looks at the same lists. */
export interface Judging {
  readonly ranks: Ranks;
  readonly guarding: Guarding;
}

export function judgingOf(policy: ZonePolicy, reader: ListReader): Judging {
  const ranks = new Ranks(policy, reader.factsOf);
  return { ranks, guarding: new Guarding(policy, reader, ranks) };
}

/** What a zone does with what `look` is for; undefined where no entry speaks of it. */
export function outcomeOf(
  policy: ZonePolicy,
  look: Look,
  reader: ListReader,
  { ranks, guarding }: Judging = judgingOf(policy, reader),
): Outcome | undefined {
  if (!policy.triggers.includes(look.trigger)) return passedOnly(policy, look);
  const blocks: Block[] = [];
  const guards: GuardEffect[] = [];
  let stop: Stop | undefined;
  const drop = (block: Block): void => {
    blocks.push({ ...block, hit: { ...block.hit, depth: -1 } });
  };
  policy.sources.forEach((source, number) => {
    let live: Block[] = [];
    for (const hit of look.hits(source.id)) {
      const judged = new Set<number>();
      for (const block of blocksAt(hit, number, ranks)) {
        const kept = guarding.judgeEntry(hit.key, number, block.flags);
        const effects = kept.hits.map((guardHit) => guardEffectOf(policy, guardHit, hit.matched));
        // Ranks that say the same are one rule to the guards.
        const blocked = blocksOfFlags(block.flags);
        if (!judged.has(blocked)) guards.push(...effects);
        judged.add(blocked);
        if ((kept.flags & blockingBits(hit)) !== 0) live.push(block);
        else {
          const by = effects[0]?.class === "public-suffix" ? "public-suffix" : "guard";
          stop ??= { by, source: undefined, matched: hit.matched };
          drop(block);
        }
      }
      if ((hit.flags & (hit.own ? flag.exemptSelf : flag.exemptBeneath)) !== 0) {
        if (live.length > 0) stop ??= { by: "exception", source: source.id, matched: hit.matched };
        live.forEach(drop);
        live = [];
      }
    }
    blocks.push(...live);
  });
  const allowed = allowedBy(policy, look);
  // A plain entry of an allow list says something of every trigger, and is worth a word where there is something to stop.
  const isPlain = plainTriggerFor(look.trigger) === undefined;
  if (blocks.length === 0 && (allowed === undefined || !isPlain)) {
    const stoppedBy = refusedBy(policy, look, reader);
    return stoppedBy && { action: null, localData: undefined, because: [], stoppedBy, guards };
  }
  // The deepest entry decides, then the first rank; what was stopped comes last.
  blocks.sort((a, b) => b.hit.depth - a.hit.depth || a.rank - b.rank);
  const decides = blocks.find(({ hit }) => hit.depth >= 0);
  const action =
    allowed === undefined && decides !== undefined ? policy.actions[ranks.actions[decides.rank] as number] : undefined;
  return {
    action: action === undefined ? null : nameOfAction(action),
    localData: typeof action === "object" ? action : undefined,
    because: blocks.flatMap(({ hit, rank, entries }) =>
      entries
        .filter(({ flags }) => (flags & blockingBits(hit)) !== 0)
        .map((entry) => {
          const source = policy.sources[ranks.sources[rank] as number] as PolicySource;
          return causeOf(source, look.snapshot(source.id)?.takenAt ?? 0, hit.matched, entry, reader);
        }),
    ),
    stoppedBy: action === undefined ? (allowed ?? stop ?? null) : null,
    guards,
  };
}

/** What a zone that takes no names does with one all the same: it lets allowed ones pass. */
function passedOnly(policy: ZonePolicy, look: Look): Outcome | undefined {
  if (look.trigger !== "qname" || !passesAllowed(policy.triggers)) return undefined;
  const stoppedBy = allowedBy(policy, look);
  return stoppedBy && { action: null, localData: undefined, because: [], stoppedBy, guards: [] };
}

/** The first entry that would block if the zone took it; of one whose category is another zone's there is nothing to say. */
function refusedBy({ sources, selection }: ZonePolicy, look: Look, { factsOf }: ListReader): Stop | undefined {
  for (const source of sources) {
    for (const hit of look.hits(source.id)) {
      for (const { profile, flags } of hit.entries) {
        if ((flags & blockingBits(hit)) === 0) continue;
        const reason = actionFor(selection, source, factsOf(profile));
        if (typeof reason === "number" || reason === "category") continue;
        return { by: "take", source: source.id, matched: hit.matched, reason };
      }
    }
  }
  return undefined;
}

function allowedBy(policy: ZonePolicy, look: Look): Stop | undefined {
  for (const id of policy.allow) {
    for (const { own, flags, matched } of look.allowHits(id)) {
      if ((flags & (own ? blockSelfBits : allowFlag.beneath)) !== 0) return { by: "allow", source: id, matched };
    }
  }
  return undefined;
}

function causeOf(
  { id, category, confidence, tlp, pap }: PolicySource,
  lastSeen: number,
  matched: string,
  { profile, flags, firstSeen }: Entry,
  { factsOf }: ListReader,
): Cause {
  const seen = { firstSeen: isoTime(firstSeen), lastSeen: isoTime(lastSeen) };
  const marked = { ...(tlp === "clear" ? {} : { tlp }), ...(pap === "clear" ? {} : { pap }) };
  return { source: id, category, confidence, ...marked, ...factsOf(profile), scope: scopeOf(flags), ...seen, matched };
}
