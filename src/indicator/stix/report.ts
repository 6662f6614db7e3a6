/** What a STIX indicator reports of each name in its pattern. */
import type { Categories } from "../facts/categories.ts";
import { confidenceOf } from "../facts/confidence.ts";
import { labelOf } from "../facts/facts.ts";
import { encodeReport, known, type Report } from "../facts/report.ts";
import { isLegitimateTag } from "../format/table.ts";
import { secondsMax } from "../moment.ts";
import type { IndicatorContext } from "./context.ts";
import { secondsOfStix } from "./instant.ts";
import type { ReviewReason } from "./meaning.ts";
import type { IndicatorRecord } from "./records.ts";

export interface IndicatorReport {
  readonly report: Report;
  /** What of it cannot be read, in words, so that it does not count as it stands; empty where nothing. */
  readonly bad: string;
  /** What else cannot be read, and is unknown therefore. */
  readonly unknown: string;
  /** The source's own word that it must not block. */
  readonly against: "marked-legitimate" | "not-for-detection" | undefined;
}

/** Octets of a reference, and of a pattern that a person is shown. */
const referenceBytesMax = 1000;
const detailBytesMax = 2000;

export function reportOf(record: IndicatorRecord, context: IndicatorContext, categories: Categories): IndicatorReport {
  let times = "";
  let unknown = "";
  const time = (field: string, text: string | null | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const seconds = text === null ? undefined : secondsOfStix(text);
    if (seconds === undefined) times += `${field} ${shown(text)} cannot be read; `;
    return seconds;
  };
  const seen = (field: string, text: string | undefined): number | undefined => {
    const seconds = secondsOfStix(text ?? "");
    if (text !== undefined && seconds === undefined) unknown += `${field} ${shown(text)} cannot be read; `;
    return seconds;
  };
  const validFrom = time("valid_from", record.validFrom);
  const until = time("valid_until", record.validUntil);
  const marking = context.unreadMarking;
  const use =
    (record.revoked === undefined ? "revoked is neither true nor false; " : "") +
    (marking === undefined ? "" : `the marking ${shown(marking)} cannot be read, or is not there; `);
  const against = reasonAgainst(record);
  const confidence = record.confidence === undefined ? undefined : confidenceOf(record.confidence);
  if (record.confidence !== undefined && confidence === undefined) {
    unknown += `confidence ${shown(record.confidence)} cannot be read; `;
  }
  const label = (text: string | undefined): string | undefined => (text === undefined ? undefined : labelOf(text));
  const report: Report = {
    externalId: labelOf(record.id) ?? "",
    facts: known({
      category: categories.of([...record.types, ...record.labels, ...context.words, ...record.phases]),
      // One that cannot be read is none: whoever asks for a sure entry must not get one that may not be.
      confidence: record.confidence === undefined ? undefined : (confidence ?? 0),
      tlp: context.markings.tlp,
      pap: context.markings.pap,
      organisation: label(context.organisation),
      campaign: label(context.campaign),
      family: label(context.family),
      event: label(context.event),
      hidesSource: context.markings.hidesSource === true ? true : undefined,
    }),
    validFrom: validFrom === 0 ? undefined : validFrom,
    validUntil: until === secondsMax ? undefined : until,
    firstSeen: seen("created", record.created),
    lastSeen: seen("modified", record.modified),
    revoked: record.revoked === true || against !== undefined,
    reference: labelOf(record.url ?? record.id, referenceBytesMax),
    unreadable: use !== "" ? "use" : times !== "" ? "times" : undefined,
  };
  return { report, bad: use + times, unknown, against };
}

/** The text of a report of names that count by themselves, or for a reason wait for a person. */
export function textOfReport(report: Report, review: ReviewReason | undefined, pattern: string): string {
  if (review === undefined) return encodeReport(report);
  return encodeReport({ ...report, review, detail: labelOf(pattern, detailBytesMax) });
}

/** MISP's flag for detection, as its exports to STIX write it, among the labels. */
const notForDetection = /^misp:to_ids="?(?:false|0|no)"?$/i;

function reasonAgainst({ types, labels }: IndicatorRecord): IndicatorReport["against"] {
  if ([...types, ...labels].some(isLegitimateTag)) return "marked-legitimate";
  return labels.some((label) => notForDetection.test(label.trim())) ? "not-for-detection" : undefined;
}

function shown(text: string | null): string {
  return text === null ? "is no text and" : JSON.stringify(text.slice(0, 60));
}
