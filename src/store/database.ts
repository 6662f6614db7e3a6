/**
 * Opens the one SQLite database that holds everything which must survive, and brings its schema up to date. WAL mode:
 * any number of serving processes read while one build writes, and each sees whole versions only.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { messageOf, OperatorError } from "../base/errors.ts";
import { checkRegular } from "./database-files.ts";
import { fullButForReserve, hasSpaceFor, isDiskFull, pageBytes, reserveBytes } from "./disk-space.ts";
import { migrations } from "./schema.ts";

export type Database = Sqlite.Database;

/** "rpzm" in SQLite's header, so that another program's database is not taken for ours. */
const applicationId = 0x72707a6d;
/** How long a connection waits for another process's short write transaction. */
const busyTimeoutMs = 30_000;
/**
 * How long a connection that serves waits, with all serving behind it: nobody makes it wait but who recovers the log of a
 * build that was killed, which takes a few milliseconds.
 */
const serveTimeoutMs = 50;
/** How long emptying the log waits for readers, which take a block each; it can be done another time. */
const logTimeoutMs = 1000;
/** Page cache of a connection that builds, whose index rows are read and written over and over. */
const buildCacheKibibytes = 8192;
/** Page cache of a connection that serves: blocks are read once in order, and what fits the processor's cache is faster. */
const serveCacheKibibytes = 2048;

/**
 * Opens for writing; makes the file and its folder where absent. A store of an older schema stays as it is until
 * `upgradeStore`. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW
 */
export function openForWriting(file: string): Database {
  return guarded(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    checkRegular(file);
    return preparedToWrite(new Sqlite(file, { timeout: busyTimeoutMs }), file);
  });
}

const temporary = "a temporary database";

/** A store in SQLite's temporary files, which have no name and end with the process. @throws OperatorError STORE_UNUSABLE */
export function openTemporary(): Database {
  return guarded(temporary, () => preparedToWrite(new Sqlite(""), temporary));
}

function preparedToWrite(connection: Database, file: string): Database {
  return prepared(connection, (db) => {
    db.pragma(`page_size = ${pageBytes}`);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma(`cache_size = -${buildCacheKibibytes}`);
    if (isBlank(db, file)) migrate(db);
    return db;
  });
}

/** The file of a store; undefined for a temporary one. */
export function fileOf(db: Database): string | undefined {
  return db.name === "" ? undefined : db.name;
}

/**
 * As `openForReading`, for a thread that serves: no read waits for long.
 * @param openTimeoutMs how long whoever has locked the file is waited for while it is opened
 * @throws OperatorError STORE_UNUSABLE, also where it stays locked, STORE_TOO_NEW
 */
export function openForServing(file: string, openTimeoutMs: number): Database | undefined {
  const db = openForReading(file, openTimeoutMs);
  db?.pragma(`busy_timeout = ${serveTimeoutMs}`);
  return db;
}

/** Opens for reading; undefined where there is no database yet. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW */
export function openForReading(file: string, timeoutMs = busyTimeoutMs): Database | undefined {
  return guarded(file, () => {
    checkRegular(file);
    let db: Database;
    try {
      db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: timeoutMs });
    } catch (error) {
      if (error instanceof Sqlite.SqliteError && error.code === "SQLITE_CANTOPEN" && !existsSync(file))
        return undefined;
      if (error instanceof TypeError && error.message.includes("directory does not exist")) return undefined;
      throw error;
    }
    return prepared(db, () => {
      db.pragma(`cache_size = -${serveCacheKibibytes}`);
      if (!isBlank(db, file)) return db;
      db.close();
      return undefined;
    });
  });
}

