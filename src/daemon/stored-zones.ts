/** The zones that a server serves, out of the store: small rows in memory, blocks read when they are sent. */
import { OperatorError } from "../base/errors.ts";
import { type Logger, silentLogger } from "../base/logger.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import type { Messages } from "../dns/block.ts";
import { nameFromText } from "../dns/name.ts";
import { decodeRrs } from "../dns/rr.ts";
import { type Database, storeFault } from "../store/database.ts";
import { ZoneReader } from "../store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../store/zones.ts";
import type { ApexSoa, Zone, ZoneSource, ZoneVersion } from "../xfr/zone-source.ts";
import { StoreFile } from "./store-file.ts";

/** A zone as the configuration names it. */
export interface StoredZone extends Zone {
  /** As in the configuration: lower case, no final dot. */
  readonly apexText: string;
  /** What `current()` gives. */
  readonly version: ZoneVersion | undefined;
}

export interface StoredZones extends ZoneSource {
  zones(): readonly StoredZone[];
  /** Looks for new versions, and for another store in the place of this one; true where there is one. Cheap where nothing was written. */
  poll(): boolean;
  /** The store that new versions are looked for in; undefined while none is open. */
  readonly database: Database | undefined;
  /** How often `poll()` found that something was committed, whether or not it concerns a zone. */
  readonly commits: number;
  /** Closes stores that were replaced at least `afterMs` ago; what was read from them by then is over. */
  closeReplaced(afterMs: number): void;
  /** Takes in changed zone definitions: who may transfer, zones that came or went. */
  configure(zones: readonly ZoneConfig[]): void;
  close(): void;
}

/** Nothing is served yet at the start, so that whoever has the store locked for a moment may be waited for. */
const startTimeoutMs = 5000;

/** Opens nothing until there is a store; `poll()` then finds it. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW */
export function storedZones(
  databaseFile: string,
  zones: readonly ZoneConfig[],
  logger: Logger = silentLogger,
): StoredZones {
  const source = new Source(databaseFile, logger);
  source.configure(zones);
  source.poll(startTimeoutMs);
  return source;
}

class Source implements StoredZones {
  readonly #file: StoreFile;
  readonly #logger: Logger;
  #reader: ZoneReader | undefined;
  #dataVersion: unknown;
  commits = 0;
  #zones: ServedZone[] = [];

  constructor(databaseFile: string, logger: Logger) {
    this.#file = new StoreFile(databaseFile, logger);
    this.#logger = logger;
  }

  get database(): Database | undefined {
    return this.#file.database;
  }

  zones(): readonly StoredZone[] {
    return this.#zones;
  }

  configure(zones: readonly ZoneConfig[]): void {
    const before = new Map(this.#zones.map((zone) => [zone.apexText, zone]));
    this.#zones = zones.map((config) => {
      const zone = new ServedZone(config);
      zone.version = before.get(config.apex)?.version;
      return zone;
    });
    this.#dataVersion = undefined;
  }

  poll(waitMs = 0): boolean {
    const opened = this.#file.look(
      {
        read: (db) => this.#rowsIn(db),
        isEmpty: (rows) => rows.length === 0,
        isAnother: (rows) => this.#isAnother(rows),
      },
      waitMs,
    );
    const db = this.#file.database;
    if (db === undefined) return false;
    if (opened !== undefined) {
      this.#reader = new ZoneReader(db);
      // What a file held that had to be closed is gone where it holds it no more.
      for (const zone of this.#zones) if (zone.version?.db.open === false) zone.version = undefined;
      this.#reportMissing(db, opened);
    }
    let rows = opened;
    try {
      // Changes when another connection has committed; costs no read of the database itself.
      const dataVersion = dataVersionOf(db);
      if (rows === undefined && dataVersion === this.#dataVersion) return false;
      rows ??= this.#rowsIn(db);
      this.#dataVersion = dataVersion;
      this.commits += 1;
    } catch (error) {
      // A look that finds the file settled says what is wrong with it.
      if (this.#file.isChanging) return false;
      throw storeFault(db, error);
    }
    let any = opened !== undefined;
    this.#dropForgotten(db, rows);
    for (const { zone, row } of rows) {
      if (zone.version?.db === db && isSame(zone.version.row, row)) continue;
      zone.version = new StoredVersion(db, this.#reader as ZoneReader, zone, row, (error) => this.#faultIn(db, error));
      any = true;
    }
    return any;
  }

  /** A zone that was deleted from its store leaves numbers and rows behind that another one may get. */
  #dropForgotten(db: Database, rows: readonly { readonly zone: ServedZone }[]): void {
    for (const zone of this.#zones) {
      if (zone.version?.db === db && !rows.some((found) => found.zone === zone)) zone.version = undefined;
    }
  }

  /** Zones that a store lacks which has taken the place of another. */
  #reportMissing(db: Database, rows: readonly { readonly zone: ServedZone }[]): void {
    for (const zone of this.#zones) {
      const { version, apexText } = zone;
      if (version === undefined || version.db === db || rows.some((found) => found.zone === zone)) continue;
      const text = `${apexText}: the new store has nothing of it; serial ${version.serial} is served on from the one before`;
      this.#logger.warn({ apex: apexText, serial: version.serial }, text);
    }
  }

  /** What was thrown by a read, in words; reported where it is the open store's. */
  #faultIn(db: Database, thrown: unknown): unknown {
    const fault = storeFault(db, thrown);
    if (fault instanceof OperatorError && db === this.#file.database) this.#file.reportFault(fault);
    return fault;
  }

  /** Whether these rows are not what is served, though nothing was committed. */
  #isAnother(rows: readonly { readonly zone: ServedZone; readonly row: ZoneVersionRow }[]): boolean {
    const db = this.#file.database;
    if (db === undefined || dataVersionOf(db) !== this.#dataVersion) return false;
    return rows.some(({ zone: { version }, row }) => version?.db === db && !isSame(version.row, row));
  }

  /** The current version of each zone that has one. One that a new store lacks stays as it was in the store before. */
  #rowsIn(db: Database): { zone: ServedZone; row: ZoneVersionRow }[] {
    const zones = new Zones(db);
    return this.#zones.flatMap((zone) => {
      const id = zones.find(zone.apexText);
      const row = id === undefined ? undefined : zones.current(id);
      return row === undefined ? [] : [{ zone, row }];
    });
  }

  closeReplaced(afterMs: number): void {
    this.#file.closeRetired(afterMs, (db) => this.#zones.some(({ version }) => version?.db === db));
  }

  close(): void {
    this.#file.close();
  }
}

