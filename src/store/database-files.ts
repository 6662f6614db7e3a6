/**
 * The files of one SQLite database: its own, and those that SQLite keeps beside it. SQLite opens whatever it finds under
 * these names, and waits for ever on what is no file.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";

const besides = ["-wal", "-shm", "-journal"] as const;

/** The write-ahead log of a database. */
export function logOf(file: string): string {
  return `${file}-wal`;
}

/** @throws Error where one of them is a folder, a FIFO, a socket or a device; those that are absent are well */
export function checkRegular(file: string): void {
  if (!isRegular(file)) throw new Error("it is not a regular file");
  for (const end of besides) {
    if (!isRegular(file + end)) throw new Error(`"${basename(file)}${end}" is not a regular file`);
  }
}

function isRegular(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}
