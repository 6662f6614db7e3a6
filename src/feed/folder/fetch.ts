/**
 * Brings the index of a folder up to date: takes in each file that came or changed and stands still, keeps what a file held when it
 * was last good, and leaves out files that are gone. A folder that is gone or empty changes nothing.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { counted } from "../../base/counted.ts";
import type { CopyFacts } from "../fetch/copy-state.ts";
import { keepAs, writeBeside } from "../fetch/copy-writer.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { FolderTask } from "../fetch/task.ts";
import type { Fetched, FetchTools } from "../fetch/tools.ts";
import {
  contentFileOf,
  contentFolderOf,
  contentName,
  type FileContent,
  type FolderFile,
  indexText,
  readIndex,
} from "./index-file.ts";
import { type FoundFile, type Scan, scanFolder } from "./scan.ts";
import { lookInto, type Taken, takeFile } from "./take.ts";

/** A file counts once it was not written to for so long: programs that copy pause for less. */
export const settleSeconds = 3;

export async function fetchFolder(task: FolderTask, known: CopyFacts | undefined, tools: FetchTools): Promise<Fetched> {
  const index = readIndex(task.file);
  const folder = contentFolderOf(task.file);
  mkdirSync(folder, { recursive: true });
  sweep(folder, index?.files ?? []);
  const look = new FolderLook(task, tools, index?.files ?? [], index?.reading === task.reading.digest);
  const { scan, still } = await settled(task.folder, tools);
  const files = await look.take(scan, still);
  refuseEmptied(task, index?.files ?? [], files, tools);
  await syncFolder(folder);
  const written = await writeBeside(task.file, [Buffer.from(indexText({ reading: task.reading.digest, files }))]);
  const waiting = scan.files.length - still.size + look.changed;
  const fetched = await keepAs(written, index === undefined ? undefined : known, tools.now());
  return {
    ...fetched,
    says: inWords(index?.files ?? [], files, waiting),
    ...(waiting === 0 ? {} : { againSeconds: settleSeconds }),
  };
}

/** What stands in a folder, and which of its files stand still; waits once for those that were just written to. */
async function settled(folder: string, tools: FetchTools): Promise<{ scan: Scan; still: ReadonlySet<FoundFile> }> {
  // A time to come is of another clock, and says nothing.
  const isOld = ({ mtimeMs }: FoundFile): boolean => Math.abs(tools.nowMs() - mtimeMs) >= 1000 * settleSeconds;
  const isPast = ({ mtimeMs }: FoundFile): boolean => mtimeMs <= tools.nowMs();
  const first = scanFolder(folder);
  if (first.files.every((file) => isOld(file) && isPast(file))) return { scan: first, still: new Set(first.files) };
  await tools.wait(1000 * settleSeconds);
  tools.signal.throwIfAborted();
  const before = new Map(first.files.map(({ name, stamp }) => [name, stamp]));
  const scan = scanFolder(folder);
  const still = scan.files.filter((file) => before.get(file.name) === file.stamp || (isOld(file) && isPast(file)));
  return { scan, still: new Set(still) };
}

/** One look through a folder. */
class FolderLook {
  readonly #task: FolderTask;
  readonly #tools: FetchTools;
  readonly #before: ReadonlyMap<string, FolderFile>;
  readonly #isReadAlike: boolean;
  /** Contents that are there and were read as they are to be, by their names. */
  readonly #contents = new Map<string, FileContent>();
  /** Files that changed while they were read. */
  changed = 0;