function dataVersionOf(db: Database): unknown {
  return db.pragma("data_version", { simple: true });
}

/** Whether two rows of one file are the same version. Numbers alone would do, were it not for files that are written over. */
function isSame(a: ZoneVersionRow, b: ZoneVersionRow): boolean {
  return a.zone === b.zone && a.version === b.version && a.serial === b.serial && a.publishedAt === b.publishedAt;
}

class ServedZone implements StoredZone {
  readonly apexText: string;
  readonly apex: Uint8Array;
  readonly acl: Zone["acl"];
  readonly requiresTls: boolean;
  version: StoredVersion | undefined;

  constructor({ apex, transfer, require }: ZoneConfig) {
    this.apexText = apex;
    this.apex = nameFromText(apex);
    this.acl = transfer;
    this.requiresTls = require === "tls";
  }

  current(): ZoneVersion | undefined {
    return this.version;
  }
}

class StoredVersion implements ZoneVersion {
  /** The store that it is read from. */
  readonly db: Database;
  readonly row: ZoneVersionRow;
  readonly serial;
  readonly soa;
  readonly ns;
  readonly records;
  readonly bytes;
  readonly #reader: ZoneReader;
  readonly #zone: ServedZone;
  readonly #faultOf: (thrown: unknown) => unknown;

  /** `faultOf` gives what a failed read throws in place of what was thrown. */
  constructor(
    db: Database,
    reader: ZoneReader,
    zone: ServedZone,
    row: ZoneVersionRow,
    faultOf: (thrown: unknown) => unknown,
  ) {
    const { soa, ns } = apexOf(row);
    this.db = db;
    this.row = row;
    this.serial = row.serial;
    this.soa = soa;
    this.ns = ns;
    this.records = row.records;
    this.bytes = row.bytes;
    this.#reader = reader;
    this.#zone = zone;
    this.#faultOf = faultOf;
  }

  /** Begins to read, where the rows are still those of this zone. */
  #begin<T>(work: () => T): T {
    return this.#read(() => {
      this.#reader.checkOwner(this.row, this.#zone.apexText);
      return work();
    });
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw this.#faultOf(thrown);
    }
  }

  #messages(messages: Messages): Messages {
    return { next: () => this.#read(() => messages.next()) };
  }

  blocks() {
    return this.#messages(this.#begin(() => this.#reader.blocks(this.row)));
  }

  lookup(ownerKey: Uint8Array) {
    return this.#begin(() => this.#reader.lookup(this.row, this.#zone.apex, ownerKey));
  }

  differencesFrom(serial: ApexSoa["serial"]) {
    const steps = this.#begin(() => this.#reader.differencesFrom(serial, this.row));
    return steps?.map((step) => ({
      from: { serial: step.from.serial, soa: apexOf(step.from).soa },
      to: { serial: step.to.serial, soa: apexOf(step.to).soa },
      bytes: step.bytes,
      removed: step.to.removed,
      added: step.to.added,
      deletions: () => this.#messages(step.deletions()),
      additions: () => this.#messages(step.additions()),
    }));
  }
}

function apexOf({ apexRrs }: ZoneVersionRow) {
  const [soa, ...ns] = decodeRrs(apexRrs);
  if (soa === undefined) throw new RangeError("A version without an SOA");
  return { soa, ns };
}
