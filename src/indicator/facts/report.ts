/**
 * What a source reports of one name or address, with its facts, as text that is equal where the report is. A parser keeps
 * these beside its entries; most are only compared with what was reported before, and never decoded.
 */
import { distributions, distributionsByReach, type Facts, paps, stricter, tlps } from "./facts.ts";

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
  /** Why a person must look at it before it counts, in one word; undefined where none needs to. */
  readonly review?: string | undefined;
  /** What a person must know for that: a pattern, as the source has it. */
  readonly detail?: string | undefined;
  /** What of it cannot be read without which it must not count as it stands; undefined where nothing. */
  readonly unreadable?: Unreadable | undefined;
}

/**
 * `times`: from when and until when it counts, so that what it said before may go on counting. `use`: a marking, or whether it
 * is revoked.
 */
export type Unreadable = "times" | "use";

/**
 * The facts of a report as they stand in its text. Many reports have the same facts, so whoever writes or reads many of them
 * need not do this for each.
 */
export function encodeFacts(facts: Facts): string {
  const level = <Level>(levels: readonly Level[], value: Level | undefined): number | undefined =>
    value === undefined ? undefined : levels.indexOf(value);
  const elements: (string | number | undefined)[] = [
    facts.category,
    facts.confidence,
    level(tlps, facts.tlp),
    level(paps, facts.pap),
    facts.inheritsDistribution === true ? inheritedLevel : level(distributions, facts.distribution),
    facts.sharingGroup,
    facts.organisation,
    facts.campaign,
    facts.hidesSource === true ? 1 : undefined,
    facts.family,
    facts.event,
  ];
  return JSON.stringify(elements).slice(1, -1);
}

/** Stands in the place of a distribution that is inherited, as MISP's number. */
const inheritedLevel = distributions.length;
/** The place of the distribution among the elements. */
const distributionAt = 4;

/** Elements of `encodeFacts`. */
const factElements = 11;

/** A report whose facts are as `encodeFacts` gives them; what is not known at their end may be left out. */
export type PlainReport = Omit<Report, "facts"> & { readonly facts: string };

/**
 * The text of a report: the external id, a line feed, and the rest as a JSON array, of which what is not known at the end is
 * left out. Ids hold no line feed.
 */
export function encodeReport(report: Report): string {
  return writeReport({ ...report, facts: encodeFacts(report.facts) });
}

/** The same where the facts are encoded already. What cannot be read stands behind the array. */
export function writeReport(report: PlainReport): string {
  const { unreadable } = report;
  const text = writeReadable(report);
  return unreadable === undefined ? text : `${text}${unreadableMarks[unreadable]}`;
}

const unreadableMarks: Readonly<Record<Unreadable, string>> = { times: "!t", use: "!u" };
const bracket = 0x5d;

/** Whether the text of a report, in UTF-8, is of one that must not count as it stands. */
export function isUnreadable(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 1] !== bracket;
}

function writeReadable(report: PlainReport): string {
  const { externalId, facts, validFrom, validUntil, firstSeen, lastSeen, revoked, reference, review, detail } = report;
  const textOf = (label: string | undefined): string => (label === undefined ? "" : JSON.stringify(label));
  const times = [validFrom ?? "", validUntil ?? "", firstSeen ?? "", lastSeen ?? ""];
  const rest = [...times, revoked ? 1 : "", textOf(reference), textOf(review), textOf(detail)];
  let count = rest.length;
  while (count > 0 && rest[count - 1] === "") count -= 1;
  if (count === 0) return `${externalId}\n[${facts.replace(/(?:,?null)+$/, "")}]`;
  let array = facts;
  for (let i = 0; i < count; i++) array += rest[i] === "" ? ",null" : `,${rest[i]}`;
  return `${externalId}\n[${array}]`;
}

/** The external id of a report's text. */
export function externalIdOf(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}

/** Reads all of a report's text but the facts. */
export function readReport(text: string): PlainReport {
  if (text.endsWith("]")) return readReadable(text);
  return { ...readReadable(text.slice(0, -2)), unreadable: text.endsWith(unreadableMarks.times) ? "times" : "use" };
}

