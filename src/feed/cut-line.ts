/**
 * Tells a list whose last line may have been cut by a download that broke off: half a name is another name, and nobody
 * listed it.
 */
import { equalBytes } from "../base/bytes.ts";
import { EntryCursor } from "../indicator/entry/block.ts";
import type { Snapshot } from "../store/snapshots.ts";
import type { Reading } from "./accept.ts";
import type { Feed } from "./feed.ts";
import type { RefreshOptions } from "./options.ts";

/**
 * Whether the last line of a source is to be left out: no line feed ends it, it names something new, and the list shrank.
 * Lists whose last line never has a line feed lose nothing while they grow or stay as long as they are.
 */
export function mayBeCut(feed: Feed, { snapshots, accept }: RefreshOptions, reading: Reading): boolean {
  const { runs, current, fingerprint } = reading;
  const keys = runs.at(-1)?.cutKeys ?? [];
  if (feed.role !== "block" || accept || current === undefined || keys.length === 0) return false;
  const read = runs.reduce((sum, run) => sum + run.entries, 0);
  if (!isShorter({ current, fingerprint }, read, ({ entries }) => entries)) return false;
  const cursor = new EntryCursor(snapshots.blocks(current.id));
  return keys.some((key) => {
    cursor.seek(key);
    return !cursor.live || !equalBytes(cursor.key.subarray(0, cursor.keyBytes), key);
  });
}

/** A list that is read, and the snapshot of it before. */
export interface ShrinkingList {
  readonly current: Snapshot;
  readonly fingerprint: string;
}

/** Whether less was read of a list than there was; a file that is read again is what it was, though its snapshot is the shorter one now. */
export function isShorter(
  { current, fingerprint }: ShrinkingList,
  read: number,
  before: (snapshot: Snapshot) => number,
): boolean {
  const wasCut = current.fingerprint === fingerprint && current.rejects["cut-line"] !== undefined;
  return wasCut || read < before(current);
}
