/** Rows of the ledger as the columns that they are stored in. */
import type { LedgerFacts, LedgerRow } from "./ledger.ts";
import { type LedgerState, ledgerStates } from "./ledger-states.ts";

/** What `readRow` reads, of the tables of `ledgerRows`. */
export const ledgerColumns = `l.id, l.key, l.external_id, l.flags, l.digest, l.profile, l.valid_from, l.valid_until, l.first_seen,
  l.last_seen, l.state, r.text, l.changed_at, l.due, l.returned`;
export const ledgerRows = "FROM ledger l LEFT JOIN reference r ON r.id = l.reference";

/** Takes source, key, id and what `saidBy` gives. */
export const insertLedger = `INSERT INTO ledger (source, key, external_id, flags, digest, profile, valid_from, valid_until,
  first_seen, last_seen, state, reference, changed_at, due, returned)`;

/** What a row says, in the order of the columns from `flags` on. */
export function saidBy(row: LedgerFacts, reference: number | undefined): unknown[] {
  return [
    row.flags,
    row.digest,
    row.profile,
    row.validFrom ?? null,
    row.validUntil ?? null,
    row.firstSeen,
    row.lastSeen ?? null,
    ledgerStates.indexOf(row.state),
    reference ?? null,
    row.changedAt,
    row.due ?? null,
    row.returned ?? null,
  ];
}

export type LedgerColumns = [
  id: number,
  key: Uint8Array,
  externalId: string,
  flags: number,
  digest: number,
  profile: number,
  validFrom: number | null,
  validUntil: number | null,
  firstSeen: number,
  lastSeen: number | null,
  state: number,
  reference: string | null,
  changedAt: number,
  due: number | null,
  returned: number | null,
];

export function readRow(row: LedgerColumns): LedgerRow {
  return {
    id: row[0],
    key: row[1],
    externalId: row[2],
    flags: row[3],
    digest: row[4],
    profile: row[5],
    validFrom: row[6] ?? undefined,
    validUntil: row[7] ?? undefined,
    firstSeen: row[8],
    lastSeen: row[9] ?? undefined,
    state: ledgerStates[row[10]] as LedgerState,
    reference: row[11] ?? undefined,
    changedAt: row[12],
    due: row[13] ?? undefined,
    returned: row[14] ?? undefined,
  };
}
