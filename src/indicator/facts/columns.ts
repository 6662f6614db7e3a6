/** Where a table or an object has the facts of its row: which column or field says what, and how it is written there. */
import type { DateFormat } from "../moment.ts";
import type { CategoryTable } from "./categories.ts";
import type { ConfidenceScale } from "./confidence.ts";

/** What a column may say, by the keys of `fields` in the configuration. */
export const factFields = [
  "id",
  "trigger",
  "category",
  "confidence",
  "tlp",
  "pap",
  "distribution",
  "sharingGroup",
  "organisation",
  "campaign",
  "family",
  "event",
  "validFrom",
  "validUntil",
  "firstSeen",
  "lastSeen",
  "revoked",
  "reference",
] as const;
export type FactField = (typeof factFields)[number];

/** csv: a header, in any letter case, or a number from 1. json: a field of the objects, with dots between nested ones. */
export type FactColumn = string | number;

/**
 * Of several columns the strictest counts where they are markings (`tlp`, `pap`, `distribution`), else the first that says
 * something.
 */
export type FactColumns = Readonly<Partial<Record<FactField, FactColumn | readonly FactColumn[]>>>;

/** How the cells are read. */
export interface FactReading {
  /** Facts of which no row of the list need say anything, so that their column or field may be missing. */
  readonly optionalFields?: readonly FactField[] | undefined;
  /** Absent: only days that can mean but one. */
  readonly dateFormat?: DateFormat | undefined;
  /** A name of the IANA database, for times that do not say theirs. Absent: UTC. */
  readonly timeZone?: string | undefined;
  /** Absent: 100. */
  readonly confidenceScale?: ConfidenceScale | undefined;
  /** From the words of the category's column to categories; others stay as they are. */
  readonly categories?: CategoryTable | undefined;
  /** Whether entries age, so that when one was seen decides how long it counts. */
  readonly ages?: boolean | undefined;
}

/**
 * Facts without which a row might block when it must not, or be shown to whom it must not. A row that has one of them and
 * does not say it in words that can be read is a reject.
 */
export const vitalFields: ReadonlySet<FactField> = new Set([
  "trigger",
  "tlp",
  "pap",
  "distribution",
  "validFrom",
  "validUntil",
  "revoked",
]);

/** The columns that have a fact. */
export function columnsOf(fields: FactColumns, field: FactField): readonly FactColumn[] {
  const columns = fields[field];
  return columns === undefined ? [] : typeof columns === "object" ? columns : [columns];
}