  constructor(task: FolderTask, tools: FetchTools, before: readonly FolderFile[], isReadAlike: boolean) {
    this.#task = task;
    this.#tools = tools;
    this.#before = new Map(before.map((file) => [file.name, file]));
    this.#isReadAlike = isReadAlike;
    if (!isReadAlike) return;
    for (const { content } of before) {
      if (content !== undefined && this.#isThere(content)) this.#contents.set(contentName(content), content);
    }
  }

  /** The index as it is from now on. */
  async take({ files, passed }: Scan, still: ReadonlySet<FoundFile>): Promise<FolderFile[]> {
    const index: FolderFile[] = [];
    for (const found of files) {
      const before = this.#before.get(found.name);
      const file = still.has(found) ? await this.#takeOne(found, before) : before;
      if (file !== undefined) index.push(file);
      this.#tools.signal.throwIfAborted();
    }
    const now = this.#tools.now();
    for (const { name, reason } of passed) {
      const before = this.#before.get(name);
      index.push({ name, state: "passed", reason, since: before?.reason === reason ? before.since : now });
    }
    return index.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #takeOne(found: FoundFile, before: FolderFile | undefined): Promise<FolderFile | undefined> {
    const isSame = before?.stamp === found.stamp && this.#isReadAlike && this.#tools.mode !== "force";
    if (isSame && (before.content === undefined || this.#contents.has(contentName(before.content)))) return before;
    const now = this.#tools.now();
    const taken = await takeFile(found, {
      task: this.#task,
      now,
      known: this.#contents,
      onBytes: (bytes) => this.#tools.onBytes(bytes),
    });
    if (taken.kind === "changed") {
      this.changed += 1;
      return before;
    }
    const { name, bytes } = found;
    const seen = { bytes, changedAt: Math.floor(found.mtimeMs / 1000) };
    if (taken.kind === "refused") return this.#refused(taken, before, { name, stamp: found.stamp, ...seen });
    const { content } = taken;
    this.#contents.set(contentName(content), content);
    const isKnown = before?.content !== undefined && contentName(before.content) === contentName(content);
    // The same content under another name came when this file did.
    const takenAt = isKnown ? before.content.takenAt : now;
    const since = before?.state === "accepted" && isKnown ? before.since : now;
    return { name, state: "accepted", since, stamp: found.stamp, ...seen, content: { ...content, takenAt } };
  }

  async #refused(
    { reason, retry }: Taken & { kind: "refused" },
    before: FolderFile | undefined,
    seen: Pick<FolderFile, "name" | "bytes" | "changedAt"> & { stamp: string },
  ): Promise<FolderFile> {
    const content = await this.#lastGood(before);
    const isKnown = before?.state === "refused" && before.reason === reason;
    return {
      state: "refused",
      reason,
      since: isKnown ? before.since : this.#tools.now(),
      ...seen,
      stamp: retry ? "" : seen.stamp,
      ...(content === undefined ? {} : { content }),
    };
  }

  /** What a file held when it was last good, if it is still good as files are read now. */
  async #lastGood(before: FolderFile | undefined): Promise<FileContent | undefined> {
    const content = before?.content;
    if (content === undefined || !this.#isThere(content)) return undefined;
    if (this.#isReadAlike) return content;
    const looked = await lookInto(contentFileOf(this.#task.file, content), before?.name ?? "", this.#task);
    if ("kind" in looked) return undefined;
    const { sha256, bytes, isGzip, takenAt } = content;
    return { sha256, bytes, isGzip, takenAt, ...looked };
  }

  #isThere(content: FileContent): boolean {
    const stat = statSync(contentFileOf(this.#task.file, content), { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size === content.bytes;
  }
}

/** @throws FetchFailure where a folder that had files has none any more: more often it is a mount that is gone than a decision */
function refuseEmptied(
  { folder, name }: FolderTask,
  before: readonly FolderFile[],
  now: readonly FolderFile[],
  { mode }: FetchTools,
): void {
  if (mode === "force" || !before.some(hasContent) || now.some(({ state }) => state !== "passed")) return;
  throw new FetchFailure(
    `Cannot take "${folder}": it has no file any more; what was taken of it before stays`,
    `Look whether it is mounted; if it really is to be empty, run \`rpzmill source fetch ${name} --force\`, then build with --accept ${name}`,
    { code: "SOURCE_EMPTY", isWhole: true },
  );
}

function hasContent({ content }: FolderFile): boolean {
  return content !== undefined;
}

/** Deletes contents that no file has any more, and what was left half written. Those of now stay until the next look. */
function sweep(folder: string, files: readonly FolderFile[]): void {
  const kept = new Set(files.flatMap(({ content }) => (content === undefined ? [] : [contentName(content)])));
  for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name), { force: true });
}

/** The names of contents must survive a power cut before the index that speaks of them. */
async function syncFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Refused files that are named. */
const namedMax = 3;

function inWords(before: readonly FolderFile[], now: readonly FolderFile[], waiting: number): string {
  const old = new Map(before.map((file) => [file.name, file]));
  const names = new Set(now.map(({ name }) => name));
  const came = now.filter((file) => file.state === "accepted" && isOther(old.get(file.name), file));
  const refused = now.filter((file) => file.state === "refused" && isOther(old.get(file.name), file));
  const passed = now.filter((file) => file.state === "passed" && old.get(file.name)?.state !== "passed");
  const gone = before.filter((file) => hasContent(file) && !names.has(file.name));
  const says = [
    ...(came.length > 0 ? [`${counted(came.length, "file")} taken`] : []),
    ...(refused.length > 0 ? [`${counted(refused.length, "file")} refused (${reasonsInWords(refused)})`] : []),
    ...(passed.length > 0 ? [`passed over ${reasonsInWords(passed)}`] : []),
    ...(gone.length > 0 ? [`${counted(gone.length, "file")} gone`] : []),
    ...(waiting > 0 ? [`${counted(waiting, "file")} still being written`] : []),
  ];
  return says.length === 0 ? "nothing new in the folder" : says.join(", ");
}

function isOther(before: FolderFile | undefined, now: FolderFile): boolean {
  return before?.state !== now.state || before.reason !== now.reason || before.content?.sha256 !== now.content?.sha256;
}

function reasonsInWords(files: readonly FolderFile[]): string {
  const some = files.slice(0, namedMax).map(({ name, reason = "" }) => `"${name}": ${reason}`);
  return `${some.join("; ")}${files.length > namedMax ? "; …" : ""}`;
}
