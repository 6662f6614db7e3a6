/** Looks up what the lists of a zone say of one name or prefix, and of all that holds it. */
import { labelEnds, wildcardKey } from "../dns/name.ts";
import { EntryCursor } from "../indicator/entry/block.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import { addressKey, type Prefix, parsePrefix, prefixToText } from "../rpz/address.ts";
import { isAddressTrigger, nameTriggers, type RuleTrigger } from "../rpz/label.ts";
import { keyInSection } from "../rpz/section.ts";
import type { Snapshot, SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { plainTriggerFor } from "./section-view.ts";

/** A name, or an address or prefix, that is asked about. */
export type Target = Uint8Array | Prefix;

/** The triggers whose rules may be for a target, the one that a resolver looks at first in front. */
export function triggersFor(target: Target): readonly RuleTrigger[] {
  return target instanceof Uint8Array ? nameTriggers : ["client-ip", "response-ip", "nsip"];
}

/** The key of a target's rule of a trigger for such targets. */
export function keyOfTarget(target: Target, trigger: RuleTrigger): Uint8Array {
  if (target instanceof Uint8Array) return keyInSection(trigger, target);
  return addressKey(target, isAddressTrigger(trigger) ? trigger : undefined);
}

/** What an input says at the name or above it, in one entry or several. */
export interface Hit {
  readonly key: Uint8Array;
  readonly matched: string;
  /** How deep the entry stands; the deeper decides. */
  readonly depth: number;
  readonly own: boolean;
  /** Of all its entries. */
  readonly flags: number;
  readonly entries: readonly Entry[];
}

/** An entry of a hit. */
export interface Entry {
  readonly profile: number;
  readonly flags: number;
  readonly firstSeen: number;
}

/** Looks up what inputs say of one name or prefix and of all that holds it. */
export class Look {
  readonly trigger: RuleTrigger;
  readonly #snapshots: Snapshots;
  readonly #target: Target;
  readonly #inputs: SnapshotIds | undefined;
  readonly #hits = new Map<string, readonly Hit[]>();
  readonly #allowHits = new Map<string, readonly Hit[]>();

  /** Looks into certain snapshots, or without `inputs` into those that count now. */
  constructor(snapshots: Snapshots, target: Target, trigger: RuleTrigger, inputs?: SnapshotIds) {
    this.#snapshots = snapshots;
    this.#target = target;
    this.#inputs = inputs;
    this.trigger = trigger;
  }

  snapshot(id: string): Snapshot | undefined {
    if (this.#inputs === undefined) return this.#snapshots.current(id);
    const snapshot = this.#inputs[id];
    return snapshot === undefined ? undefined : this.#snapshots.byId(snapshot);
  }

  /** Hits of one input, the outermost first. */
  hits(id: string): readonly Hit[] {
    let hits = this.#hits.get(id);
    if (hits === undefined) this.#hits.set(id, (hits = this.#find(id, this.trigger)));
    return hits;
  }

  /** Hits of an allow list, whose plain entries count for every trigger. */
  allowHits(id: string): readonly Hit[] {
    let hits = this.#allowHits.get(id);
    if (hits === undefined) {
      const plain = plainTriggerFor(this.trigger);
      hits = [...(plain === undefined ? [] : this.#find(id, plain)), ...this.#find(id, this.trigger)];
      this.#allowHits.set(id, hits);
    }
    return hits;
  }

  /** What may stand in a wider rule's place: for each name above the target a name beneath that, or each wider prefix found. */
  wider(): readonly Look[] {
    const target = this.#target;
    if (!(target instanceof Uint8Array)) {
      const all = [...this.#hits.values(), ...this.#allowHits.values()].flat();
      const found = new Set(all.map(({ depth }) => depth));
      const around = prefixesAround(target).filter(({ length }) => length < target.length && found.has(length));
      return around.map((prefix) => new Look(this.#snapshots, prefix, this.trigger, this.#inputs));
    }
    // No list has a wildcard's name as such, so it stands for any name beneath.
    const above = labelEnds(target).slice(0, -1);
    return above.map((end) => {
      const beneath = wildcardKey(target.subarray(0, end));
      return new Look(this.#snapshots, beneath, this.trigger, this.#inputs);
    });
  }

  #find(id: string, trigger: RuleTrigger): Hit[] {
    const snapshot = this.snapshot(id);
    if (snapshot === undefined) return [];
    const cursor = new EntryCursor(this.#snapshots.blocks(snapshot.id));
    const target = this.#target;
    const hits: Hit[] = [];
    const ask = (asked: Target, depth: number, own: boolean): void => {
      const key = keyOfTarget(asked, trigger);
      cursor.seek(key);
      if (!cursor.isAt(key)) return;
      const entries: Entry[] = [];
      for (;;) {
        const { profile, flags, firstSeen } = cursor;
        entries.push({ profile, flags, firstSeen });
        if (!cursor.repeats) break;
        cursor.advance();
      }
      hits.push({ key, matched: shownKey(key), depth, own, flags: allFlags(entries), entries });
    };
    if (target instanceof Uint8Array) {
      for (let end = 1, depth = 0; end <= target.length; end++) {
        if (target[end - 1] === 0) ask(target.subarray(0, end), depth++, end === target.length);
      }
    } else for (const prefix of prefixesAround(target)) ask(prefix, prefix.length, true);
    return hits;
  }
}

/** All prefixes that hold this one, the shortest first and itself last. */
export function prefixesAround(target: Prefix): Prefix[] {
  const address = prefixToText({ ...target, length: 8 * target.octets.length });
  const lengths = Array.from({ length: target.length + 1 }, (_, length) => length);
  return lengths.flatMap((length) => parsePrefix(`${address}/${length}`) ?? []);
}

export function allFlags(entries: readonly Entry[]): number {
  return entries.reduce((all, { flags }) => all | flags, 0);
}
