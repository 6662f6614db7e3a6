/** What becomes of entries that a person must decide on before they count: what is decided on, and what decisions come to. */
import { createHash } from "node:crypto";
import { equalBytes } from "../../base/bytes.ts";
import type { Trust } from "../../config/types.ts";
import { decodeFacts, type PlainReport } from "../../indicator/facts/report.ts";
import type { Decision } from "../../store/decisions.ts";
import type { LedgerFacts } from "../../store/ledger.ts";
import type { RowReview } from "../../store/reviews.ts";
import { isUnnamed } from "./match-rows.ts";

/** Why entries of a source are reviewed that need no review by themselves. */
export const untrustedReason = "untrusted";

/** How entries of a source are reviewed. */
export interface Reviewing {
  readonly trust: Trust;
  /** All that was decided on entries of a name or an address, the first decision first. */
  decisionsAt(key: Uint8Array): readonly Decision[];
}

/** Octets of a digest: it is a person's word that hangs on it, so nobody may be able to make two alike. */
const digestBytes = 16;

/**
 * What of a report a person must decide on; undefined where nothing. When it was seen, and from when until when it counts, is
 * no part of it, nor how sure its source is.
 */
export function reviewOf(
  report: PlainReport,
  flags: number,
  { trust }: Pick<Reviewing, "trust">,
): Omit<RowReview, "at"> | undefined {
  const reason = report.review ?? (trust === "untrusted" ? untrustedReason : undefined);
  if (reason === undefined) return undefined;
  const { detail } = report;
  const { confidence: _, ...facts } = decodeFacts(report.facts);
  const said = JSON.stringify([flags, reason, detail ?? null, facts]);
  return { reason, detail, digest: createHash("sha256").update(said).digest().subarray(0, digestBytes) };
}

/** How many different people must accept an entry. */
export function acceptsNeeded(trust: Trust): 1 | 2 {
  return trust === "trusted" ? 1 : 2;
}

/** Decisions on one thing: `accepts` are those that count towards its acceptance, of different people. */
export interface Standing {
  readonly outcome: "accepted" | "refused" | "waits";
  readonly accepts: readonly Decision[];
  readonly decisions: readonly Decision[];
}

/** What the decisions of a name come to for a row of it. One that rejects undoes all that accepted before. */
export function standingOf(
  decisions: readonly Decision[],
  { externalId, digest }: { readonly externalId: string; readonly digest: Uint8Array },
  trust: Trust,
): Standing {
  const id = decidedId(externalId);
  const own = decisions.filter((decision) => decision.externalId === id && equalBytes(decision.digest, digest));
  let accepts = new Map<string, Decision>();
  for (const decision of own) {
    if (decision.verdict === "rejected") accepts = new Map();
    else if (!accepts.has(personOf(decision.by))) accepts.set(personOf(decision.by), decision);
  }
  const isAccepted = accepts.size >= acceptsNeeded(trust);
  const outcome = isAccepted ? "accepted" : own.length > 0 && accepts.size === 0 ? "refused" : "waits";
  return { outcome, accepts: [...accepts.values()], decisions: own };
}

/** By which a label is the same as another one. */
export function personOf(label: string): string {
  return label.normalize("NFKC").toLowerCase();
}

/** The id under which decisions on a row are kept: numbers that rows without an id get are no names of theirs. */
export function decidedId(externalId: string): string {
  return isUnnamed(externalId) ? "" : externalId;
}

const states = { accepted: undefined, refused: "refused", waits: "review" } as const;

/** The state of a row that is reviewed; undefined where it is what the row is without a review. */
export function reviewState({
  outcome,
}: Pick<Standing, "outcome">): Extract<LedgerFacts["state"], "review" | "refused"> | undefined {
  return states[outcome];
}
