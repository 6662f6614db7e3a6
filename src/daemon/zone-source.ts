/** The zones that a server serves, out of the store: small rows in memory, blocks read when they are sent. */
import { type Logger, silentLogger } from "../base/logger.ts";
import type { ZoneConfig } from "../config/types.ts";
import { nameFromText } from "../dns/name.ts";
import { decodeRrs } from "../dns/rr.ts";
import type { Database } from "../store/database.ts";
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
  /** How often a store was opened: more than once where another took its place. */
  readonly openings: number;
  /** Closes stores that were replaced at least `afterMs` ago; what was read from them by then is over. */
  closeReplaced(afterMs: number): void;
  /** Takes in changed zone definitions: who may transfer, zones that came or went. */
  configure(zones: readonly ZoneConfig[]): void;
  close(): void;
}

/** Opens nothing until there is a store; `poll()` then finds it. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW */
export function storedZones(
  databaseFile: string,
  zones: readonly ZoneConfig[],
  logger: Logger = silentLogger,
): StoredZones {
  const source = new Source(databaseFile, logger);
  source.configure(zones);
  source.poll();
  return source;
}

class Source implements StoredZones {
  readonly #file: StoreFile;
  #reader: ZoneReader | undefined;
  #dataVersion: unknown;
  #zones: ServedZone[] = [];
  openings = 0;

  constructor(databaseFile: string, logger: Logger) {
    this.#file = new StoreFile(databaseFile, logger);
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

  poll(): boolean {
    const rows = this.#file.look((db) => this.#rowsIn(db));
    const db = this.#file.database;
    if (db === undefined) return false;
    if (rows !== undefined) {
      this.openings += 1;
      this.#reader = new ZoneReader(db);
    }
    // Changes when another connection has committed; costs no read of the database itself.
    const dataVersion = db.pragma("data_version", { simple: true });
    if (rows === undefined && dataVersion === this.#dataVersion) return false;
    this.#dataVersion = dataVersion;
    let any = false;
    for (const { zone, row } of rows ?? this.#rowsIn(db)) {
      const { version } = zone;
      // Version numbers mean something within one store only.
      if (version?.db === db && version.row.version === row.version) continue;
      zone.version = new StoredVersion(db, this.#reader as ZoneReader, zone.apex, row);
      any = true;
    }
    return any;
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

class ServedZone implements StoredZone {
  readonly apexText: string;
  readonly apex: Uint8Array;
  readonly acl: Zone["acl"];
  version: StoredVersion | undefined;

  constructor({ apex, transfer }: ZoneConfig) {
    this.apexText = apex;
    this.apex = nameFromText(apex);
    this.acl = transfer;
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
  readonly #apex: Uint8Array;

  constructor(db: Database, reader: ZoneReader, apex: Uint8Array, row: ZoneVersionRow) {
    const { soa, ns } = apexOf(row);
    this.db = db;
    this.row = row;
    this.serial = row.serial;
    this.soa = soa;
    this.ns = ns;
    this.records = row.records;
    this.bytes = row.bytes;
    this.#reader = reader;
    this.#apex = apex;
  }

  blocks() {
    return this.#reader.blocks(this.row);
  }

  lookup(ownerKey: Uint8Array) {
    return this.#reader.lookup(this.row, this.#apex, ownerKey);
  }

  differencesFrom(serial: ApexSoa["serial"]) {
    return this.#reader.differencesFrom(serial, this.row)?.map((step) => ({
      from: { serial: step.from.serial, soa: apexOf(step.from).soa },
      to: { serial: step.to.serial, soa: apexOf(step.to).soa },
      bytes: step.bytes,
      removed: step.to.removed,
      added: step.to.added,
      deletions: () => step.deletions(),
      additions: () => step.additions(),
    }));
  }
}

function apexOf({ apexRrs }: ZoneVersionRow) {
  const [soa, ...ns] = decodeRrs(apexRrs);
  if (soa === undefined) throw new RangeError("A version without an SOA");
  return { soa, ns };
}
