/**
 * Brings one list up to date: looks whether its file changed, reads it, and makes a snapshot of it, or keeps the last
 * good one and says why. A list that cannot be read or is empty changes nothing, nor does a source that changed beyond
 * its limit; what allow lists and guard lists gain counts all the same (`kept-removals.ts`).
 */
import { nowSeconds } from "../base/clock.ts";
import { failsAlone, OperatorError } from "../base/errors.ts";
import { hasRows } from "../config/source-kinds.ts";
import type { ListConfig } from "../config/types.ts";
import type { RowCounts } from "../store/ledger-states.ts";
import type { Snapshot } from "../store/snapshots.ts";
import { type Accepted, accept } from "./accept.ts";
import { mayBeCut } from "./cut-line.ts";
import { areSamplesMasked, type Feed, fingerprintOf, parseOptionsOf, stateOf, storedName } from "./feed.ts";
import { cutAtLines, type FileState, isGzip } from "./file.ts";
import { readFolder, remarksOnFiles } from "./folder/reports.ts";
import { computedFrom, hold, holdError, isSettled, type ListHold, listHoldOf } from "./hold.ts";
import { acceptChanges, acceptReports, compileDue, type SourceFeed } from "./ledger/accept.ts";
import { mayReportsBeCut } from "./ledger/cut-reports.ts";
import { nextCompile } from "./ledger/next-compile.ts";
import { readChanges } from "./ledger/read-changes.ts";
import { readReports } from "./ledger/reports.ts";
import { faultOf, type ListFault } from "./list-fault.ts";
import type { RefreshOptions, WorkerPool } from "./options.ts";
import type { Remark } from "./remarks.ts";
import type { Run, RunTask } from "./run.ts";
import { staleOf } from "./stale.ts";

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
  /** What is wrong with the list in force. */
  readonly fault: ListFault | undefined;
  /** That nothing has confirmed it for too long. */
  readonly stale: OperatorError | undefined;
  /** Unix seconds: when what it reported begins, ends or fades next; undefined where nothing will. */
  readonly due: number | undefined;
  /** What is worth a word of a snapshot that was made. */
  readonly remarks: readonly Remark[];
  /** Of a source with facts: how many of its rows are in each state (`ledger/states.ts`). */
  readonly states: RowCounts | undefined;
  /** What its guard holds back, and what was decided of it; undefined where nothing is held. */
  readonly held: ListHold | undefined;
  /** How many entries stopped counting though they are still reported, by state: ended, faded, revoked. */
  readonly stopped: RowCounts;
}

/** Files from this size on are cut in ranges that are read side by side. */
const cutBytesMin = 24 * 1024 * 1024;
/** Octets of one range at most, so that sorting one takes a bounded amount of memory. */
const rangeBytesMax = 192 * 1024 * 1024;
/** After so long, what fell due and found no room is tried again. */
const retrySeconds = 300;

/**
 * Refreshes one source, allow list or guard list; what goes wrong with the list is in the result, and so is that a disk has
 * no room for it. What was written of it then is left for a sweep.
 */
