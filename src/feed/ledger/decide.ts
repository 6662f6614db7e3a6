/** What a person's decision makes of a row of the ledger that is reviewed. What is decided is one transaction with what comes of it. */
import { nowSeconds } from "../../base/clock.ts";
import type { ListSourceConfig } from "../../config/types.ts";
import type { Decision, Verdict } from "../../store/decisions.ts";
import type { LedgerRow } from "../../store/ledger.ts";
import type { StoredReview } from "../../store/reviews.ts";
import type { Snapshot } from "../../store/snapshots.ts";
import type { RefreshOptions } from "../options.ts";
import { compileDue, compileTime } from "./accept.ts";
import type { ProfileNumbers } from "./compile.ts";
import type { KeyRows, WantedRow } from "./sync.ts";
import { takeRows } from "./take-rows.ts";
import { decidedId, personOf, reviewState, type Standing, standingOf } from "./verdict.ts";

/** What is decided, by whom, and why. */
export interface Deciding extends Pick<Decision, "verdict" | "by" | "reason"> {
  /** Unix seconds: the time up to which the source is compiled. */
  readonly at: number;
  readonly trust: ListSourceConfig["trust"];
  readonly profiles: Pick<ProfileNumbers, "factsOf">;
}

/** A row with what is to be decided on it, and what was decided on its name. */
export interface ReviewedRow {
  readonly row: LedgerRow;
  readonly review: StoredReview;
  readonly decisions: readonly Decision[];
}

export type Decided =
  /** Nothing can be decided: it is no longer reported as what counts. */
  | { readonly kind: "fault"; readonly why: "withdrawn" | "revoked" | "ended" | "unreadable" }
  /** It is decided so already, or by this person. */
  | { readonly kind: "none"; readonly row: LedgerRow; readonly standing: Standing }
  | {
      readonly kind: "act";
      readonly row: WantedRow;
      /** Whether the row itself changes by it. */
      readonly changes: boolean;
      readonly decision: Decision;
      readonly standing: Standing;
    };

export function decideRow({ row, review, decisions }: ReviewedRow, deciding: Deciding): Decided {
  const { at, verdict, by, reason, trust, profiles } = deciding;
  const why = whyNot(row, at);
  if (why !== undefined) return { kind: "fault", why };
  const subject = { externalId: row.externalId, digest: review.digest };
  const before = standingOf(decisions, subject, trust);
  if (isSaidAlready(before, verdict, by)) return { kind: "none", row, standing: before };
  const { key, flags, reference } = row;
  const decision: Decision = {
    key,
    externalId: decidedId(row.externalId),
    digest: review.digest,
    at,
    verdict,
    by,
    reason,
    said: { flags, reference, facts: profiles.factsOf(row.profile), review: review.reason, detail: review.detail },
  };
  const standing = standingOf([...decisions, decision], subject, trust);
  const wanted = reviewState(standing);
  const isOpen = row.state === "review" || row.state === "refused";
  const state = wanted ?? (isOpen ? "reported" : row.state);
  if (state === row.state) return { kind: "act", row, changes: false, decision, standing };
  const { reason: word, detail, digest } = review;
  const changed = {
    ...row,
    was: row,
    state,
    changedAt: at,
    due: undefined,
    review: { reason: word, detail, digest, at },
  };
  return { kind: "act", row: changed, changes: true, decision, standing };
}

/** Why nothing can be decided on a row; undefined where it can. */
function whyNot({ state, validUntil }: LedgerRow, at: number): Extract<Decided, { kind: "fault" }>["why"] | undefined {
  if (state === "withdrawn" || state === "unread") return "withdrawn";
  if (state === "revoked" || state === "unreadable") return state;
  return validUntil !== undefined && validUntil <= at ? "ended" : undefined;
}

function isSaidAlready({ outcome, accepts }: Standing, verdict: Verdict, by: string): boolean {
  if (verdict === "rejected") return outcome === "refused";
  return outcome === "accepted" || accepts.some((accept) => personOf(accept.by) === personOf(by));
}

type DecideOptions = Pick<RefreshOptions, "snapshots" | "ledger" | "profiles" | "clock" | "historySeconds">;

/** What is decided on rows of one source: of each key all its rows, by key. */
export interface SourceDecisions {
  readonly keys: readonly KeyRows[];
  readonly decisions: readonly Decision[];
}

/** Compiles what fell due, so that decisions can be taken; undefined where the source has no snapshot yet, else the time of it. */
export function readyToDecide(list: ListSourceConfig, options: DecideOptions): number | undefined {
  const { snapshots, ledger, clock } = options;
  if (ledger.sourceOf(list.id) === undefined || snapshots.current(list.id)?.compiledFor === undefined) return undefined;
  compileDue({ list }, options);
  return compileTime(nowSeconds(clock), snapshots.current(list.id));
}

/** Takes decisions in, at the time that `readyToDecide` gave. Says whether the snapshot is a new one. */
export function takeDecisions(
  list: ListSourceConfig,
  options: DecideOptions,
  at: number,
  { keys, decisions }: SourceDecisions,
): boolean {
  const { snapshots, ledger } = options;
  const current = snapshots.current(list.id) as Snapshot;
  const known = ledger.sourceOf(list.id);
  return takeRows({ list }, options, keys, {
    at,
    facts: ({ entries }) => ({ ...current, entries, since: at }),
    compiling: known?.compiling ?? "",
    isUnfinished: known?.isUnfinished ?? false,
    note: (source, bytes, write) => ledger.decisions.noteWith(source, decisions, bytes, write),
  });
}
