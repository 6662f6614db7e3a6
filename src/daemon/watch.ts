/**
 * Watches files and folders. The system's events only say when to look; what changed is found by comparing what stat
 * says with what it said before. So an event too many costs a few stats, and one too few (network file systems, a
 * folder that was replaced) costs the seconds until the next look.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface WatchTargets {
  /** Watched for their content. */
  readonly files: readonly string[];
  /** Watched for files that come and go, by their names. */
  readonly folders: readonly string[];
  /** Folders among `files`: what happens in them is a reason to look. */
  readonly looked?: readonly string[];
  /** Which names in those folders count. */
  readonly counts: (name: string) => boolean;
}

export interface WatchOptions {
  /** Called with the files that changed, came or went. */
  readonly onChange: (changed: ReadonlySet<string>) => void;
  /** Quiet time that a change waits for, since programs write in pieces. */
  readonly settleMs?: number;
  /** Time between two looks without any event. */
  readonly pollMs?: number;
}

const defaultSettleMs = 300;
const defaultPollMs = 5000;
/** Writers that never pause are looked at after this long. */
const settleMsMax = 3000;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Tells a folder from another one that has taken its name. */
  readonly inode: bigint;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #poll: NodeJS.Timeout;
  #targets: WatchTargets = { files: [], folders: [], counts: () => false };
  #stamps = new Map<string, string>();
  #settle: NodeJS.Timeout | undefined;
  #firstEventMs: number | undefined;
  #looking = false;
  #lookAgain = false;
  #generation = 0;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#poll = setInterval(() => {
      this.#watchFolders();
      void this.#look();
    }, options.pollMs ?? defaultPollMs);
  }

  /**
   * Watches these from now on. Resolves when their present state is known, against which changes count; what was
   * watched before keeps the state it was last seen in.
   */
  async set(targets: WatchTargets): Promise<void> {
    const generation = ++this.#generation;
    this.#targets = targets;
    this.#watchFolders();
    const now = await stampsOf(targets);
    if (generation !== this.#generation) return;
    const folders = new Set(targets.folders);
    for (const [path, stamp] of this.#stamps) {
      const within = folders.has(dirname(path)) && targets.counts(basename(path));
      if (now.has(path) || within) now.set(path, stamp);
    }
    this.#stamps = now;
    this.#event();
  }

  /** Looks now, though nothing was heard of the files: for what is renamed into place, and so is never half written. */
  lookNow(): void {
    this.#watchFolders();
    void this.#look();
  }

  #watchFolders(): void {
    const wanted = new Set([
      ...this.#targets.files.map((file) => dirname(file)),
      ...this.#targets.folders,
      ...(this.#targets.looked ?? []),
    ]);
    for (const [folder, { watcher }] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    const inode = statSync(folder, { bigint: true, throwIfNoEntry: false })?.ino;
    const known = this.#folders.get(folder);
    if (known !== undefined) {
      if (known.inode === inode) return;
      known.watcher.close();
      this.#folders.delete(folder);
    }
    if (inode === undefined) return;
    try {
      const watcher = watch(folder, () => this.#event());
      // The next poll tries again.
      watcher.on("error", () => {
        watcher.close();
        if (this.#folders.get(folder)?.watcher === watcher) this.#folders.delete(folder);
      });
      this.#folders.set(folder, { watcher, inode });
    } catch {
      // No more watches to be had, or the folder is gone: polling does without.
    }
  }

  #event(): void {
    if (this.#closed) return;
    const now = performance.now();
    this.#firstEventMs ??= now;
    clearTimeout(this.#settle);
    const settleMs = this.#options.settleMs ?? defaultSettleMs;
    this.#settle = setTimeout(
      () => {
        this.#firstEventMs = undefined;
        void this.#look();
      },
      Math.max(0, Math.min(settleMs, this.#firstEventMs + settleMsMax - now)),
    );
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#lookAgain = false;
        const generation = this.#generation;
        const now = await stampsOf(this.#targets);
        // Meanwhile other targets were set: these stamps are not theirs.
        if (generation !== this.#generation || this.#closed) continue;
        const changed = differences(this.#stamps, now);
        this.#stamps = now;
        if (changed.size > 0) this.#options.onChange(changed);
      } while (this.#lookAgain && !this.#closed);
    } finally {
      this.#looking = false;
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}

/** By path, a text that changes whenever the file may have; empty where there is no such file. */
async function stampsOf({ files, folders, counts }: WatchTargets): Promise<Map<string, string>> {
  const found = await Promise.all(folders.map((folder) => namesIn(folder)));
  const within = folders.flatMap((folder, i) => (found[i] ?? []).filter(counts).map((name) => join(folder, name)));
  const paths = [...new Set([...files, ...within])];
  const stamps = await Promise.all(paths.map(stampOf));
  return new Map(paths.map((path, i) => [path, stamps[i] ?? ""]));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "";
  }
}

function differences(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Set<string> {
  const changed = new Set<string>();
  for (const [path, stamp] of now) if ((before.get(path) ?? "") !== stamp) changed.add(path);
  for (const [path, stamp] of before) if (stamp !== "" && !now.has(path)) changed.add(path);
  return changed;
}
