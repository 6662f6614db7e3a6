/**
 * Decides what format a list has from its first lines, and refuses what is no list. Where a list also names what must
 * not be blocked, no guess is made: an option has to say which part is meant.
 */
import { OperatorError } from "../../base/errors.ts";
import { Collector } from "../entry/collector.ts";
import { type RejectReason, Rejects } from "../rejects.ts";
import type { Role } from "../role.ts";
import { surveyCsv } from "./csv-survey.ts";
import type { Detection, Format, ReadFormat, Refuse } from "./format.ts";
import { surveyJson } from "./json-survey.ts";
import { createParser } from "./parser.ts";
import { isStix } from "./stix-signs.ts";

/** Lines that are looked at, comments and blank lines left out. */
export const sampleLinesMax = 1000;

/** Formats that are tried on the lines, in the order of preference where two read the same lines. */
const lineFormats = ["domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz", "urls"] as const;
/** Of these, the ones whose lines stand in one list where several were joined. */
const mixedFormats = ["domains", "hosts", "adblock"] as const;
/** Share of lines that a format must read to be taken at once, and to be taken where nothing fits better. */
const surely = 0.8;
const likely = 0.5;

interface Trial {
  readonly format: ReadFormat;
  readonly read: number;
  readonly refused: number;
  /** 0..1 */
  readonly share: number;
}

/** Rejects that only a list of that format can cause, so that its lines count as read. */
const typicalRejects: Partial<Record<ReadFormat, readonly RejectReason[]>> = {
  hosts: ["boilerplate", "maps-address"],
  adblock: ["cosmetic-rule", "unsupported-option", "rule-with-path", "directive", "conditional-rule", "cancelled"],
  dnsmasq: ["maps-address"],
  unbound: ["maps-address", "redirect-without-sinkhole"],
  rpz: ["maps-address", "unsupported-trigger", "outside-zone"],
  urls: ["url-host-address"],
};

/**
 * The format of a list by its first octets (256 KiB are plenty; the end may be cut anywhere). With a `wanted` format other
 * than `auto` it only makes sure that this is text, no web page, and no table in place of names. `from` is the file or
 * address for error messages.
 * @throws OperatorError SOURCE_NOT_A_LIST
 */
