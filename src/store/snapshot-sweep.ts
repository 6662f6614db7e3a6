/**
 * Deletes what nobody needs of sources and their snapshots, a little at a time. It may end at any moment: what is deleted is
 * named by nothing that counts, and what is left is found by the next sweep.
 */
import { type Database, preparing, transactSmall } from "./database.ts";
import { deleteDraftEntries, deleteOwnBlocks } from "./entry-blocks.ts";
import { GoneNames } from "./gone-names.ts";
import { deleteRows, removeEntries, type StaleRows } from "./row-deletion.ts";
import { neverRetired } from "./schema.ts";
import { changesWorthFollowing, type SnapshotIds } from "./snapshots.ts";

/**
 * Deletes blocks of unfinished snapshots, entries that only snapshots have which neither count nor are what a served version
 * was built from, and lists of changes that are over and no zone will follow, since it has taken them in or merges
 * everything sooner. `takenIn` gives, of each zone, the snapshots that its served version was built from, by source name:
 * from these a zone on hold is built again when an allow list changes. Snapshots that counted after `historySince` (Unix
 * seconds) keep their lists of changes, from which what was listed then is read, and names that left after it the time at
 * which they were first seen. No draft may be in writing.
 */
export function sweepSnapshots(db: Database, takenIn: readonly SnapshotIds[], historySince: number): void {
  const rows = db
    .prepare(
      `SELECT n.id AS id, s.name AS source, s.snapshot = n.id AS counts, n.entries AS entries, n.previous AS previous,
         n.changes AS changes, coalesce(n.since, n.taken_at) AS since
       FROM snapshot n JOIN source s ON s.id = n.source`,
    )
    .all() as StepRow[];
  const known = new Map(rows.map((row) => [row.id, row]));
  const counting = rows.filter(({ counts }) => counts === 1);
  const kept = new Set([...counting.map(({ id }) => id), ...takenIn.flatMap((inputs) => Object.values(inputs))]);
  const oldest = (source: string): number =>
    Math.min(...takenIn.map((inputs) => inputs[source] ?? Number.POSITIVE_INFINITY));
  const steps = new Set(counting.flatMap((row) => stepsBack(row, known, oldest(row.source))));
  const sql = preparing(db);
  const drafts = sql("SELECT source, id FROM draft").raw().all() as [source: number, id: number][];
  for (const draft of drafts) deleteDraftEntries(db, ...draft);
  const over = withEnds(rows).filter((row) => !kept.has(row.id) && !steps.has(row.id) && row.over <= historySince);
  transactSmall(db, () => {
    for (const { id } of over) sql("DELETE FROM snapshot WHERE id = ?").run(id);
  });
  // Of drafts, dry runs that were killed, and these.
  const without = "SELECT DISTINCT snapshot FROM snapshot_block WHERE snapshot NOT IN (SELECT id FROM snapshot)";
  for (const id of sql(without).pluck().all() as number[]) deleteOwnBlocks(db, id);
  for (const id of sql("SELECT id FROM source").pluck().all() as number[]) {
    deleteRows(db, retired, id, JSON.stringify([...kept]));
  }
  transactSmall(db, () => {
    sql("DELETE FROM draft").run();
    // One whose first snapshot was not finished may have rows already, in the ledger or withdrawn.
    sql(
      `DELETE FROM source WHERE snapshot IS NULL AND id NOT IN (SELECT source FROM ledger_source)
         AND NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.source = source.id)
         AND NOT EXISTS (SELECT 1 FROM entry_act WHERE entry_act.source = source.id)`,
    ).run();
  });
  new GoneNames(db).purge(historySince);
}

/** Blocks of a source that none of these snapshots has. */
const retired: StaleRows = {
  select: `SELECT message AS id, first_key, created FROM entry_block WHERE source = ? AND retired < ${neverRetired}
    AND NOT EXISTS (SELECT 1 FROM json_each(?) k
      JOIN snapshot n ON n.id = k.value WHERE n.source = entry_block.source AND n.id >= created AND n.id < retired)`,
  remove: removeEntries,
};

interface StepRow {
  readonly id: number;
  readonly source: string;
  /** 1 for the snapshot that counts for its source. */
  readonly counts: number;
  readonly entries: number;
  readonly previous: number | null;
  readonly changes: number | null;
  readonly since: number;
}

/** Snapshots with the time at which each stopped counting: when the next one of its source began to. */
function withEnds(rows: readonly StepRow[]): (StepRow & { readonly over: number })[] {
  const next = new Map<string, number>();
  return rows
    .toSorted((a, b) => b.id - a.id)
    .map((row) => {
      const over = next.get(row.source) ?? Number.POSITIVE_INFINITY;
      next.set(row.source, row.since);
      return { ...row, over };
    });
}

/** The snapshots whose changes lead from the one taken in to the newest, as far back as they are worth following. */
function stepsBack(newest: StepRow, known: ReadonlyMap<number, StepRow>, takenIn: number): number[] {
  const steps: number[] = [];
  let left = changesWorthFollowing(newest.entries);
  for (let row: StepRow | undefined = newest; row !== undefined && row.id > takenIn; ) {
    left -= row.changes ?? Number.POSITIVE_INFINITY;
    if (left < 0) break;
    steps.push(row.id);
    row = row.previous === null ? undefined : known.get(row.previous);
  }
  return steps;
}
