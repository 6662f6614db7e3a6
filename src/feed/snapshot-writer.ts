/**
 * Writes a new snapshot of a source from its runs, comparing it with the last one as it goes: names keep the time they
 * were first seen, and names that came, went or changed are listed.
 */
import { compareBytes } from "../base/bytes.ts";
import { compareCursors, EntryBlockList, EntryCursor } from "../indicator/entry/block.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import { Statements } from "../indicator/entry/statements.ts";
import { samplesMax } from "../indicator/rejects.ts";
import type { Snapshots } from "../store/snapshots.ts";
import { type DraftChanges, type DraftOptions, DraftWriter } from "./draft-writer.ts";
import { blocksOfRun, type Run } from "./run.ts";

export interface SnapshotTask extends DraftOptions {
  readonly runs: readonly Pick<Run, "bytes" | "starts">[];
  /** Keep what the earlier snapshot says and the runs no longer do: nothing is taken off the list. */
  readonly keepsRemoved: boolean;
}

export interface SnapshotPart extends DraftChanges {
  readonly entries: number;
  /** Names that the earlier snapshot did not have. */
  readonly added: number;
  /** The first of these, where there is an earlier snapshot. */
  readonly addedNames: readonly string[];
  /** Names that only the earlier snapshot has, gone or kept. */
  readonly missing: number;
  /** The first of these. */
  readonly missingNames: readonly string[];
}

/** Names that are new and kept to show: enough to look for the one that was mistyped. */
const addedNamesMax = 1000;

/** Merges the runs over a range of keys into a draft. */
export function writeSnapshot(snapshots: Snapshots, task: SnapshotTask): SnapshotPart {
  const runs = task.runs.map((run) => new EntryCursor(blocksOfRun(run)));
  const old = new EntryCursor(task.previous === undefined ? new EntryBlockList([]) : snapshots.blocks(task.previous));
  for (const cursor of [...runs, old]) {
    if (task.from === undefined) cursor.rewind();
    else cursor.seek(task.from);
  }
  const writer = new DraftWriter(snapshots, task);
  const { to, keepsRemoved, takenAt } = task;
  const missingNames: string[] = [];
  const said = new Statements();
  const before = new Statements();
  let entries = 0;
  const addedNames: string[] = [];
  let added = 0;
  let missing = 0;
  for (;;) {
    const least = leastOf(runs, to);
    const oldOrder = isWithin(old, to) ? (least === undefined ? -1 : compareCursors(old, least)) : 1;
    if (least === undefined && oldOrder > 0) break;
    const at = oldOrder < 0 ? old : (least as EntryCursor);
    said.clear();
    before.clear();
    if (oldOrder <= 0) before.take(old);
    if (oldOrder >= 0) {
      for (const run of runs) {
        if (run === least || !run.live || compareCursors(run, at) !== 0) continue;
        said.take(run);
        run.advance();
      }
      said.take(at);
      if (oldOrder > 0) {
        added += 1;
        if (task.previous !== undefined && added <= addedNamesMax) {
          addedNames.push(shownKey(at.key.slice(0, at.keyBytes)));
        }
      }
    } else {
      missing += 1;
      if (missingNames.length < samplesMax) missingNames.push(shownKey(old.key.slice(0, old.keyBytes)));
    }
    if (keepsRemoved) said.join(before);
    said.keepTimes(before, takenAt);
    entries += said.count;
    writer.put(at.key, at.keyBytes, before, said);
    if (oldOrder <= 0) old.advance();
    if (oldOrder >= 0) (least as EntryCursor).advance();
  }
  return { entries, added, addedNames, missing, missingNames, ...writer.finish() };
}

function isWithin(cursor: EntryCursor, to: Uint8Array | undefined): boolean {
  return cursor.live && (to === undefined || compareBytes(cursor.key.subarray(0, cursor.keyBytes), to) < 0);
}

/** The run that stands at the least key before `to`; runs are few. */
function leastOf(runs: readonly EntryCursor[], to: Uint8Array | undefined): EntryCursor | undefined {
  let least: EntryCursor | undefined;
  for (const run of runs) if (run.live && (least === undefined || compareCursors(run, least) < 0)) least = run;
  return least !== undefined && isWithin(least, to) ? least : undefined;
}
