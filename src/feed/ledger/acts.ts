/**
 * What an act of a person makes of a row of the ledger: an entry is added, changed, begun anew or ended. Nothing is written
 * here.
 */

import { flag } from "../../indicator/entry/collector.ts";
import type { Facts } from "../../indicator/facts/facts.ts";
import { encodeReport, known } from "../../indicator/facts/report.ts";
import type { ActKind } from "../../store/entry-acts.ts";
import type { LedgerFacts, LedgerRow } from "../../store/ledger.ts";
import { isLive, type ProfileNumbers } from "./compile.ts";
import { digestOf } from "./digest.ts";
import type { WantedRow } from "./sync.ts";

/** What is said of an entry: of what is absent nothing is said, and undefined takes back what was said before. */
export interface GivenFacts {
  readonly facts: { readonly [Fact in keyof Facts]?: Facts[Fact] | undefined };
  /** As `LedgerFacts` has them. */
  readonly validFrom?: number | undefined;
  readonly validUntil?: number | undefined;
  readonly reference?: string | undefined;
}

/** An entry as it is to be. */
export interface GivenRow extends Pick<LedgerFacts, "key" | "flags"> {
  /** Undefined: by what it blocks. */
  readonly id: string | undefined;
  readonly given: GivenFacts;
}

/** What decides besides the row. */
export interface ActContext {
  /** Unix seconds: the time up to which the source is compiled. */
  readonly at: number;
  readonly profiles: ProfileNumbers;
  /** Whether entries fade, so that to add one again renews it. */
  readonly fades: boolean;
}

export type Acted =
  | { readonly kind: "fault"; readonly why: ActFault }
  /** The row says so already. */
  | { readonly kind: "none"; readonly row: LedgerRow }
  | {
      readonly kind: "act";
      readonly act: ActKind;
      readonly row: WantedRow;
      readonly before: LedgerRow | undefined;
      /** Of an entry that begins anew: the markings of before, which were not given anew. */
      readonly keeps: Markings;
    };

/** Why something cannot be done; times are Unix seconds. */
export type ActFault =
  | { readonly kind: "ends-first"; readonly from: number; readonly until: number }
  | { readonly kind: "has-passed"; readonly until: number }
  | { readonly kind: "not-there" }
  /** A name alone says not which of these is meant. */
  | { readonly kind: "several"; readonly rows: readonly LedgerRow[] }
  | { readonly kind: "has-ended"; readonly at: number | undefined };

/** By which entries of one name are told apart where nobody gave an id: by what they block. */
export function idOfFlags(flags: number): string {
  if (flags & flag.blockBeneath) return flags & flag.blockSelf ? "subtree" : "beneath";
  return flags & flag.blockUrlHost ? "url-host" : "exact";
}

/** Automatic ids: nobody can give them. */
export const automaticIds: readonly string[] = ["exact", "subtree", "beneath", "url-host"];

/** Who may see an entry and what may be done with it: what an entry that begins anew keeps of before. */
const markings = ["tlp", "pap"] as const;
export type Markings = Pick<Facts, (typeof markings)[number]>;

/** Adds an entry, or changes it: `old` is the row of its id, where there is one. */
export function addRow({ key, flags, id, given }: GivenRow, old: LedgerRow | undefined, context: ActContext): Acted {
  const { at, profiles, fades } = context;
  const live = old !== undefined && isLive(old, at) ? old : undefined;
  const before = live === undefined ? undefined : { ...live, facts: profiles.factsOf(live.profile) };
  const said = { ...pick(before), ...given };
  const keeps = old === undefined || live !== undefined ? {} : markingsOf(profiles.factsOf(old.profile), given);
  const facts = known({ ...keeps, ...before?.facts, ...given.facts });
  const { validFrom, validUntil, reference } = said;
  if (validUntil !== undefined && validUntil <= (validFrom ?? 0)) {
    return { kind: "fault", why: { kind: "ends-first", from: validFrom ?? 0, until: validUntil } };
  }
  if (validUntil !== undefined && validUntil <= at)
    return { kind: "fault", why: { kind: "has-passed", until: validUntil } };
  const externalId = old?.externalId ?? id ?? idOfFlags(flags);
  const text = encodeReport({ externalId, facts, validFrom, validUntil, revoked: false, reference });
  const digest = digestOf(flags, text);
  if (live?.state === "reported" && live.digest === digest && !fades) return { kind: "none", row: live };
  const row: WantedRow = {
    ...(old === undefined ? {} : { id: old.id, was: old }),
    key,
    externalId,
    flags,
    digest,
    profile: profiles.numberOf(facts),
    validFrom,
    validUntil,
    firstSeen: Math.min(old?.firstSeen ?? at, at),
    // Of a row that is added again, when that was last: its age counts from then.
    lastSeen: old === undefined ? undefined : at,
    state: "reported",
    reference,
    changedAt: at,
    due: undefined,
  };
  return { kind: "act", act: live === undefined ? "added" : "changed", row, before: old, keeps };
}

/** The markings among facts, but for those that are given anew. */
function markingsOf(facts: Facts, { facts: given }: GivenFacts): Markings {
  return Object.fromEntries(
    markings.flatMap((fact) => (facts[fact] === undefined || fact in given ? [] : [[fact, facts[fact]]])),
  );
}

function pick(row: LedgerRow | undefined): Partial<Pick<GivenFacts, "validFrom" | "validUntil" | "reference">> {
  if (row === undefined) return {};
  const { validFrom, validUntil, reference } = row;
  return { validFrom, validUntil, reference };
}

/**
 * Ends an entry at a time, or where `until` is undefined now. One that would begin later, and never does now, is revoked.
 */
export function endRow(old: LedgerRow, until: number | undefined, { at, profiles }: ActContext): Acted {
  if (!isLive(old, at)) return { kind: "fault", why: { kind: "has-ended", at: old.validUntil ?? old.lastSeen } };
  const { validFrom = 0, flags, externalId, reference } = old;
  const neverBegan = validFrom > at;
  if (until !== undefined && until <= validFrom) {
    return { kind: "fault", why: { kind: "ends-first", from: validFrom, until } };
  }
  const isRevoked = until === undefined && neverBegan;
  const validUntil = isRevoked ? old.validUntil : (until ?? at);
  const facts = profiles.factsOf(old.profile);
  const report = { externalId, facts, validFrom: old.validFrom, validUntil, revoked: isRevoked, reference };
  const row: WantedRow = {
    ...old,
    was: old,
    digest: digestOf(flags, encodeReport(report)),
    validUntil,
    state: isRevoked ? "revoked" : "reported",
    changedAt: at,
    due: undefined,
  };
  return { kind: "act", act: "ended", row, before: old, keeps: {} };
}
