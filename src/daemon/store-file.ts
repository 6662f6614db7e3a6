/**
 * The store's file as a serving process sees it. It is opened once it is there, and opened again where it is no longer
 * what was opened: another file has taken its place (a copy that was restored, a store that was built anew), its
 * write-ahead log was removed, or something was written over it.
 *
 * Another file is tried out first, and the one that was open serves on until that succeeds, and for transfers that read
 * from it beyond that. The same file must be closed before it is opened again: within a process SQLite shares the index
 * of the log among all connections to a file, and would read the new log by the index of the old one.
 */
import { messageOf, OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type Database, isLocked, openForServing, storeFault } from "../store/database.ts";
import { type DatabaseIdentity, identityOf } from "../store/database-files.ts";

/** How a store is looked into. */
export interface StoreReading<T> {
  /** Reads what will be served. Where it throws, the store is not served from. */
  read(db: Database): T;
  /** Whether there is nothing in it to be served. */
  isEmpty(found: T): boolean;
  /** Whether that is of another store than the one that was opened in this file. */
  isAnother(found: T): boolean;
}

/** A store that was open before; what is still read from it keeps it open. */
interface Retired {
  readonly db: Database;
  readonly id: string;
  readonly sinceMs: number;
}

/** A file that could not be opened. */
interface Failure {
  /** What the file was then. */
  readonly stamp: string;
  readonly error: unknown;
  readonly atMs: number;
}

/** Between two tries to open a file that stays as it is: it may be locked, and that ends without a change to be seen. */
const retryMs = 1000;
/** For so long a file may be locked before that is worth a word. */
const lockedMs = 2000;

const logRemoved = "a part of its write-ahead log was removed";

export class StoreFile {
  readonly #file: string;
  readonly #logger: Logger;
  #db: Database | undefined;
  /** What `#db` has open; undefined until something was. */
  #opened: DatabaseIdentity | undefined;
  /** What the file was at the last look, where it was no longer what is open. */
  #candidate: string | undefined;
  /** What was last reported of the file's place, and of what is in it. */
  #reported = "";
  #fault = "";
  #failure: Failure | undefined;
  /** Since when each try found the file locked. */
  #lockedSinceMs: number | undefined;
  #retired: Retired[] = [];

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** What is open; undefined until there is a store, and while it cannot be opened again. */
  get database(): Database | undefined {
    return this.#db;
  }

  /** Whether the file is no longer what was opened, and was not looked into since. */
  get isChanging(): boolean {
    return this.#candidate !== undefined;
  }

