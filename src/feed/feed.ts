/** What a list is to its feed: the name of its snapshots, the state of its file, and how it is read. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import { placeInWords } from "../config/fetch-kinds.ts";
import type { AllowConfig, ListSourceConfig } from "../config/types.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { FactReading } from "../indicator/facts/columns.ts";
import { isMaskedCategory } from "../indicator/facts/masked.ts";
import { detectFormat, refuseForeign } from "../indicator/format/detect.ts";
import { type Detection, type Format, hasFacts, readAs } from "../indicator/format/format.ts";
import type { MispReading } from "../indicator/format/misp.ts";
import type { ParseOptions } from "../indicator/format/parser.ts";
import type { StixReading } from "../indicator/format/stix.ts";
import { type ListTriggers, listTriggersDefault } from "../indicator/format/triggers.ts";
import type { Snapshot } from "../store/snapshots.ts";
import { readCopyState } from "./fetch/copy-state.ts";
import { isCopyThere } from "./fetch/copy-writer.ts";
import { type FileState, headOfFile, stateOfFile } from "./file.ts";
import { fingerprintOfGuard, type GuardFeedList, parseOptionsOfGuard, stateOfGuard } from "./guard-list.ts";
import type { RunTask } from "./run.ts";

/** A list and what its entries are for. */
export type Feed =
  | { readonly role: "block"; readonly list: ListSourceConfig }
  | { readonly role: "allow"; readonly list: AllowConfig }
  | { readonly role: "guard"; readonly list: GuardFeedList };

/** A list of indicators, as against one of what is guarded. */
export type IndicatorFeed = Exclude<Feed, { role: "guard" }>;

/** Raise when a list would be read otherwise than before. */
const parserRevision = 7;
/** Octets that are looked at to tell what a list is. */
const headBytes = 256 * 1024;

/** The name under which the store keeps the list's snapshots; `--accept` takes it, too. */
export function storedName({ role, list }: Feed): string {
  return role === "guard" ? storedNameOfGuard(list.id) : list.id;
}

/** Whether what is shown of a list's lines is masked. */
export function areSamplesMasked(feed: Feed): boolean {
  return feed.role === "block" && isMaskedCategory(feed.list.category);
}

/** Looks at the list's file, or its copy. @throws OperatorError SOURCE_UNREADABLE, SOURCE_NOT_FETCHED */
export function stateOf(feed: Feed): FileState {
  const { role, list } = feed;
  if (list.fetch !== undefined && !existsSync(list.from)) throw notFetched(feed, placeInWords(list.fetch));
  if (role === "guard") return stateOfGuard(list);
  const copy = list.fetch === undefined ? undefined : readCopyState(list.from)?.copy;
  // A copy is known by its content, wherever it was moved.
  if (copy !== undefined && isCopyThere(list.from, copy)) return { bytes: copy.bytes, stamp: copy.sha256 };
  return stateOfFile(list.from);
}

function notFetched(feed: Feed, place: string): OperatorError {
  return new OperatorError(
    "SOURCE_NOT_FETCHED",
    `Cannot read "${place}": it has not been fetched yet`,
    `Fetch it with \`rpzmill source fetch ${storedName(feed)}\`, which says what is wrong where it cannot be`,
  );
}

/** Two parts: how the list is read, then which state of which file; an equal one needs no reading. */
export function fingerprintOf(feed: Feed, state: FileState): string {
  if (feed.role === "guard") return fingerprintOfGuard(feed.list, state);
  const strict = feed.role === "allow" ? feed.list.strict : undefined;
  return `${digestOfReading(feed)} ${digest(`${feed.list.from}\n${strict}\n${state.stamp}`)}`;
}

/** Whether the configuration, or the program, reads a list otherwise than for a snapshot of it. */
export function isSourceReadOtherwise(feed: IndicatorFeed, { fingerprint }: Snapshot): boolean {
  return !fingerprint.startsWith(`${digestOfReading(feed)} `);
}

