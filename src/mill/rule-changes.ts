/**
 * Counts what a new version changes, by rules and not by records: a name with its wildcard is one rule, and a TTL is no
 * part of it, since a changed TTL rewrites every record and lifts or blocks nothing.
 */
import { equalBytes, startsWith } from "../base/bytes.ts";
import { keyToText } from "../dns/name.ts";
import { equalButTtl } from "../dns/rr.ts";

/** `changed`: another action, or another reach: with or without what lies beneath. */
export const ruleChangeKinds = ["added", "removed", "changed"] as const;
export type RuleChangeKind = (typeof ruleChangeKinds)[number];

/** How many rules changed, and in which way; a name with its wildcard is one rule. */
export type RuleChanges = Readonly<Record<RuleChangeKind, number>>;
/** The first names of each kind in canonical order, relative to the apex. */
export type FirstNames = Readonly<Record<RuleChangeKind, readonly string[]>>;

export const noRuleChanges: RuleChanges = { added: 0, removed: 0, changed: 0 };
export const noNames: FirstNames = { added: [], removed: [], changed: [] };

export function addRuleChanges(a: RuleChanges, b: RuleChanges): RuleChanges {
  return { added: a.added + b.added, removed: a.removed + b.removed, changed: a.changed + b.changed };
}

/** Takes the name of each rule that changed; the key is the receiver's to keep. */
export type RuleListener = (kind: RuleChangeKind, key: Uint8Array) => void;

/** How many names of each kind are kept: enough to see what happened. */
const firstNamesMax = 20;

/** One side of an owner that differs. */
export interface ChangedOwner {
  /** Undefined where the side has no such owner. */
  readonly rrs: Uint8Array | undefined;
  /** Whether the owner comes right behind its parent on this side. */
  readonly followsParent: boolean;
}

interface Pending {
  readonly key: Uint8Array;
  readonly before: { self: boolean; beneath: boolean };
  readonly after: { self: boolean; beneath: boolean };
  differs: boolean;
}

export class RuleChangeCounter {
  added = 0;
  removed = 0;
  changed = 0;
  readonly first: Record<RuleChangeKind, string[]> = { added: [], removed: [], changed: [] };
  readonly #listener: RuleListener | undefined;
  readonly #firstMax: number;
  /** The rule at hand: its wildcard may be still to come. */
  #pending: Pending | undefined;

  constructor(listener?: RuleListener, firstMax: number = firstNamesMax) {
    this.#listener = listener;
    this.#firstMax = firstMax;
  }

  /** Whether a rule waits for what is said of its wildcard: then owners that are equal have to be told, too. */
  get waits(): boolean {
    return this.#pending !== undefined;
  }

  /** An owner that only one side has, or that has other RRs on each. Owners come in canonical order. */
  differs(key: Uint8Array, before: ChangedOwner, after: ChangedOwner): void {
    const isWildcard = key.length > 2 && key.at(-2) === 0x2a && key.at(-3) === 0;
    const name = isWildcard ? key.subarray(0, -2) : key;
    let rule = this.#pending;
    if (rule === undefined || !equalBytes(rule.key, name)) {
      this.end();
      // Of a wildcard whose name has not come up, the name is the same on both sides: there, or not there.
      const self = isWildcard && (before.followsParent || after.followsParent);
      const side = () => ({ self, beneath: false });
      this.#pending = rule = { key: name.slice(), before: side(), after: side(), differs: false };
    }
    const part = isWildcard ? "beneath" : "self";
    rule.before[part] = before.rrs !== undefined;
    rule.after[part] = after.rrs !== undefined;
    if (before.rrs !== undefined && after.rrs !== undefined && !equalButTtl(before.rrs, after.rrs)) rule.differs = true;
  }

  /** An owner that is the same on both sides. */
  same(key: Uint8Array): void {
    const rule = this.#pending;
    if (rule === undefined) return;
    const isItsWildcard = key.length === rule.key.length + 2 && key.at(-2) === 0x2a && startsWith(key, rule.key);
    if (isItsWildcard) {
      rule.before.beneath = true;
      rule.after.beneath = true;
    }
    this.end();
  }

  /** No more is said of the rule at hand. */
  end(): void {
    const rule = this.#pending;
    if (rule === undefined) return;
    this.#pending = undefined;
    const { key, before, after } = rule;
    const was = before.self || before.beneath;
    const is = after.self || after.beneath;
    if (!was) this.#count("added", key);
    else if (!is) this.#count("removed", key);
    else if (rule.differs || before.self !== after.self || before.beneath !== after.beneath)
      this.#count("changed", key);
  }

  #count(kind: RuleChangeKind, key: Uint8Array): void {
    this[kind] += 1;
    const first = this.first[kind];
    if (first.length < this.#firstMax) first.push(keyToText(key));
    this.#listener?.(kind, key);
  }
}