function readReadable(text: string): PlainReport {
  const start = text.indexOf("\n") + 2;
  const end = endOfFacts(text, start);
  const rest = end === text.length - 1 ? [] : (JSON.parse(`[${text.slice(end + 1)}`) as (string | number | null)[]);
  const number = (at: number): number | undefined => (rest[at] ?? undefined) as number | undefined;
  const label = (at: number): string | undefined => {
    const text = rest[at];
    return typeof text === "string" ? text : undefined;
  };
  return {
    externalId: text.slice(0, start - 2),
    facts: text.slice(start, end),
    validFrom: number(0),
    validUntil: number(1),
    firstSeen: number(2),
    lastSeen: number(3),
    revoked: rest[4] === 1,
    reference: label(5),
    review: label(6),
    detail: label(7),
  };
}

/** Where the facts in an array of JSON end that starts before `start`: at the comma behind them, or at its end. */
function endOfFacts(text: string, start: number): number {
  let elements = 0;
  for (let at = start; at < text.length - 1; at++) {
    const code = text.charCodeAt(at);
    if (code === comma) {
      elements += 1;
      if (elements === factElements) return at;
    } else if (code === quote) {
      for (at += 1; text.charCodeAt(at) !== quote; at++) if (text.charCodeAt(at) === backslash) at += 1;
    }
  }
  return text.length - 1;
}

const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;

/** Reads what `encodeFacts` gave. A distribution that is inherited from nothing known is the strictest one. */
export function decodeFacts(text: string): Facts {
  const elements = JSON.parse(`[${text}]`) as (string | number | null)[];
  const label = (at: number): string | undefined => {
    const element = elements[at];
    return typeof element === "string" ? element : undefined;
  };
  const number = (at: number): number | undefined => {
    const element = elements[at];
    return typeof element === "number" ? element : undefined;
  };
  const level = (at: number): number => number(at) ?? -1;
  return known({
    category: label(0),
    confidence: number(1),
    tlp: tlps[level(2)],
    pap: paps[level(3)],
    distribution: level(distributionAt) === inheritedLevel ? "organisation" : distributions[level(distributionAt)],
    sharingGroup: label(5),
    organisation: label(6),
    campaign: label(7),
    hidesSource: number(8) === 1 ? true : undefined,
    family: label(9),
    event: label(10),
  });
}

export function decodeReport(text: string): Report {
  const report = readReport(text);
  return { ...report, facts: decodeFacts(report.facts) };
}

/**
 * What a report says together with what is said of all that it is one of: the strictest marking, revoked where either is, and
 * of what it does not say itself, what the other says.
 */
export function inherit(text: string, outer: Report): string {
  const own = decodeReport(text);
  const inherits = inheritsDistribution(text);
  return encodeReport({
    externalId: own.externalId === "" ? outer.externalId : own.externalId,
    facts: known({
      ...outer.facts,
      ...own.facts,
      tlp: stricter(tlps, own.facts.tlp, outer.facts.tlp),
      pap: stricter(paps, own.facts.pap, outer.facts.pap),
      distribution: inherits
        ? outer.facts.distribution
        : stricter(distributionsByReach, own.facts.distribution, outer.facts.distribution),
      inheritsDistribution: (inherits && outer.facts.distribution === undefined) || undefined,
      hidesSource: own.facts.hidesSource ?? outer.facts.hidesSource,
    }),
    validFrom: own.validFrom ?? outer.validFrom,
    validUntil: own.validUntil ?? outer.validUntil,
    firstSeen: own.firstSeen ?? outer.firstSeen,
    lastSeen: own.lastSeen ?? outer.lastSeen,
    revoked: own.revoked || outer.revoked,
    reference: own.reference ?? outer.reference,
    review: own.review ?? outer.review,
    detail: own.detail ?? outer.detail,
    unreadable: own.unreadable ?? outer.unreadable,
  });
}

/** Whether the distribution in a report's text is one that is inherited. */
function inheritsDistribution(text: string): boolean {
  const elements = JSON.parse(`[${readReport(text).facts}]`) as unknown[];
  return elements[distributionAt] === inheritedLevel;
}

/** A report of which something cannot be read that is no part of its text; what was so before stays so. */
export function unreadableAs(text: string, unreadable: Unreadable): string {
  const report = decodeReport(text);
  return encodeReport({ ...report, unreadable: report.unreadable === "use" ? "use" : unreadable });
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
