/** Where a table or an object has the facts of its row: which column or field says what. */

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
  "validFrom",
  "validUntil",
  "firstSeen",
  "lastSeen",
  "revoked",
  "reference",
] as const;
export type FactField = (typeof factFields)[number];

/** csv: headers, in any letter case, or numbers from 1. json: fields of the objects, with dots between nested ones. */
export type FactColumns = Readonly<Partial<Record<FactField, string | number>>>;
