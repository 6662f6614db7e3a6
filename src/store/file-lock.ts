/**
 * Locks between processes: SQLite's own lock on an empty file, which ends with the process that took it, however that ends.
 */
import Sqlite from "better-sqlite3";
import { unusable } from "./database.ts";
import { checkRegular } from "./database-files.ts";

export interface FileLock {
  release(): void;
}

/** Takes the lock, or gives undefined where another has it. @throws OperatorError STORE_UNUSABLE */
export function lockFile(file: string): FileLock | undefined {
  let lock: Sqlite.Database | undefined;
  try {
    checkRegular(file);
    lock = new Sqlite(file, { timeout: 0 });
    // Nothing is ever written to it, and a file for what would be could not be made on a full disk.
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock?.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")) return undefined;
    throw unusable("lock", file, error);
  }
  const taken = lock;
  return { release: () => void taken.close() };
}
