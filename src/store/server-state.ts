/**
 * What a server must remember beyond its end, in a small database of its own: whom full zones were sent to, and the
 * highest serial served of each zone. It is apart from the zones' store, so that serving never waits for a build; and no
 * call here waits for anyone: what cannot be written now is kept in memory and written later.
 */
import { closeSync, existsSync, fdatasync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import Sqlite from "better-sqlite3";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { compareSerials, type Serial, serial } from "../dns/serial.ts";
import { type Database, preparing } from "./database.ts";
import { checkRegular } from "./database-files.ts";

const syncData = promisify(fdatasync);

/** "rpzs" in SQLite's header. */
const applicationId = 0x72707a73;
const schema = `
  CREATE TABLE full_transfer (
    apex TEXT NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,                    -- name of the TSIG key; empty for none
    serial INTEGER NOT NULL,
    complete INTEGER NOT NULL,            -- 1 once the kernel took all of it
    began_at INTEGER NOT NULL,            -- Unix seconds
    PRIMARY KEY (apex, address, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX full_transfer_age ON full_transfer (began_at);

  CREATE TABLE served (
    apex TEXT PRIMARY KEY,
    serial INTEGER NOT NULL               -- the highest, in the order of RFC 1982
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Records kept; the oldest go first. About 10 MB. */
const recordsMax = 65_536;
/** Four weeks, nearly the default expire time of a zone: a resolver that was away for longer asks for all of it anyway. */
const keepSeconds = 28 * 24 * 3600;
/** Records between two looks for those that are over or too many. */
const sweepEvery = 256;
/** How often, and how long after each other, a record that another process's write keeps waiting is tried again. */
const retriesMax = 20;
const retryMs = 25;
/** How long a full zone waits for the disk; then it is sent all the same. */
const syncTimeoutMs = 1000;

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
  readonly #db: Database;
  readonly #sql;
  readonly #isOnDisk: boolean;
  /** By what is written, so that a later write takes the place of an earlier one. */
  readonly #pending = new Map<string, Pending>();
  /**
   * The database's write-ahead log, open to be synced; SQLite keeps it for as long as it is open itself. Opening and
   * closing it takes no lock away, since those are on other files.
   */
  #log: number | undefined;
  #puts = 0;
  #trouble = "";

  /** Opens or makes the file. Where that fails it says so and works in memory, for as long as this process lives. */
  constructor(file: string, clock: Clock, logger: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
    let db: Database | undefined;
    try {
      db = openState(file);
    } catch (error) {
      const why = messageOf(error);
      const text = `cannot use "${file}": ${why}; who may lack rules after a cut transfer is forgotten at the next start`;
      logger.warn({ file, error: why }, text);
    }
    this.#isOnDisk = db !== undefined;
    this.#db = db ?? prepareState(new Sqlite(":memory:"));
    this.#sql = preparing(this.#db);
    this.#attempt(() => this.#sweep());
  }

  find(apex: string, client: FullTransferClient): FullTransferState | undefined {
    const pending = this.#pending.get(idOf(apex, client));
    if (pending !== undefined) return pending.record;
    try {
      const row = this.#sql(
        `SELECT serial, complete FROM full_transfer
         WHERE apex = ? AND address = ? AND key = ? AND began_at > ?`,
      ).get(apex, client.address, client.key, nowSeconds(this.#clock) - keepSeconds) as
        | { serial: number; complete: number }
        | undefined;
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
    let before: Serial | undefined;
    this.#attempt(() => {
      const row = this.#sql("SELECT serial FROM served WHERE apex = ?").get(apex) as { serial: number } | undefined;
      before = row === undefined ? undefined : serial(row.serial);
    });
    const write = (): void => {
      const row = this.#sql("SELECT serial FROM served WHERE apex = ?").get(apex) as { serial: number } | undefined;
      if (row !== undefined && compareSerials(served, serial(row.serial)) !== 1) return;
      this.#sql("INSERT OR REPLACE INTO served (apex, serial) VALUES (?, ?)").run(apex, served);
    };
    this.#pending.set(`served ${apex}`, { write, record: undefined });
    this.flush();
    return before;
  }

  /** Notes how long a transfer of this server may last, for builds whose configuration says something else. */
  noteTransferSeconds(seconds: number): void {
    const write = (): void => {
      this.#sql(
        `INSERT INTO setting (name, value) VALUES ('transfer_seconds', ?)
         ON CONFLICT DO UPDATE SET value = max(value, excluded.value)`,
      ).run(Math.ceil(seconds));
    };
    this.#pending.set("transfer_seconds", { write, record: undefined });
    this.flush();
  }

  /** Tries again to write what could not be written; costs nothing where there is no such thing. */
  flush(): void {
    if (this.#pending.size === 0) return;
    this.#attempt(() => {
      this.#db
        .transaction(() => {
          for (const { write } of this.#pending.values()) write();
        })
        .immediate();
      this.#pending.clear();
    });
    // As many as are kept on disk.
    for (const id of this.#pending.keys()) {
      if (this.#pending.size <= recordsMax) break;
      this.#pending.delete(id);
    }
  }

  /** What is not written yet is tried once more. */
  close(): void {
    this.flush();
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
    this.#db.close();
  }

  #sweep(): void {
    this.#sql("DELETE FROM full_transfer WHERE began_at <= ?").run(nowSeconds(this.#clock) - keepSeconds);
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
    if (!this.#isOnDisk) return;
    const limit = new AbortController();
    try {
      this.#log ??= openSync(`${this.#file}-wal`, "r+");
      const synced = syncData(this.#log);
      synced.catch(() => {});
      await Promise.race([synced, sleep(syncTimeoutMs, undefined, { ref: false, signal: limit.signal })]);
    } catch (error) {
      this.#report(error);
    } finally {
      limit.abort();
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
      this.#trouble = "";
    } catch (error) {
      this.#report(error);
    }
  }

  /** Each trouble once, and none that passes by itself. */
  #report(error: unknown): void {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")) return;
    const message = messageOf(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    const text = `cannot use "${this.#file}": ${message}; it is kept in memory and tried again`;
    this.#logger.error({ file: this.#file, error: message }, text);
  }
}

