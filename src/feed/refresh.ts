/**
 * Brings one source up to date: looks whether its file changed, reads it, and makes a snapshot of it, or keeps the last
 * good one and says why. Never worse than yesterday: a list that cannot be read, is empty, or changed beyond its guard
 * changes nothing.
 */
import { createHash } from "node:crypto";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { AllowConfig, ListConfig, SourceConfig } from "../config/types.ts";
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
const parserRevision = 2;
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
    if (!options.reread && current?.fingerprint === fingerprint) {
      return { id, outcome: "untouched", snapshot: current, error: undefined, formatReason };
    }
    const parse = await parseOptions(feed, (why) => (formatReason = why));
    const runs = await readRuns(feed.list, state, parse, options.pool);
    if (stateOf(feed).stamp !== state.stamp) throw changedMeanwhile(feed.list);
    const outcome = await take(feed, options, { runs, fingerprint, format: parse.format, current });
    return { id, outcome, snapshot: options.snapshots.current(stored), error: undefined, formatReason };
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code.startsWith("STORE")) throw error;
    return { id, outcome: "failed", snapshot: current, error, formatReason };
  }
}

/** The name under which the store keeps the list's snapshots. */
function storedName({ role, list }: Feed): string {
  return role === "guard" ? storedNameOfGuard(list.id) : list.id;
}

function stateOf({ role, list }: Feed): FileState {
  return role === "guard" ? stateOfGuard(list) : stateOfFile(list.from);
}

function fingerprintOf({ role, list }: Feed, state: FileState): string {
  if (role === "guard") return fingerprintOfGuard(list, state);
  const { format, scope, column, path, where } = list;
  const reading = JSON.stringify({ parserRevision, role, format, scope, column, path, where });
  return createHash("sha256").update(`${reading}\n${list.from}\n${state.stamp}`).digest("hex");
}

async function parseOptions({ role, list }: Feed, because: (why: string) => void): Promise<RunTask["parse"]> {
  const head = await headOfFile(list.from, headBytes);
  if (role === "guard") {
    // Only to refuse what is no text, or a web page.
    detectFormat(head, "domains", list.from);
    return parseOptionsOfGuard(list);
  }
  const { scope, column, path, where } = list;
  const reading = {
    role,
    where,
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
  return Promise.all(cutAtLines(list.from, state.bytes, parts).map((range) => pool.readRun({ ...task, range })));
}

function changedMeanwhile(list: Pick<ListConfig, "from">): OperatorError {
  return new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${list.from}": it changed while it was read`,
    "Write the list to another file and rename it into place, so that it is never seen half written",
  );
}

/** Makes a snapshot of what was read, if it may be one. */
async function take(
  feed: Feed,
  options: RefreshOptions,
  read: {
    readonly runs: readonly Run[];
    readonly fingerprint: string;
    readonly format: string;
    readonly current: Snapshot | undefined;
  },
): Promise<"new" | "same"> {
  const { snapshots, pool } = options;
  const { runs, current } = read;
  const upTo = runs.reduce((sum, run) => sum + run.entries, 0);
  if (!options.accept) refuseEmpty(feed, upTo, current, runs);
  const takenAt = nowSeconds(options.clock);
  const id = snapshots.reserve();
  const changesMax = changesWorthListing(current?.entries ?? 0);
  const cuts = upTo < 100_000 ? [] : sampleKeys(runs, pool.size - 1);
  const bounds = [undefined, ...cuts, undefined];
  const parts = await Promise.all(
    bounds.slice(1).map((to, i) =>
      pool.writeSnapshot({
        runs: runs.map(({ bytes, starts }) => ({ bytes, starts })),
        snapshot: id,
        previous: current?.id,
        takenAt,
        from: bounds[i],
        to,
        changesMax,
      }),
    ),
  );
  const entries = parts.reduce((sum, part) => sum + part.entries, 0);
  const changes = parts.reduce((sum, part) => sum + part.changes, 0);
  const given = runs.reduce((sum, run) => sum + run.entries + run.duplicates, 0);
  const rejects = new Rejects();
  let lines = 0;
  for (const run of runs) {
    rejects.merge(run.rejects, lines);
    lines += run.lines;
  }
  const { fingerprint, format } = read;
  const facts = { takenAt, fingerprint, format, lines, duplicates: given - entries, rejects: keptRejects(rejects) };
  if (current !== undefined && changes === 0) {
    snapshots.discard(id);
    snapshots.touch(current.id, facts);
    return "same";
  }
  try {
    if (!options.accept) {
      if (feed.role === "guard") holdLoss(feed.list, current, { entries, changes });
      else holdSurprise(feed.list, entries, current);
    }
  } catch (error) {
    snapshots.discard(id);
    throw error;
  }
  snapshots.commit(id, storedName(feed), {
    ...facts,
    entries,
    previous: current?.id,
    changes: current !== undefined && parts.every((part) => part.changes <= changesMax) ? changes : undefined,
  });
  return "new";
}

function refuseEmpty(feed: Feed, entries: number, current: Snapshot | undefined, runs: readonly Run[]): void {
  const { list, role } = feed;
  // A hand-written allow list may well start out empty.
  if (entries > 0 || (role === "allow" && (current?.entries ?? 0) === 0)) return;
  const rejects = new Rejects();
  for (const run of runs) rejects.merge(run.rejects, 0);
  if (role === "guard" && mayStartEmpty(list, current, rejects.total)) return;
  const [most] = Object.entries(rejects.counts).sort(([, a], [, b]) => b - a);
  const why = most === undefined ? "" : `; ${most[1]} of its items were rejected as ${most[0]}`;
  throw new OperatorError(
    "SOURCE_EMPTY",
    `Cannot take "${list.from}": it holds no name and no address${why}`,
    `Check the file and its format; if it really is to be empty now, build with --accept ${storedName(feed)}`,
  );
}

function holdSurprise({ id, from, guard }: ListConfig, entries: number, current: Snapshot | undefined): void {
  if (current === undefined) return;
  const change = Math.abs(entries - current.entries);
  if (change < guard.entries || change * 100 <= current.entries * guard.percent) return;
  const verb = entries < current.entries ? "shrank" : "grew";
  throw new OperatorError(
    "SOURCE_GUARD",
    `Cannot take "${from}": it ${verb} from ${current.entries} to ${entries} entries, beyond its guard of ${guard.percent} % and ${guard.entries} entries`,
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
