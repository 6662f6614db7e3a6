/**
 * The index of a folder, which is its copy: a line of JSON for each file, and before these one that says how they were read. What
 * the files held when they were last good stands beside it, each under its hash.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ReadFormat } from "../../indicator/format/format.ts";

/** What a file held when it was last accepted. */
export interface FileContent {
  /** Of its octets, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly isGzip: boolean;
  /** Unix seconds: when it was accepted first. */
  readonly takenAt: number;
  readonly format: ReadFormat;
  /** Options of the parser that the list itself gives. */
  readonly column?: string | number;
  readonly path?: string;
  /** Names and addresses, duplicates included. */
  readonly entries: number;
  readonly rejects: number;
}

/** One file of a folder. */
export interface FolderFile {
  /** As it is shown; of no two files the same. */
  readonly name: string;
  /** `accepted`: what it holds is in force; `refused`: what it held before is, if it ever was good; `passed`: it is no file. */
  readonly state: "accepted" | "refused" | "passed";
  /** Why it was refused or passed over. */
  readonly reason?: string;
  /** Unix seconds: since when it is in this state for this reason. */
  readonly since: number;
  /** Of the file as it was last looked at; empty where it is to be read at each look. */
  readonly stamp?: string;
  readonly bytes?: number;
  /** Unix seconds, by whatever clock set it. */
  readonly changedAt?: number;
  /** What counts of it. */
  readonly content?: FileContent;
}

export interface FolderIndex {
  /** Of how the files were read. */
  readonly reading: string;
  /** In the order of their names. */
  readonly files: readonly FolderFile[];
}

const version = 1;

export function indexText({ reading, files }: FolderIndex): string {
  const lines = [{ version, reading }, ...files].map((line) => `${JSON.stringify(line)}\n`);
  return lines.join("");
}

/** The index in a file; undefined where there is none that can be read. */
export function readIndex(file: string): FolderIndex | undefined {
  try {
    const [head, ...files] = readFileSync(file, "utf8").trimEnd().split("\n");
    const { version: found, reading } = JSON.parse(head ?? "") as { version?: number; reading?: string };
    if (found !== version || typeof reading !== "string") return undefined;
    // Nobody else writes it, and it is renamed into place whole.
    return { reading, files: files.map((line) => JSON.parse(line) as FolderFile) };
  } catch {
    return undefined;
  }
}

/** The folder in which the contents of an index stand. */
export function contentFolderOf(indexFile: string): string {
  return join(dirname(indexFile), "files");
}

/** The file that holds a content. */
export function contentFileOf(indexFile: string, content: Pick<FileContent, "sha256" | "isGzip">): string {
  return join(contentFolderOf(indexFile), contentName(content));
}

export function contentName({ sha256, isGzip }: Pick<FileContent, "sha256" | "isGzip">): string {
  return isGzip ? `${sha256}.gz` : sha256;
}
