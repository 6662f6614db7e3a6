/** Deletes profiles that nothing names any more: no row of the ledger, now or before, no entry and no list of changes. */
import { EntryBlockList, EntryCursor } from "../indicator/entry/block.ts";
import { profileOfMark } from "../indicator/entry/change-lists.ts";
import { type Database, hasTable, preparing, transact, transactSmall } from "./database.ts";
import { upkeepOf } from "./upkeep.ts";

/** Profiles that are deleted in one transaction: they lie side by side, but for their places in the index of facts. */
const profilesAtOnce = 2000;
/** Profiles that came since the last sweep, from which on and where they are as many again, the next is worth its while. */
const growthMin = 20_000;

/** As `sweepProfiles`, where enough may be named by nothing. */
export function sweepManyProfiles(db: Database, min = growthMin): void {
  const upkeep = upkeepOf(db);
  if (upkeep === undefined) return;
  const came = newestProfile(db) - (upkeep.get("profiles swept up to") ?? 0);
  if (came > Math.max(min, upkeep.get("profiles left") ?? 0)) sweepProfiles(db);
}

/** The highest number of a profile; 0 where there is none. */
export function newestProfile(db: Database): number {
  return (db.prepare("SELECT max(id) FROM profile").pluck().get() as number | null) ?? 0;
}

/** Deletes profiles with higher numbers, which nothing that is kept may name. */
export function deleteProfilesAfter(db: Database, number: number): void {
  deleteProfiles(db, db.prepare("SELECT id FROM profile WHERE id > ?").pluck().all(number) as number[]);
}

function deleteProfiles(db: Database, ids: readonly number[]): void {
  const sql = preparing(db);
  for (let at = 0; at < ids.length; at += profilesAtOnce) {
    transactSmall(db, () => {
      for (const id of ids.slice(at, at + profilesAtOnce)) sql("DELETE FROM profile WHERE id = ?").run(id);
    });
  }
}

/** Reads every list that is kept: to be called while nobody knows numbers of profiles that it has written nowhere. A store of an older schema has no profiles. */
export function sweepProfiles(db: Database): void {
  const sql = preparing(db);
  if (!hasTable(sql, "profile")) return;
  // The last one stays, so that no number is ever given to other facts.
  const kept = new Set<number>([newestProfile(db)]);
  for (const table of ["ledger", "ledger_past"]) {
    if (!hasTable(sql, table)) continue;
    for (const profile of sql(`SELECT DISTINCT profile FROM ${table}`).pluck().iterate()) kept.add(profile as number);
  }
  const entries = "SELECT m.data FROM entry_block b JOIN message m ON m.id = b.message";
  addAll(kept, sql(entries).pluck().iterate() as Iterable<Uint8Array>, (profile) => profile);
  const changes = "SELECT m.data FROM snapshot_block b JOIN message m ON m.id = b.message WHERE b.kind = 1";
  addAll(kept, sql(changes).pluck().iterate() as Iterable<Uint8Array>, profileOfMark);
  const unused = (sql("SELECT id FROM profile").pluck().all() as number[]).filter((id) => !kept.has(id));
  deleteProfiles(db, unused);
  const upkeep = upkeepOf(db);
  if (upkeep === undefined) return;
  transact(db, () => {
    upkeep.put("profiles swept up to", newestProfile(db));
    upkeep.put("profiles left", db.prepare("SELECT count(*) FROM profile").pluck().get() as number);
  });
}

function addAll(kept: Set<number>, blocks: Iterable<Uint8Array>, profileOf: (stored: number) => number): void {
  for (const bytes of blocks) {
    const cursor = new EntryCursor(new EntryBlockList([{ firstKey: new Uint8Array(0), entries: 0, bytes }]));
    for (cursor.rewind(); cursor.live; cursor.advance()) kept.add(profileOf(cursor.profile));
  }
}
