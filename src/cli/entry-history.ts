/** What a row of the ledger said over time, as `entry show` prints it. */
import { isoTime } from "../base/clock.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import type { ActClaim } from "../store/entry-acts.ts";
import type { LedgerFacts } from "../store/ledger.ts";
import type { PastRow } from "../store/ledger-past.ts";
import type { LedgerState } from "../store/ledger-states.ts";
import { changeInWords, factChangesInWords, factsInWords } from "./fact-words.ts";
import { wordsOfFlags } from "./past-source.ts";

/** What was said from a time on; the last is what is said now. */
type Step = Omit<PastRow, "until"> & { readonly until: number | undefined };

/** What a row said before, and what it says now, as lines and as an array of objects; none where it never changed. */
export interface EntryHistory {
  readonly lines: readonly string[];
  readonly value: readonly unknown[];
}

export function historyOf(
  row: LedgerFacts,
  past: readonly PastRow[],
  factsOf: (profile: number) => Facts,
): EntryHistory {
  const now: Step = { ...row, since: row.changedAt, until: undefined, moves: 0, movedTo: undefined };
  const steps: readonly Step[] = past.length === 0 ? [] : [...past, now];
  return {
    lines: steps.map((step, i) => `${isoTime(step.since)} ${stepInWords(step, steps[i - 1], factsOf)}`),
    value: steps.map(({ since, until, state, flags, profile, validFrom, validUntil, reference, moves, movedTo }) => ({
      since: isoTime(since),
      until: time(until) ?? null,
      state: shownState(state),
      says: wordsOfFlags(flags, "block"),
      facts: factsOf(profile),
      validFrom: time(validFrom) ?? null,
      validUntil: time(validUntil) ?? null,
      reference: reference ?? null,
      moves,
      movedTo: time(movedTo) ?? null,
    })),
  };
}

/** How a state is called that is stored. */
export function shownState(state: LedgerState): Exclude<LedgerState, "kept"> {
  return state === "kept" ? "unreadable" : state;
}

function stepInWords(step: Step, before: Step | undefined, factsOf: (profile: number) => Facts): string {
  const facts = factsOf(step.profile);
  const moved = step.moves === 0 ? [] : [`its end moved ${step.moves} times, to ${time(step.movedTo) ?? "never"}`];
  if (before === undefined) {
    const says = [
      ...wordsOfFlags(step.flags, "block"),
      ...factsInWords(facts),
      ...(step.validFrom === undefined ? [] : [`valid from ${isoTime(step.validFrom)}`]),
      ...(step.validUntil === undefined ? [] : [`valid until ${isoTime(step.validUntil)}`]),
      ...(step.reference === undefined ? [] : [`reference ${step.reference}`]),
      ...moved,
    ];
    return `${stateWords[step.state]}: ${says.join(", ")}`;
  }
  const validUntil = before.movedTo ?? before.validUntil;
  const changes = [
    ...claimChangesInWords({ ...before, validUntil, facts: factsOf(before.profile) }, { ...step, facts }),
    ...moved,
  ];
  if (before.state === step.state) return changes.join(", ");
  const again = step.state === "reported" ? `${stateWords.reported} again` : stateWords[step.state];
  const gone = before.state === "withdrawn" ? [`gone from ${isoTime(before.since)} to ${isoTime(step.since)}`] : [];
  const all = [...gone, ...changes];
  return all.length === 0 ? again : `${again}: ${all.join(", ")}`;
}

/** What differs between what an entry said and what it says. */
export function claimChangesInWords(before: ActClaim, after: ActClaim): string[] {
  const says = ({ flags }: ActClaim): string => wordsOfFlags(flags, "block").join(" ");
  return [
    ...changeInWords("says", says(before), says(after)),
    ...factChangesInWords(before.facts, after.facts),
    ...changeInWords("valid from", time(before.validFrom) ?? "always", time(after.validFrom) ?? "always"),
    ...changeInWords("valid until", time(before.validUntil) ?? "never", time(after.validUntil) ?? "never"),
    ...changeInWords("reference", before.reference, after.reference),
  ];
}

const stateWords: Readonly<Record<LedgerState, string>> = {
  reported: "reported",
  revoked: "revoked",
  withdrawn: "withdrawn",
  unreadable: "unreadable, and does not count",
  kept: "unreadable times, those before count",
  unread: "read without facts",
  review: "waiting for a review",
  refused: "refused in a review",
};

function time(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : isoTime(seconds);
}