function idOf(apex: string, { address, key }: FullTransferClient): string {
  return `${apex} ${address} ${key}`;
}

/** While nothing is served yet, another server's start or end may be waited for. */
const openTimeoutMs = 1000;

function openState(file: string): Database {
  mkdirSync(dirname(file), { recursive: true });
  checkRegular(file);
  const db = new Sqlite(file, { timeout: openTimeoutMs });
  try {
    if (db.pragma("journal_mode = WAL", { simple: true }) !== "wal") throw new Error("it cannot be in WAL mode");
    db.pragma("synchronous = NORMAL");
    prepareState(db);
    // From now on another process's write makes a call fail at once, and it is done later.
    db.pragma("busy_timeout = 0");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareState(db: Database): Database {
  db.transaction(() => {
    const found = db.pragma("application_id", { simple: true }) as number;
    if (found === applicationId) return;
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
    if (found !== 0 || tables > 0) throw new Error("it is not a server's state");
    db.exec(schema);
    db.pragma(`application_id = ${applicationId}`);
  }).immediate();
  return db;
}

/** What builds need to know of the servers of a state folder. */
export interface ServedState {
  /** By apex, the highest serial ever served. */
  readonly serials: ReadonlyMap<string, Serial>;
  /** The longest that a server's transfers may last; undefined where none has said so. */
  readonly transferSeconds: number | undefined;
}

/** Reads without waiting. A file that is not there says nothing. @throws Error where there is one that cannot be read */
export function readServed(file: string): ServedState {
  if (!existsSync(file)) return noneServed;
  checkRegular(file);
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const rows = db.prepare("SELECT apex, serial FROM served").all() as { apex: string; serial: number }[];
    const setting = db.prepare("SELECT value FROM setting WHERE name = 'transfer_seconds'").pluck().get();
    return {
      serials: new Map(rows.map((row) => [row.apex, serial(row.serial)])),
      transferSeconds: setting as number | undefined,
    };
  } finally {
    db.close();
  }
}

const noneServed: ServedState = { serials: new Map(), transferSeconds: undefined };
