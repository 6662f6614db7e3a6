/** What the files of a folder report together, each entry with the name of its file. */
import { OperatorError } from "../../base/errors.ts";
import type { ListSourceConfig } from "../../config/types.ts";
import { Collector } from "../../indicator/entry/collector.ts";
import { EntryReports } from "../../indicator/entry/reports.ts";
import { sortEntries } from "../../indicator/entry/sort.ts";
import { decodeReport, encodeReport } from "../../indicator/facts/report.ts";
import { readAs } from "../../indicator/format/format.ts";
import { Rejects } from "../../indicator/rejects.ts";
import { fileReadingOf, withFound } from "../feed.ts";
import { keptReports, noteVersions, type Reports } from "../ledger/reports.ts";
import type { Remark } from "../remarks.ts";
import { type ParsedList, parseList } from "../run.ts";
import { contentFileOf, type FolderFile, type FolderIndex, readIndex } from "./index-file.ts";

export interface FolderReports extends Reports {
  /** Those of the files, each once. */
  readonly format: string;
}

/** Entries of all files together, as of one list. */
const entriesMax = 64 * 1024 * 1024;

/** @throws OperatorError as `parseList` */
export async function readFolder(list: ListSourceConfig): Promise<FolderReports> {
  const reading = fileReadingOf(list);
  const collector = new Collector();
  const reports = new EntryReports();
  collector.reports = reports;
  const rejects = new Rejects({ areMasked: reading.areSamplesMasked });
  const formats = new Set<string>();
  const wanted = readAs(list.format);
  let lines = 0;
  for (const { name, content } of indexOf(list).files) {
    if (content === undefined) continue;
    const { format, column, path } = content;
    const options = { ...(column === undefined ? {} : { column }), ...(path === undefined ? {} : { path }) };
    const parse = withFound(reading.options, { format: wanted === "auto" ? format : wanted, options });
    const file = contentFileOf(list.from, content);
    const { expandedBytesMax } = list;
    const { areSamplesMasked } = reading;
    const parsed = await parseList({ file, range: undefined, expandedBytesMax, parse, areSamplesMasked });
    append(collector, reports, parsed, name);
    if (collector.count > entriesMax) throw tooMany(list);
    rejects.mergeFile(parsed.rejects, name);
    lines += parsed.lines;
    formats.add(parse.format);
  }
  const { versions, beyondMax, ...kept } = keptReports(collector, reports, sortEntries(collector));
  noteVersions(rejects, { versions, beyondMax });
  return { ...kept, lines, rejects, format: [...formats].sort().join(", ") || list.format };
}

/** The index of a folder that is a source. @throws OperatorError SOURCE_UNREADABLE */
export function indexOf({ id, from }: Pick<ListSourceConfig, "id" | "from">): FolderIndex {
  const index = readIndex(from);
  if (index !== undefined) return index;
  throw new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${from}": it is no index of a folder`,
    `Run \`rpzmill source fetch ${id}\`, which makes it anew`,
  );
}

/** Adds the entries of a file, each with what was reported of it and the name of the file. */
function append(all: Collector, reports: EntryReports, { collector, order }: ParsedList, file: string): void {
  const own = collector.reports;
  const named = new Map<string, string>();
  let last: string | undefined;
  // In the order of the file, in which rows of one report follow one another.
  for (const entry of order.slice().sort()) {
    const text = own?.textOf(entry) ?? "";
    if (text !== last) {
      if (named.size >= rememberedMax) named.clear();
      let report = named.get(text);
      if (report === undefined) named.set(text, (report = withFile(text, file)));
      reports.begin(report);
      last = text;
    }
    all.add(collector.keyOf(entry), collector.flags[entry] as number);
  }
}

/** Texts that are remembered with what they became. */
const rememberedMax = 1000;

/**
 * What a report says with the file that it is from: in its reference, and in front of its id where it has one, since two files may
 * use one id. Without an id a row is known again by its reference.
 */
function withFile(text: string, file: string): string {
  if (text === "") return encodeReport({ externalId: "", facts: {}, revoked: false, reference: file });
  const report = decodeReport(text);
  const { externalId, reference } = report;
  return encodeReport({
    ...report,
    externalId: externalId === "" ? "" : `${file}:${externalId}`,
    reference: reference === undefined ? file : `${reference}; ${file}`,
  });
}

function tooMany({ id }: ListSourceConfig): OperatorError {
  return new OperatorError(
    "SOURCE_TOO_LARGE",
    `Cannot read "${id}": its files hold more than ${entriesMax} names and addresses together`,
    "Move some of them to a folder of their own, which is another source",
  );
}

/** What is worth a word of files that were not accepted since the source was last read, at `since` in Unix seconds. */
export function remarksOnFiles({ id, from }: Pick<ListSourceConfig, "id" | "from">, since: number): Remark[] {
  const other = indexOf({ id, from }).files.filter((file) => file.state !== "accepted" && file.since > since);
  const remarks = other.slice(0, remarksMax).map((file): Remark => ({ level: "warn", message: inWords(id, file) }));
  if (other.length <= remarksMax) return remarks;
  const message = `${other.length - remarksMax} more files of "${id}" were not accepted; \`rpzmill source files ${id}\` lists them`;
  return [...remarks, { level: "warn", message }];
}

/** Files that are named one by one. */
const remarksMax = 5;

function inWords(id: string, { name, state, reason = "", content }: FolderFile): string {
  if (state === "passed") return `Passed over "${name}" in the folder of "${id}": ${reason}`;
  const kept = content === undefined ? "" : "; what it held before stays in force";
  return `Refused the file "${name}" of "${id}": ${reason}${kept}`;
}