/** Makes a connection ready, or closes it. */
function prepared<T>(db: Database, work: (db: Database) => T): T {
  try {
    return work(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether nobody has put anything into the database yet. @throws OperatorError where it is not ours, or too new */
function isBlank(db: Database, file: string): boolean {
  const version = schemaOf(db);
  if (version === 0 && db.pragma("application_id", { simple: true }) === 0) {
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
    if (tables > 0) throw notOurs(file);
    return true;
  }
  checkVersion(db, file, version);
  return false;
}

/** The schema of a store, from 1. */
export function schemaOf(db: Database): number {
  return db.pragma("user_version", { simple: true }) as number;
}

/** Brings the schema up to date in one transaction. */
export function migrate(db: Database): void {
  db.transaction(() => {
    // Another process may have migrated between the caller's look and this lock.
    for (const migration of migrations.slice(schemaOf(db))) db.exec(migration);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function checkVersion(db: Database, file: string, version: number): void {
  if (db.pragma("application_id", { simple: true }) !== applicationId) throw notOurs(file);
  if (version > migrations.length) {
    throw new OperatorError(
      "STORE_TOO_NEW",
      `Cannot open "${file}": its schema ${version} is newer than this program's ${migrations.length}`,
      `Run the newer rpzmill that wrote it, or ${goBack(file)}`,
    );
  }
}

/** Where the copy goes that is made before a store of this schema is brought up to date. */
export function copyOfSchema(file: string, schema: number): string {
  return `${file}.schema-${schema}`;
}

/** Copies of older schemas beside a store, as paths, the newest schema last. */
export function olderCopies(file: string): { readonly path: string; readonly schema: number }[] {
  const start = `${basename(file)}.schema-`;
  let names: string[];
  try {
    names = readdirSync(dirname(file));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.startsWith(start) && /^[1-9]\d{0,8}$/.test(name.slice(start.length)))
    .map((name) => ({ path: join(dirname(file), name), schema: Number(name.slice(start.length)) }))
    .sort((a, b) => a.schema - b.schema);
}

function goBack(file: string): string {
  const copy = olderCopies(file).findLast(({ schema }) => schema <= migrations.length);
  return copy === undefined
    ? "point `state` at another folder"
    : `stop it and put the copy "${copy.path}", made when the store was brought up to date, in its place (docs/upgrading.md)`;
}

function notOurs(file: string): OperatorError {
  return new OperatorError(
    "STORE_UNUSABLE",
    `Cannot open "${file}": it is not an rpzmill database`,
    "Point `state` at another folder, or move that file away",
  );
}

function guarded<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unusable("open", file, error);
  }
}

const storeRemedy = "Check that the state folder exists, is writable, has free space and is on a local disk";
const fullRemedy = `Make at least ${reserveBytes} octets of free space on that disk`;
const lockedRemedy =
  "Wait until the program that has locked it is done, or stop it: `fuser` tells which one has it open";
const damageRemedy =
  "Restore the file from a copy, or move it away and build anew from the lists; then check the disk it was on";

/** An error of the file or the disk it is on, in words. */
export function unusable(doWhat: string, file: string, error: unknown): OperatorError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isDamaged = /^SQLITE_(?:CORRUPT|NOTADB)/.test(code);
  // Where there is no room for the index of its log, SQLite knows of an I/O error alone.
  const isFull = /^SQLITE_(?:FULL|IOERR|CANTOPEN)/.test(code) && isDiskFull(file);
  const saysFull = /^(?:SQLITE_FULL|ENOSPC)$/.test(code) || messageOf(error) === fullButForReserve;
  const why = isFull && code !== "SQLITE_FULL" ? `its disk is full: ${messageOf(error)}` : messageOf(error);
  const isLocked = code.startsWith("SQLITE_BUSY");
  const remedy = isDamaged ? damageRemedy : isFull ? fullRemedy : isLocked ? lockedRemedy : storeRemedy;
  const options = { cause: error, isDiskFull: isFull || saysFull };
  return new OperatorError("STORE_UNUSABLE", `Cannot ${doWhat} "${file}": ${why}`, remedy, options);
}

/**
 * Moves what the write-ahead log holds into the database's own file and empties the log, which else stays as large as
 * it ever was: up to 64 MiB with pages of this size, and more after a build that ran out of room.
 */
export function emptyLog(db: Database): void {
  db.pragma(`busy_timeout = ${logTimeoutMs}`);
  try {
    db.pragma("wal_checkpoint(TRUNCATE)");
  } catch (error) {
    // The log is as good as the file. Without room it has to wait, and whoever writes next says so.
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  } finally {
    db.pragma(`busy_timeout = ${busyTimeoutMs}`);
  }
}

/** Whether a database could not be opened or read since another program has it locked. */
export function isLocked(thrown: unknown): boolean {
  const cause = thrown instanceof OperatorError ? thrown.cause : thrown;
  return cause instanceof Sqlite.SqliteError && cause.code.startsWith("SQLITE_BUSY");
}

/** What was thrown by work on the database: a fault of the file or its disk as STORE_UNUSABLE, all else as it is. */
export function storeFault(db: Database, thrown: unknown): unknown {
  const isFault = thrown instanceof Sqlite.SqliteError && !/^SQLITE_(?:CONSTRAINT|MISUSE|RANGE)/.test(thrown.code);
  return isFault ? unusable("use", fileOf(db) ?? temporary, thrown) : thrown;
}

/** For something that must be in the database and is not. */
export function storeDamage(db: Database, what: string): OperatorError {
  const why = `it is damaged: ${what} is missing`;
  return new OperatorError("STORE_UNUSABLE", `Cannot use "${db.name}": ${why}`, damageRemedy);
}

/** Runs `work` in a transaction that takes the write lock at once. A failure names the database and what to check. */
export function transact<T>(db: Database, work: () => T): T {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    throw storeFault(db, error);
  }
}

/**
 * As `transact`, for about so many octets of new rows. The last of a disk is not taken: the log is emptied before, and where
 * that gives no room, nothing is written. `pages` are those that change besides.
 * @throws OperatorError STORE_UNUSABLE
 */
export function transactBulk<T>(db: Database, bytes: number, work: () => T, pages = 0): T {
  const file = fileOf(db);
  if (file === undefined) return transact(db, work);
  // Looked at with the write lock held: other writers of this build look, too.
  const guardedWork = (): { readonly result: T } | undefined =>
    hasSpaceFor(file, bytes, pages) ? { result: work() } : undefined;
  let done = transact(db, guardedWork);
  if (done === undefined) {
    emptyLog(db);
    done = transact(db, guardedWork);
  }
  if (done !== undefined) return done.result;

  throw unusable("use", file, new Error(fullButForReserve));
}

/** As `transact`, for what adds nothing to the database and makes room: it may take the last of a disk, so the log is emptied before. */
export function transactSmall<T>(db: Database, work: () => T): T {
  const file = fileOf(db);
  if (file !== undefined && !hasSpaceFor(file, 0)) emptyLog(db);
  return transact(db, work);
}

/** Prepares each statement once and remembers it. */
export function preparing(db: Database): (sql: string) => Sqlite.Statement<unknown[]> {
  const prepared = new Map<string, Sqlite.Statement<unknown[]>>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) prepared.set(sql, (statement = db.prepare(sql)));
    return statement;
  };
}

/** Whether a store has a table, which one of an older schema may not; `sql` is what `preparing()` gives. */
export function hasTable(sql: ReturnType<typeof preparing>, name: string): boolean {
  return sql("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}
