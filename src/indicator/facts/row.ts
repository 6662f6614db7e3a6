/** Reads the facts of one row of a table, or of one object, into the text of its report. */

import { secondsMax, secondsOf } from "../moment.ts";
import type { FactField } from "./columns.ts";
import { confidenceOf, distributionOf, labelOf, papOf, tlpOf } from "./facts.ts";
import { encodeReport, known } from "./report.ts";

/**
 * What a row has for a fact: its text; undefined where it says nothing (an empty cell, or no such fact in this list); null
 * where it says something that is no text, or the row ends before it.
 */
export type FactCell = string | undefined | null;

export interface RowReport {
  /** See `report.ts`. */
  readonly text: string;
  /** Whether a fact could not be read and is unknown now. */
  readonly hasUnknown: boolean;
}

/** Octets of a reference; longer ones are cut. */
const referenceBytesMax = 1000;

/**
 * The report of a row; undefined where a fact cannot be read without which the row might block when it must not, or be shown
 * to whom it must not: its times, its markings, whether it is revoked.
 */
export function readRow(cellOf: (field: FactField) => FactCell): RowReport | undefined {
  let isBad = false;
  let hasUnknown = false;
  const fact = <T>(field: FactField, read: (text: string) => T | undefined, isVital: boolean): T | undefined => {
    const cell = cellOf(field);
    if (cell === undefined || cell?.trim() === "") return undefined;
    const value = cell === null ? undefined : read(cell);
    if (value !== undefined) return value;
    if (isVital) isBad = true;
    else hasUnknown = true;
    return undefined;
  };
  const label = (field: FactField, bytesMax?: number): string | undefined =>
    fact(field, (text) => labelOf(text, bytesMax), false);
  const facts = known({
    category: fact("category", categoryOf, false),
    confidence: fact("confidence", confidenceOf, false),
    tlp: fact("tlp", tlpOf, true),
    pap: fact("pap", papOf, true),
    distribution: fact("distribution", distributionOf, true),
    sharingGroup: label("sharingGroup"),
    organisation: label("organisation"),
    campaign: label("campaign"),
  });
  const until = fact("validUntil", (text) => secondsOf(text, true), true);
  const text = encodeReport({
    externalId: label("id") ?? "",
    facts,
    validFrom: fact("validFrom", (text) => secondsOf(text), true),
    validUntil: until === secondsMax ? undefined : until,
    firstSeen: fact("firstSeen", (text) => secondsOf(text), false),
    lastSeen: fact("lastSeen", (text) => secondsOf(text), false),
    revoked: fact("revoked", yesOrNo, true) ?? false,
    reference: label("reference", referenceBytesMax),
  });
  return isBad ? undefined : { text, hasUnknown };
}

/** A category as zones name it: in lower case, with hyphens for blanks. */
function categoryOf(text: string): string | undefined {
  return labelOf(text)?.toLowerCase().replaceAll(" ", "-");
}

const yes: ReadonlySet<string> = new Set(["true", "yes", "y", "t", "1", "revoked"]);
const no: ReadonlySet<string> = new Set(["false", "no", "n", "f", "0", "active"]);

function yesOrNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return yes.has(word) ? true : no.has(word) ? false : undefined;
}
