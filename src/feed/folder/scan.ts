/** Looks through a folder: its regular files with what tells one state of a file from another, and what else stands in it. */
import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { FetchFailure } from "../fetch/failure.ts";
import { isUnfinishedName, shownFileName } from "./file-name.ts";

/** Files of one folder: a drop of a file every five minutes for a year, and a bound on what a look costs. */
export const filesMax = 100_000;

/** A regular file as it was at a look. */
export interface FoundFile {
  /** As it is shown. */
  readonly name: string;
  /** As the system has it. */
  readonly path: Buffer;
  /** Changes whenever the file may have. */
  readonly stamp: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** What is no regular file, and what it is. */
export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

export interface Scan {
  readonly files: readonly FoundFile[];
  readonly passed: readonly PassedOver[];
}

/** @throws FetchFailure */
export function scanFolder(folder: string): Scan {
  const names = namesIn(folder);
  const files: FoundFile[] = [];
  const passed: PassedOver[] = [];
  for (const raw of names) {
    const name = shownFileName(raw);
    if (isUnfinishedName(name)) continue;
    const path = Buffer.concat([Buffer.from(`${folder}/`), raw]);
    const stat = statOf(path);
    if (stat === undefined) continue;
    if (!stat.isFile()) passed.push({ name, reason: whatItIs(stat) });
    else {
      files.push({ name, path, stamp: stampOf(stat), bytes: Number(stat.size), mtimeMs: Number(stat.mtimeMs) });
    }
  }
  return { files, passed };
}

/** Undefined where the file is gone meanwhile. */
function statOf(path: Buffer): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** What changes whenever a file may have. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function whatItIs(stat: BigIntStats): string {
  if (stat.isDirectory()) return "it is a folder, and these are not entered";
  if (stat.isSymbolicLink()) return "it is a symbolic link, and these are not followed";
  return "it is no regular file";
}

function namesIn(folder: string): Buffer[] {
  let names: Buffer[];
  try {
    names = readdirSync(folder, { encoding: "buffer" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw unreadable(folder, reasons[code] ?? code);
  }
  if (names.length <= filesMax) return names;
  throw new FetchFailure(
    `Cannot look into "${folder}": it holds ${names.length} files, and ${filesMax} are as many as are read`,
    "Move away what is no list, or join the lists into fewer files",
    { code: "SOURCE_TOO_LARGE", isWhole: true },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "it is no folder",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
};

function unreadable(folder: string, why: string): FetchFailure {
  return new FetchFailure(
    `Cannot look into "${folder}": ${why}`,
    "Make the folder, or mount it, and let this user read it; what was taken of it before stays",
    { code: "SOURCE_UNREADABLE", isWhole: true },
  );
}
