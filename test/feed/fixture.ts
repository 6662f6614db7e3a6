/** A folder with lists and one policy zone, and builds over it in this process: what tests of bad input drive. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Logger } from "../../src/base/logger.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/types.ts";
import { type BuildOptions, type BuildOutcome, build } from "../../src/daemon/build.ts";
import { writeZone } from "../../src/mill/zone-text.ts";
import { type Database, openForReading } from "../../src/store/database.ts";
import { Zones, type ZoneVersionRow } from "../../src/store/zones.ts";

export const apex = "bad.rpz.test";

/** A zone file's text that takes the category `one`, with more lines of the caller's. */
export const zoneText = (more = "", name = apex): string => `version: 1
apex: ${name}
take: {categories: [one]}
action: nxdomain
transfer: [{address: 127.0.0.1/32}]
${more}`;

/** The main file: `sources` and `allow` are flow mappings, one a line. */
export const mainText = (sources: readonly string[], allow: readonly string[] = []): string => `version: 1
state: var
sources:
${sources.map((source) => `  - ${source}\n`).join("")}${allow.length === 0 ? "" : "allow:\n"}${allow.map((list) => `  - ${list}\n`).join("")}zones: [zone.yaml]
`;

export interface Warning {
  readonly code: unknown;
  readonly message: string;
}

export class BuildFixture {
  readonly folder: string;
  readonly warnings: Warning[] = [];
  /** What was reported besides warnings. */
  readonly messages: string[] = [];
  nowMs = 1_700_000_000_000;
  #writes = 0;

  /** `root` is where the folder goes. It leaves when the test ends. */
  constructor(files: Readonly<Record<string, string | Uint8Array>>, root: string = tmpdir()) {
    this.folder = mkdtempSync(join(root, "rpzmill-stand-"));
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    for (const [name, content] of Object.entries({ "zone.yaml": zoneText(), ...files })) this.write(name, content);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Renames a file into place, with a time of change that none before had. */
  write(name: string, content: string | Uint8Array): void {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content);
    this.#writes += 1;
    utimesSync(`${path}.new`, 1_600_000_000 + this.#writes, 1_600_000_000 + this.#writes);
    renameSync(`${path}.new`, path);
  }

  config(): Config {
    return loadConfig(this.path("main.yaml"));
  }

  /** Builds once, a second after the build before. */
  build(options: Partial<BuildOptions> = {}): Promise<BuildOutcome> {
    this.nowMs += 1000;
    const logger: Logger = {
      info: (_, message) => void this.messages.push(message),
      warn: ({ code }, message) => void this.warnings.push({ code, message }),
      error: ({ code }, message) => void this.warnings.push({ code, message }),
    };
    const { nowMs } = this;
    const standard = { config: this.config(), clock: { nowMs: () => nowMs }, logger, full: false, workers: 1 };
    return build({ ...standard, accept: new Set(), ...options });
  }

  /** Whether a build has made a store. */
  hasStore(): boolean {
    const db = openForReading(this.path("var/rpzmill.db"));
    db?.close();
    return db !== undefined;
  }

  /** Reads the store between builds. */
  read<T>(look: (db: Database) => T): T {
    const db = openForReading(this.path("var/rpzmill.db"));
    if (db === undefined) throw new Error("There is no store yet");
    try {
      return look(db);
    } finally {
      db.close();
    }
  }

  /** The served version of the zone; undefined before the first. */
  served(name = apex): ServedZone | undefined {
    return this.read((db) => servedZone(db, name));
  }
}

export interface ServedZone {
  readonly row: ZoneVersionRow;
  /** Owners with type and RDATA, the apex left out, sorted. */
  readonly records: readonly string[];
}

/** What a store serves for a zone, each block of it read. */
export function servedZone(db: Database, name: string): ServedZone | undefined {
  const zones = new Zones(db);
  const id = zones.find(name);
  const row = id === undefined ? undefined : zones.current(id);
  if (row === undefined) return undefined;
  const parts: Buffer[] = [];
  writeZone(zones, name, row, (bytes) => void parts.push(Buffer.from(bytes)));
  const lines = Buffer.concat(parts).toString("latin1").split("\n");
  const records = lines.filter((line) => line !== "" && !line.startsWith("$") && !line.startsWith("@ ")).sort();
  return { row, records };
}
