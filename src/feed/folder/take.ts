/**
 * Takes one file of a folder: copies it while it stands still, looks whether it is a list, and keeps it under its hash. A file
 * that changes meanwhile is left for the next look.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { number } from "../../base/counted.ts";
import { OperatorError } from "../../base/errors.ts";
import { parseOptionsOfFile } from "../feed.ts";
import { temporaryStart } from "../fetch/copy-writer.ts";
import type { FolderTask } from "../fetch/task.ts";
import { emptyInWords } from "../limit.ts";
import { parseList } from "../run.ts";
import { contentFileOf, contentFolderOf, contentName, type FileContent } from "./index-file.ts";
import { type FoundFile, stampOf } from "./scan.ts";

/** `changed`: it is not the file that was seen any more. `retry`: it is to be read again though it stays as it is. */
export type Taken =
  | { readonly kind: "accepted"; readonly content: FileContent }
  | { readonly kind: "refused"; readonly reason: string; readonly retry: boolean }
  | { readonly kind: "changed" };

export interface TakeOptions {
  readonly task: FolderTask;
  /** Unix seconds. */
  readonly now: number;
  /** What is kept already, by the names of contents. */
  readonly known: ReadonlyMap<string, FileContent>;
  /** Called with the octets that were read. */
  onBytes(bytes: number): void;
}

const chunkBytes = 1024 * 1024;

/** What was read of a file: its hash, while it stood still. */
interface Read {
  readonly sha256: string;
  readonly bytes: number;
}

/** @throws an error of the disk that the copies are on */
export async function takeFile(file: FoundFile, options: TakeOptions): Promise<Taken> {
  const { expandedBytesMax, file: indexFile } = options.task;
  // A file that is compressed is larger once it is expanded.
  if (file.bytes > expandedBytesMax) {
    const bound = `expandedBytesMax allows ${number(expandedBytesMax)}`;
    return refused(`it has ${number(file.bytes)} octets, and ${bound}`);
  }
  const isGzip = file.name.endsWith(".gz");
  const temporary = join(contentFolderOf(indexFile), `${temporaryStart}file${isGzip ? ".gz" : ""}`);
  try {
    const read = await copyStill(file, temporary, options);
    if ("kind" in read) return read;
    const known = options.known.get(contentName({ ...read, isGzip }));
    if (known !== undefined) return { kind: "accepted", content: known };
    const looked = await lookInto(temporary, file.name, options.task);
    if ("kind" in looked) return looked;
    const content: FileContent = { ...read, isGzip, takenAt: options.now, ...looked };
    await rename(temporary, contentFileOf(indexFile, content));
    return { kind: "accepted", content };
  } finally {
    await rm(temporary, { force: true });
  }
}

function refused(reason: string, retry = false): Taken & { kind: "refused" } {
  return { kind: "refused", reason, retry };
}

async function copyStill(file: FoundFile, temporary: string, { onBytes }: TakeOptions): Promise<Read | Taken> {
  let source: FileHandle;
  try {
    // Neither a link in its place is followed, nor a pipe waited for.
    source = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(error);
  }
  try {
    const isStill = async (): Promise<boolean> => stampOf(await source.stat({ bigint: true })) === file.stamp;
    if (!(await isStill())) return { kind: "changed" };
    const hash = createHash("sha256");
    const target = await open(temporary, "w");
    let bytes = 0;
    try {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.bytes + 1));
      while (bytes <= file.bytes) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, bytes).catch(asUnreadable);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        for (let at = 0; at < bytesRead; )
          at += (await target.write(buffer, at, bytesRead - at, bytes + at)).bytesWritten;
        bytes += bytesRead;
        onBytes(bytesRead);
      }
      await target.sync();
    } finally {
      await target.close();
    }
    if (bytes !== file.bytes || !(await isStill())) return { kind: "changed" };
    return { sha256: hash.digest("hex"), bytes };
  } catch (error) {
    if (error instanceof UnreadableFile) return refused("it cannot be read from its disk", true);
    throw error;
  } finally {
    await source.close();
  }
}

/** The disk of the folder fails, as against that of the copies. */
class UnreadableFile extends Error {}

function asUnreadable(cause: unknown): never {
  throw new UnreadableFile("A file of a folder cannot be read", { cause });
}

function notOpened(error: unknown): Taken {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EACCES" || code === "EPERM") return refused("this user may not read it", true);
  // It was renamed, deleted, or replaced by something else since it was seen.
  if (["ENOENT", "ELOOP", "ENXIO", "ENOTDIR"].includes(code)) return { kind: "changed" };
  return refused(`it cannot be opened (${code})`, true);
}

type Looked = Omit<FileContent, "sha256" | "bytes" | "isGzip" | "takenAt">;

/** Whether a file is a list, and what it holds then. */
export async function lookInto(
  file: string,
  name: string,
  { reading, expandedBytesMax }: Pick<FolderTask, "reading" | "expandedBytesMax">,
): Promise<Looked | (Taken & { kind: "refused" })> {
  try {
    const parse = await parseOptionsOfFile(file, name, reading);
    const { areSamplesMasked } = reading;
    const { order, rejects } = await parseList({ file, range: undefined, expandedBytesMax, parse, areSamplesMasked });
    if (order.length === 0) return refused(emptyInWords(rejects));
    const { format, column, path } = parse;
    return {
      format,
      ...(column === undefined ? {} : { column }),
      ...(path === undefined ? {} : { path }),
      entries: order.length,
      rejects: rejects.total,
    };
  } catch (error) {
    if (!(error instanceof OperatorError) || !error.code.startsWith("SOURCE_")) throw error;
    // The copy has no name that anybody knows.
    const why = error.message.replaceAll(file, name).replace(/^Cannot read "[^"]*"(?: as a list)?: /, "");
    return refused(`${why}. ${error.remedy}`);
  }
}
