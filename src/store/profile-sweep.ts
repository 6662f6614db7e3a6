/** Deletes profiles that nothing names any more: no row of the ledger, now or before, no entry and no list of changes. */
import { EntryBlockList, EntryCursor } from "../indicator/entry/block.ts";
import { profileOfMark } from "../indicator/entry/change-lists.ts";
import { type Database, hasTable, preparing, transact } from "./database.ts";

/** Reads every list that is kept: to be called while nobody builds. A store of an older schema has no profiles. */
export function sweepProfiles(db: Database): void {
  const sql = preparing(db);
  if (!hasTable(sql, "profile")) return;
  // The last one stays, so that no number is ever given to other facts.
  const kept = new Set<number>([sql("SELECT max(id) FROM profile").pluck().get() as number]);
  for (const table of ["ledger", "ledger_past"]) {
    if (!hasTable(sql, table)) continue;
    for (const profile of sql(`SELECT DISTINCT profile FROM ${table}`).pluck().iterate()) kept.add(profile as number);
  }
  const entries = "SELECT m.data FROM entry_block b JOIN message m ON m.id = b.message";
  addAll(kept, sql(entries).pluck().iterate() as Iterable<Uint8Array>, (profile) => profile);
  const changes = "SELECT m.data FROM snapshot_block b JOIN message m ON m.id = b.message WHERE b.kind = 1";
  addAll(kept, sql(changes).pluck().iterate() as Iterable<Uint8Array>, profileOfMark);
  transact(db, () => {
    const unused = (sql("SELECT id FROM profile").pluck().all() as number[]).filter((id) => !kept.has(id));
    for (const id of unused) sql("DELETE FROM profile WHERE id = ?").run(id);
  });
}

function addAll(kept: Set<number>, blocks: Iterable<Uint8Array>, profileOf: (stored: number) => number): void {
  for (const bytes of blocks) {
    const cursor = new EntryCursor(new EntryBlockList([{ firstKey: new Uint8Array(0), entries: 0, bytes }]));
    for (cursor.rewind(); cursor.live; cursor.advance()) kept.add(profileOf(cursor.profile));
  }
}
