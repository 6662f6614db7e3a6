/**
 * The files of one SQLite database: its own, and those that SQLite keeps beside it. SQLite opens whatever it finds under
 * these names, and waits for ever on what is no file.
 */
import { type BigIntStats, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";

const besides = ["-wal", "-shm", "-journal"] as const;

/** The write-ahead log of a database: beside the file itself, where its name is a symbolic link. */
export function logOf(file: string): string {
  return `${realFile(file)}-wal`;
}

/** The file that a name stands for; the name itself where there is no such file. */
export function realFile(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

/** What tells whether the files under a database's name are still those that a connection has open. */
export interface DatabaseIdentity {
  /** Device and inode. */
  readonly id: string;
  /**
   * Those of the write-ahead log and its index; undefined where one of them is not there. SQLite removes them with the last
   * connection only, so a connection that has them open finds them there for as long as nobody else removes them.
   */
  readonly log: string | undefined;
  /** Changes with what is in the database's own file, which is written by checkpoints. */
  readonly content: string;
}

/** Looks at a database; undefined where there is none. @throws Error where that cannot be told */
export function identityOf(file: string): DatabaseIdentity | undefined {
  const stats = look(file);
  if (stats === undefined) return undefined;
  const [log, index] = [look(logOf(file)), look(`${realFile(file)}-shm`)];
  return {
    id: inodeOf(stats),
    log: log === undefined || index === undefined ? undefined : `${inodeOf(log)} ${inodeOf(index)}`,
    content: `${stats.size} ${stats.mtimeNs}`,
  };
}

function look(file: string): BigIntStats | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false });
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}

/** @throws Error where one of them is a folder, a FIFO, a socket or a device; those that are absent are well */
export function checkRegular(file: string): void {
  if (!isRegular(file)) throw new Error("it is not a regular file");
  const real = realFile(file);
  for (const end of besides) {
    if (!isRegular(real + end)) throw new Error(`"${basename(file)}${end}" is not a regular file`);
  }
}

function isRegular(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}
