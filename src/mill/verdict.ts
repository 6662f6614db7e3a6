/**
 * What one zone does with a name or address, because of which entries, and what stops them. It follows the definition of
 * the merge (ARCHITECTURE.md, "The merge") rather than its way of working, so that each can be held against the other.
 */
import { compareBytes } from "../base/bytes.ts";
import { isoTime } from "../base/clock.ts";
import { labelEnds, wildcardKey } from "../dns/name.ts";
import { EntryCursor } from "../indicator/entry/block.ts";
import { allowFlag, blockSelfBits, flag } from "../indicator/entry/collector.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import type { Scope } from "../indicator/role.ts";
import { type Action, nameOfAction } from "../rpz/action.ts";
import { addressKey, type Prefix, parsePrefix, prefixToText } from "../rpz/address.ts";
import type { Snapshot, SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { type GuardEffect, guardEffectOf, scopeOf } from "./guard-hits.ts";
import { Guarding } from "./guarding.ts";
import type { OpenEntries } from "./inputs.ts";
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

/** A name, or an address or prefix, that is asked about. */
export type Target = Uint8Array | Prefix;

export function triggerOf(target: Target): "qname" | "response-ip" {
  return target instanceof Uint8Array ? "qname" : "response-ip";
}

/** One entry found for the name or above it. */
interface Hit {
  readonly key: Uint8Array;
  readonly matched: string;
  /** How deep the entry stands; the deeper decides. */
  readonly depth: number;
  readonly own: boolean;
  readonly flags: number;
  readonly firstSeen: number;
}

/** Looks up what inputs say of one name or prefix and of all that holds it. */
export class Look {
  readonly trigger: ReturnType<typeof triggerOf>;
  readonly #snapshots: Snapshots;
  readonly #target: Target;
  readonly #inputs: SnapshotIds | undefined;
  readonly #hits = new Map<string, readonly Hit[]>();

  /** Looks into certain snapshots, or without `inputs` into those that count now. */
  constructor(snapshots: Snapshots, target: Target, inputs?: SnapshotIds) {
    this.#snapshots = snapshots;
    this.#target = target;
    this.#inputs = inputs;
    this.trigger = triggerOf(target);
  }

  snapshot(id: string): Snapshot | undefined {
    if (this.#inputs === undefined) return this.#snapshots.current(id);
    const snapshot = this.#inputs[id];
    return snapshot === undefined ? undefined : this.#snapshots.byId(snapshot);
  }

  /** Hits of one input, the outermost first. */
  hits(id: string): readonly Hit[] {
    let hits = this.#hits.get(id);
    if (hits === undefined) this.#hits.set(id, (hits = this.#find(id)));
    return hits;
  }

  /** What may stand in a wider rule's place: for each name above the target a name beneath that, or each wider prefix found. */
  wider(): readonly Look[] {
    const target = this.#target;
    if (!(target instanceof Uint8Array)) {
      const found = new Set([...this.#hits.values()].flatMap((hits) => hits.map(({ depth }) => depth)));
      const around = prefixesAround(target).filter(({ length }) => length < target.length && found.has(length));
      return around.map((prefix) => new Look(this.#snapshots, prefix, this.#inputs));
    }
    // No list has a wildcard's name as such, so it stands for any name beneath.
    const above = labelEnds(target).slice(0, -1);
    return above.map((end) => new Look(this.#snapshots, wildcardKey(target.subarray(0, end)), this.#inputs));
  }

  #find(id: string): Hit[] {
    const snapshot = this.snapshot(id);
    if (snapshot === undefined) return [];
    const cursor = new EntryCursor(this.#snapshots.blocks(snapshot.id));
    const target = this.#target;
    const hits: Hit[] = [];
    const ask = (key: Uint8Array, depth: number, own: boolean): void => {
      cursor.seek(key);
      if (!cursor.live || compareBytes(cursor.key.subarray(0, cursor.keyBytes), key) !== 0) return;
      hits.push({ key, matched: shownKey(key), depth, own, flags: cursor.flags, firstSeen: cursor.firstSeen });
    };
    if (target instanceof Uint8Array) {
      for (let end = 1, depth = 0; end <= target.length; end++) {
        if (target[end - 1] === 0) ask(target.subarray(0, end), depth++, end === target.length);
      }
    } else for (const prefix of prefixesAround(target)) ask(addressKey(prefix), prefix.length, true);
    return hits;
  }
}

/** All prefixes that hold this one, the shortest first and itself last. */
export function prefixesAround(target: Prefix): Prefix[] {
  const address = prefixToText({ ...target, length: 8 * target.octets.length });
  const lengths = Array.from({ length: target.length + 1 }, (_, length) => length);
  return lengths.flatMap((length) => parsePrefix(`${address}/${length}`) ?? []);
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
      if ((flags & (own ? allowFlag.self : allowFlag.beneath)) !== 0) return { by: "allow", source: id, matched };
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