function digestOfReading(feed: IndicatorFeed): string {
  return digest(JSON.stringify({ parserRevision, format: feed.list.format, ...readingOf(feed), ...agingOf(feed) }));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** How a file of a list is read, as plain data, to pass between processes. */
export interface FileReading {
  readonly format: Format;
  readonly options: Omit<ParseOptions, "format">;
  /** Changes whenever a file would be read otherwise. */
  readonly digest: string;
  readonly areSamplesMasked: boolean;
}

export function fileReadingOf(list: ListSourceConfig): FileReading {
  const feed = { role: "block", list } as const;
  return {
    format: readAs(list.format),
    options: readingOf(feed),
    digest: digestOfReading(feed),
    areSamplesMasked: areSamplesMasked(feed),
  };
}

/**
 * How the list is read, `auto` decided by its first octets; `because` is told why.
 * @throws OperatorError SOURCE_UNREADABLE, SOURCE_NOT_A_LIST
 */
export async function parseOptionsOf(feed: Feed, because: (why: string) => void): Promise<RunTask["parse"]> {
  const head = await headOfFile(feed.list.from, headBytes);
  if (feed.role === "guard") {
    const { format, from } = feed.list;
    // The other two formats know more kinds of line ends.
    refuseForeign(head, from, format === "domains" || format === "ranks");
    return parseOptionsOfGuard(feed.list);
  }
  const { from } = feed.list;
  const format = readAs(feed.list.format);
  const found = detectFormat(head, format, from, feed.role);
  if (format === "auto") because(found.why);
  // Zones select by what such entries say of themselves, so the configuration must know that they do.
  if (format === "auto" && hasFacts(found.format)) throw sayFormat(found.format, from);
  return withFound(readingOf(feed), found);
}

/**
 * The same of one file. `shown` is what it is called.
 * @throws OperatorError SOURCE_UNREADABLE, SOURCE_NOT_A_LIST
 */
export async function parseOptionsOfFile(
  file: string,
  shown: string,
  { format, options }: FileReading,
): Promise<ParseOptions> {
  return withFound(options, detectFormat(await headOfFile(file, headBytes), format, shown, options.role));
}

/** How a list is read whose format was found. */
export function withFound(
  reading: Omit<ParseOptions, "format">,
  { format, options }: Pick<Detection, "format" | "options">,
): ParseOptions {
  return { ...reading, format, column: reading.column ?? options.column, path: reading.path ?? options.path };
}

function sayFormat(format: string, from: string): OperatorError {
  return new OperatorError(
    "SOURCE_NOT_A_LIST",
    `Cannot read "${from}" as a plain list: its entries have facts of their own, as ${format} has them`,
    `Set format: ${format} for this source`,
  );
}

/** What the configuration says of how the list is read, but for its format. */
function readingOf(feed: IndicatorFeed): Omit<ParseOptions, "format"> {
  const { scope, wildcard, column, path, where } = feed.list;
  const reading = { role: feed.role, scope, wildcard, column, path, where };
  if (feed.role === "allow") return reading;
  const { localData, actions, unknownTld, fields } = feed.list;
  const triggers = triggersOf(feed.list);
  const source = { ...reading, localData, actions, keepsUnknownTld: unknownTld === "keep", fields, triggers };
  if (readAs(feed.list.format) === "stix") return { ...source, stix: stixReadingOf(feed.list) };
  if (readAs(feed.list.format) === "misp") return { ...source, misp: mispReadingOf(feed.list) };
  return fields === undefined ? source : { ...source, factReading: factReadingOf(feed.list) };
}

/** How the facts of a source are written. */
function factReadingOf({
  optionalFields,
  dateFormat,
  timeZone,
  confidenceScale,
  categories,
  decay,
}: ListSourceConfig): FactReading {
  return { optionalFields, dateFormat, timeZone, confidenceScale, categories, ages: decay !== undefined };
}

/** How STIX is read. */
function stixReadingOf({ categories, triggers = ["qname"] }: ListSourceConfig): StixReading {
  return { categories, takesAddresses: triggers.includes("response-ip") };
}

/** How the attributes of a MISP are taken. */
function mispReadingOf(list: ListSourceConfig): MispReading {
  const { fetch, filter, triggers = ["qname"], categories, warninglistHits, ownSightings, theirDecay } = list;
  return {
    types: filter?.types,
    tags: filter?.tags,
    takesAddresses: triggers.includes("response-ip"),
    categories,
    linkStart: fetch?.kind === "misp" ? `${fetch.url}events/view/` : undefined,
    warninglistHits,
    ownSightings,
    followsDecay: theirDecay,
  };
}

/** Where the configuration says what names and addresses are compared with; undefined where it leaves that to the list. */
function triggersOf({ names, addresses }: ListSourceConfig): ListTriggers | undefined {
  if (names === undefined && addresses === undefined) return undefined;
  const { names: namesDefault, addresses: addressesDefault } = listTriggersDefault;
  return { names: names ?? namesDefault, addresses: addresses ?? addressesDefault };
}

/** What the configuration says of how entries age, and whether they wait for people. */
function agingOf(feed: Exclude<Feed, { role: "guard" }>): object {
  if (feed.role === "allow") return {};
  const { decay, confidence, trust } = feed.list;
  const trusted = trust === "automatic" ? {} : { trust };
  return decay === undefined ? trusted : { decay, confidence, ...trusted };
}
