/** What waits for a person, and what was decided, for people and for programs. */
import { isoTime } from "../base/clock.ts";
import type { Trust } from "../config/types.ts";
import type { ReviewFault } from "../daemon/decide-reviews.ts";
import type { EntryState } from "../feed/ledger/states.ts";
import { acceptsNeeded, type Standing } from "../feed/ledger/verdict.ts";
import type { Decision } from "../store/decisions.ts";
import type { StoredReview } from "../store/reviews.ts";

/** How people name a review. */
export function shownNumber({ id }: Pick<StoredReview, "id">): string {
  return `r${id}`;
}

/** The number of a review as `shownNumber` gives it; undefined for anything else. */
export function numberGiven(text: string): number | undefined {
  const digits = /^r([1-9]\d{0,14})$/i.exec(text.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The state of a row that is reviewed: `waits for review r12 (untrusted) since 2026-…`. */
export function stateOfReviewed(state: EntryState, review: StoredReview): string {
  if (state === "refused") return `refused in review ${shownNumber(review)}`;
  if (state !== "review") return state;
  const since = review.since === undefined ? "" : ` since ${isoTime(review.since)}`;
  return `waits for review ${shownNumber(review)} (${review.reason})${since}`;
}

export function reviewValue(review: StoredReview) {
  const { reason, detail, since } = review;
  return {
    id: shownNumber(review),
    reason,
    detail: detail ?? null,
    since: since === undefined ? null : isoTime(since),
  };
}

/** Who decided what, when and why. */
export function decisionInWords({ verdict, at, by, reason }: Decision): string {
  return `${verdict} at ${isoTime(at)} by ${by}: ${reason}`;
}

export function decisionValue({ verdict, at, by, reason }: Decision) {
  return { verdict, at: isoTime(at), by, reason };
}

/** How far an entry is accepted: `1 of 2 accepts, by alice`; undefined where nobody did. */
export function acceptsInWords({ accepts }: Pick<Standing, "accepts">, trust: Trust): string | undefined {
  if (accepts.length === 0) return undefined;
  return `${accepts.length} of ${acceptsNeeded(trust)} accepts, by ${accepts.map(({ by }) => by).join(" and ")}`;
}

/** What a source said, on one line: it may hold anything. */
export function detailInWords(detail: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would act on is shown as what it is
  return detail.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const faults: Readonly<Record<ReviewFault, string>> = {
  withdrawn: "its source no longer reports it",
  revoked: "its source took it back",
  ended: "it has ended meanwhile",
  unreadable: "its source reports something of it that cannot be read",
  unknown: "there is no such review",
  gone: "what had this number is no longer to be decided on: its source says something else of it now, which waits under another number, or nothing",
  "not-waiting": "no entry of this name waits for a review",
  "not-configured": "its source is no longer in the configuration",
  "not-built": "its source has not been built yet",
};

export function reviewFaultInWords(why: ReviewFault): string {
  return faults[why];
}
