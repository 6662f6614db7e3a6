/** Puts a store of an older schema in the place of one: what the release that had that schema would have left. */
import { renameSync, rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { migrations } from "../../src/store/schema.ts";

/** "rpzm". */
const applicationId = 0x72707a6d;

/** Builds a database from the first `schema` migrations and copies into it all that it has columns for. */
export function putOlderSchema(file: string, schema: number): void {
  const older = `${file}.older`;
  const db = new Sqlite(older);
  db.pragma("page_size = 65536");
  db.pragma("journal_mode = WAL");
  for (const migration of migrations.slice(0, schema)) db.exec(migration);
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${schema}`);
  db.prepare("ATTACH ? AS newer").run(file);
  const tables = db
    .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    const columns = (db.pragma(`main.table_info(${table})`) as { name: string }[]).map(({ name }) => name).join(", ");
    db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
  }
  if (!tables.includes("entry_block")) copyEntries(db);
  if (!tables.includes("gone_block")) {
    db.exec("DELETE FROM main.message WHERE id IN (SELECT message FROM newer.gone_block)");
  }
  db.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
  renameSync(older, file);
}

/** Before schema 5 each snapshot had blocks of its own; here those that count have. */
function copyEntries(db: Sqlite.Database): void {
  db.exec(`
    INSERT INTO main.snapshot_block (snapshot, kind, first_key, entries, message)
      SELECT n.id, 0, e.first_key, e.entries, e.message
      FROM newer.source s JOIN newer.snapshot n ON n.id = s.snapshot JOIN newer.entry_block e ON e.source = s.id
      WHERE e.created <= n.id AND e.retired > n.id;
    DELETE FROM main.message WHERE id IN (SELECT message FROM newer.entry_block)
      AND id NOT IN (SELECT message FROM main.snapshot_block)`);
}
