/**
 * Brings one source up to date: looks whether its file changed, reads it, and makes a snapshot of it, or keeps the last
 * good one and says why. Never worse than yesterday: a list that cannot be read, is empty, or changed beyond its guard
 * changes nothing.
 */
import { createHash } from "node:crypto";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { AllowConfig, ListConfig, SourceConfig } from "../config/types.ts";
import { rangesBetween } from "../dns/key-range.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { detectFormat } from "../indicator/format/detect.ts";
import { type RejectReason, Rejects } from "../indicator/rejects.ts";
import { changesWorthListing, type KeptRejects, type Snapshot, type Snapshots } from "../store/snapshots.ts";
import { cutAtLines, type FileState, headOfFile, isGzip, stateOfFile } from "./file.ts";
import {
  fingerprintOfGuard,
  type GuardFeedList,
  holdLoss,
  mayStartEmpty,
  parseOptionsOfGuard,
  stateOfGuard,
} from "./guard-list.ts";
import { type AllowFault, faultOf, losesTooMuch, unreadableLines } from "./hold.ts";
import { blocksOfRun, type Run, type RunTask } from "./run.ts";
import type { SnapshotPart, SnapshotTask } from "./snapshot-writer.ts";

/** Does the heavy parts, on as many cores as there are. */
export interface WorkerPool {
  readonly size: number;
  readRun(task: RunTask): Promise<Run>;
  writeSnapshot(task: SnapshotTask): Promise<SnapshotPart>;
}

/** A list and what its entries are for. */
export type Feed =
  | { readonly role: "block"; readonly list: SourceConfig }
  | { readonly role: "allow"; readonly list: AllowConfig }
  | { readonly role: "guard"; readonly list: GuardFeedList };

export interface Refreshed {
  readonly id: string;
  /** `new`: a snapshot was made; `same`: read, with nothing changed; `untouched`: not read; `failed`: see `error`. */
  readonly outcome: "new" | "same" | "untouched" | "failed";
  /** The snapshot that counts now; undefined where there never was a good one. */
  readonly snapshot: Snapshot | undefined;
  /** Why the list was not accepted. */
  readonly error: OperatorError | undefined;
  /** Why `auto` chose the format that it chose. */
  readonly formatReason: string | undefined;
  /** What is wrong with the allow list that is in force. */
  readonly fault: AllowFault | undefined;
}

export interface RefreshOptions {
  readonly snapshots: Snapshots;
  readonly pool: WorkerPool;
  readonly clock: Clock;
  /** Read the list though its file looks untouched. */
  readonly reread: boolean;
  /** Take the list though it is empty or changed beyond its guard. */
  readonly accept: boolean;
}

/** Raise when a list would be read otherwise than before. */
const parserRevision = 3;
/** Files from this size on are cut in ranges that are read side by side. */
const cutBytesMin = 24 * 1024 * 1024;
/** Octets of one range at most, so that sorting one takes a bounded amount of memory. */
const rangeBytesMax = 192 * 1024 * 1024;
const headBytes = 256 * 1024;

/** Refreshes one source, allow list or guard list; what goes wrong with the list is in the result. */
export async function refresh(feed: Feed, options: RefreshOptions): Promise<Refreshed> {
  const { id } = feed.list;
  const stored = storedName(feed);
  const current = options.snapshots.current(stored);
  let formatReason: string | undefined;
  try {
    const state = stateOf(feed);
    const fingerprint = fingerprintOf(feed, state);
    if (!options.reread && current?.fingerprint === fingerprint && !waits(current, options)) {
      return {
        id,
        outcome: "untouched",
        snapshot: current,
        error: undefined,
        formatReason,
        fault: faultIn(feed, current),
      };
    }
    const parse = await parseOptions(feed, (why) => (formatReason = why));
    const runs = await readRuns(feed.list, state, parse, options.pool);
    if (stateOf(feed).stamp !== state.stamp) throw changedMeanwhile(feed.list);
    const outcome = await take(feed, options, { runs, fingerprint, format: parse.format, current });
    const snapshot = options.snapshots.current(stored);
    return { id, outcome, snapshot, error: undefined, formatReason, fault: faultIn(feed, snapshot) };
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code.startsWith("STORE")) throw error;
    return { id, outcome: "failed", snapshot: current, error, formatReason, fault: faultIn(feed, current) };
  }
}

/** The name under which the store keeps the list's snapshots. */
function storedName({ role, list }: Feed): string {
  return role === "guard" ? storedNameOfGuard(list.id) : list.id;
}

function stateOf({ role, list }: Feed): FileState {
  return role === "guard" ? stateOfGuard(list) : stateOfFile(list.from);
}

