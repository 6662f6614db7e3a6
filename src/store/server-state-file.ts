/**
 * The database in which the servers of a state folder remember: its shape, what is in it as plain rows that may be
 * carried from one to another, and what builds read of it.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { compareSerials, type Serial, serial } from "../dns/serial.ts";
import type { Database } from "./database.ts";
import { checkRegular } from "./database-files.ts";

/** "rpzs" in SQLite's header. */
const applicationId = 0x72707a73;
const schema = `
  CREATE TABLE full_transfer (
    apex TEXT NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,                    -- name of the TSIG key; empty for none
    serial INTEGER NOT NULL,
    complete INTEGER NOT NULL,            -- 1 once the kernel took all of it
    began_at INTEGER NOT NULL,            -- Unix seconds
    PRIMARY KEY (apex, address, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX full_transfer_age ON full_transfer (began_at);

  CREATE TABLE served (
    apex TEXT PRIMARY KEY,
    serial INTEGER NOT NULL               -- the highest, in the order of RFC 1982
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** While nothing is served yet, another server's start or end may be waited for. */
export const startTimeoutMs = 1000;

/**
 * Opens the file, or makes it. Once it is open, another process's write makes a call fail at once.
 * @param timeoutMs how long another process may be waited for meanwhile
 * @throws Error where it cannot be used
 */
export function openState(file: string, timeoutMs: number): Database {
  checkRegular(file);
  const db = new Sqlite(file, { timeout: timeoutMs });
  try {
    if (db.pragma("journal_mode = WAL", { simple: true }) !== "wal") throw new Error("it cannot be in WAL mode");
    db.pragma("synchronous = NORMAL");
    prepareState(db);
    db.pragma("busy_timeout = 0");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** @throws Error where it cannot be made */
export function makeFolderOf(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
}

/** The same in memory. */
export function memoryState(): Database {
  return prepareState(new Sqlite(":memory:"));
}

function prepareState(db: Database): Database {
  db.transaction(() => {
    const found = db.pragma("application_id", { simple: true }) as number;
    if (found === applicationId) return;
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
    if (found !== 0 || tables > 0) throw new Error("it is not a server's state");
    db.exec(schema);
    db.pragma(`application_id = ${applicationId}`);
  }).immediate();
  return db;
}

interface FullTransferRow {
  readonly apex: string;
  readonly address: string;
  readonly key: string;
  readonly serial: number;
  readonly complete: number;
  readonly began_at: number;
}

/** All that a state knows. */
export interface StateRows {
  readonly fullTransfers: readonly FullTransferRow[];
  readonly served: readonly { readonly apex: string; readonly serial: number }[];
  readonly transferSeconds: number | undefined;
}

export function readState(db: Database): StateRows {
  return {
    fullTransfers: db.prepare("SELECT * FROM full_transfer").all() as FullTransferRow[],
    served: db.prepare("SELECT apex, serial FROM served").all() as StateRows["served"],
    transferSeconds: transferSecondsIn(db),
  };
}

/** Adds what another state knows, all of it or nothing. */
export function addState(db: Database, { fullTransfers, served, transferSeconds }: StateRows): void {
  db.transaction(() => {
    const find = db.prepare("SELECT * FROM full_transfer WHERE apex = ? AND address = ? AND key = ?");
    const put = db.prepare(
      `INSERT OR REPLACE INTO full_transfer (apex, address, key, serial, complete, began_at)
       VALUES (@apex, @address, @key, @serial, @complete, @began_at)`,
    );
    for (const row of fullTransfers) {
      const known = find.get(row.apex, row.address, row.key) as FullTransferRow | undefined;
      if (known === undefined || asksForMore(row, known)) put.run(row);
    }
    for (const { apex, serial: highest } of served) putServed(db, apex, serial(highest));
    if (transferSeconds !== undefined) putTransferSeconds(db, transferSeconds);
  }).immediate();
}

/** Of two records of one client, the one that it takes more to clear: a full zone too many costs little. */
function asksForMore(row: FullTransferRow, known: FullTransferRow): boolean {
  const order = compareSerials(serial(row.serial), serial(known.serial));
  return order === 0 ? row.complete < known.complete : order !== -1;
}

export function highestServed(db: Database, apex: string): Serial | undefined {
  const found = db.prepare("SELECT serial FROM served WHERE apex = ?").pluck().get(apex) as number | undefined;
  return found === undefined ? undefined : serial(found);
}

/** Notes a serial where it is higher than any before. */
export function putServed(db: Database, apex: string, served: Serial): void {
  const before = highestServed(db, apex);
  if (before !== undefined && compareSerials(served, before) !== 1) return;
  db.prepare("INSERT OR REPLACE INTO served (apex, serial) VALUES (?, ?)").run(apex, served);
}

/** Notes how long a transfer may last where that is longer than before. */
export function putTransferSeconds(db: Database, seconds: number): void {
  db.prepare(
    `INSERT INTO setting (name, value) VALUES ('transfer_seconds', ?)
     ON CONFLICT DO UPDATE SET value = max(value, excluded.value)`,
  ).run(Math.ceil(seconds));
}

function transferSecondsIn(db: Database): number | undefined {
  const found = db.prepare("SELECT value FROM setting WHERE name = 'transfer_seconds'").pluck().get();
  return found as number | undefined;
}

/** What builds need to know of the servers of a state folder. */
export interface ServedState {
  /** By apex, the highest serial ever served. */
  readonly serials: ReadonlyMap<string, Serial>;
  /** The longest that a server's transfers may last; undefined where none has said so. */
  readonly transferSeconds: number | undefined;
}

/** Reads without waiting. A file that is not there says nothing. @throws Error where there is one that cannot be read */
export function readServed(file: string): ServedState {
  if (!existsSync(file)) return { serials: new Map(), transferSeconds: undefined };
  checkRegular(file);
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const rows = db.prepare("SELECT apex, serial FROM served").all() as StateRows["served"];
    return {
      serials: new Map(rows.map((row) => [row.apex, serial(row.serial)])),
      transferSeconds: transferSecondsIn(db),
    };
  } finally {
    db.close();
  }
}
