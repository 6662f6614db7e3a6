/**
 * Writes the copy of a list and its state: into a temporary file, through to the disk, then renamed into place, so that a crash
 * at any moment leaves the copy that was there or the new one. Whoever writes has the lock of the list.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type CopyFacts, type CopyState, copyStateText, stateFileOf } from "./copy-state.ts";
import type { Fetched } from "./tools.ts";

export const temporaryStart = ".new-";

/** Makes the folder of a copy, and clears it of what an earlier process left half written. */
export function prepareFolder(copyFile: string): void {
  const folder = dirname(copyFile);
  mkdirSync(folder, { recursive: true });
  sweep(folder, (name) => name.startsWith(temporaryStart));
}

/** Deletes copies and states in the folder of a copy that came from other addresses. */
export function sweepOthers(copyFile: string): void {
  const own = [basename(copyFile), basename(stateFileOf(copyFile))];
  sweep(dirname(copyFile), (name) => /^[0-9a-f]{16}\.(?:list|json)$/.test(name) && !own.includes(name));
}

function sweep(folder: string, isLeft: (name: string) => boolean): void {
  for (const name of readdirSync(folder)) if (isLeft(name)) rmSync(join(folder, name), { force: true });
}

/** Whether the file in the place of a copy is the one that is known. */
export function isCopyThere(copyFile: string, facts: Pick<CopyFacts, "bytes" | "mtimeNs">): boolean {
  const stat = statSync(copyFile, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true && Number(stat.size) === facts.bytes && String(stat.mtimeNs) === facts.mtimeNs;
}

/** Whether a list was fetched and its copy is gone, or is another file: it is due at once, unless fetches of it fail. */
export function isCopyLost(copyFile: string, state: CopyState | undefined): boolean {
  return state?.copy !== undefined && state.failures === 0 && !isCopyThere(copyFile, state.copy);
}

export interface WrittenFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly mtimeNs: string;
  /** Puts it into its place. */
  keep(): Promise<void>;
  /** Deletes it where it was not kept. */
  discard(): void;
}

/**
 * Writes octets beside a file, whose place they may take. What was written of an iterable that fails is deleted. `part` tells
 * two that are written for one file.
 */
export async function writeBeside(
  file: string,
  octets: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  part = "",
): Promise<WrittenFile> {
  const temporary = temporaryFor(`${file}${part}`);
  const hash = createHash("sha256");
  let bytes = 0;
  let isDone = false;
  const handle = await open(temporary, "w");
  try {
    for await (const chunk of octets) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
    }
    await handle.sync();
    const { mtimeNs } = await handle.stat({ bigint: true });
    isDone = true;
    return {
      sha256: hash.digest("hex"),
      bytes,
      mtimeNs: String(mtimeNs),
      keep: () => moveInto(temporary, file),
      discard: () => rmSync(temporary, { force: true }),
    };
  } finally {
    await handle.close();
    if (!isDone) rmSync(temporary, { force: true });
  }
}

/** What is said of a copy besides what it is. */
type Marking = Pick<CopyFacts, "etag" | "lastModified" | "marks">;

/**
 * Puts what was written into the place of the copy, or leaves that where both are the same, so that nothing is read again.
 * @param now Unix seconds
 */
export async function keepAs(
  written: WrittenFile,
  known: CopyFacts | undefined,
  now: number,
  more: Marking = {},
): Promise<Fetched> {
  const times = { fetchedAt: now, checkedAt: now };
  try {
    if (written.sha256 === known?.sha256) {
      const { sha256, bytes, mtimeNs, changedAt } = known;
      return { kind: "same", copy: { ...more, sha256, bytes, mtimeNs, changedAt, ...times } };
    }
    await written.keep();
    const { sha256, bytes, mtimeNs } = written;
    return { kind: "new", copy: { ...more, sha256, bytes, mtimeNs, changedAt: now, ...times } };
  } finally {
    written.discard();
  }
}

/** Writes the state of a copy. */
export async function writeCopyState(copyFile: string, state: CopyState): Promise<void> {
  const file = stateFileOf(copyFile);
  const written = await writeBeside(file, [Buffer.from(copyStateText(state))]);
  await written.keep();
}

export function temporaryFor(file: string): string {
  return join(dirname(file), `${temporaryStart}${basename(file)}`);
}

async function moveInto(temporary: string, file: string): Promise<void> {
  await rename(temporary, file);
  // The new name must survive a power cut before the state that speaks of it.
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