/** Whether names wait to go off a list whose file stays as it is: its limit may be another now, or they are accepted. */
function waits({ rejects }: Snapshot, { accept }: RefreshOptions): boolean {
  return rejects["beyond-limit"] !== undefined || (accept && rejects["not-removed"] !== undefined);
}

function faultIn(feed: Feed, snapshot: Snapshot | undefined): AllowFault | undefined {
  return feed.role === "allow" ? faultOf(feed.list, snapshot) : undefined;
}

function fingerprintOf(feed: Feed, state: FileState): string {
  if (feed.role === "guard") return fingerprintOfGuard(feed.list, state);
  const { list, role } = feed;
  const { format, scope, wildcard, column, path, where } = list;
  const own = feed.role === "allow" ? [feed.list.strict] : [feed.list.localData, feed.list.unknownTld];
  const reading = JSON.stringify({ parserRevision, role, format, scope, wildcard, column, path, where, own });
  return createHash("sha256").update(`${reading}\n${list.from}\n${state.stamp}`).digest("hex");
}

async function parseOptions(feed: Feed, because: (why: string) => void): Promise<RunTask["parse"]> {
  const head = await headOfFile(feed.list.from, headBytes);
  if (feed.role === "guard") {
    // Only to refuse what is no text, or a web page.
    detectFormat(head, "domains", feed.list.from);
    return parseOptionsOfGuard(feed.list);
  }
  const { role, list } = feed;
  const { scope, wildcard, column, path, where } = list;
  const reading = {
    role,
    where,
    wildcard,
    ...(feed.role === "allow"
      ? {}
      : { localData: feed.list.localData, keepsUnknownTld: feed.list.unknownTld === "keep" }),
    ...(scope === undefined ? {} : { scope }),
    ...(column === undefined ? {} : { column }),
    ...(path === undefined ? {} : { path }),
  };
  const found = detectFormat(head, list.format, list.from);
  if (list.format !== "auto") return { ...reading, format: list.format };
  because(found.why);
  return { ...found.options, ...reading, format: found.format };
}

async function readRuns(
  list: Pick<ListConfig, "from" | "expandedBytesMax">,
  state: FileState,
  parse: RunTask["parse"],
  pool: WorkerPool,
): Promise<Run[]> {
  const task = { file: list.from, expandedBytesMax: list.expandedBytesMax, parse };
  // Only where a line means the same wherever it stands.
  const cuttable = (parse.format === "domains" || parse.format === "hosts") && !isGzip(list.from);
  if (!cuttable || state.bytes < cutBytesMin || state.bytes > list.expandedBytesMax) {
    return [await pool.readRun({ ...task, range: undefined })];
  }
  const parts = Math.max(pool.size, Math.ceil(state.bytes / rangeBytesMax));
  const ranges = cutAtLines(list.from, state.bytes, parts);
  const runs = await Promise.all(ranges.map((range) => pool.readRun({ ...task, range })));
  // An exception in one part may speak of names in all the others.
  return runs.length > 1 && runs.some((run) => run.bindsLines)
    ? [await pool.readRun({ ...task, range: undefined })]
    : runs;
}

function changedMeanwhile(list: Pick<ListConfig, "from">): OperatorError {
  return new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${list.from}": it changed while it was read`,
    "Write the list to another file and rename it into place, so that it is never seen half written",
  );
}

/** What was read of a list, and the snapshot that it may replace. */
interface Reading {
  readonly runs: readonly Run[];
  readonly fingerprint: string;
  readonly format: string;
  readonly current: Snapshot | undefined;
}

/** Makes a snapshot of what was read, if it may be one. */
async function take(feed: Feed, options: RefreshOptions, read: Reading): Promise<"new" | "same"> {
  const { snapshots, clock, accept } = options;
  const { runs, current, fingerprint, format } = read;
  const rejects = new Rejects();
  let lines = 0;
  for (const run of runs) {
    rejects.merge(run.rejects, lines);
    lines += run.lines;
  }
  const given = runs.reduce((sum, run) => sum + run.entries + run.duplicates, 0);
  if (!accept) refuseEmpty(feed, given, current, rejects);
  const takenAt = nowSeconds(clock);
  let written = await write(options, read, takenAt, !accept && isOnHoldByLines(feed, rejects));
  if (!accept && current !== undefined && written.missing > 0) {
    const isBeyond = feed.role === "allow" && losesTooMuch(feed.list, written.missing, current);
    if (isBeyond && !written.keepsRemoved) {
      snapshots.discard(written.id);
      written = await write(options, read, takenAt, true);
    }
    if (written.keepsRemoved) {
      rejects.addNames(isBeyond ? "beyond-limit" : "not-removed", written.missing, written.missingNames);
    }
  }
  const { id, entries, changes } = written;
  const kept = written.keepsRemoved ? written.missing : 0;
  const duplicates = given - (entries - kept);
  const facts = { takenAt, fingerprint, format, lines, duplicates, rejects: keptRejects(rejects) };
  if (current !== undefined && changes === 0) {
    snapshots.discard(id);
    snapshots.touch(current.id, facts);
    return "same";
  }
  try {
    if (!accept && feed.role === "block") holdSurprise(feed.list, written, current);
    if (!accept && feed.role === "guard") holdLoss(feed.list, current, written.missing);
  } catch (error) {
    snapshots.discard(id);
    throw error;
  }
  snapshots.commit(id, storedName(feed), {
    ...facts,
    entries,
    previous: current?.id,
    changes: current !== undefined && written.areListed ? changes : undefined,
  });
  return "new";
}

