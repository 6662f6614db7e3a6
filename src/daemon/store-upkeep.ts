/** What people do to the store by hand: give its free pages back, and forget what left the configuration. */
import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Clock, nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { copyFolderOf } from "../config/fetch.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config } from "../config/types.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { takeBuildLock } from "../store/build-lock.ts";
import { believe } from "../store/clock-notes.ts";
import { deleteSource, deleteZone, partsOf, type StoredPart, zonesBuiltFrom } from "../store/contents.ts";
import { storeBytes, usedBytes } from "../store/copy.ts";
import { type Database, emptyLog, openForWriting, storeFault } from "../store/database.ts";
import { freeBytes } from "../store/disk-space.ts";
import { sweepReferences } from "../store/ledger-retention.ts";
import { sweepProfiles } from "../store/profile-sweep.ts";
import { upgradeStore } from "../store/upgrade.ts";
import { neverBuilt } from "./never-built.ts";

/** Zones and sources of the store that the configuration no longer has. */
export function unconfiguredParts(db: Database, { zones, sources, allow, guards }: Config): StoredPart[] {
  const apexes = new Set(zones.map(({ apex }) => apex));
  const ids = new Set([...sources, ...allow].map(({ id }) => id));
  for (const { id } of guards) ids.add(storedNameOfGuard(id));
  return partsOf(db, (kind, name) => !(kind === "zone" ? apexes : ids).has(name));
}

/**
 * Deletes the zone and the source of a name that the configuration no longer has, the copy of a fetched list too; gives what was deleted.
 * @throws OperatorError NOT_FOUND, USAGE where it is configured or still needed, BUILD_HELD, STORE_UNUSABLE, STORE_TOO_NEW
 */
export function forgetPart(config: Config, clock: Clock, name: string): StoredPart[] {
  return whileLocked(config, clock, (db) => {
    upgradeStore(db, { backup: true });
    const known = partsOf(db);
    const unconfigured = unconfiguredParts(db, config);
    const wanted = unconfigured.filter((part) => part.name === name);
    if (wanted.length === 0) throw notForgettable(name, known, unconfigured);
    // The zone first: it may be all that the source is still kept for.
    for (const { kind } of wanted) {
      if (kind === "zone") deleteZone(db, name);
      else {
        const [zone] = zonesBuiltFrom(db, name);
        if (zone !== undefined) throw stillNeeded(name, zone);
        deleteSource(db, name);
        rmSync(copyFolderOf(config.stateDir, name), { recursive: true, force: true });
      }
    }
    return wanted;
  });
}

function notForgettable(
  name: string,
  known: readonly StoredPart[],
  unconfigured: readonly StoredPart[],
): OperatorError {
  if (known.some((part) => part.name === name)) {
    return new OperatorError(
      "USAGE",
      `Cannot forget "${name}": the configuration has it`,
      "Take it out of the configuration first",
    );
  }
  const names = unconfigured.map((part) => part.name);
  return new OperatorError(
    "NOT_FOUND",
    `Cannot forget "${name}": the store has no such zone or source${didYouMean(name, names)}`,
    "See `rpzmill store list`",
  );
}

function stillNeeded(name: string, zone: string): OperatorError {
  return new OperatorError(
    "USAGE",
    `Cannot forget "${name}": what is served of "${zone}" was built from it`,
    `Build, or forget "${zone}" first; a zone on hold needs it until \`rpzmill build --accept-zone ${zone}\``,
  );
}

export interface Compacted {
  /** Octets of the database before and after, its log included. */
  readonly before: number;
  readonly after: number;
}

/**
 * Gives the database's free pages back to the disk, and what no row of the ledger refers to. Servers read on meanwhile: it is a transaction like any other.
 * @throws OperatorError STORE_NO_SPACE, BUILD_HELD, STORE_UNUSABLE, STORE_TOO_NEW
 */
export function compactStore(config: Config, clock: Clock): Compacted {
  // SQLite looks once, when it starts, where its temporary files go; /tmp may be small.
  process.env["SQLITE_TMPDIR"] ??= config.stateDir;
  return whileLocked(config, clock, (db) => {
    const before = storeBytes(db);
    checkSpace(db);
    sweepReferences(db);
    sweepProfiles(db);
    db.exec("VACUUM");
    emptyLog(db);
    return { before, after: storeBytes(db) };
  });
}

/**
 * Takes the clock for right as it is, though the store was built by another; gives the sources that were ahead of it, which are
 * compiled anew when they are built next. @throws OperatorError BUILD_HELD, STORE_UNUSABLE, STORE_TOO_NEW
 */
export function trustClock(config: Config, clock: Clock): string[] {
  return whileLocked(config, clock, (db) => {
    upgradeStore(db, { backup: true });
    return believe(db, nowSeconds(clock));
  });
}

/** VACUUM writes what is in use to a temporary file, and then to the log. */
function checkSpace(db: Database): void {
  const needed = 2 * usedBytes(db);
  const free = freeBytes(dirname(db.name));
  if (needed <= free) return;
  throw new OperatorError(
    "STORE_NO_SPACE",
    `Cannot compact "${db.name}": it needs ${needed} octets for a while, and ${free} are free there`,
    "Make space on that disk",
  );
}

function whileLocked<T>(config: Config, clock: Clock, work: (db: Database) => T): T {
  const { databaseFile } = config;
  if (!existsSync(databaseFile)) throw neverBuilt(databaseFile);
  const db = openForWriting(databaseFile);
  try {
    const lock = takeBuildLock(db, clock);
    try {
      return work(db);
    } finally {
      emptyLog(db);
      lock.release();
    }
  } catch (error) {
    throw storeFault(db, error);
  } finally {
    db.close();
  }
}
