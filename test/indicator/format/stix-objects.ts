/** STIX objects for tests, with what all of them must have, and what is read of them. */
import { decodeReport, type Report } from "../../../src/indicator/facts/report.ts";
import { collect, entriesOf } from "../parse.ts";

export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export type StixFields = Readonly<Record<string, unknown>>;

export function stixObject(type: string, n: number, fields: StixFields = {}): StixFields {
  return {
    type,
    spec_version: "2.1",
    id: `${type}--${uuid(n)}`,
    created: "2026-01-01T00:00:00.000Z",
    modified: "2026-01-01T00:00:00.000Z",
    ...fields,
  };
}

export function indicator(n: number, pattern: string, fields: StixFields = {}): StixFields {
  return stixObject("indicator", n, { pattern, pattern_type: "stix", valid_from: "2026-01-01T00:00:00Z", ...fields });
}

export function relation(n: number, from: StixFields, to: StixFields, fields: StixFields = {}): StixFields {
  return stixObject("relationship", n, {
    relationship_type: "indicates",
    source_ref: from["id"],
    target_ref: to["id"],
    ...fields,
  });
}

export function bundle(...objects: readonly unknown[]): string {
  return JSON.stringify({ type: "bundle", id: `bundle--${uuid(0)}`, objects });
}

/** A pattern of a name. */
export const named = (name: string): string => `[domain-name:value = '${name}']`;

/** Entries with their reports. */
export function reportsIn(text: string): [string, Report][] {
  const { collector } = collect({ format: "stix" }, Buffer.from(text));
  return entriesOf(collector).map((entry, i) => [entry, decodeReport(collector.reports?.textOf(i) ?? "\n[]")]);
}