  /**
   * Looks whether there is a store to open, for the first time or in place of the one that is open.
   * @param waitMs how long whoever has locked the file is waited for; all else that this thread does waits with it
   * @returns what `read` gave; undefined where nothing was opened
   * @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW, while nothing was ever open
   */
  look<T>(reading: StoreReading<T>, waitMs = 0): T | undefined {
    const seen = identityOf(this.#file);
    if (this.#opened === undefined)
      return seen === undefined ? undefined : this.#open(seen, reading, { waitMs, graceMs: waitMs > 0 ? 0 : lockedMs });
    if (seen === undefined) {
      this.#candidate = undefined;
      this.#report("warn", `Cannot find "${this.#file}" any more: it was moved or deleted`);
      return undefined;
    }
    if (this.#db === undefined) return this.#openAgain(seen, reading, "can be read again: serving what it holds now");
    if (seen.id !== this.#opened.id) return this.#isSettled(seen) ? this.#replace(seen, reading) : undefined;
    // A store that is no longer in the form of a backup has a log from its first build on.
    this.#opened = { ...this.#opened, log: this.#opened.log ?? seen.log };
    if (seen.log !== this.#opened.log) {
      // Nobody can have written anything without a log, and who does makes a new one.
      if (seen.log === undefined) this.#report("warn", `Cannot follow "${this.#file}": ${logRemoved}`);
      else return this.#openAgain(seen, reading, `was opened again, since ${logRemoved}: serving what it holds now`);
      return undefined;
    }
    if (seen.content !== this.#opened.content) return this.#isSettled(seen) ? this.#check(seen, reading) : undefined;
    this.#candidate = undefined;
    this.#reported = "";
    return undefined;
  }

  /** A copy under way changes from one look to the next. */
  #isSettled({ id, content }: DatabaseIdentity): boolean {
    const stamp = `${id} ${content}`;
    if (stamp === this.#candidate) return true;
    this.#candidate = stamp;
    return false;
  }

  /** Opens another file in the place of the one that is open. */
  #replace<T>(seen: DatabaseIdentity, reading: StoreReading<T>): T | undefined {
    const before = this.#db;
    const id = this.#opened?.id ?? "";
    try {
      const result = this.#open(seen, reading);
      if (result === undefined) return undefined;
      if (before !== undefined) this.#retired.push({ db: before, id, sinceMs: performance.now() });
      this.#logger.warn(
        { file: this.#file },
        `"${this.#file}" was replaced: ${reading.isEmpty(result) ? "the new one has no zone that is served" : "serving from the new one"}`,
      );
      return result;
    } catch (error) {
      this.#report("error", faultInWords(error));
      return undefined;
    }
  }

  /** The content of the file has changed: by a checkpoint, which changes nothing of what is read, or by who knows what. */
  #check<T>(seen: DatabaseIdentity, reading: StoreReading<T>): T | undefined {
    const db = this.#db as Database;
    try {
      // Pages in the cache may be those of what the file was before.
      db.pragma("shrink_memory");
      if (!reading.isAnother(reading.read(db))) {
        this.#opened = seen;
        this.#candidate = undefined;
        this.#fault = "";
        return undefined;
      }
    } catch {
      // What is wrong with it is known when it is opened again.
    }
    const advice = "Move copies into its place instead: one that is written over it is seen in part";
    return this.#openAgain(seen, reading, `was written over: serving what it holds now. ${advice}`);
  }

  /** Closes the file and opens it again; where that fails, each look tries it. */
  #openAgain<T>(seen: DatabaseIdentity, reading: StoreReading<T>, what: string): T | undefined {
    this.#db?.close();
    this.#db = undefined;
    try {
      const result = this.#open(seen, reading, { graceMs: 0 });
      if (result !== undefined) this.#logger.warn({ file: this.#file }, `"${this.#file}" ${what}`);
      else
        this.#report(
          "error",
          `Cannot read "${this.#file}": there is nothing in it. Put a whole copy in its place, or build`,
        );
      return result;
    } catch (error) {
      this.#report("error", faultInWords(error));
      return undefined;
    }
  }

  /** Tries it, but a file that failed and is the same as then only now and then; until then it fails as it did. */
  #open<T>(seen: DatabaseIdentity, reading: StoreReading<T>, { waitMs = 0, graceMs = lockedMs } = {}): T | undefined {
    const stamp = `${seen.id} ${seen.log} ${seen.content}`;
    const failure = this.#failure;
    if (failure?.stamp === stamp && performance.now() - failure.atMs < retryMs) throw failure.error;
    this.#failure = undefined;
    try {
      const result = this.#tryToOpen(seen, reading, waitMs);
      this.#lockedSinceMs = undefined;
      return result;
    } catch (error) {
      // A build that makes the file has it locked for a moment.
      if (!isLocked(error)) this.#lockedSinceMs = undefined;
      else if (performance.now() - (this.#lockedSinceMs ??= performance.now()) < graceMs) return undefined;
      this.#failure = { stamp, error, atMs: performance.now() };
      throw error;
    }
  }

  #tryToOpen<T>(seen: DatabaseIdentity, { read }: StoreReading<T>, waitMs: number): T | undefined {
    this.#retired = this.#retired.filter((retired) => {
      if (retired.id === seen.id) retired.db.close();
      return retired.id !== seen.id;
    });
    const db = openForServing(this.#file, waitMs);
    if (db === undefined) return undefined;
    let result: T;
    try {
      result = read(db);
    } catch (error) {
      const fault = storeFault(db, error);
      db.close();
      throw fault;
    }
    const opened = identityOf(this.#file);
    if (opened?.id !== seen.id || (seen.log !== undefined && opened.log !== seen.log)) {
      // It was replaced meanwhile: the next look opens that one.
      db.close();
      return undefined;
    }
    this.#db = db;
    this.#opened = opened;
    this.#candidate = undefined;
    this.#reported = "";
    this.#fault = "";
    return result;
  }

  /** Reports that something in the open file cannot be read, once for each state of it. */
  reportFault(fault: OperatorError): void {
    const text = faultInWords(fault);
    // Of a file that is being written over, a look that finds it settled says what is wrong.
    if (this.#fault === text || this.isChanging) return;
    this.#fault = text;
    this.#logger.error({ file: this.#file }, text);
  }

  /** Once for each message: a look comes ten times a second. */
  #report(level: "warn" | "error", message: string): void {
    const effect = this.#db === undefined ? "until it can be read, transfers fail" : "what was open is served on";
    const text = `${message}; ${effect}`;
    if (text === this.#reported) return;
    this.#reported = text;
    this.#logger[level]({ file: this.#file }, text);
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

function faultInWords(error: unknown): string {
  return error instanceof OperatorError ? `${error.message}. ${error.remedy}` : messageOf(error);
}
