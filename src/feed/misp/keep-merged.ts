/** Puts a merged copy of MISP events into the place of the last one, and says what is to be known of it. */

import { CopyChanges } from "../fetch/copy-changes.ts";
import type { CopyFacts, CopyMarks } from "../fetch/copy-state.ts";
import { keepAs, writeBeside } from "../fetch/copy-writer.ts";
import type { Fetched, FetchTools } from "../fetch/tools.ts";
import { expandedBound } from "../http/expand.ts";
import type { Validators } from "../http/validators.ts";
import { type LineHead, linesOf } from "./copy-lines.ts";
import { type FreshEvent, type MergeOptions, mergeLines } from "./merge-lines.ts";

/** What the lines of a copy come to. */
export interface CopySurvey {
  /** Events that could not be fetched. */
  readonly faults: number;
  /** Since when the event has been unpublished that has been so the longest; undefined where none is. */
  readonly unpublishedSince: number | undefined;
}

export interface Merging {
  readonly file: string;
  readonly expandedBytesMax: number;
  readonly known: CopyFacts | undefined;
  readonly fresh: AsyncIterable<FreshEvent> | Iterable<FreshEvent>;
  readonly decide: MergeOptions["decide"];
  /** What is said of the new copy besides. */
  readonly marksOf: (survey: CopySurvey) => Validators & { readonly marks: CopyMarks };
}

/** @throws FetchFailure where it would be too large, and whatever `fresh` throws */
export async function keepMerged(merging: Merging, tools: FetchTools): Promise<Fetched> {
  const { file, expandedBytesMax, known, fresh, decide } = merging;
  let faults = 0;
  let since: number | undefined;
  const onLine = (head: LineHead | undefined): void => {
    if (head?.fault !== undefined) faults += 1;
    if (head?.unpublishedSince !== undefined) since = Math.min(since ?? head.unpublishedSince, head.unpublishedSince);
  };
  const changes = new CopyChanges(file, known?.bytes ?? 0);
  const onChange: MergeOptions["onChange"] = (kind, octets) => changes.add(kind, octets.subarray(0, -1));
  const lines = mergeLines({ old: linesOf(file), fresh, decide, onLine, onChange });
  const written = await writeBeside(
    file,
    expandedBound(lines, { fetchedBytesMax: Number.POSITIVE_INFINITY, expandedBytesMax }),
  );
  // Before the copy, since a reading that finds the new copy looks for what leads to it.
  if (known !== undefined && known.sha256 !== written.sha256) changes.write(known.sha256, written.sha256);
  return keepAs(written, known, tools.now(), merging.marksOf({ faults, unpublishedSince: since }));
}
