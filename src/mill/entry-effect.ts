/**
 * What a changed entry of a source comes to in a zone, by the lists before it and those with it: a rule, the same as before,
 * or nothing since something stops it.
 */

import { wildcardKey } from "../dns/name.ts";
import { flag } from "../indicator/entry/collector.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { prefixOfKey } from "../rpz/address.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import { restOfKey, triggerOfKey } from "../rpz/section.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { type GuardEffect, scopeOf } from "./guard-hits.ts";
import { type ListReader, openInputs } from "./inputs.ts";
import { Look, type Target } from "./look.ts";
import { type Judging, judgingOf, type Outcome, outcomeOf, type Stop } from "./outcome.ts";
import { actionFor, type PolicySource, type ZonePolicy } from "./policy.ts";

/** An entry whose row changed. */
export interface ChangedEntry {
  readonly key: Uint8Array;
  /** Bits of `flag`. */
  readonly flags: number;
  readonly source: string;
  readonly facts: Facts;
}

/**
 * `rule`: it makes, changes or ends a rule; `same`: the zone does as it did; `stopped`: an allow list, a guard or the
 * source's own exception keeps it from blocking; `not-taken`: the zone takes no such entry.
 */
export type EffectKind = "rule" | "same" | "stopped" | "not-taken";

export interface EntryEffect {
  readonly apex: string;
  readonly kind: EffectKind;
  /** What the zone does with the name before and after; null for nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** The entry that decides what is done, and beside `same` the one that did before; null where nothing is done. */
  readonly decidedBy: { readonly source: string; readonly matched: string } | null;
  readonly stoppedBy: Stop | null;
  /** Guards that stop the entry or narrow it to its name alone. */
  readonly guards: readonly GuardEffect[];
  /** Beside `not-taken`: what of the entry it is for; `triggers` where the zone has no rules of its kind. */
  readonly reason: string | null;
}

interface Lists {
  readonly inputs: SnapshotIds;
  readonly reader: ListReader;
  readonly judging: Judging;
}

/** What entries come to in one zone. */
export class EntryEffects {
  readonly #policy: ZonePolicy;
  readonly #snapshots: Snapshots;
  readonly #lists: Readonly<Record<"before" | "after", Lists>>;

  /** `before` and `after` are the snapshots that the zone is made of, without the changed entries and with them. */
  constructor(policy: ZonePolicy, snapshots: Snapshots, before: SnapshotIds, after: SnapshotIds) {
    this.#policy = policy;
    this.#snapshots = snapshots;
    const open = (inputs: SnapshotIds): Lists => {
      const reader = openInputs(snapshots, inputs);
      return { inputs, reader, judging: judgingOf(policy, reader) };
    };
    this.#lists = { before: open(before), after: open(after) };
  }

  /** Undefined where the zone takes nothing of the source. */
  of(entry: ChangedEntry): EntryEffect | undefined {
    const { apexText: apex, sources, triggers } = this.#policy;
    const source = sources.find(({ id }) => id === entry.source);
    if (source === undefined) return undefined;
    const trigger = triggerOfKey(entry.key);
    const target = prefixOfKey(entry.key) ?? restOfKey(trigger, entry.key);
    const none = { apex, before: null, after: null, decidedBy: null, stoppedBy: null, guards: [] };
    if (!triggers.includes(trigger)) return { ...none, kind: "not-taken", reason: "triggers" };
    const [before, after] = [this.#outcome("before", target, trigger), this.#outcome("after", target, trigger)];
    const refusal = this.#refusal(source, entry);
    const scope = scopeOf(entry.flags);
    const guards = (after?.guards ?? []).filter((effect) => effect.source === entry.source && effect.scope === scope);
    const action = after?.action ?? null;
    const stoppedBy = after?.stoppedBy ?? null;
    const isStopped =
      (action === null && stoppedBy !== null && stoppedBy.by !== "take") ||
      guards.some(({ verdict }) => verdict === "stop");
    const isSame = this.#isSame(entry, before, after);
    const speaks = isSame ? before : after;
    const [decides] = action === null ? [] : (speaks?.because ?? []);
    return {
      apex,
      kind: !isSame ? "rule" : refusal !== undefined ? "not-taken" : isStopped ? "stopped" : "same",
      before: before?.action ?? null,
      after: action,
      decidedBy: decides === undefined ? null : { source: decides.source, matched: decides.matched },
      stoppedBy,
      guards,
      reason: refusal ?? null,
    };
  }

  #refusal(source: PolicySource, { facts }: ChangedEntry): string | undefined {
    const action = actionFor(this.#policy.selection, source, facts);
    return typeof action === "number" ? undefined : action;
  }

  #outcome(which: "before" | "after", target: Target, trigger: RuleTrigger): Outcome | undefined {
    const { inputs, reader, judging } = this.#lists[which];
    return outcomeOf(this.#policy, new Look(this.#snapshots, target, trigger, inputs), reader, judging);
  }

  /** Whether the zone does the same as before with the name, and where the entry speaks of them with all names beneath. */
  #isSame({ key, flags }: ChangedEntry, before: Outcome | undefined, after: Outcome | undefined): boolean {
    const doneBy = (outcome: Outcome | undefined): string => JSON.stringify([outcome?.action, outcome?.localData]);
    if (doneBy(before) !== doneBy(after)) return false;
    if ((flags & flag.blockBeneath) === 0) return true;
    // No list has a wildcard's name as such, so it stands for any name beneath.
    const trigger = triggerOfKey(key);
    const beneath = wildcardKey(restOfKey(trigger, key));
    return doneBy(this.#outcome("before", beneath, trigger)) === doneBy(this.#outcome("after", beneath, trigger));
  }
}