export async function refresh(feed: Feed, given: RefreshOptions): Promise<Refreshed> {
  const stopped = new Map<string, number>();
  const onStopped = (counts: RowCounts): void => {
    for (const [state, count] of Object.entries(counts)) stopped.set(state, (stopped.get(state) ?? 0) + count);
  };
  const options: RefreshOptions = { ...given, onStopped };
  const { snapshots, pool, reread } = options;
  const stored = storedName(feed);
  const current = snapshots.current(stored);
  let formatReason: string | undefined;
  const settle = (): Settled => (feed.role === "block" ? settleLedger(feed, options) : plain);
  const refreshed = (
    outcome: Refreshed["outcome"],
    more: Partial<Refreshed> = {},
    { isCompiled, due } = settle(),
  ): Refreshed => {
    const snapshot = snapshots.current(stored);
    const fault = faultOf(feed, snapshot);
    const result = {
      id: feed.list.id,
      outcome,
      snapshot,
      error: undefined,
      formatReason,
      fault,
      stale: feed.role === "block" ? staleOf(feed.list, nowSeconds(options.clock)) : undefined,
      due,
      remarks: [],
      states: feed.role === "block" ? options.ledger.sourceOf(stored)?.states : undefined,
      stopped: Object.fromEntries(stopped),
      held: undefined,
      ...more,
    };
    return isCompiled && outcome === "untouched" ? { ...result, outcome: "new" } : result;
  };
  try {
    const state = stateOf(feed);
    const fingerprint = fingerprintOf(feed, state);
    const isFinished = feed.role !== "block" || options.ledger.sourceOf(stored)?.isUnfinished !== true;
    if (!reread && current?.fingerprint === fingerprint && isFinished && !waits(current, options)) {
      release(options, stored);
      return refreshed("untouched");
    }
    const onHold = (held: ListHold): Refreshed =>
      held.decision?.verdict === "rejected"
        ? refreshed("untouched", { held })
        : refreshed("failed", { held, error: holdError(feed.list.id, held.change) });
    const from = feed.role === "block" ? computedFrom(feed.list, fingerprint, current?.id) : "";
    const known = feed.role === "block" ? listHoldOf(options, stored) : undefined;
    if (!reread && !options.accept && known !== undefined && isSettled(known, from)) return onHold(known);
    /** Takes what was read by `take`, which is given the options to take it by. */
    const settleReading = async (
      take: (options: RefreshOptions) => Accepted | Promise<Accepted>,
      more: readonly Remark[] = [],
    ): Promise<Refreshed> => {
      let accepted = await take(options);
      if (accepted.outcome === "held" && feed.role === "block") {
        const held = await hold(feed.list, options, accepted.held, from);
        if (held.decision?.verdict !== "approved") return onHold(held);
        accepted = await take({ ...options, accept: true });
      }
      release(options, stored);
      return accepted.outcome === "held"
        ? refreshed("failed")
        : refreshed(accepted.outcome, { remarks: [...accepted.remarks, ...more] });
    };
    const checkSame = (): void => {
      if (stateOf(feed).stamp !== state.stamp) throw changedMeanwhile(feed.list);
    };
    if (feed.role === "block" && feed.list.fetch?.kind === "folder") {
      const reports = await readFolder(feed.list);
      checkSame();
      const reading = { reports, fingerprint, format: reports.format, current };
      const onFiles = remarksOnFiles(feed.list, current?.takenAt ?? 0);
      return await settleReading((how) => acceptReports(feed, how, reading), onFiles);
    }
    const parse = await parseOptionsOf(feed, (why) => (formatReason = why));
    const read = { fingerprint, format: parse.format, current };
    if (feed.role === "block" && hasRows(feed.list) && parse.role !== "guard") {
      const { from, expandedBytesMax } = feed.list;
      const changes = reread ? undefined : await readChanges(feed, options, current, parse);
      if (changes !== undefined) {
        checkSame();
        const taken = acceptChanges(feed, options, changes, read);
        if (taken !== undefined) {
          release(options, stored);
          return refreshed(taken.outcome, { remarks: taken.remarks });
        }
      }
      // In one piece: a quoted cell may have line ends, and reports of one name are told apart by their order.
      const task = { file: from, expandedBytesMax, parse, range: undefined, areSamplesMasked: areSamplesMasked(feed) };
      let reports = await readReports(task);
      if (
        !options.accept &&
        current !== undefined &&
        mayReportsBeCut(options.ledger, reports, { current, fingerprint })
      ) {
        reports = await readReports({ ...task, parse: { ...parse, dropsCutLine: true } });
      }
      checkSame();
      try {
        return await settleReading((how) => acceptReports(feed, how, { reports, ...read }));
      } finally {
        reports.release();
      }
    }
    const runs = await readRuns(feed, state, parse, pool);
    const reading = { ...read, runs };
    if (parse.role !== "guard" && mayBeCut(feed, options, reading)) {
      reading.runs = await readRuns(feed, state, { ...parse, dropsCutLine: true }, pool);
    }
    checkSame();
    return await settleReading((how) => accept(feed, how, reading));
  } catch (error) {
    if (!failsAlone(error)) throw error;
    try {
      return refreshed("failed", { error });
    } catch (fault) {
      // There is no room for what began, ended or faded either.
      if (!failsAlone(fault)) throw fault;
      const retry = { isCompiled: false, due: nowSeconds(options.clock) + retrySeconds };
      return refreshed("failed", { error: fault }, retry);
    }
  }
}

interface Settled {
  /** Whether something changed by itself. */
  readonly isCompiled: boolean;
  /** When something will next. */
  readonly due: number | undefined;
}

const plain: Settled = { isCompiled: false, due: undefined };

/**
 * Compiles what began, ended or faded by now, whether or not the list was read; a source whose entries have no facts any
 * more leaves the ledger.
 */
function settleLedger(feed: SourceFeed, options: RefreshOptions): Settled {
  const { ledger, snapshots, clock } = options;
  const known = ledger.sourceOf(feed.list.id);
  if (known === undefined) return plain;
  if (snapshots.current(feed.list.id)?.compiledFor !== undefined) {
    const isCompiled = compileDue(feed, options);
    return { isCompiled, due: nextCompile(feed.list.id, options) };
  }
  if (!hasRows(feed.list)) ledger.leave(known.source, nowSeconds(clock));
  return plain;
}

/** Whether names wait to go off a list whose file stays as it is: its limit may be another now, or they are accepted. */
function waits({ rejects }: Snapshot, { accept }: RefreshOptions): boolean {
  return rejects["beyond-limit"] !== undefined || (accept && rejects["not-removed"] !== undefined);
}

/** What the list says now is in force. */
function release({ holds }: RefreshOptions, stored: string): void {
  if (holds.find(stored) !== undefined) holds.release(stored);
}

async function readRuns(feed: Feed, state: FileState, parse: RunTask["parse"], pool: WorkerPool): Promise<Run[]> {
  const { list } = feed;
  const { from: file, expandedBytesMax } = list;
  const task = { file, expandedBytesMax, parse, areSamplesMasked: areSamplesMasked(feed) };
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
