/** Opens the store for commands that only read, and finds in it what they are asked about. */
import { OperatorError } from "../base/errors.ts";
import { isManual } from "../config/source-kinds.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config } from "../config/types.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import { neverBuilt } from "../daemon/never-built.ts";
import { foldName } from "../dns/name.ts";
import { type Serial, serial } from "../dns/serial.ts";
import type { IndicatorFeed } from "../feed/feed.ts";
import type { ManualFeed } from "../feed/ledger/manual.ts";
import type { ZoneStore } from "../mill/served-zone.ts";
import type { SurveyedSource } from "../mill/source-survey.ts";
import { type Database, openForReading } from "../store/database.ts";
import { EntryActs } from "../store/entry-acts.ts";
import { History } from "../store/history.ts";
import { Holds } from "../store/holds.ts";
import { Ledger } from "../store/ledger.ts";
import { Policies } from "../store/policies.ts";
import { Profiles } from "../store/profiles.ts";
import { Snapshots } from "../store/snapshots.ts";
import { SourceHolds } from "../store/source-holds.ts";
import { SourceSurveys } from "../store/source-surveys.ts";
import { Turnovers } from "../store/source-turnover.ts";
import { ZoneReader } from "../store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../store/zones.ts";

/** The store, with what lists said at past times and what sources reported of their entries. */
export type Store = ZoneStore & {
  readonly history: History;
  readonly ledger: Ledger;
  readonly entryActs: EntryActs;
  readonly profiles: Profiles;
  readonly sourceHolds: SourceHolds;
  readonly turnovers: Turnovers;
  readonly surveys: SourceSurveys<SurveyedSource>;
};

/**
 * Reads the store as it stands at one moment, so that a build meanwhile takes nothing away.
 * @throws OperatorError NOT_FOUND where nothing was built yet, STORE_UNUSABLE, STORE_TOO_NEW
 */
export function readStore<T>(config: Config, read: (store: Store) => T): T {
  const db = openStore(config);
  try {
    return atOneMoment(db, () => read(storeOf(db)));
  } finally {
    db.close();
  }
}

/** Opens the store for reading. @throws OperatorError NOT_FOUND where nothing was built yet, STORE_UNUSABLE, STORE_TOO_NEW */
export function openStore(config: Config): Database {
  const db = openForReading(config.databaseFile);
  if (db === undefined) throw neverBuilt(config.databaseFile);
  return db;
}

/**
 * Reads the store a statement at a time, for what takes as long as its reader likes: a transaction would keep the
 * write-ahead log from being emptied all the while. What is read must look itself whether it is still there.
 * @throws OperatorError as `readStore`
 */
export function readStoreLoosely<T>(config: Config, read: (store: Store) => T): T {
  const db = openStore(config);
  try {
    return read(storeOf(db));
  } finally {
    db.close();
  }
}

function storeOf(db: Database): Store {
  return {
    snapshots: new Snapshots(db),
    history: new History(db),
    ledger: new Ledger(db),
    entryActs: new EntryActs(db),
    profiles: new Profiles(db),
    sourceHolds: new SourceHolds(db),
    turnovers: new Turnovers(db),
    surveys: new SourceSurveys(db),
    zones: new Zones(db),
    policies: new Policies(db),
    holds: new Holds(db),
    reader: new ZoneReader(db),
  };
}

function atOneMoment<T>(db: Database, read: () => T): T {
  return db.transaction(read).deferred();
}

/** A zone that has a version. `config` is undefined where the zone is no longer configured. */
export interface FoundZone {
  readonly apex: string;
  readonly config: ZoneConfig | undefined;
  readonly id: number;
  readonly current: ZoneVersionRow;
}

/** @throws OperatorError NOT_FOUND */
export function findZone(given: string, { zones: configured }: Config, { zones }: ZoneStore): FoundZone {
  const apex = foldName(given);
  const config = configured.find((zone) => zone.apex === apex);
  const id = zones.find(apex);
  const current = id === undefined ? undefined : zones.current(id);
  if (id !== undefined && current !== undefined) return { apex, config, id, current };
  if (config !== undefined) {
    throw new OperatorError(
      "NOT_FOUND",
      `Cannot read "${apex}": it has not been built yet`,
      "Run `rpzmill build` first",
    );
  }
  const known = configured.map((zone) => zone.apex);
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${apex}": there is no such zone${didYouMean(apex, known)}`,
    "See `rpzmill zone list`",
  );
}

/** A kept version by its serial as someone typed it. @throws OperatorError USAGE, NOT_FOUND */
export function findVersion(text: string, { apex, id }: FoundZone, { zones }: ZoneStore): ZoneVersionRow {
  const found = zones.bySerial(id, readSerial(text));
  if (found !== undefined) return found;
  const kept = zones.history(id).map((version) => version.serial);
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find serial ${text} of "${apex}": ${kept.length} serials are kept, ${kept.at(-1)} to ${kept[0]}`,
    `See \`rpzmill zone show ${apex}\``,
  );
}

function readSerial(text: string): Serial {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return serial(Number(text));
  throw new OperatorError(
    "USAGE",
    `Cannot read "${text}" as a serial: it is no number of 32 bits`,
    "See `rpzmill zone show APEX`",
  );
}

/** A list of indicators, or a source whose entries people keep. */
export type ListedFeed = IndicatorFeed | ManualFeed;

/** Sources, then allow lists. */
export function listsOf({ sources, allow }: Config): ListedFeed[] {
  return [
    ...sources.map((list): ListedFeed => (isManual(list) ? { role: "block", list } : { role: "block", list })),
    ...allow.map((list) => ({ role: "allow" as const, list })),
  ];
}

/** @throws OperatorError NOT_FOUND */
export function findList(id: string, config: Config): ListedFeed {
  const lists = listsOf(config);
  const found = lists.find(({ list }) => list.id === id);
  if (found !== undefined) return found;
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${id}": there is no such source or allow list${didYouMean(
      id,
      lists.map(({ list }) => list.id),
    )}`,
    "See `rpzmill source list`",
  );
}
