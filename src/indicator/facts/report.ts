/**
 * What a source reports of one name or address, with its facts, as text that is equal where the report is. A parser keeps
 * these beside its entries; most are only compared with what was reported before, and never decoded.
 */
import { distributions, type Facts, paps, tlps } from "./facts.ts";

export interface Report {
  /** By which the source names it; empty where it gives none. */
  readonly externalId: string;
  readonly facts: Facts;
  /** Unix seconds: the first at which it counts; undefined for always. */
  readonly validFrom?: number | undefined;
  /** Unix seconds: the first at which it no longer counts; undefined for ever. */
  readonly validUntil?: number | undefined;
  /** Unix seconds, as the source says it. */
  readonly firstSeen?: number | undefined;
  readonly lastSeen?: number | undefined;
  /** The source takes it back. */
  readonly revoked: boolean;
  /** Where to read more: a case number, an event's UUID, an address. */
  readonly reference?: string | undefined;
}

/** The text of a report: the external id, a line feed, and the rest as a JSON array. Ids hold no line feed. */
export function encodeReport(report: Report): string {
  const { externalId, facts, validFrom, validUntil, firstSeen, lastSeen, revoked, reference } = report;
  const level = <Level>(levels: readonly Level[], value: Level | undefined): number | undefined =>
    value === undefined ? undefined : levels.indexOf(value);
  const rest: (string | number | undefined)[] = [
    facts.category,
    facts.confidence,
    level(tlps, facts.tlp),
    level(paps, facts.pap),
    level(distributions, facts.distribution),
    facts.sharingGroup,
    facts.organisation,
    facts.campaign,
    facts.hidesSource === true ? 1 : undefined,
    validFrom,
    validUntil,
    firstSeen,
    lastSeen,
    revoked ? 1 : undefined,
    reference,
  ];
  // What is not known at the end is left out.
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop();
  return `${externalId}\n${JSON.stringify(rest)}`;
}

/** The external id of a report's text. */
export function externalIdOf(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}

export function decodeReport(text: string): Report {
  const rest = JSON.parse(text.slice(text.indexOf("\n") + 1)) as (string | number | null)[];
  const label = (at: number): string | undefined => (typeof rest[at] === "string" ? rest[at] : undefined);
  const number = (at: number): number | undefined => {
    const value = rest[at];
    return typeof value === "number" ? value : undefined;
  };
  const level = (at: number): number => number(at) ?? -1;
  return {
    externalId: externalIdOf(text),
    facts: known({
      category: label(0),
      confidence: number(1),
      tlp: tlps[level(2)],
      pap: paps[level(3)],
      distribution: distributions[level(4)],
      sharingGroup: label(5),
      organisation: label(6),
      campaign: label(7),
      hidesSource: rest[8] === 1 ? true : undefined,
    }),
    validFrom: number(9),
    validUntil: number(10),
    firstSeen: number(11),
    lastSeen: number(12),
    revoked: rest[13] === 1,
    reference: label(14),
  };
}

/** Facts without those that are not known. */
export function known(facts: { readonly [Fact in keyof Facts]: Facts[Fact] | undefined }): Facts {
  const left: Record<string, unknown> = {};
  for (const fact in facts) {
    const value = facts[fact as keyof Facts];
    if (value !== undefined) left[fact] = value;
  }
  return left;
}
