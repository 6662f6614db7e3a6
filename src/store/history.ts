/** What a source listed at a time that is past, and what it changed between two: read back from its lists of changes. */
import type { EntryBlocks } from "../indicator/entry/block.ts";
import { type ChangedKey, changesOf, entriesBefore, type ListedKey } from "../indicator/entry/change-lists.ts";
import type { Database } from "./database.ts";
import { type Snapshot, Snapshots } from "./snapshots.ts";

/** Why a time cannot be read back: it lies before what is kept, or more changed since than was kept. */
export type Unreadable =
  | {
      readonly why: "before" /** Unix seconds: from here on it can be read; undefined where nothing can. */;
      readonly from: number | undefined;
    }
  | { readonly why: "too-large" /** Unix seconds: when so much changed. */; readonly at: number };

export class History {
  readonly #snapshots: Snapshots;

  constructor(db: Database) {
    this.#snapshots = new Snapshots(db);
  }

  /** Snapshots of a source of which something is kept, oldest first: each counted from its `since` to the next one's. */
  steps(source: string): Snapshot[] {
    const steps: Snapshot[] = [];
    for (let step = this.#snapshots.current(source); step !== undefined; ) {
      steps.push(step);
      step = step.previous === undefined ? undefined : this.#snapshots.byId(step.previous);
    }
    return steps.reverse();
  }

  /** What a source listed at a time (Unix seconds), in key order. */
  entriesAt(source: string, at: number): Iterable<ListedKey> | Unreadable {
    const steps = this.steps(source);
    const since = this.#after(steps, at);
    if ("why" in since) return since;
    const newest = steps.at(-1) as Snapshot;
    return entriesBefore(this.#snapshots.blocks(newest.id), this.#lists(since));
  }

  /** What a source changed from one time to a later one, in key order. */
  changesBetween(source: string, from: number, to: number): Iterable<ChangedKey> | Unreadable {
    const since = this.#after(this.steps(source), from);
    if ("why" in since) return since;
    return changesOf(this.#lists(since.filter((step) => step.since <= to)));
  }

  /** The snapshots that came after the one that counted at a time, all with their changes. */
  #after(steps: readonly Snapshot[], at: number): readonly Snapshot[] | Unreadable {
    const counted = steps.findLastIndex(({ since }) => since <= at);
    // What older lists of changes were laid over would be made up.
    const readable = steps.findLastIndex(({ hasMarks }) => !hasMarks);
    if (counted < Math.max(0, readable)) return { why: "before", from: steps[Math.max(0, readable)]?.since };
    const after = steps.slice(counted + 1);
    const large = after.findLast(({ changes }) => changes === undefined);
    return large === undefined ? after : { why: "too-large", at: large.since };
  }

  #lists(steps: readonly Snapshot[]): EntryBlocks[] {
    return steps.map(({ id }) => this.#snapshots.blocks(id, "changes"));
  }
}
