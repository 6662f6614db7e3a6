/** Reads only the lines of a copy that changed, where it is known which ones did and the ledger is as it was left. */

import type { Snapshot } from "../../store/snapshots.ts";
import { areSamplesMasked, fingerprintOf } from "../feed.ts";
import { changedSince } from "../fetch/copy-changes.ts";
import { readCopyState } from "../fetch/copy-state.ts";
import type { RefreshOptions } from "../options.ts";
import type { RunTask } from "../run.ts";
import type { SourceFeed } from "./accept.ts";
import { fitsRows, type ReportsOfChanges } from "./changed-lines.ts";
import { compiledWith } from "./compiling.ts";
import { readReportsIn } from "./reports.ts";

/** What lines report that went and came since the snapshot in force; undefined where all must be read. */
export async function readChanges(
  feed: SourceFeed,
  { ledger }: Pick<RefreshOptions, "ledger">,
  current: Snapshot | undefined,
  parse: RunTask["parse"],
): Promise<ReportsOfChanges | undefined> {
  const { list } = feed;
  const known = ledger.sourceOf(list.id);
  if (current === undefined || known === undefined || known.isUnfinished) return undefined;
  if (known.compiling !== compiledWith(list)) return undefined;
  const copy = readCopyState(list.from)?.copy;
  if (copy === undefined) return undefined;
  const isKnown = (sha256: string): boolean => fingerprintOf(feed, { bytes: 0, stamp: sha256 }) === current.fingerprint;
  const lines = changedSince(list.from, copy.sha256, isKnown);
  if (lines === undefined) return undefined;
  const task = { file: list.from, parse, areSamplesMasked: areSamplesMasked(feed) };
  const changes = { went: await readReportsIn(lines.went, task), came: await readReportsIn(lines.came, task), current };
  return fitsRows(ledger, known.source, changes) ? changes : undefined;
}
