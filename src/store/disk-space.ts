/**
 * Keeps a little of the disk free. A store on a disk that is full to the last octet cannot even be opened: SQLite needs room
 * for the log's index, and for what the log holds before the log can be emptied.
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { logOf, realFile } from "./database-files.ts";

/** Left for opening the store, for noting who builds, and for publishing what was written. */
export const reserveBytes = 2 * 1024 * 1024;

/** Octets of blocks or messages that are written in one transaction: on a small disk each must find room twice. */
export const batchBytes = 4 * 1024 * 1024;

/** Octets that may still be written to the disk of this folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Octets of a page of a store: the largest that SQLite has, since a block fits in one, which reads twice as fast (measured). */
export const pageBytes = 65_536;

/**
 * Whether about so many octets more may be written to a store. They go to the log first and from there to the file, as
 * what the log holds now still has to, so they need room twice. `pages` are those that are in the file and change besides:
 * each goes to the log as a whole.
 */
export function hasSpaceFor(file: string, bytes: number, pages = 0): boolean {
  const logBytes = statSync(logOf(file), { throwIfNoEntry: false })?.size ?? 0;
  return freeBytes(dirname(realFile(file))) >= logBytes + 2 * withPages(bytes) + pages * pageBytes + reserveBytes;
}

/** Whether less is free on the disk of a file than it takes to open a store there. */
export function isDiskFull(file: string): boolean {
  try {
    return freeBytes(dirname(realFile(file))) < reserveBytes / 2;
  } catch {
    return false;
  }
}

/** @throws Error where so many octets more, beside a store, would take what it needs to be opened again */
export function checkSpaceBeside(folder: string, bytes: number): void {
  if (freeBytes(folder) < bytes + reserveBytes) throw new Error(fullButForReserve);
}

/** Why nothing is written though octets are free. */
export const fullButForReserve = "its disk is full, but for what it takes to go on later";

/** Rows as they lie in pages: some of each page stays empty. */
function withPages(bytes: number): number {
  return 1.25 * bytes;
}
