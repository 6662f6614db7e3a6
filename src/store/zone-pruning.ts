/**
 * How versions of a zone go, in two steps: one build withdraws a version, so that no transfer begins with it any more, and a
 * later one deletes it with the blocks and differences that only it needs.
 */
import { type Database, transact } from "./database.ts";
import { deleteRows, removeBlock, removeDifference, type StaleRows } from "./row-deletion.ts";
import { neverRetired } from "./schema.ts";

/** How long versions are kept. */
export interface Keep {
  readonly versions: number;
  /** Unix seconds: what was replaced before goes. */
  readonly since: number;
  /** Seconds of the steady clock, now. */
  readonly steadyNow: number;
  /** Seconds for which the rows of a withdrawn version stay: longer than the longest transfer. */
  readonly readableSeconds: number;
}

/** What is looked at of a kept version. */
interface KeptVersion {
  readonly version: number;
  /** Unix seconds. */
  readonly publishedAt: number;
  /** Seconds of the steady clock; undefined while it is offered. */
  readonly withdrawn?: number | undefined;
}

/**
 * Withdraws old versions: those beyond `keep.versions` and those replaced before `keep.since`. Then deletes those that
 * were withdrawn long enough ago. A transfer that began before the version was withdrawn has ended by then; the steady clock
 * says so whatever the time of day is set to. `versions` are those that the zone has, newest first.
 */
export function pruneVersions(db: Database, zone: number, versions: readonly KeptVersion[], keep: Keep): void {
  const isOver = (withdrawn: number | undefined): boolean => {
    if (withdrawn === undefined) return false;
    // The machine has started anew since, and no transfer outlives that.
    return keep.steadyNow < withdrawn || keep.steadyNow - withdrawn >= keep.readableSeconds;
  };
  const newestOver = versions.find(({ withdrawn }) => isOver(withdrawn));
  const newestOld = versions.find((_, i) => {
    const retiredAt = versions[i - 1]?.publishedAt ?? Number.POSITIVE_INFINITY;
    return i > 0 && (i >= keep.versions || retiredAt < keep.since);
  });
  transact(db, () => {
    if (newestOld !== undefined) {
      const withdraw = "UPDATE version SET withdrawn = ? WHERE zone = ? AND version <= ? AND withdrawn IS NULL";
      db.prepare(withdraw).run(keep.steadyNow, zone, newestOld.version);
    }
    if (newestOver === undefined) return;
    db.prepare("DELETE FROM version WHERE zone = ? AND version <= ?").run(zone, newestOver.version);
    // The difference into the oldest version that stays starts at one that goes.
    const oldest = "UPDATE version SET difference_bytes = NULL WHERE zone = ? AND version = ?";
    db.prepare(oldest).run(zone, newestOver.version + 1);
  });
  sweepVersions(db, zone);
}

/** Deletes the blocks and differences of a zone that no version needs which is still there. */
export function sweepVersions(db: Database, zone: number): void {
  const oldest = db.prepare("SELECT min(version) FROM version WHERE zone = ?").pluck().get(zone) as number | null;
  if (oldest !== null) for (const rows of left) deleteRows(db, rows, zone, oldest);
}

/** What only versions before one have needed. */
const left: readonly StaleRows[] = [
  {
    // SQLite takes the index of replaced blocks only where the statement itself leaves out the others.
    select: `SELECT message AS id, first_key, born FROM block WHERE zone = ? AND replaced <= ? AND replaced < ${neverRetired}`,
    remove: removeBlock,
  },
  {
    select: "SELECT message AS id, version, kind, seq FROM difference WHERE zone = ? AND version <= ?",
    remove: removeDifference,
  },
];
