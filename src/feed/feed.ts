/** What a list is to its feed: the name of its snapshots, the state of its file, and how it is read. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import { placeInWords } from "../config/fetch-kinds.ts";
import type { AllowConfig, ListSourceConfig } from "../config/types.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { FactReading } from "../indicator/facts/columns.ts";
import { detectFormat, refuseForeign } from "../indicator/format/detect.ts";
import type { ParseOptions } from "../indicator/format/parser.ts";
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
  const { format, from } = feed.list;
  const found = detectFormat(head, format, from, feed.role);
  if (format === "auto") because(found.why);
  const reading = readingOf(feed);
  return {
    ...reading,
    format: found.format,
    column: reading.column ?? found.options.column,
    path: reading.path ?? found.options.path,
  };
}

/** What the configuration says of how the list is read, but for its format. */
function readingOf(feed: IndicatorFeed): Omit<ParseOptions, "format"> {
  const { scope, wildcard, column, path, where } = feed.list;
  const reading = { role: feed.role, scope, wildcard, column, path, where };
  if (feed.role === "allow") return reading;
  const { localData, unknownTld, fields } = feed.list;
  const triggers = triggersOf(feed.list);
  const source = { ...reading, localData, keepsUnknownTld: unknownTld === "keep", fields, triggers };
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

/** Where the configuration says what names and addresses are compared with; undefined where it leaves that to the list. */
function triggersOf({ names, addresses }: ListSourceConfig): ListTriggers | undefined {
  if (names === undefined && addresses === undefined) return undefined;
  const { names: namesDefault, addresses: addressesDefault } = listTriggersDefault;
  return { names: names ?? namesDefault, addresses: addresses ?? addressesDefault };
}

/** What the configuration says of how entries age. */
function agingOf(feed: Exclude<Feed, { role: "guard" }>): object {
  if (feed.role === "allow" || feed.list.decay === undefined) return {};
  const { decay, confidence } = feed.list;
  return { decay, confidence };
}
