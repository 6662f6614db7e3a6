/**
 * Makes a snapshot of what was read of a list, or says why it may not be one: it is empty, or a source changed beyond its
 * guard. Of allow lists and guard lists it keeps what may not go yet.
 */
import { nowSeconds } from "../base/clock.ts";
import { rangesBetween } from "../dns/key-range.ts";
import { EntryBlockList, type EntryBlocks } from "../indicator/entry/block.ts";
import { Rejects } from "../indicator/rejects.ts";
import { goneSince } from "../store/gone-names.ts";
import { changesListedMax, type Draft, type Snapshot, type Snapshots } from "../store/snapshots.ts";
import { type Feed, type IndicatorFeed, isSourceReadOtherwise, storedName } from "./feed.ts";
import { newToday, type ReadingOnHold } from "./hold.ts";
import { lookAtRuns } from "./hold-change.ts";
import { entriesBeforeLoss, isStrict, losesTooMuch, unreadableLines } from "./kept-removals.ts";
import { emptinessOf, keptRejects, type NamesChanged, surpriseOf } from "./limit.ts";
import type { RefreshOptions } from "./options.ts";
import { type Remark, remarksOn } from "./remarks.ts";
import { blocksOfRun, type Run } from "./run.ts";
import type { SnapshotPart } from "./snapshot-writer.ts";

/** What was read of a list, and the snapshot that it may replace. */
export interface Reading {
  readonly runs: readonly Run[];
  readonly fingerprint: string;
  readonly format: string;
  readonly current: Snapshot | undefined;
}

/** What came of a list that was accepted, and what is worth a word about it; or that its guard holds it back. */
export type Accepted =
  | { readonly outcome: "new" | "same"; readonly remarks: readonly Remark[] }
  | { readonly outcome: "held"; readonly held: ReadingOnHold };

/** Makes a snapshot of what was read, if it may be one. @throws OperatorError SOURCE_EMPTY */
export async function accept(feed: Feed, options: RefreshOptions, read: Reading): Promise<Accepted> {
  const { snapshots, clock } = options;
  const { runs, current, fingerprint, format } = read;
  const rejects = new Rejects();
  let lines = 0;
  for (const run of runs) {
    rejects.merge(run.rejects, lines);
    lines += run.lines;
  }
  const given = runs.reduce((sum, run) => sum + run.entries + run.duplicates, 0);
  const emptiness = options.accept ? undefined : emptinessOf(feed, given, current, rejects);
  const takenAt = nowSeconds(clock);
  const written = await writeKeeping(feed, options, read, takenAt, rejects);
  const { draft, entries, changes, keepsRemoved, missing } = written;
  const duplicates = given - (entries - (keepsRemoved ? missing : 0));
  const facts = { takenAt, fingerprint, format, lines, duplicates, rejects: keptRejects(rejects) };
  if (current !== undefined && changes === 0) {
    snapshots.discard(draft);
    snapshots.touch(current.id, facts);
    return { outcome: "same", remarks: [] };
  }
  if (!options.accept && feed.role === "block") {
    const today = newToday(feed.list, options, takenAt);
    const changed = changedOf(feed, written, current);
    const change = surpriseOf(feed.list, changed, { before: current?.entries, today, organisations: {} }, emptiness);
    if (change !== undefined) {
      snapshots.discard(draft);
      const inForce = (): EntryBlocks =>
        current === undefined ? new EntryBlockList([]) : snapshots.blocks(current.id);
      return { outcome: "held", held: { change, look: (rankOf) => lookAtRuns(runs, inForce(), rankOf) } };
    }
  }
  const listed = current !== undefined && written.areListed ? changes : undefined;
  const retired = current === undefined ? "all" : written.retired;
  const turnover = {
    added: written.added,
    removed: keepsRemoved ? 0 : missing,
    counted: options.accept ? 0 : written.added,
  };
  const isFirst = current === undefined || feed.role === "guard";
  snapshots.commit(
    draft,
    { ...facts, entries, previous: current?.id, changes: listed },
    retired,
    isFirst ? undefined : turnover,
  );
  return { outcome: "new", remarks: current === undefined || keepsRemoved ? [] : remarksOn(feed, written, rejects) };
}

