/**
 * Which of the rows that a name has each report belongs to: the one with its id; where a list gives no ids, the one that says
 * the same, or else is of the same organisation and reference. So what goes from a list is withdrawn and nothing else.
 */
import type { LedgerRow } from "../../store/ledger.ts";

/** What tells a report apart from others of the same name. */
export interface Identity {
  /** Empty where the source gives none. */
  readonly externalId: string;
  readonly digest: number;
  readonly reference: string | undefined;
  readonly organisation: string | undefined;
}

/** What rows are called whose source gives no id: see `unusedId`. */
const unnamed = /^(?:~\d+)?$/;

/** Whether a row has no id of its source's. */
export function isUnnamed(externalId: string): boolean {
  return unnamed.test(externalId);
}

/** Gives the row of each report; undefined where it has none yet. */
export function matchRows(
  reports: readonly Identity[],
  stored: readonly LedgerRow[],
  organisationOf: (row: LedgerRow) => string | undefined,
): (LedgerRow | undefined)[] {
  const byId = new Map(stored.map((row) => [row.externalId, row]));
  const matched = reports.map(({ externalId }) => {
    const row = externalId === "" ? undefined : byId.get(externalId);
    if (row !== undefined) byId.delete(externalId);
    return row;
  });
  const isOpen = (i: number): boolean => matched[i] === undefined && reports[i]?.externalId === "";
  const open = new Set([...reports.keys()].filter(isOpen));
  // Rows that are still reported come first: one that is gone may be another's.
  const left = new Set([...byId.values()].filter(({ externalId }) => isUnnamed(externalId)).sort(byState));
  for (const sameness of samenesses) {
    if (open.size === 0 || left.size === 0) break;
    const rows = new Map<string, LedgerRow[]>();
    for (const row of left) {
      const same = sameness({ ...row, organisation: organisationOf(row) });
      if (same === undefined) continue;
      const known = rows.get(same);
      if (known === undefined) rows.set(same, [row]);
      else known.push(row);
    }
    for (const i of open) {
      const same = sameness(reports[i] as Identity);
      const row = same === undefined ? undefined : rows.get(same)?.shift();
      if (row === undefined) continue;
      matched[i] = row;
      open.delete(i);
      left.delete(row);
    }
  }
  // A list may have come to say the organisation only now, or no longer says it.
  for (const i of open) {
    const mayBe = (row: LedgerRow): boolean =>
      reports[i]?.organisation === undefined || organisationOf(row) === undefined;
    const row = [...left].find(mayBe);
    if (row === undefined) continue;
    matched[i] = row;
    left.delete(row);
  }
  return matched;
}

function byState(a: LedgerRow, b: LedgerRow): number {
  return Number(a.state === "withdrawn") - Number(b.state === "withdrawn") || a.id - b.id;
}

/** By what a report and a row may be the same, the surest first; undefined where one cannot be by that. */
const samenesses: readonly ((said: Omit<Identity, "externalId">) => string | undefined)[] = [
  ({ digest }) => `${digest}`,
  ({ organisation, reference }) => JSON.stringify([organisation, reference]),
  // Rows of two organisations are never one.
  ({ organisation }) => JSON.stringify([organisation]),
];