export function detectFormat(
  sample: Uint8Array,
  wanted: Format = "auto",
  from = "the list",
  role: Role = "block",
): Detection {
  const refuse = refusing(from);
  const isJson = /^[\s\u00EF\u00BB\u00BF]*[[{]/.test(Buffer.from(sample.subarray(0, 4096)).toString("latin1"));
  refuseForeign(sample, from, wanted !== "json" && wanted !== "stix" && !isJson);
  if (wanted !== "auto") {
    if (wanted === "domains" && role === "block") refuseWords(firstLines(sample), refuse);
    return { format: wanted, options: {}, why: `the source says ${wanted}` };
  }
  if (isJson) {
    if (isStix(sample)) return { format: "stix", options: {}, why: "it is JSON with objects of STIX" };
    const found = surveyJson(sample, refuse);
    if (found !== undefined) return { format: "json", ...found };
  }
  const lines = firstLines(sample);
  if (lines.length === 0) return { format: "domains", options: {}, why: "its first lines are blank or comments" };
  const trials = lineFormats.map((format) => tryFormat(format, lines, false));
  const sure = trials.find((trial) => trial.share >= surely);
  if (sure !== undefined) return detection(sure);
  const table = surveyCsv(lines, refuse);
  if (table !== undefined) return { format: "csv", ...table };
  refuseWords(lines, refuse);
  const mixed = mixedOf(trials, lines);
  if (mixed !== undefined) return detection(mixed);
  const best = trials.reduce((best, trial) => (trial.share > best.share ? trial : best));
  if (best.share >= likely) return detection(best);
  return refuse(
    `no format reads more than ${Math.round(100 * best.share)} % of its first ${lines.length} lines`,
    "Set format for this source to what the list is, and look at its rejects",
  );
}

function refusing(from: string): Refuse {
  return (why, remedy) => {
    throw new OperatorError("SOURCE_NOT_A_LIST", `Cannot read "${from}" as a list: ${why}`, remedy);
  };
}

/**
 * Refuses what is no list of any format: a web page, other encodings, archives; and where it is to be lines that end in line
 * feeds (`isOfLines`), text whose lines do not.
 * @throws OperatorError SOURCE_NOT_A_LIST
 */
export function refuseForeign(sample: Uint8Array, from: string, isOfLines: boolean): void {
  const refuse = refusing(from);
  const start = Buffer.from(sample.subarray(0, 4096))
    .toString("latin1")
    .replace(/^\u00EF\u00BB\u00BF/, "")
    .trimStart();
  if (/^<(?:!doctype|html|head|body|\?xml|script|title|meta)\b/i.test(start) || start.startsWith("<!--")) {
    refuse("it is a web page", "Open its address in a browser; it may have moved, want a login or be an error page");
  }
  if (/^(?:\u00FF\u00FE|\u00FE\u00FF)/.test(start)) refuse("it is UTF-16 text", "Convert it to UTF-8");
  if (isUtf16(sample)) refuse("it is UTF-16 text without a byte order mark", "Convert it to UTF-8");
  if (start.startsWith("\u001F\u008B")) refuse("it is compressed", "Give the file a name that ends in .gz");
  if (/^(?:PK\u0003\u0004|%PDF-|BZh|\u00FD7zXZ|7z\u00BC\u00AF)/.test(start)) {
    refuse("it is an archive or a document", "Unpack it, and point the source at the list inside");
  }
  if (isOfLines) refuseLineEnds(sample, refuse);
}

/** Octets that are looked at for a pattern of NUL. */
const encodingBytes = 4096;
/** Share of every other octet that is NUL in UTF-16 text of any language that names are written in. */
const nulShareMin = 0.4;

/** Whether text is UTF-16, though no byte order mark says so. */
function isUtf16(sample: Uint8Array): boolean {
  const pairs = Math.min(sample.length, encodingBytes) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (sample[2 * i] === 0) even += 1;
    if (sample[2 * i + 1] === 0) odd += 1;
  }
  return pairs >= 4 && Math.max(even, odd) >= nulShareMin * pairs && Math.min(even, odd) < nulShareMin * pairs;
}

/** Refuses text that would be read as one line. */
function refuseLineEnds(sample: Uint8Array, refuse: Refuse): void {
  const first = sample.indexOf(0x0d);
  if (first === -1 || first === sample.length - 1 || sample.includes(0x0a)) return;
  refuse("it is text whose lines end in carriage returns alone", "Convert its line ends, as with `tr '\\r' '\\n'`");
}

/** Refuses a list of names of which most have words behind them. */
function refuseWords(lines: readonly string[], refuse: Refuse): void {
  const rejects = new Rejects();
  const parser = createParser({ format: "domains", role: "block" }, new Collector(), rejects);
  for (const line of lines) parser.write(Uint8Array.from(Buffer.from(`${line}\n`, "latin1")));
  const withWords = rejects.counts["several-columns"] ?? 0;
  if (withWords <= likely * lines.length) return;
  refuse(
    `${withWords} of its first ${lines.length} lines have words behind the name, which may say that it is harmless`,
    "Set format: csv with column: 1, and with `where` if only rows of some class are to be taken",
  );
}

/** The first lines that say something, one character per octet. */
function firstLines(sample: Uint8Array): string[] {
  const text = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength).toString("latin1");
  const speaking = text
    .replace(/^\u00EF\u00BB\u00BF/, "")
    .split("\n")
    .filter((line) => !/^[ \t]*(?:$|\r|[#!;](?![#@?$%])|\/\/)/.test(line));
  return speaking.slice(0, sampleLinesMax);
}

/**
 * How many lines a format's parser takes something from, or rejects for a reason of that format, and their share of
 * those on which it says anything: directives and section headers speak neither for nor against.
 */
function tryFormat(format: ReadFormat, lines: readonly string[], isMixed: boolean): Trial {
  const collector = new Collector();
  const rejects = new Rejects();
  const parser = createParser({ format, role: "block", isMixed }, collector, rejects);
  let read = 0;
  let refused = 0;
  for (const line of lines) {
    const readBefore = collector.count + countTypical(format, rejects);
    const refusedBefore = rejects.total;
    parser.write(Uint8Array.from(Buffer.from(`${line}\n`, "latin1")));
    if (collector.count + countTypical(format, rejects) > readBefore) read += 1;
    else if (rejects.total > refusedBefore) refused += 1;
  }
  parser.end();
  return { format, read, refused, share: read === 0 ? 0 : read / (read + refused) };
}

/** A list of names, hosts lines and rules together, as the format that most of its lines have; undefined for others. */
function mixedOf(trials: readonly Trial[], lines: readonly string[]): Trial | undefined {
  const formats = trials.filter(({ format }) => mixedFormats.some((mixed) => mixed === format));
  const [most] = formats.toSorted((a, b) => b.share - a.share);
  const mixed = most === undefined || most.read === 0 ? undefined : tryFormat(most.format, lines, true);
  return mixed !== undefined && mixed.share >= surely ? mixed : undefined;
}

function countTypical(format: ReadFormat, rejects: Rejects): number {
  return (typicalRejects[format] ?? []).reduce((sum, reason) => sum + (rejects.counts[reason] ?? 0), 0);
}

function detection({ format, read, refused }: Trial): Detection {
  return { format, options: {}, why: `${read} of its first ${read + refused} lines read as ${format}` };
}
