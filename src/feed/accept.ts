/**
 * Makes a snapshot of what was read of a list, or says why it may not be one: it is empty, or a source changed beyond its
 * guard. Of allow lists and guard lists it keeps what may not go yet.
 */
import { nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListConfig } from "../config/types.ts";
import { rangesBetween } from "../dns/key-range.ts";
import { type RejectReason, Rejects } from "../indicator/rejects.ts";
import { changesWorthListing, type KeptRejects, type Snapshot } from "../store/snapshots.ts";
import { type Feed, isSourceReadOtherwise, storedName } from "./feed.ts";
import { mayStartEmpty } from "./guard-list.ts";
import { entriesBeforeLoss, isStrict, losesTooMuch, unreadableLines } from "./kept-removals.ts";
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

/** What came of a list that was accepted, and what is worth a word about it. */
export interface Accepted {
  readonly outcome: "new" | "same";
  readonly remarks: readonly Remark[];
}

/** Makes a snapshot of what was read, if it may be one. @throws OperatorError SOURCE_EMPTY, SOURCE_GUARD */
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
  if (!options.accept) refuseEmpty(feed, given, current, rejects);
  const takenAt = nowSeconds(clock);
  const written = await writeKeeping(feed, options, read, takenAt, rejects);
  const { id, entries, changes, keepsRemoved, missing } = written;
  const duplicates = given - (entries - (keepsRemoved ? missing : 0));
  const facts = { takenAt, fingerprint, format, lines, duplicates, rejects: keptRejects(rejects) };
  if (current !== undefined && changes === 0) {
    snapshots.discard(id);
    snapshots.touch(current.id, facts);
    return { outcome: "same", remarks: [] };
  }
  if (!options.accept && feed.role === "block" && current !== undefined && changesTooMuch(feed, written, current)) {
    snapshots.discard(id);
    throw surprise(feed.list, written, current);
  }
  snapshots.commit(id, storedName(feed), {
    ...facts,
    entries,
    previous: current?.id,
    changes: current !== undefined && written.areListed ? changes : undefined,
  });
  return { outcome: "new", remarks: current === undefined || keepsRemoved ? [] : remarksOn(feed, written, rejects) };
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
  let written = await write(options, read, takenAt, isUnreadable);
  if (isAccepted || current === undefined || written.missing === 0) return written;
  const isBeyond = losesTooMuch(feed, written.missing, current);
  if (isBeyond && !written.keepsRemoved) {
    snapshots.discard(written.id);
    written = await write(options, read, takenAt, true);
  }
  if (written.keepsRemoved) {
    rejects.addNames(isBeyond ? "beyond-limit" : "not-removed", written.missing, written.missingNames);
    if (isBeyond) rejects.addNames("before-loss", entriesBeforeLoss(current), []);
  }
  return written;
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
    addedNames: parts.flatMap((part) => part.addedNames),
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

type SourceFeed = Extract<Feed, { role: "block" }>;

/**
 * Whether more names of a source came, went or are said something else of than its limit allows: beyond both of its
 * numbers, as with zones. What is said of names that stay counts only where nobody decided that they are read otherwise.
 */
function changesTooMuch(feed: SourceFeed, { added, missing, changes }: Written, current: Snapshot): boolean {
  const { limit } = feed.list;
  const change = isSourceReadOtherwise(feed, current) ? added + missing : changes;
  return change > limit.entries && change * 100 > current.entries * limit.percent;
}

function surprise({ id, from, limit }: ListConfig, written: Written, current: Snapshot): OperatorError {
  const { entries, added, missing, changes } = written;
  const verb = entries < current.entries ? "shrank" : entries > current.entries ? "grew" : "changed";
  const both = added > 0 && missing > 0 ? `, ${added} new and ${missing} gone` : "";
  const others = changes - added - missing;
  const otherwise = others > 0 ? `, of which ${others} say something else now` : "";
  return new OperatorError(
    "SOURCE_GUARD",
    `Cannot take "${from}": it ${verb} from ${current.entries} to ${entries} entries${both}${otherwise}, beyond its limit of ${limit.percent} % and ${limit.entries} entries`,
    `Look at the list; if it is right, build with --accept ${id}, or set a wider limit`,
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
