/** Reads a list with facts and shows what it reports of each entry. */

import { keyToText } from "../../../src/dns/name.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import type { EntryReports } from "../../../src/indicator/entry/reports.ts";
import type { FactColumns } from "../../../src/indicator/facts/columns.ts";
import { decodeReport, type Report } from "../../../src/indicator/facts/report.ts";
import { createParser } from "../../../src/indicator/format/parser.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";
import { collect, entriesOf, keysOf, type VectorOptions } from "../parse.ts";

export interface Said {
  /** Entries with what was reported of each that is not empty. */
  readonly said: readonly (readonly [string, Partial<Report>])[];
  readonly rejects: Readonly<Record<string, number>>;
}

export function read(options: VectorOptions, list: string | Uint8Array): Said {
  const { collector, rejects } = collect(options, Buffer.from(list));
  const said = entriesOf(collector).map((entry, i) => {
    const report = decodeReport((collector.reports as EntryReports).textOf(i));
    const known = Object.entries(report).filter(
      ([, value]) => value !== undefined && value !== "" && value !== false && JSON.stringify(value) !== "{}",
    );
    return [entry, Object.fromEntries(known)] as const;
  });
  // Of a row that is a reject only the ledger takes note.
  return { said: said.filter(([, { unreadable }]) => unreadable === undefined), rejects: rejects.counts };
}

export const csv = (fields: FactColumns, list: string | Uint8Array, more: Partial<VectorOptions> = {}): Said =>
  read({ format: "csv", fields, ...more }, list);
export const json = (fields: FactColumns, document: unknown, more: Partial<VectorOptions> = {}): Said =>
  read({ format: "json", fields, ...more }, JSON.stringify(document));

/** Why nothing of a document may be used; undefined where it may. */
export function refusalOf(fields: FactColumns, document: unknown, more: Partial<VectorOptions> = {}) {
  const parser = createParser({ format: "json", role: "block", fields, ...more }, new Collector(), new Rejects());
  parser.write(Buffer.from(JSON.stringify(document)));
  parser.end();
  return parser.refusal?.why;
}

/** What is shown of the first reject of a reason. */
export function sampleOf(
  options: VectorOptions,
  list: string,
  reason: "bad-fact" | "unknown-fact" | "no-such-fact" | "no-such-column",
) {
  return collect(options, Buffer.from(list)).rejects.samples[reason]?.[0]?.text;
}

/** Entries whose report does not count as it stands, with what of it cannot be read. */
export function unreadableIn(options: VectorOptions, list: string) {
  const { collector } = collect(options, Buffer.from(list));
  return keysOf(collector).flatMap((key, entry) => {
    const { unreadable } = decodeReport((collector.reports as EntryReports).textOf(entry));
    return unreadable === undefined ? [] : [[keyToText(key), unreadable]];
  });
}