/** What is said of names that stay counts only where nobody decided that they are read otherwise. */
function changedOf(feed: IndicatorFeed, written: Written, current: Snapshot | undefined): NamesChanged {
  const isOtherwise = current === undefined || isSourceReadOtherwise(feed, current);
  return { ...written, otherwise: isOtherwise ? 0 : written.changes - written.added - written.missing };
}

/** Writes a snapshot; of a list that must not lose names unasked, one that keeps what is gone where it may not go. */
async function writeKeeping(
  feed: Feed,
  options: RefreshOptions,
  read: Reading,
  takenAt: number,
  rejects: Rejects,
): Promise<Written> {
  const { accept: isAccepted, snapshots } = options;
  const { current } = read;
  const isUnreadable = !isAccepted && isStrict(feed) && unreadableLines(rejects.counts) > 0;
  let written = await write(storedName(feed), options, read, takenAt, isUnreadable);
  if (isAccepted || current === undefined || written.missing === 0) return written;
  const isBeyond = losesTooMuch(feed, written.missing, current);
  if (isBeyond && !written.keepsRemoved) {
    snapshots.discard(written.draft);
    written = await write(storedName(feed), options, read, takenAt, true);
  }
  if (written.keepsRemoved) {
    rejects.addNames(isBeyond ? "beyond-limit" : "not-removed", written.missing, written.missingNames);
    if (isBeyond) rejects.addNames("before-loss", entriesBeforeLoss(current), []);
  }
  return written;
}

/** A written snapshot, not yet in force. */
interface Written extends SnapshotPart {
  readonly draft: Draft;
  readonly keepsRemoved: boolean;
  /** Whether all changes are listed. */
  readonly areListed: boolean;
}

/** Writes a snapshot of what was read, compared with the one in force, on as many cores as there are. */
async function write(
  stored: string,
  { snapshots, pool, historySeconds }: RefreshOptions,
  { runs, current }: Reading,
  takenAt: number,
  keepsRemoved: boolean,
): Promise<Written> {
  const upTo = runs.reduce((sum, run) => sum + run.entries, 0);
  const draft = snapshots.begin(stored);
  const changesMax = changesListedMax(current?.entries ?? 0);
  const cuts = upTo < 100_000 ? [] : cutKeys(snapshots, current, draft, runs, pool.size - 1);
  const parts = await Promise.all(
    rangesBetween(cuts).map((range) =>
      pool.writeSnapshot({
        runs: runs.map(({ bytes, starts }) => ({ bytes, starts })),
        draft,
        previous: current?.id,
        takenAt,
        ...range,
        changesMax,
        goneSince: goneSince(takenAt, historySeconds),
        keepsRemoved,
      }),
    ),
  );
  const sum = (count: (part: SnapshotPart) => number): number => parts.reduce((total, part) => total + count(part), 0);
  return {
    draft,
    keepsRemoved,
    entries: sum((part) => part.entries),
    changes: sum((part) => part.changes),
    added: sum((part) => part.added),
    addedNames: parts.flatMap((part) => part.addedNames),
    missing: sum((part) => part.missing),
    missingNames: parts.flatMap((part) => part.missingNames),
    retired: parts.flatMap((part) => part.retired),
    areListed: parts.every((part) => part.areListed),
  };
}

/**
 * Keys that cut what is to be written into parts of about equal size. Where blocks are shared, each part has whole ones.
 */
function cutKeys(
  snapshots: Snapshots,
  current: Snapshot | undefined,
  { source }: Draft,
  runs: readonly Run[],
  count: number,
): Uint8Array[] {
  if (current !== undefined && source !== undefined) return snapshots.sampleKeys(current.id, count);
  const largest = runs.reduce((most, run) => (run.entries > most.entries ? run : most));
  return blocksOfRun(largest).sampleKeys(count);
}
