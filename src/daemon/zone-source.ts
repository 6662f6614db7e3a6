/** The zones that a server serves, out of the store: small rows in memory, blocks read when they are sent. */
import type { ZoneConfig } from "../config/types.ts";
import { nameFromText } from "../dns/name.ts";
import { decodeRrs } from "../dns/rr.ts";
import { type Database, openForReading } from "../store/database.ts";
import { ZoneReader } from "../store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../store/zones.ts";
import type { ApexSoa, Zone, ZoneSource, ZoneVersion } from "../xfr/zone-source.ts";

export interface StoredZones extends ZoneSource {
  /** Looks for new versions; true where there is one. Cheap where nothing was written. */
  poll(): boolean;
  /** Takes in changed zone definitions: who may transfer, zones that came or went. */
  configure(zones: readonly ZoneConfig[]): void;
  close(): void;
}

/** Opens nothing until there is a store; `poll()` then finds it. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW */
export function storedZones(databaseFile: string, zones: readonly ZoneConfig[]): StoredZones {
  const source = new Source(databaseFile);
  source.configure(zones);
  source.poll();
  return source;
}

class Source implements StoredZones {
  readonly #file: string;
  #db: Database | undefined;
  #reader: ZoneReader | undefined;
  #dataVersion: unknown;
  #zones: ServedZone[] = [];

  constructor(databaseFile: string) {
    this.#file = databaseFile;
  }

  zones(): readonly Zone[] {
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
    if (this.#db === undefined) {
      this.#db = openForReading(this.#file);
      if (this.#db === undefined) return false;
      this.#reader = new ZoneReader(this.#db);
    }
    // Changes when another connection has committed; costs no read of the database itself.
    const dataVersion = this.#db.pragma("data_version", { simple: true });
    if (dataVersion === this.#dataVersion) return false;
    this.#dataVersion = dataVersion;
    const rows = new Zones(this.#db);
    let any = false;
    for (const zone of this.#zones) {
      const id = rows.find(zone.apexText);
      const row = id === undefined ? undefined : rows.current(id);
      if (row === undefined || row.version === zone.version?.row.version) continue;
      zone.version = new StoredVersion(this.#reader as ZoneReader, zone.apex, row);
      any = true;
    }
    return any;
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
  }
}

class ServedZone implements Zone {
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
  readonly row: ZoneVersionRow;
  readonly serial;
  readonly soa;
  readonly ns;
  readonly bytes;
  readonly #reader: ZoneReader;
  readonly #apex: Uint8Array;

  constructor(reader: ZoneReader, apex: Uint8Array, row: ZoneVersionRow) {
    const { soa, ns } = apexOf(row);
    this.row = row;
    this.serial = row.serial;
    this.soa = soa;
    this.ns = ns;
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
