/** States of rows of the ledger, as they are stored. */

/**
 * `revoked`: the source took it back. `withdrawn`: the source no longer reports it. `unreadable`: reported, with a marking or
 * a revocation that cannot be read. `kept`: reported, with times that cannot be read; those that it had before count.
 * `unread`: the source is read without facts, so that nothing is known of it since. `review`: reported, and a person must decide
 * first. `refused`: reported, and a person decided against it. The place in the list is what is stored.
 */
export const ledgerStates = [
  "reported",
  "revoked",
  "withdrawn",
  "unreadable",
  "kept",
  "unread",
  "review",
  "refused",
] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** How many rows of a source are in each state that `feed/ledger` tells apart; states without any may be left out. */
export type RowCounts = Readonly<Record<string, number>>;

/** Whether rows in this state are not among what the source was last seen to report. */
export function isGone(state: LedgerState): boolean {
  return state === "withdrawn" || state === "unread";
}
