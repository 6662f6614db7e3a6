/** What guards do to the entries of a zone's sources, as people and programs read it: one by one, or all in key order. */
import type { GuardClass } from "../guard/class.ts";
import type { Position } from "../guard/judge.ts";
import { flag } from "../indicator/entry/collector.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import type { Scope } from "../indicator/role.ts";
import { prefixOfKey } from "../rpz/address.ts";
import { isAddressTrigger } from "../rpz/label.ts";
import { triggerOfKey } from "../rpz/section.ts";
import { type GuardHit, Guarding } from "./guarding.ts";
import { Inputs, type ListReader } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { Ranks } from "./ranks.ts";

/** A guard that stopped an entry of a source, or narrowed it to its name alone. */
export interface GuardEffect {
  readonly guard: string;
  readonly class: GuardClass;
  /** The name or prefix that the guard lists; `*.ck` for a wildcard. */
  readonly listed: string;
  readonly verdict: "stop" | "narrow";
  /** Where the entry is, seen from the listed name. */
  readonly how: Position;
  /** The source that can override the guard, and what it lists. */
  readonly source: string;
  readonly matched: string;
  readonly scope: Scope;
  /** `first-last`, where the entry is a part of it and another part is what the guard speaks of. */
  readonly range?: string;
}

/** What a guard did to the entry that a source has at `matched`. */
export function guardEffectOf(policy: ZonePolicy, hit: GuardHit, matched: string): GuardEffect {
  const { id, class: guardClass } = policy.guards[hit.guard] as ZonePolicy["guards"][number];
  const { id: source } = policy.sources[hit.source] as ZonePolicy["sources"][number];
  const { verdict, position: how } = hit;
  const listed = shownKey(hit.listed);
  const effect = { guard: id, class: guardClass, listed, verdict, how, source, matched, scope: scopeOf(hit.flags) };
  return hit.range === undefined ? effect : { ...effect, range: hit.range };
}

/** What an entry with these bits of `flag` stands for. */
export function scopeOf(flags: number): Scope {
  return (flags & flag.blockBeneath) !== 0 ? "subtree" : "exact";
}

/**
 * All that the guards of a zone do to its sources, in key order, read as it is asked for: `guard` asks for one guard's,
 * `limit` for so many at most.
 */
export function* guardHits(
  policy: ZonePolicy,
  reader: ListReader,
  { guard, limit = Number.POSITIVE_INFINITY }: { readonly guard?: string | undefined; readonly limit?: number } = {},
): Generator<GuardEffect, void> {
  const ranks = new Ranks(policy, reader.factsOf);
  const inputs = new Inputs(policy, reader, ranks);
  const guarding = new Guarding(policy, reader, ranks);
  let left = limit;
  inputs.start(undefined);
  while (left > 0 && inputs.take()) {
    const key = inputs.key.subarray(0, inputs.keyBytes);
    if (!policy.triggers.includes(triggerOfKey(key))) continue;
    for (const hit of hitsAt(guarding, inputs, key)) {
      const effect = guardEffectOf(policy, hit, shownKey(key));
      if (guard !== undefined && effect.guard !== guard) continue;
      yield effect;
      left -= 1;
      if (left === 0) return;
    }
  }
}

function hitsAt(guarding: Guarding, inputs: Inputs, key: Uint8Array): readonly GuardHit[] {
  const trigger = triggerOfKey(key);
  if (!isAddressTrigger(trigger)) return guarding.apply(inputs, trigger, true);
  const prefix = prefixOfKey(key);
  return prefix === undefined ? [] : guarding.applyToAddress(inputs, trigger, prefix);
}
