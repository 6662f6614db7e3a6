/**
 * Copies the store into one file by SQLite's online backup, while builds write and servers read: the copy is the store
 * at one moment, is checked, and appears whole or not at all.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { OperatorError } from "../base/errors.ts";
import { type Database, unusable } from "./database.ts";

/** Pages of 64 KiB that are copied in one go; between two of them signals and timers are served. */
const pagesAtOnce = 512;

/** Octets that the store has, with what its write-ahead log holds, and so a copy of it. */
export function storeBytes(db: Database): number {
  return (db.pragma("page_count", { simple: true }) as number) * (db.pragma("page_size", { simple: true }) as number);
}

/** Octets that may still be written to the disk of this folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/**
 * Copies a store to `file`, which is replaced where it exists; gives its octets.
 * @throws OperatorError STORE_NO_SPACE with the octets that it needs, before anything is written; STORE_UNUSABLE
 */
export async function copyStore(db: Database, file: string, remedy: string): Promise<number> {
  const partial = `${file}.partial`;
  // A transaction that reads pins one version: without it every commit of a build would start the copy over.
  db.exec("BEGIN");
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    const bytes = storeBytes(db);
    checkSpace(bytes, file, remedy);
    removeAll(partial);
    await db.backup(partial, { progress: () => pagesAtOnce });
    checkCopy(partial);
    syncFile(partial);
    renameSync(partial, file);
    syncFile(dirname(file));
    return bytes;
  } catch (error) {
    removeAll(partial);
    if (error instanceof OperatorError) throw error;
    throw unusable("copy the store to", file, error);
  } finally {
    db.exec("COMMIT");
  }
}

function checkSpace(bytes: number, file: string, remedy: string): void {
  const free = freeBytes(dirname(file));
  if (bytes <= free) return;
  const why = `it needs ${bytes} octets, and ${free} are free there`;
  throw new OperatorError("STORE_NO_SPACE", `Cannot copy the store to "${file}": ${why}`, remedy);
}

/** Makes the copy one file that needs no log beside it, and reads it through. */
function checkCopy(file: string): void {
  const copy = new Sqlite(file);
  try {
    copy.pragma("journal_mode = DELETE");
    const found = copy.pragma("quick_check(1)", { simple: true });
    if (found !== "ok") {
      throw new OperatorError(
        "STORE_UNUSABLE",
        `Cannot copy the store to "${file}": the copy is damaged: ${String(found)}`,
        "Check the disk; where the store itself is damaged, restore an earlier copy or build anew from the lists",
      );
    }
  } finally {
    copy.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Where it cannot be removed, the next copy writes over it. */
function removeAll(partial: string): void {
  for (const end of ["", "-journal", "-wal", "-shm"]) {
    try {
      rmSync(partial + end, { force: true });
    } catch {
      // Why the copy could not be made is what has to be reported.
    }
  }
}
