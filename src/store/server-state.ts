/**
 * What a server must remember beyond its end, in a small database of its own: whom full zones were sent to, and the
 * highest serial served of each zone. It is apart from the zones' store, so that serving never waits for a build; and no
 * call here waits for anyone: what cannot be written now is kept in memory and written later. Where the file cannot be
 * used at all, or is not there any more, all of it is kept in memory until it can be carried into a file again.
 */
import { closeSync, fdatasync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import Sqlite from "better-sqlite3";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type Serial, serial } from "../dns/serial.ts";
import { type Database, preparing } from "./database.ts";
import { type DatabaseIdentity, identityOf, logOf } from "./database-files.ts";
import {
  addState,
  highestServed,
  makeFolderOf,
  memoryState,
  openState,
  putServed,
  putTransferSeconds,
  readState,
  startTimeoutMs,
} from "./server-state-file.ts";

const syncData = promisify(fdatasync);

/**
 * Records kept; the oldest go first. About 10 MB. No record goes for its age: a resolver may be away for as long as its
 * zone's SOA lets it keep what it has, and a clock that was set wrong for a while must not lose any.
 */
const recordsMax = 65_536;
/** Records between two looks whether they are too many. */
const sweepEvery = 256;
/** How often, and how long after each other, a record that another process's write keeps waiting is tried again. */
const retriesMax = 20;
const retryMs = 25;
/** How long a full zone waits for the disk; then it is sent all the same. */
const syncTimeoutMs = 1000;
/** Between two looks whether the file is still there, or can be used by now. */
const defaultLookMs = 5000;

export interface FullTransferClient {
  readonly address: string;
  /** Empty for none. */
  readonly key: string;
}

export interface FullTransferState {
  readonly serial: Serial;
  readonly isComplete: boolean;
}

/** A write that is still to be done, and what a read has to find until then. */
interface Pending {
  readonly write: () => void;
  /** Undefined where the record goes. */
  readonly record: FullTransferState | undefined;
}

export class ServerState {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lookMs: number;
  #db: Database;
  #sql: ReturnType<typeof preparing>;
  /** What `#db` has open; undefined where that is memory. */
  #opened: DatabaseIdentity | undefined;
  #nextLookMs: number;
  /** By what is written, so that a later write takes the place of an earlier one. */
  readonly #pending = new Map<string, Pending>();
  /**
   * The database's write-ahead log, open to be synced; SQLite keeps it for as long as it is open itself. Opening and
   * closing it takes no lock away, since those are on other files.
   */
  #log: number | undefined;
  #puts = 0;
  #trouble = "";

  /** Opens or makes the file. Where that fails it says so, works in memory, and tries it again every `lookMs`. */
  constructor(file: string, clock: Clock, logger: Logger, lookMs = defaultLookMs) {
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
    this.#lookMs = lookMs;
    this.#nextLookMs = performance.now() + lookMs;
    let db: Database | undefined;
    try {
      makeFolderOf(file);
      db = openState(file, startTimeoutMs);
      this.#opened = identityOf(file);
    } catch (error) {
      const why = messageOf(error);
      this.#trouble = why;
      const text = `cannot use "${file}": ${why}; who may lack rules after a cut transfer is kept in memory, and the file is tried again`;
      logger.warn({ file, error: why }, text);
    }
    this.#db = db ?? memoryState();
    this.#sql = preparing(this.#db);
    try {
      this.#sweep();
    } catch (error) {
      this.#report(error);
    }
  }

