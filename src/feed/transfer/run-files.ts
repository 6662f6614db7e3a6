/** Sorted changes beyond what is kept in memory, in files beside the copy, for as long as a fetch lasts. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { type ChangeCursor, type Changes, cursorOfRun, endOfChange, mergedCursor } from "../../transfer/changes.ts";
import { temporaryFor } from "../fetch/copy-writer.ts";

const bufferBytes = 1_048_576;

export class RunFiles {
  readonly #copyFile: string;
  readonly #files: string[] = [];
  readonly #open: number[] = [];

  constructor(copyFile: string) {
    this.#copyFile = copyFile;
  }

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** Writes what is kept to a file, sorted, and forgets it in memory. */
  spill(changes: Changes): void {
    const file = temporaryFor(`${this.#copyFile}.run${this.#files.length}`);
    this.#files.push(file);
    const target = openSync(file, "w");
    try {
      let parts: Uint8Array[] = [];
      let bytes = 0;
      for (const cursor = changes.sorted(); cursor.next(); ) {
        const part = cursor.bytes.subarray(cursor.at, endOfChange(cursor.bytes, cursor.at));
        parts.push(part);
        bytes += part.length;
        if (bytes < bufferBytes) continue;
        writeAll(target, Buffer.concat(parts));
        parts = [];
        bytes = 0;
      }
      writeAll(target, Buffer.concat(parts));
    } finally {
      closeSync(target);
    }
    changes.clear();
  }

  /** All changes in order, those in memory last. */
  sorted(changes: Changes): ChangeCursor {
    const runs = this.#files.map((file) => {
      const source = openSync(file, "r");
      this.#open.push(source);
      return cursorOfRun((target) => readSync(source, target), bufferBytes);
    });
    return mergedCursor([...runs, changes.sorted()]);
  }

  discard(): void {
    for (const open of this.#open.splice(0)) closeSync(open);
    for (const file of this.#files.splice(0)) rmSync(file, { force: true });
  }
}

function writeAll(target: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at);
}
