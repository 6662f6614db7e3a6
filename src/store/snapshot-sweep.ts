/** Deletes what nobody needs of sources and their snapshots. */
import { type Database, transact } from "./database.ts";
import { deleteBlocks } from "./entry-blocks.ts";
import { GoneNames } from "./gone-names.ts";
import { neverRetired } from "./schema.ts";
import { changesWorthListing, type SnapshotIds } from "./snapshots.ts";

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
  transact(db, () => {
    const drafts = db.prepare("SELECT source, id FROM draft").raw().all() as [source: number, id: number][];
    for (const draft of drafts) deleteBlocks(db, "entry_block", "source = ? AND created = ?", ...draft);
    db.prepare("DELETE FROM draft").run();
    for (const { id, over } of withEnds(rows)) {
      if (kept.has(id) || steps.has(id) || over > historySince) continue;
      db.prepare("DELETE FROM snapshot WHERE id = ?").run(id);
    }
    deleteBlocks(db, "snapshot_block", "snapshot NOT IN (SELECT id FROM snapshot)");
    for (const id of db.prepare("SELECT id FROM source").pluck().all() as number[]) deleteRetired(db, id, [...kept]);
    // One whose first snapshot was not finished may have rows already, in the ledger or withdrawn.
    db.prepare(
      `DELETE FROM source WHERE snapshot IS NULL AND id NOT IN (SELECT source FROM ledger_source)
         AND NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.source = source.id)`,
    ).run();
  });
  new GoneNames(db).purge(historySince);
}

/** Deletes blocks of a source that none of these snapshots has. */
function deleteRetired(db: Database, source: number, kept: readonly number[]): void {
  const unused = `source = ? AND retired < ${neverRetired} AND NOT EXISTS (SELECT 1 FROM json_each(?) k
    JOIN snapshot n ON n.id = k.value WHERE n.source = entry_block.source AND n.id >= created AND n.id < retired)`;
  deleteBlocks(db, "entry_block", unused, source, JSON.stringify(kept));
}

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
  let left = changesWorthListing(newest.entries);
  for (let row: StepRow | undefined = newest; row !== undefined && row.id > takenIn; ) {
    left -= row.changes ?? Number.POSITIVE_INFINITY;
    if (left < 0) break;
    steps.push(row.id);
    row = row.previous === null ? undefined : known.get(row.previous);
  }
  return steps;
}