function isOnHoldByLines({ role, list }: Feed, rejects: Rejects): boolean {
  return role === "allow" && list.strict && unreadableLines(rejects.counts) > 0;
}

/** A written snapshot, not yet in force. */
interface Written extends SnapshotPart {
  readonly id: number;
  readonly keepsRemoved: boolean;
  /** Whether all changes are listed. */
  readonly areListed: boolean;
}

/** Writes a snapshot of what was read, compared with the one in force, on as many cores as there are. */
async function write(
  { snapshots, pool }: RefreshOptions,
  { runs, current }: Reading,
  takenAt: number,
  keepsRemoved: boolean,
): Promise<Written> {
  const upTo = runs.reduce((sum, run) => sum + run.entries, 0);
  const id = snapshots.reserve();
  const changesMax = changesWorthListing(current?.entries ?? 0);
  const cuts = upTo < 100_000 ? [] : sampleKeys(runs, pool.size - 1);
  const parts = await Promise.all(
    rangesBetween(cuts).map((range) =>
      pool.writeSnapshot({
        runs: runs.map(({ bytes, starts }) => ({ bytes, starts })),
        snapshot: id,
        previous: current?.id,
        takenAt,
        ...range,
        changesMax,
        keepsRemoved,
      }),
    ),
  );
  const sum = (count: (part: SnapshotPart) => number): number => parts.reduce((total, part) => total + count(part), 0);
  return {
    id,
    keepsRemoved,
    entries: sum((part) => part.entries),
    changes: sum((part) => part.changes),
    added: sum((part) => part.added),
    missing: sum((part) => part.missing),
    missingNames: parts.flatMap((part) => part.missingNames),
    areListed: parts.every((part) => part.changes <= changesMax),
  };
}

function refuseEmpty(feed: Feed, entries: number, current: Snapshot | undefined, rejects: Rejects): void {
  const { list, role } = feed;
  // A hand-written allow list may well start out empty, but not one of lines that nobody can read.
  const mayBeEmpty = role === "allow" && (current?.entries ?? 0) === 0 && unreadableLines(rejects.counts) === 0;
  if (entries > 0 || mayBeEmpty) return;
  if (role === "guard" && mayStartEmpty(list, current, rejects.total)) return;
  const [most] = Object.entries(rejects.counts).sort(([, a], [, b]) => b - a);
  const why = most === undefined ? "" : `; ${most[1]} of its items were rejected as ${most[0]}`;
  throw new OperatorError(
    "SOURCE_EMPTY",
    `Cannot take "${list.from}": it holds no name and no address${why}`,
    `Check the file and its format; if it really is to be empty now, build with --accept ${storedName(feed)}`,
  );
}

/** Holds a list back that gained and lost more names together than its guard allows. */
function holdSurprise({ id, from, guard }: ListConfig, written: Written, current: Snapshot | undefined): void {
  if (current === undefined) return;
  const { entries, added, missing } = written;
  const change = added + missing;
  if (change < guard.entries || change * 100 <= current.entries * guard.percent) return;
  const verb = entries < current.entries ? "shrank" : entries > current.entries ? "grew" : "changed";
  const both = added > 0 && missing > 0 ? `, ${added} new and ${missing} gone` : "";
  throw new OperatorError(
    "SOURCE_GUARD",
    `Cannot take "${from}": it ${verb} from ${current.entries} to ${entries} entries${both}, beyond its guard of ${guard.percent} % and ${guard.entries} entries`,
    `Look at the list; if it is right, build with --accept ${id}, or set a wider guard`,
  );
}

/** Keys that cut what the runs hold into parts of about equal size. */
function sampleKeys(runs: readonly Run[], count: number): Uint8Array[] {
  const largest = runs.reduce((most, run) => (run.entries > most.entries ? run : most));
  return blocksOfRun(largest).sampleKeys(count);
}

function keptRejects(rejects: Rejects): Record<string, KeptRejects> {
  const kept: Record<string, KeptRejects> = {};
  for (const [reason, count] of Object.entries(rejects.counts)) {
    kept[reason] = { count, samples: rejects.samples[reason as RejectReason] ?? [] };
  }
  return kept;
}