  find(apex: string, client: FullTransferClient): FullTransferState | undefined {
    const pending = this.#pending.get(idOf(apex, client));
    if (pending !== undefined) return pending.record;
    try {
      const row = this.#sql(
        "SELECT serial, complete FROM full_transfer WHERE apex = ? AND address = ? AND key = ?",
      ).get(apex, client.address, client.key) as { serial: number; complete: number } | undefined;
      return row === undefined ? undefined : { serial: serial(row.serial), isComplete: row.complete === 1 };
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** Resolves once it is on the disk, or after a second at most; never rejects. */
  async put(apex: string, client: FullTransferClient, record: FullTransferState): Promise<void> {
    const { address, key } = client;
    const beganAt = nowSeconds(this.#clock);
    const write = (): void => {
      this.#sql(
        `INSERT OR REPLACE INTO full_transfer (apex, address, key, serial, complete, began_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
      ).run(apex, address, key, record.serial, record.isComplete ? 1 : 0, beganAt);
      this.#puts += 1;
      if (this.#puts % sweepEvery === 0) this.#sweep();
    };
    const id = idOf(apex, client);
    this.#pending.delete(id);
    this.#pending.set(id, { write, record });
    this.flush();
    for (let tries = 0; this.#pending.has(id) && this.#trouble === "" && tries < retriesMax; tries++) {
      await sleep(retryMs, undefined, { ref: false });
      this.flush();
    }
    // That the kernel took all of it may be lost with the power: then the client gets the zone once more.
    if (!record.isComplete) await this.#sync();
  }

  delete(apex: string, client: FullTransferClient): void {
    const write = (): void => {
      this.#sql("DELETE FROM full_transfer WHERE apex = ? AND address = ? AND key = ?").run(
        apex,
        client.address,
        client.key,
      );
    };
    this.#pending.set(idOf(apex, client), { write, record: undefined });
    this.flush();
  }

  /**
   * Notes that a serial is served from now on.
   * @returns the highest that was served before; undefined where none was
   */
  noteServed(apex: string, served: Serial): Serial | undefined {
    const before = this.highestServed(apex);
    this.#pending.set(`served ${apex}`, { write: () => putServed(this.#db, apex, served), record: undefined });
    this.flush();
    return before;
  }

  /** The highest serial that was served of a zone; undefined where none is known. */
  highestServed(apex: string): Serial | undefined {
    try {
      return highestServed(this.#db, apex);
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** Notes how long a transfer of this server may last, for builds whose configuration says something else. */
  noteTransferSeconds(seconds: number): void {
    this.#pending.set("transfer_seconds", { write: () => putTransferSeconds(this.#db, seconds), record: undefined });
    this.flush();
  }

  /**
   * Tries again to write what could not be written, and now and then to use a file that could not be used or was
   * replaced; costs nothing where there is no such thing. To be called again and again.
   */
  flush(): void {
    this.#look();
    if (this.#pending.size === 0) return;
    try {
      this.#db
        .transaction(() => {
          for (const { write } of this.#pending.values()) write();
        })
        .immediate();
      this.#pending.clear();
      this.#reportUsable("what was kept in memory is written");
    } catch (error) {
      this.#report(error);
    }
    // As many as are kept on disk.
    for (const id of this.#pending.keys()) {
      if (this.#pending.size <= recordsMax) break;
      this.#pending.delete(id);
    }
  }

  /** Has the next flush look at the file, whenever that was done last: what is beside it was replaced. */
  lookSoon(): void {
    this.#nextLookMs = 0;
  }

  /** Whether the file under its name is still the one that is open; opens it where not. */
  #look(): void {
    if (performance.now() < this.#nextLookMs) return;
    this.#nextLookMs = performance.now() + this.#lookMs;
    try {
      const seen = identityOf(this.#file);
      const opened = this.#opened;
      if (opened !== undefined && seen?.id === opened.id && seen.log === opened.log) return;
      // What is open must be closed first: SQLite shares the index of the log among all connections to one file.
      if (opened !== undefined) this.#moveToMemory();
      const db = openState(this.#file, 0);
      try {
        addState(db, readState(this.#db));
      } catch (error) {
        db.close();
        throw error;
      }
      this.#use(db, identityOf(this.#file));
      if (opened === undefined) this.#reportUsable("what was kept in memory was added to it");
      else this.#reportReplaced(seen === undefined ? "moved or deleted" : "replaced");
    } catch (error) {
      this.#report(error);
    }
  }

  /** Takes what the open file knows into memory, and closes it. */
  #moveToMemory(): void {
    const memory = memoryState();
    try {
      addState(memory, readState(this.#db));
    } catch (error) {
      this.#report(error);
    }
    this.#use(memory, undefined);
  }

  #use(db: Database, opened: DatabaseIdentity | undefined): void {
    this.#closeLog();
    this.#db.close();
    this.#db = db;
    this.#sql = preparing(db);
    this.#opened = opened;
  }

  /** What is not written yet is tried once more. */
  close(): void {
    this.#nextLookMs = 0;
    this.flush();
    this.#closeLog();
    this.#db.close();
  }

  #closeLog(): void {
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
  }

  #sweep(): void {
    const count = this.#sql("SELECT count(*) AS count FROM full_transfer").get() as { count: number };
    if (count.count <= recordsMax) return;
    this.#sql(
      `DELETE FROM full_transfer WHERE (apex, address, key) IN
         (SELECT apex, address, key FROM full_transfer ORDER BY began_at LIMIT ?)`,
    ).run(count.count - recordsMax);
  }

  /**
   * Brings the log of the database to the disk in a thread of Node's pool, since a disk that a build keeps busy would
   * stop all serving for as long as it takes. Without this a record survives the end of the process, not that of power.
   */
  async #sync(): Promise<void> {
    if (this.#opened === undefined) return;
    const limit = new AbortController();
    try {
      this.#log ??= openSync(logOf(this.#file), "r+");
      const synced = syncData(this.#log);
      synced.catch(() => {});
      await Promise.race([synced, sleep(syncTimeoutMs, undefined, { ref: false, signal: limit.signal })]);
    } catch (error) {
      this.#report(error);
    } finally {
      limit.abort();
    }
  }

  /** Each trouble once, and none that passes by itself. */
  #report(error: unknown): void {
    if (this.#opened !== undefined && isBusy(error)) return;
    const message = messageOf(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    const text = `cannot use "${this.#file}": ${message}; it is kept in memory and tried again`;
    this.#logger.error({ file: this.#file, error: message }, text);
  }

  #reportReplaced(how: string): void {
    this.#trouble = "";
    const text = `"${this.#file}" was ${how}: what was known was added to the one that is there now`;
    this.#logger.warn({ file: this.#file }, text);
  }

  #reportUsable(what: string): void {
    if (this.#trouble === "" || this.#opened === undefined) return;
    this.#trouble = "";
    this.#logger.info({ file: this.#file }, `"${this.#file}" can be used again: ${what}`);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function idOf(apex: string, { address, key }: FullTransferClient): string {
  return `${apex} ${address} ${key}`;
}
