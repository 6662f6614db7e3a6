/**
 * The store's file as a serving process sees it. It is opened once it is there, and opened again where another file has
 * taken its place: a copy that was restored, or a store that was built anew. Until that one can be read, the one that
 * was open stays so.
 */
import { statSync } from "node:fs";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type Database, openForReading } from "../store/database.ts";

/** A store that was open before; what is still read from it keeps it open. */
interface Retired {
  readonly db: Database;
  readonly sinceMs: number;
}

export class StoreFile {
  readonly #file: string;
  readonly #logger: Logger;
  #db: Database | undefined;
  /** Which file `#db` has open: device and inode. */
  #opened: string | undefined;
  /** The stamp of a file in its place, as it was at the last look. */
  #candidate: string | undefined;
  #reported = "";
  #retired: Retired[] = [];

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** What is open; undefined until there is a store. */
  get database(): Database | undefined {
    return this.#db;
  }

  /**
   * Looks whether there is a store to open, for the first time or in place of the one that is open. `tryOut` reads from
   * it what will be served; where it throws, nothing changes.
   * @returns what `tryOut` gave; undefined where nothing was opened
   * @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW, while nothing is open
   */
  look<T>(tryOut: (db: Database) => T): T | undefined {
    const stats = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
    if (this.#db === undefined) return stats === undefined ? undefined : this.#open(idOf(stats), tryOut);
    if (stats === undefined) {
      this.#candidate = undefined;
      this.#report("warn", `Cannot find "${this.#file}" any more: it was moved or deleted`);
      return undefined;
    }
    if (idOf(stats) === this.#opened) {
      this.#candidate = undefined;
      this.#reported = "";
      return undefined;
    }
    // A copy under way changes from one look to the next.
    const stamp = `${idOf(stats)} ${stats.size} ${stats.mtimeNs}`;
    if (stamp !== this.#candidate) {
      this.#candidate = stamp;
      return undefined;
    }
    try {
      const result = this.#open(idOf(stats), tryOut);
      if (result !== undefined)
        this.#logger.warn({ file: this.#file }, `"${this.#file}" was replaced: serving from the new one`);
      return result;
    } catch (error) {
      this.#report("error", messageOf(error));
      return undefined;
    }
  }

  #open<T>(id: string, tryOut: (db: Database) => T): T | undefined {
    const db = openForReading(this.#file);
    if (db === undefined) return undefined;
    let result: T;
    try {
      result = tryOut(db);
    } catch (error) {
      db.close();
      throw error;
    }
    if (this.#db !== undefined) this.#retired.push({ db: this.#db, sinceMs: performance.now() });
    this.#db = db;
    this.#opened = id;
    this.#candidate = undefined;
    this.#reported = "";
    return result;
  }

  /** Once for each message: a look comes ten times a second. */
  #report(level: "warn" | "error", message: string): void {
    if (message === this.#reported) return;
    this.#reported = message;
    this.#logger[level]({ file: this.#file }, `${message}; what was open is served on`);
  }

  /** Closes stores that were open before at least `afterMs` ago and that `isNeeded` does not name. */
  closeRetired(afterMs: number, isNeeded: (db: Database) => boolean): void {
    const now = performance.now();
    this.#retired = this.#retired.filter(({ db, sinceMs }) => {
      const stays = now - sinceMs < afterMs || isNeeded(db);
      if (!stays) db.close();
      return stays;
    });
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#opened = undefined;
    this.closeRetired(0, () => false);
  }
}

function idOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev} ${ino}`;
}
