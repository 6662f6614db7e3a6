/**
 * One build at a time per store. The lock is SQLite's own file lock on a database beside the store, so it ends with
 * the process that took it, however that ends; who that is, is written in the store for the others to read.
 */
import { hostname } from "node:os";
import Sqlite from "better-sqlite3";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { type Database, fileOf, storeFault, unusable } from "./database.ts";
import { checkRegular } from "./database-files.ts";

export interface BuildLock {
  release(): void;
}

/** Takes the lock, or says who has locked the store. @throws OperatorError BUILD_HELD, STORE_UNUSABLE */
export function takeBuildLock(db: Database, clock: Clock): BuildLock {
  // Nobody else can open a temporary one.
  if (fileOf(db) === undefined) return { release() {} };
  const file = `${db.name}.build-lock`;
  let lock: Database;
  try {
    checkRegular(file);
    lock = new Sqlite(file, { timeout: 0 });
  } catch (error) {
    throw unusable("open", file, error);
  }
  try {
    // Nothing is ever written to it, and a file for what would be could not be made on a full disk.
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
    noteHolder(db, clock);
  } catch (error) {
    lock.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")) throw locked(db, error);
    throw storeFault(lock, error);
  }
  return {
    release() {
      try {
        db.prepare("DELETE FROM build").run();
      } catch {
        // On a full disk the note stays. It only tells who builds while the store is locked.
      }
      lock.close();
    },
  };
}

/** On a full disk no note is made: it only tells who builds. */
function noteHolder(db: Database, clock: Clock): void {
  try {
    db.prepare("INSERT OR REPLACE INTO build (id, pid, host, started_at) VALUES (1, ?, ?, ?)").run(
      process.pid,
      hostname(),
      nowSeconds(clock),
    );
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || error.code !== "SQLITE_FULL") throw storeFault(db, error);
  }
}

function locked(db: Database, cause: unknown): OperatorError {
  const builder = db.prepare("SELECT pid, host, started_at AS startedAt FROM build").get() as
    | { pid: number; host: string; startedAt: number }
    | undefined;
  const who =
    builder === undefined
      ? "another process"
      : `process ${builder.pid} on ${builder.host} since ${new Date(builder.startedAt * 1000).toISOString()}`;
  return new OperatorError(
    "BUILD_HELD",
    `Cannot build into "${db.name}": ${who} is building`,
    "Wait for that build to end, or stop that process",
    { cause },
  );
}
