/**
 * What rows of the ledger say at a given time: which of them count, under which profile, and when that changes by itself.
 * Whatever begins, ends or fades is resolved here; the merge knows no time.
 */

import type { Statements } from "../../indicator/entry/statements.ts";
import { type Decay, decayed, nextStep } from "../../indicator/facts/decay.ts";
import type { Facts } from "../../indicator/facts/facts.ts";
import type { LedgerFacts } from "../../store/ledger.ts";

/** Facts and their numbers, in both directions. */
export interface ProfileNumbers {
  numberOf(facts: Facts): number;
  factsOf(number: number): Facts;
}

/** What decides besides the rows themselves. */
export interface Compiling {
  /** Unix seconds. */
  readonly at: number;
  readonly decay: Decay | undefined;
  /** Where a report says nothing of its own, for `decay`: 0..100. */
  readonly confidence: number;
  readonly profiles: ProfileNumbers;
}

/** What a row says at the time. */
export interface Compiled {
  readonly counts: boolean;
  readonly profile: number;
  /** Unix seconds, after the time: when this changes by itself; undefined where it will not. */
  readonly due: number | undefined;
}

export type LedgerClaim = Pick<
  LedgerFacts,
  "state" | "profile" | "validFrom" | "validUntil" | "firstSeen" | "lastSeen" | "returned"
>;

/** Whether a row counts at a time (Unix seconds), or may later; one that has faded counts as such. */
export function isLive({ state, validUntil }: Pick<LedgerFacts, "state" | "validUntil">, at: number): boolean {
  return (state === "reported" || state === "kept") && (validUntil === undefined || validUntil > at);
}

/** What one row says at the time. */
export function compileRow(row: LedgerClaim, compiling: Compiling): Compiled {
  const { at } = compiling;
  const { profile, validFrom, validUntil } = row;
  if (!isLive(row, at)) {
    // What ends while it waits for a person no longer waits.
    const due = row.state === "review" && validUntil !== undefined && at < validUntil ? validUntil : undefined;
    return { counts: false, profile, due };
  }
  if (validFrom !== undefined && at < validFrom) {
    return { counts: false, profile, due: Math.min(validFrom, validUntil ?? validFrom) };
  }
  const faded = fade(row, compiling);
  // What has faded ends all the same, and is counted as such.
  if (validUntil === undefined) return faded;
  return { ...faded, due: Math.min(faded.due ?? validUntil, validUntil) };
}

/** Whether a row counts at the time. */
export function countsAt(row: LedgerClaim, { at, decay, confidence, profiles }: Compiling): boolean {
  const { profile, validFrom } = row;
  if (!isLive(row, at) || (validFrom !== undefined && at < validFrom)) return false;
  if (decay === undefined) return true;
  return decayed(profiles.factsOf(profile).confidence ?? confidence, at - agesFrom(row), decay) >= decay.threshold;
}

/** Since when its age counts: what the source says, else since it is reported without a gap. Unix seconds. */
function agesFrom({ firstSeen, lastSeen, returned }: LedgerClaim): number {
  return lastSeen ?? returned ?? firstSeen;
}

/** What is left of the confidence in a row that counts by its dates. */
function fade(row: LedgerClaim, { at, decay, confidence, profiles }: Compiling): Compiled {
  const { profile } = row;
  if (decay === undefined) return { counts: true, profile, due: undefined };
  const facts = profiles.factsOf(profile);
  const base = facts.confidence ?? confidence;
  const since = agesFrom(row);
  const left = decayed(base, at - since, decay);
  if (left < decay.threshold) return { counts: false, profile, due: undefined };
  const step = nextStep(base, at - since, decay);
  const due = step === undefined ? undefined : since + step;
  return { counts: true, profile: left === base ? profile : profiles.numberOf({ ...facts, confidence: left }), due };
}

/** Puts what the rows of one key say at the time into `statements`, and gives the rows' results in their order. */
export function compileKey(
  rows: readonly (LedgerClaim & Pick<LedgerFacts, "flags">)[],
  compiling: Compiling,
  statements: Statements,
): Compiled[] {
  statements.clear();
  let first = Number.POSITIVE_INFINITY;
  for (const { firstSeen } of rows) first = Math.min(first, firstSeen);
  return rows.map((row) => {
    const compiled = compileRow(row, compiling);
    if (compiled.counts) statements.add(compiled.profile, row.flags, first);
    return compiled;
  });
}
